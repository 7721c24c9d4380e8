// The whole house by links and forms alone.
import assert from "node:assert/strict";

import { caption, choose, description } from "./composer.mjs";
import { film, HEVC, needsProgram } from "./film.mjs";
import { plain, pretended } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT } from "./visitor.mjs";

const press = (visitor, name, part = "body") => visitor.page.locator(part).getByRole("button", { name, exact: true }).click();
const said = (visitor, words) => visitor.page.getByRole("status").getByText(words).waitFor();

/** Controls that are shown and would do nothing. */
const dead = (visitor) =>
  visitor.page
    .locator("button[type=button], .needs-script, [hx-get]:not([href])")
    .evaluateAll((controls) => controls.filter((control) => control.checkVisibility()).map((control) => control.outerHTML));

async function inside(stage, path) {
  const two = await stage.two({}, NO_SCRIPT);
  await two.ben.open(path);
  return two;
}

async function post(visitor, words, ...files) {
  await visitor.open("/compose");
  await choose(visitor, ...files);
  await caption(visitor).fill(words);
  await press(visitor, "Post", "form.compose");
}

story("without script somebody registers, with a mistake on the way", async (stage) => {
  const house = await stage.house();
  const cleo = await stage.visitor(house, NO_SCRIPT);
  await cleo.open("/");
  await cleo.page.getByRole("link", { name: "Register" }).click();
  await cleo.page.getByLabel("E-mail").fill("cleo@example.org");
  await cleo.page.getByLabel("Password", { exact: true }).fill("short");
  await press(cleo, "Register");
  assert.equal(await cleo.page.getByLabel("E-mail").inputValue(), "cleo@example.org");
  await cleo.page.locator("#password[aria-invalid=true]").waitFor();
  await cleo.page.getByLabel("Password", { exact: true }).fill("a long sentence");
  await press(cleo, "Register");
  await cleo.page.waitForURL(`${house.url}/`);
});

story("without script two pictures with descriptions become a post", async (stage) => {
  const { ada, ben } = await inside(stage, "/compose");
  await choose(ben, plain("a.png"), plain("b.png"));
  await ben.page.getByLabel("Picture 1", { exact: true }).fill("the first");
  await ben.page.getByLabel("Picture 2", { exact: true }).fill("the second");
  await caption(ben).fill("Two at once");
  await press(ben, "Post", "form.compose");
  await said(ben, "Posted.");
  await ben.page.locator("#feed").getByText("Two at once").waitFor();
  assert.deepEqual(await ben.page.locator("#feed .frame img:not(.hash)").evaluateAll((images) => images.map(({ alt }) => alt)), [
    "the first",
    "the second",
  ]);
  assert.equal((await ada.feed()).length, 1);
});

story("without script a wrong file is named, and the good one and the words stay", async (stage) => {
  const { ada, ben } = await inside(stage, "/compose");
  await post(ben, "One good one", plain("good.png"), pretended("letter.jpg"));
  await ben.page.locator(".pick.is-refused").getByText("letter.jpg").waitFor();
  await ben.page.locator(".pick.is-done").getByText("good.png").waitFor();
  assert.equal(await caption(ben).inputValue(), "One good one");
  await (await description(ben.page.locator(".pick.is-done"))).fill("the good one");
  await press(ben, "Post", "form.compose");
  await said(ben, "Posted.");
  assert.deepEqual(await ada.captions(), ["One good one"]);
});

story("without script buttons order and remove what was taken in", async (stage) => {
  const { ben } = await inside(stage, "/compose");
  await post(ben, "", plain("a.png"), plain("b.png"), plain("c.png"), pretended("letter.jpg"));
  await ben.page.getByRole("button", { name: "Move c.png earlier" }).click();
  await ben.page.getByRole("button", { name: "Remove a.png" }).click();
  assert.deepEqual(await ben.page.locator(".pick.is-done .pick-name").allTextContents(), ["c.png", "b.png"]);
});

story("without script a reload after posting does not post again", async (stage) => {
  const { ada, ben } = await inside(stage, "/compose");
  await post(ben, "Once", plain());
  await said(ben, "Posted.");
  await ben.page.reload();
  assert.equal((await ada.feed()).length, 1);
});

story("without script links page through everything while others post", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  const ids = await ada.postMany(45);
  await ben.open("/");
  const seen = await ben.ids();
  for (const older = ben.page.getByRole("link", { name: "Older posts" }); await older.count(); ) {
    await ada.post("meanwhile");
    await older.click();
    seen.push(...(await ben.ids()));
  }
  assert.deepEqual(seen, ids.reverse());
});

