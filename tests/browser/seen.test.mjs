// How far one has read, the same on every device.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const since = async (visitor) => (await (await visitor.page.request.get("/users/me/new")).json()).since;

story("what was looked at is noted when the page goes, and on another device nothing of it is new", async (stage) => {
  const { house, ada, ben } = await stage.two({}, PHONE);
  const first = await ada.post("Old");
  await ben.open("/");
  await ben.page.locator(`[id="${first}"]`).scrollIntoViewIfNeeded();
  await ben.page.waitForTimeout(1_500);
  const heard = ben.page.waitForRequest((request) => request.url().endsWith("/me/seen"));
  await ben.page.evaluate(() => dispatchEvent(new Event("pagehide")));
  assert.equal((await (await heard).response()).status(), 204);
  await ada.post("New");
  const desk = await stage.visitor(house, { as: await ben.member.elsewhere() });
  await desk.open("/");
  assert.equal(await desk.page.locator("#upto").count(), 0, "this visit goes on");
  assert.deepEqual(await desk.faults(), []);
});

story("what is new is a page with an end, without script too", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  await ada.post("Apples");
  await ada.post("Pears");
  await ben.open("/new");
  await ben.page.getByText("2 posts by one person").or(ben.page.getByText("2 posts by 1 person")).waitFor();
  await ben.page.getByText("That is everything that is new.").waitFor();
  await ben.open("/");
});

story("the page of what is new is for everybody's eyes and hands", async (stage) => {
  const { ada, ben } = await stage.two({}, PHONE);
  await ada.post("Apples");
  await ben.open("/new");
  assert.deepEqual(await ben.faults(), []);
  await ben.open("/apart");
  assert.deepEqual(await ben.faults(), []);
  await ben.page.getByLabel(/A word, or a tag/).fill("two words");
  await ben.page.getByRole("button", { name: "Mute", exact: true }).click();
  await ben.page.getByText("Type one word").waitFor();
  assert.deepEqual(await ben.faults(), []);
  assert.equal(await since(ben), null);
});
