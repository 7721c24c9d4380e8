// Letters on their way through a real mail server, and the pages behind their links.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { plain } from "./picture.mjs";
import { linkIn, PostOffice } from "./post_office.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name, exact: true }).click();

/** A house that sends its letters through an office of its own. */
async function posted(stage, tls = "none") {
  const office = await PostOffice.open(tls);
  stage.after(() => office.close());
  const house = await stage.house({ env: office.settings(mkdtempSync(join(tmpdir(), "porch-post-"))) });
  return { office, house };
}

/** The administrator's list, once it says this. */
async function listSaying(visitor, words) {
  await visitor.open("/admin/jobs");
  while (!(await visitor.page.getByText(words).count())) await visitor.page.reload();
}

async function forgot(visitor, email) {
  await visitor.open("/login");
  await visitor.page.getByRole("link", { name: "Forgot your password?" }).click();
  await visitor.page.getByLabel("E-mail").fill(email);
  await press(visitor, "Send the letter");
  await visitor.page.getByText("a letter with a link is on its way").waitFor();
}

for (const [who, look] of [
  ["somebody with a phone", PHONE],
  ["somebody without script", NO_SCRIPT],
]) {
  story(`${who} forgets the password and chooses another`, async (stage) => {
    const { office, house } = await posted(stage);
    const ada = await house.member("ada");
    const visitor = await stage.visitor(house, look);
    await forgot(visitor, ada.email);
    const link = linkIn(await office.letter("choose a new password"));
    await visitor.page.goto(link);
    await visitor.page.getByLabel("New password").fill("short");
    await press(visitor, "Keep it and come in");
    await visitor.page.getByText("Too short").waitFor();
    await visitor.page.getByLabel("New password").fill("three plums and a basket");
    await press(visitor, "Keep it and come in");
    await visitor.page.waitForURL(`${house.url}/`);
    await office.letter("your password was changed");
    await visitor.page.goto(link);
    await visitor.page.getByText("This link has been used or is too old").waitFor();
    await assert.rejects(ada.send("GET", "/"), /303/, "the old session has ended");
  });
}

story("an address that nobody has gets the same answer and no letter", async (stage) => {
  const { office, house } = await posted(stage);
  const visitor = await stage.visitor(house);
  await forgot(visitor, "nobody@example.org");
  const mo = await stage.visitor(house, { as: await house.member("fay") });
  await listSaying(mo, "Nothing waits");
  assert.equal(office.letters.filter(({ text }) => text.includes("nobody@example.org")).length, 0);
});

story("a newcomer confirms the address by the button behind the link", async (stage) => {
  const { office, house } = await posted(stage);
  const ada = await house.member("ada");
  const visitor = await stage.visitor(house, { as: ada });
  await visitor.open("/settings/account");
  await visitor.page.getByText("This address is not confirmed yet.").waitFor();
  await visitor.page.goto(linkIn(await office.letter("confirm your address")));
  await press(visitor, "Confirm the address");
  await visitor.page.getByText("Your address is confirmed.").waitFor();
  await visitor.open("/settings/account");
  await visitor.page.getByText("ada@example.org, confirmed").or(visitor.page.getByText(", confirmed")).waitFor();
});

for (const tls of ["starttls", "smtps"]) {
  story(`letters travel encrypted and signed in (${tls})`, async (stage) => {
    const { office, house } = await posted(stage, tls);
    const ada = await house.member("ada");
    const letter = await office.letter("confirm your address");
    assert.equal(letter.encrypted, true);
    assert.match(letter.text, new RegExp(`To: ${ada.email}`));
    assert.match(letter.text, /From: "?Larkfield Hill Club"? <porch@example.org>/);
  });
}

story("a letter is sent again after a busy, a stalling and a broken server", async (stage) => {
  const { office, house } = await posted(stage);
  office.moods = ["busy", "stall", "drop"];
  await house.member("ada");
  await office.letter("confirm your address");
  assert.equal(office.tries, 4);
  const fay = await stage.visitor(house, { as: await house.member("fay") });
  await listSaying(fay, "Nothing waits");
  assert.equal(office.letters.length, 1, "it went once");
});

story("a letter that is refused for good is shown with the reason and taken out", async (stage) => {
  const { office, house } = await posted(stage);
  office.moods = ["refuse"];
  await house.member("ada");
  const fay = await stage.visitor(house, { as: await house.member("fay") });
  await listSaying(fay, "Given up");
  await fay.page.getByText("no such box").waitFor();
  assert.equal(office.tries, 1);
  await press(fay, "Take out");
  await fay.page.getByText("Nothing waits and nothing failed.").waitFor();
});

story("somebody who is new signs in through the API's page and uploads", async (stage) => {
  const { house } = await posted(stage);
  const ada = await house.member("ada");
  const visitor = await stage.visitor(house);
  // Swagger UI sets a style or two in the page, which our policy drops; it works without.
  visitor.expect(/Applying inline style violates/);
  await visitor.open("/docs");
  const { page } = visitor;
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.getByLabel("username:").fill(ada.email);
  await page.getByLabel("password:").fill(ada.password);
  await page.locator(".modal-ux button.authorize").first().click();
  await page.locator(".modal-ux").getByRole("heading", { name: "Authorized", exact: true }).waitFor();
  await page.locator(".modal-ux .close-modal").click();
  const upload = page.locator("#operations-posts-upload");
  await upload.locator(".opblock-summary-control").click();
  await upload.getByRole("button", { name: "Try it out" }).click();
  await upload.locator("input[type=file]").first().setInputFiles(plain());
  await upload.getByRole("button", { name: "Execute" }).click();
  await upload.locator(".live-responses-table .response-col_status").getByText("200").first().waitFor();
});