story("without script a caption is changed", async (stage) => {
  const { ben } = await stage.two({}, NO_SCRIPT);
  await ben.member.post("Frist light");
  await ben.open("/");
  await ben.page.locator("#feed summary").click();
  await ben.page.getByRole("link", { name: "Change" }).click();
  await caption(ben).fill("First light");
  await press(ben, "Save");
  await said(ben, "Changed.");
  await ben.page.getByText("First light").waitFor();
});

story("without script a post is deleted after being asked", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  const id = await ben.member.post("mine");
  await ben.open("/");
  await ben.page.locator("#feed summary").click();
  await ben.page.getByRole("link", { name: "Delete" }).click();
  await ben.page.getByRole("heading", { name: "Delete this post?" }).waitFor();
  await press(ben, "Delete");
  await said(ben, "Deleted.");
  assert.deepEqual(await ada.feed(), []);
  assert.equal((await ben.page.goto(`/p/${id.slice(2)}`)).status(), 404);
});

story("without script every part of the settings works", async (stage) => {
  const { ben } = await inside(stage, "/settings");
  await ben.page.getByLabel("Name", { exact: true }).fill("Benjamin");
  await press(ben, "Save", "#profile");
  await said(ben, "Saved.");
  await ben.open("/settings/account");
  await ben.page.getByLabel("New e-mail").fill("benjamin@example.org");
  await ben.page.locator("#email-part").getByLabel("Your password").fill(ben.member.password);
  await press(ben, "Change the e-mail");
  await ben.page.getByText("Now: benjamin@example.org").waitFor();
  await ben.open("/settings");
  await ben.page.locator("#face input[type=file]").setInputFiles(plain("me.png"));
  await press(ben, "Save", "#face");
  await ben.page.locator("#face .face img").waitFor();
  await ben.open("/settings/security");
  await ben.page.getByLabel("The old one").fill(ben.member.password);
  await ben.page.getByLabel("A new one").fill("another long sentence");
  await press(ben, "Change the password");
  await said(ben, "Changed.");
  await ben.open("/settings");
  await ben.page.getByRole("radio", { name: "Dark" }).check();
  await press(ben, "Save", "#theme");
  await ben.page.locator("html[data-theme=dark]").waitFor();
});

story("without script somebody signs out", async (stage) => {
  const { ben } = await inside(stage, "/settings/security");
  await press(ben, "Sign out here");
  await ben.page.waitForURL(/\/login/);
  await ben.open("/");
  assert.match(ben.page.url(), /\/login/);
});

story("without script no page shows a control that does nothing", async (stage) => {
  const { ben } = await stage.two({}, NO_SCRIPT);
  const id = (await ben.member.post("mine")).slice(2);
  for (const path of [
    "/",
    "/compose",
    "/settings",
    "/settings/account",
    "/settings/security",
    "/settings/programs",
    "/@ben",
    "/@ben/posts",
    `/p/${id}`,
    `/p/${id}/edit`,
    `/p/${id}/delete`,
    "/nothing",
  ]) {
    await ben.open(path);
    assert.deepEqual(await dead(ben), [], path);
  }
  const cleo = await stage.visitor(ben.house, NO_SCRIPT);
  for (const path of ["/login", "/register"]) {
    await cleo.open(path);
    assert.deepEqual(await dead(cleo), [], path);
  }
});

story("without script a phone's film is posted, and is there when it is ready", needsProgram, async (stage) => {
  const house = await stage.house();
  const [ada, ben] = [await house.member("ada"), await house.member("ben")];
  const visitor = await stage.visitor(house, { as: ben, ...NO_SCRIPT });
  await visitor.page.goto("/compose");
  await visitor.page
    .locator("input[name=media]")
    .setInputFiles(film("phone.mov", { coded: HEVC, mimeType: "video/quicktime", seconds: 2 }));
  await visitor.page.locator("#caption").fill("From a phone");
  await visitor.page.locator("[data-post]").click();
  await visitor.page.locator("#feed, #waiting").first().waitFor();
  for (let tries = 0; tries < 200 && (await ada.feed()).length === 0; tries += 1) await visitor.page.waitForTimeout(100);
  await visitor.page.goto("/");
  await visitor.page.locator("#feed").getByText("From a phone").waitFor();
  assert.equal(await visitor.page.locator("#feed video").count(), 1);
});
