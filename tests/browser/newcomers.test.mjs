// What newcomers post is looked at first: they know, those who look after the place decide, and open feeds follow.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { DESKTOP, NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name }).first().click();

async function twoPosts(stage, look) {
  const house = await stage.house({ env: { PORCH_NEWCOMERS: "1" } });
  const fay = await house.member("fay");
  const ada = await house.member("ada");
  await fay.send("POST", "/admin/people/ada/office", new URLSearchParams({ _method: "put", office: "moderator" }), 303);
  const ben = await house.member("ben");
  // A feed that is open meanwhile, of somebody who may not see it yet.
  const reader = await stage.visitor(house, { ...DESKTOP, as: fay });
  await reader.open("/");
  const id = await ben.post("Pears from the hill");
  const author = await stage.visitor(house, { ...look, as: ben });
  await author.open("/");
  await author.page.locator(`#${id}`).getByText("Only you see this: it waits").waitFor();
  const desk = await stage.visitor(house, { ...look, as: ada });
  await desk.open("/admin");
  await desk.page.getByText("One post waits to be looked at.").waitFor();
  await desk.page.getByRole("link", { name: "Look at them" }).click();
  await desk.page.getByText("Pears from the hill").waitFor();
  const shown = await desk.page
    .locator(".desk-pictures img")
    .first()
    .evaluate((image) => image.decode().then(() => image.naturalWidth));
  assert.ok(shown > 0, "the picture is there for who decides");
  await desk.page.getByLabel(/^To Ben, if you keep it back/).fill("Please ask Cy first.");
  await press(desk, /^Keep it back/);
  await desk.page.getByText("Nothing waits.").waitFor();
  if (!author.script) await author.open("/");
  await author.page.locator(`#${id}`).getByText("Please ask Cy first.").waitFor();
  assert.equal(await reader.page.locator(`#${id}`).count(), 0);
  // Changed, it is looked at again, and shown: now it is new to everybody.
  await author.open(`/p/${id.slice(2)}/edit`);
  await author.page.locator("textarea[name=caption]").fill("Pears, Cy said yes");
  await press(author, "Save");
  await author.page.getByText("Only you see this: it waits").first().waitFor();
  await desk.open("/admin/posts");
  await desk.page.getByText("Pears, Cy said yes").waitFor();
  await press(desk, /^Show it/);
  await desk.page.getByText("It is out").waitFor();
  await reader.page.locator(`#${id}`).getByText("Pears, Cy said yes").waitFor({ state: "attached" });
  assert.equal(await reader.page.locator(`#${id} .held`).count(), 0);
}

story("a newcomer's post is looked at, kept back with a word, changed and shown, on a phone", (stage) => twoPosts(stage, PHONE));

story("a newcomer's post is looked at, kept back with a word, changed and shown, without script", (stage) => twoPosts(stage, NO_SCRIPT));

story("who asks to be let in takes it back", async (stage) => {
  const house = await stage.house({ env: { PORCH_JOINING: "request" } });
  for (const look of [PHONE, NO_SCRIPT]) {
    const cleo = await stage.visitor(house, look);
    await cleo.open("/register");
    await cleo.page.getByLabel("E-mail").fill("cleo@example.org");
    await cleo.page.getByLabel("Password", { exact: true }).fill("the long sentence of cleo");
    await cleo.page.getByLabel(/^Your name/).fill("Cleo");
    await cleo.page.getByLabel("Who are you to us?").fill("I walk with Fay on Sundays, since last May.");
    await press(cleo, "Ask to join");
    await press(cleo, "Take my request back");
    await cleo.page.getByRole("heading", { name: "Taken back" }).waitFor();
    await cleo.page.getByRole("link", { name: "Sign in" }).click();
    await cleo.page.getByLabel("E-mail").fill("cleo@example.org");
    await cleo.page.getByLabel("Password", { exact: true }).fill("the long sentence of cleo");
    await press(cleo, "Sign in");
    await cleo.page.getByText("do not belong together").waitFor();
  }
});
