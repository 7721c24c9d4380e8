// Who comes in: from the first run to the first guest, and those who ask.
import assert from "node:assert/strict";

import { caption, choose } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name, exact: true }).click();

/** Fills the form that makes an account. */
async function fill(visitor, name, more = {}) {
  const { page } = visitor;
  await page.getByLabel("E-mail").fill(`${name}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(`the long sentence of ${name}`);
  await page.getByLabel(/^Your name/).fill(name);
  for (const [label, text] of Object.entries(more)) await page.getByLabel(label).fill(text);
}

async function fromFirstRunToTheFirstGuest(stage, look) {
  const house = await stage.house({ empty: true });
  const fay = await stage.visitor(house, look);
  await fay.open("/");
  if (!/setup/.test(fay.page.url())) await fay.open(`/setup?key=${house.log.match(/setup\?key=(\S+)\n/)[1]}`);
  await fay.page.getByLabel("Name of this place").fill("Larkfield");
  await fay.page.getByLabel("Your e-mail").fill("fay@example.org");
  await fay.page.getByLabel("Password", { exact: true }).fill("the long sentence of fay");
  assert.ok(await fay.page.getByLabel("Whoever was invited").isChecked(), "chosen beforehand");
  await press(fay, "Open the house");
  await fay.page.getByRole("link", { name: "make a link for them" }).click();
  await fay.page.getByLabel(/^For whom/).fill("Ana");
  await press(fay, "Make the link");
  const link = await fay.page.locator(".address a").getAttribute("href");
  // Somebody else, who was not invited and then is.
  const ana = await stage.visitor(house, look);
  await ana.open("/");
  await ana.page.getByRole("link", { name: /Register/ }).click();
  await ana.page.getByRole("heading", { name: "You need an invitation" }).waitFor();
  // A chat looks at the link before she does.
  await fetch(link);
  await ana.open(link);
  await ana.page.getByText("invites you to").waitFor();
  await fill(ana, "ana");
  await press(ana, "Register");
  await ana.page.waitForURL(`${house.url}/`);
  await ana.open("/compose");
  await choose(ana, plain("hill.png"));
  await caption(ana).fill("From the hill");
  if (ana.script) await ana.page.locator(".pick.is-done").waitFor();
  await ana.page.locator("form.compose").getByRole("button", { name: "Post", exact: true }).click();
  await ana.page.locator("#feed").getByText("From the hill").waitFor();
  const late = await stage.visitor(house, look);
  const answer = await late.page.goto(link);
  assert.equal(answer.status(), 404);
  await late.page.getByRole("heading", { name: "This invitation does not work any more" }).waitFor();
  assert.equal((await fay.page.goto("/setup")).status(), 404, "the first page is gone");
}

story("from the first run to the first guest by invitation, on a phone", (stage) => fromFirstRunToTheFirstGuest(stage, PHONE));

story("from the first run to the first guest by invitation, without script", (stage) => fromFirstRunToTheFirstGuest(stage, NO_SCRIPT));

story("who asks waits, is let in by one who looks after the place, and the log says so", async (stage) => {
  const house = await stage.house({ env: { PORCH_JOINING: "request" } });
  const cleo = await stage.visitor(house, PHONE);
  await cleo.open("/register");
  await fill(cleo, "cleo", { "Who are you to us?": "Hello" });
  await press(cleo, "Ask to join");
  await cleo.page.getByText("Say a little more").waitFor();
  await cleo.page.getByLabel("Who are you to us?").fill("I walk with Fay on Sundays, since last May.");
  await cleo.page.getByLabel("Password", { exact: true }).fill("the long sentence of cleo");
  await press(cleo, "Ask to join");
  await cleo.page.getByRole("heading", { name: "Thank you, cleo" }).waitFor();
  assert.deepEqual(await cleo.faults(), []);
  const fay = await stage.visitor(house, { as: await house.member("fay"), ...PHONE });
  await fay.open("/admin");
  await fay.page.getByText("1 person waits to be let in.").waitFor();
  assert.deepEqual(await fay.faults(), []);
  await fay.page.getByRole("link", { name: "Look", exact: true }).click();
  await fay.page.getByText("I walk with Fay on Sundays").waitFor();
  assert.deepEqual(await fay.faults(), []);
  await fay.page.getByLabel(/^Your answer/).fill("Welcome!");
  await fay.page.getByRole("button", { name: /^Let in/ }).click();
  await fay.page.getByText("Nobody waits.").waitFor();
  for (const path of ["/admin/people", "/admin/people/cleo", "/admin/log", "/admin/place", "/invitations"]) {
    await fay.open(path);
    assert.deepEqual(await fay.faults(), [], path);
  }
  await fay.open("/admin/log");
  await fay.page
    .locator(".job")
    .getByText(/let in/)
    .first()
    .waitFor();
  await cleo.open("/login");
  await cleo.page.getByLabel("E-mail").fill("cleo@example.org");
  await cleo.page.getByLabel("Password", { exact: true }).fill("the long sentence of cleo");
  await press(cleo, "Sign in");
  await cleo.page.waitForURL(`${house.url}/`);
});
