// A member's page, and finding members.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const profile = (name, handle, more = {}) => new URLSearchParams({ name, handle, about: "", place: "", ...more });

story("members are found as one types, and by a form without script", async (stage) => {
  const { house, ada, ben } = await stage.two({}, PHONE);
  await ada.send("PUT", "/settings/profile", profile("Ana Kovač", "ada"), 303);
  await ben.open("/members");
  await ben.page.getByText("@ben").first().waitFor();
  await ben.page.getByRole("searchbox", { name: "Look for a member" }).pressSequentially("kov");
  await ben.page.getByText("@ben").waitFor({ state: "detached" });
  await ben.page.getByRole("link", { name: /Ana Kovač/ }).waitFor();
  assert.deepEqual(await ben.faults(), []);
  await ben.page.getByRole("searchbox").fill("zzz");
  await ben.page.getByText(/Nobody here has a name with “zzz”/).waitFor();
  const plain = await stage.visitor(house, { as: ben.member, ...NO_SCRIPT });
  await plain.open("/members");
  await plain.page.getByRole("searchbox").fill("kov");
  await plain.page.getByRole("button", { name: "Look" }).click();
  await plain.page.getByRole("link", { name: /Ana Kovač/ }).click();
  await plain.page.waitForURL(/\/@ada$/);
});

story("a name that is pointed at, or reached by keys, shows a small card that follows from there", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.send("PUT", "/settings/profile", profile("Ana", "ada", { about: "Walks uphill." }), 303);
  const id = await ada.post("Apples");
  await ben.open("/");
  const name = ben.page.locator(`[id="${id}"] a[href="/@ada"]`).last();
  await name.hover();
  const card = ben.page.getByRole("complementary", { name: "Ana" });
  await card.getByText("Walks uphill.").waitFor();
  await card.getByRole("button", { name: "Follow" }).click();
  await card.getByText("1 follower").waitFor();
  assert.deepEqual(await ben.faults(), []);
  await ben.page.keyboard.press("Escape");
  await card.waitFor({ state: "detached" });
  await ben.page.mouse.move(5, 5);
  await ben.page.keyboard.press("Tab");
  await name.focus();
  await card.waitFor();
  await ben.page.keyboard.press("Tab");
  await card.waitFor({ state: "detached" });
});

story("a cover is chosen, hangs across the page, and numbers there stay right", async (stage) => {
  const { house, ada, ben } = await stage.two({}, PHONE);
  await ada.post("Apples");
  const host = await stage.visitor(house, { as: ada });
  await host.open("/settings");
  await host.page.locator(".pick-cover").click();
  await host.page.locator("#cover").getByRole("button", { name: "Save" }).click();
  await host.page.locator("#cover").getByText("Saved.").waitFor();
  await ben.open("/@ada");
  await ben.page.locator(".cover img").waitFor();
  assert.deepEqual(await ben.faults(), []);
  const cy = await house.member("cy");
  await cy.send("PUT", "/@ada/follow", undefined, 303);
  await ben.page.getByText("1 follower", { exact: true }).waitFor();
});
