// A session that ends in the middle of a form costs nothing, and gives nobody else's words away.
import assert from "node:assert/strict";

import { caption, choose, description, named, openComposer, picks, send, taken } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { feedIs } from "./reader.mjs";
import { story } from "./story.mjs";

const panel = (visitor) => visitor.page.locator(".signin-panel");

/** Ends every session of this visitor's member on the server, as a lost phone's owner does. */
const endSession = async (visitor) => (await visitor.member.elsewhere()).signOutOthers();

async function signInAgain(visitor, { email, password }) {
  await panel(visitor).getByLabel("E-mail").fill(email);
  await panel(visitor).getByLabel("Password", { exact: true }).fill(password);
  await panel(visitor).getByRole("button", { name: "Sign in and go on" }).click();
}

/** Ben has written a post with a picture when his session ends. */
async function interrupted(stage) {
  const two = await stage.two();
  await two.ben.open("/");
  await openComposer(two.ben);
  await choose(two.ben, plain());
  await taken(two.ben, 1);
  await (await description(picks(two.ben))).fill("a sandy square");
  await caption(two.ben).fill("Six hundred words");
  await endSession(two.ben);
  return two;
}

story("a feed whose session ended says so within a second", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/");
  await endSession(ben);
  await ben.until(() => /signed out/i.test(document.getElementById("live").textContent), "“Signed out”", null, 1_500);
});

story("a post that meets an ended session is published once after signing in, in the same page", async (stage) => {
  const { ada, ben } = await interrupted(stage);
  await send(ben);
  await panel(ben).waitFor();
  assert.equal(await caption(ben).inputValue(), "Six hundred words");
  assert.deepEqual(await ada.feed(), []);
  await signInAgain(ben, ben.member);
  await ben.page.getByText("Posted.").waitFor();
  await feedIs(ben, await ada.feed());
  assert.deepEqual(await ada.captions(), ["Six hundred words"]);
  assert.equal(await ben.page.locator("#feed .frame img:not(.hash)").getAttribute("alt"), "a sandy square");
});

story("a wrong password in between is said, and the post still waits", async (stage) => {
  const { ada, ben } = await interrupted(stage);
  await send(ben);
  await signInAgain(ben, { ...ben.member, email: ben.member.email, password: "not the password" });
  await panel(ben).getByRole("alert").waitFor();
  assert.equal(await caption(ben).inputValue(), "Six hundred words");
  await signInAgain(ben, ben.member);
  await ben.page.getByText("Posted.").waitFor();
  assert.deepEqual(await ada.captions(), ["Six hundred words"]);
});

story("signed in again, the page is alive", async (stage) => {
  const { ada, ben } = await interrupted(stage);
  await send(ben);
  await signInAgain(ben, ben.member);
  await ben.page.getByText("Posted.").waitFor();
  const id = await ada.post("after the interruption");
  await ben.until((wanted) => document.getElementById(wanted) || !document.getElementById("pill").hidden, "the new post or the pill", id);
});

story("another person who signs in does not publish these words", async (stage) => {
  const { house, ada, ben } = await interrupted(stage);
  await send(ben);
  await signInAgain(ben, await house.member("cleo"));
  await ben.page.waitForURL(`${house.url}/`);
  await ben.page.locator("body:not(:has(form[data-composer]))").waitFor();
  await ben.live();
  assert.deepEqual(await ada.feed(), []);
  assert.doesNotMatch(await ben.page.content(), /Six hundred words/);
});

story("an upload that meets an ended session goes on after signing in", async (stage) => {
  const { ben } = await interrupted(stage);
  await choose(ben, plain("late.png"));
  await panel(ben).waitFor();
  await signInAgain(ben, ben.member);
  await taken(ben, 2);
  assert.equal(await named(ben, "late.png").count(), 1);
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
});

story("several uploads that meet an ended session all go on after signing in", async (stage) => {
  const { ben } = await interrupted(stage);
  await choose(ben, plain("one.png"), plain("two.png"), plain("three.png"));
  await panel(ben).waitFor();
  await signInAgain(ben, ben.member);
  await taken(ben, 4);
});

story("settings that meet an ended session are saved after signing in", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/settings");
  await ben.page.getByLabel("Name", { exact: true }).fill("Benjamin");
  await endSession(ben);
  await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
  await signInAgain(ben, ben.member);
  await ben.page.locator("#profile .note.is-good").waitFor();
});

story("a changed caption that meets an ended session is there after the login", async (stage) => {
  const { ben } = await stage.two();
  const id = await ben.member.post("Frist light");
  await ben.open(`/p/${id.slice(2)}/edit`);
  await caption(ben).fill("First light");
  await endSession(ben);
  await ben.page.locator("[data-post]").click();
  await signInAgain(ben, ben.member);
  await ben.page.waitForURL(/\/p\/[0-9a-f-]+$/);
  await ben.page.getByText("First light").first().waitFor();
});

/** The same without script: Ben sends the form and stands at the door. */
async function interruptedWithoutScript(stage) {
  const two = await stage.two({}, { javaScriptEnabled: false });
  const { ben } = two;
  await ben.open("/compose");
  await choose(ben, plain());
  await caption(ben).fill("Six hundred words");
  await endSession(ben);
  await ben.page.getByRole("button", { name: "Post", exact: true }).click();
  await ben.page.waitForURL(/\/login/);
  return two;
}

async function comeIn({ page }, { email, password }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

story("without script, the words of an interrupted post come back after the login", async (stage) => {
  const { ada, ben } = await interruptedWithoutScript(stage);
  await comeIn(ben, ben.member);
  await ben.page.getByText("what you wrote is here").waitFor();
  assert.equal(await caption(ben).inputValue(), "Six hundred words");
  await choose(ben, plain());
  await ben.page.getByRole("button", { name: "Post", exact: true }).click();
  await ben.page.getByText("Posted.").waitFor();
  assert.deepEqual(await ada.captions(), ["Six hundred words"]);
});

story("without script, another person does not get the words of an interrupted post", async (stage) => {
  const { house, ben } = await interruptedWithoutScript(stage);
  await comeIn(ben, await house.member("cleo"));
  await ben.page.waitForURL(/\/compose/);
  assert.equal(await caption(ben).inputValue(), "");
});
