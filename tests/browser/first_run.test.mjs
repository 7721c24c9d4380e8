// The first visitor of an empty house names it and looks after it from then on.
import assert from "node:assert/strict";

import { story } from "./story.mjs";

async function empty(stage, look) {
  const house = await stage.house({ empty: true });
  const fay = await stage.visitor(house, look);
  return { house, fay };
}

async function found(fay) {
  await fay.page.getByLabel("Name of this place").fill("Larkfield Hill Club");
  await fay.page.getByLabel("Your e-mail").fill("fay@example.org");
  await fay.page.getByLabel("Password", { exact: true }).fill("a long sentence");
  await fay.page.getByLabel("Your name").fill("Fay");
  await fay.page.getByRole("button", { name: "Open the house" }).click();
}

for (const [how, look] of [
  ["", {}],
  [" without script", { javaScriptEnabled: false }],
]) {
  story(`the first visitor is led to one page and through it into the house${how}`, async (stage) => {
    const { house, fay } = await empty(stage, look);
    await fay.open("/");
    await fay.page.waitForURL(`${house.url}/setup`);
    await found(fay);
    await fay.page.waitForURL(`${house.url}/`);
    await fay.page.getByText("Larkfield Hill Club").first().waitFor();
    await fay.page.getByText("The light is on, Fay.").waitFor();
  });

  story(`what is wrong in the first form is said beside its field, and the rest stays${how}`, async (stage) => {
    const { fay } = await empty(stage, look);
    await fay.open("/setup");
    await fay.page.getByLabel("Name of this place").fill("Larkfield Hill Club");
    await fay.page.getByLabel("Your e-mail").fill("fay@example.org");
    await fay.page.getByLabel("Password", { exact: true }).fill("short");
    await fay.page.getByRole("button", { name: "Open the house" }).click();
    await fay.page.locator("#password[aria-invalid=true]").waitFor();
    assert.equal(await fay.page.getByLabel("Name of this place").inputValue(), "Larkfield Hill Club");
    assert.equal(await fay.page.getByLabel("Your e-mail").inputValue(), "fay@example.org");
    assert.equal(await fay.page.getByLabel("Password", { exact: true }).inputValue(), "");
    await found(fay);
    await fay.page.getByText("The light is on, Fay.").waitFor();
  });
}

story("afterwards the first page is gone", async (stage) => {
  const { house, fay } = await empty(stage);
  await fay.open("/setup");
  await found(fay);
  await fay.page.waitForURL(`${house.url}/`);
  assert.equal((await fay.page.goto("/setup")).status(), 404);
  await fay.page.getByText("There is no such page.").waitFor();
});

story("until the house is open every page leads to the first one", async (stage) => {
  const { house, fay } = await empty(stage);
  for (const path of ["/", "/login", "/register", "/compose", "/settings", "/@ada"]) {
    await fay.page.goto(path);
    assert.equal(fay.page.url(), `${house.url}/setup`, path);
  }
});

story("a house that was opened is found again after a restart", async (stage) => {
  const { house, fay } = await empty(stage);
  await fay.open("/setup");
  await found(fay);
  await fay.page.waitForURL(`${house.url}/`);
  fay.expectBrokenLine();
  await house.stop();
  await house.start();
  await fay.open("/");
  await fay.page.getByText("The light is on, Fay.").waitFor();
});
