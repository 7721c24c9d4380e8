// Comments on a post's own page: live, without moving who reads or writes, and never lost.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const page = (id) => `/p/${id.slice(2)}`;
const field = (visitor) => visitor.page.getByLabel("Say something");
const texts = (visitor) => visitor.page.locator("#talk .said .text").allInnerTexts();
const send = (visitor) => visitor.page.getByRole("button", { name: "Send", exact: true }).click();

async function say(member, id, text, parent = "") {
  const fields = new URLSearchParams({ text, parent, key: crypto.randomUUID() });
  const { answer } = await member.send("POST", `${page(id)}/comments`, fields, 303);
  return answer.headers.get("location").match(/c=([^#]+)/)[1];
}

story("a comment comes in at its place, and neither the field nor what is read moves", async (stage) => {
  const { ada, ben } = await stage.two({}, PHONE);
  const id = await ada.post("Apples");
  const root = await say(ada, id, "The first one");
  for (let n = 2; n <= 12; n += 1) await say(ada, id, `Number ${n}`);
  await ben.open(page(id));
  await ben.live();
  await field(ben).fill("Half a sen");
  await field(ben).evaluate((area) => area.setSelectionRange(4, 4));
  const before = await field(ben).boundingBox();
  await say(ada, id, "An answer far above", root);
  await say(ada, id, "One at the end");
  await ben.page.getByText("An answer far above").waitFor();
  await ben.page.getByText("One at the end").waitFor();
  await ben.page.waitForTimeout(300);
  const after = await field(ben).boundingBox();
  assert.ok(Math.abs(after.y - before.y) < 2, `the field moved from ${before.y} to ${after.y}`);
  const caret = await field(ben).evaluate((area) => [area === document.activeElement, area.selectionStart, area.value]);
  assert.deepEqual(caret, [true, 4, "Half a sen"]);
  // Read from the top, what comes below says so.
  await field(ben).blur();
  await ben.page.evaluate(() => scrollTo(0, 0));
  await say(ada, id, "Later still");
  await ben.page.getByRole("button", { name: "1 new comment" }).click();
  await ben.page.getByText("Later still").waitFor();
  await ben.page.locator("#talk-pill").waitFor({ state: "hidden" });
});

story("a comment that is sent while the line is cut goes out once when it is back, and typed words survive", async (stage) => {
  const line = await stage.line();
  const { ada, ben } = await stage.two({ line });
  ben.expectBrokenLine();
  const id = await ada.post("Apples");
  await ben.open(page(id));
  await field(ben).fill("Half a sentence");
  await ben.page.reload();
  assert.equal(await field(ben).inputValue(), "Half a sentence");
  line.cut();
  await send(ben);
  await ben.page.getByText("Not sent yet. It goes out when the line is back.").waitFor();
  line.mend();
  await ben.until(() => document.querySelectorAll("#talk .said").length === 1, "it is there");
  assert.equal(await field(ben).inputValue(), "");
  await ben.page.reload();
  assert.deepEqual(await texts(ben), ["Half a sentence"]);
  assert.equal(await field(ben).inputValue(), "");
});

story("comments are answered, changed and deleted, by keys as well", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Apples");
  await say(ada, id, "Which way?");
  await ben.open(page(id));
  await ben.page.getByRole("link", { name: "Answer Ada" }).press("Enter");
  await ben.page.getByText("Answering Ada").waitFor();
  await ben.page.keyboard.type("To the left");
  await send(ben);
  await ben.page.locator(".answers").getByText("To the left").waitFor();
  assert.equal(await ben.page.getByText("Answering Ada").isVisible(), false);
  assert.equal(await ben.page.getByRole("link", { name: "Delete the comment by Ada" }).count(), 0, "not Ben's to delete");
  await ben.page.locator(".answers").getByRole("link", { name: "Change" }).click();
  await ben.page.getByLabel("Your comment").fill("To the right");
  await ben.page.getByRole("button", { name: "Save" }).click();
  await ben.page.getByText("To the right").waitFor();
  await ben.faults().then((faults) => assert.deepEqual(faults, []));
  await ben.page.getByRole("link", { name: "Delete the comment by Ben" }).click();
  await ben.page.getByRole("button", { name: "Delete" }).click();
  await ben.page.waitForURL(/#talk$/);
  assert.deepEqual(await texts(ben), ["Which way?"]);
});

story("a card opens its thread in place, and an address leads to a comment on whichever page it is", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Apples");
  const ids = [];
  for (let n = 1; n <= 25; n += 1) ids.push(await say(ada, id, `Number ${n}`));
  await ben.open("/");
  const link = ben.page.locator(`[id="${id}-talk"]`);
  assert.equal(await link.getAttribute("aria-label"), "25 comments");
  await link.click();
  await ben.page.locator(`[id="${id}-thread"]`).getByText("Number 20", { exact: true }).waitFor();
  await link.click();
  await ben.page.locator(`[id="${id}-thread"]`).getByText("Number 20", { exact: true }).waitFor({ state: "detached" });
  await ben.open(`${page(id)}#c-${ids[23]}`);
  await ben.page.getByText("Number 24").waitFor();
});

story("a session that ends loses no comment, and without script everything is a form", async (stage) => {
  const { house, ada, ben } = await stage.two({}, NO_SCRIPT);
  const id = await ada.post("Apples");
  await ben.open(page(id));
  await (await ben.member.elsewhere()).signOutOthers();
  await field(ben).fill("Typed before the end");
  await send(ben);
  await ben.page.locator("input[name=email]").first().fill(ben.member.email);
  await ben.page.locator("input[name=password]").first().fill(ben.member.password);
  await ben.page.locator("form button.button").first().click();
  await ben.page.waitForURL(/kept=/);
  assert.equal(await field(ben).inputValue(), "Typed before the end");
  await send(ben);
  await ben.page.getByText("Typed before the end").first().waitFor();
  await ben.page.getByRole("link", { name: "Answer Ben" }).click();
  await ben.page.getByText("Answering Ben").waitFor();
  await field(ben).fill("To myself");
  await send(ben);
  await ben.page.locator(".answers").getByText("To myself").waitFor();
  const host = await stage.visitor(house, { as: ada, ...NO_SCRIPT });
  await host.open(page(id));
  await host.page.getByRole("button", { name: "Close comments" }).click();
  await host.page.getByText("Its author has closed the comments.").waitFor();
  assert.equal(await field(host).isVisible(), false);
});
