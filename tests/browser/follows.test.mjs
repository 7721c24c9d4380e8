// Following: the button, the feed of it, and posts for followers only.
import assert from "node:assert/strict";

import { openComposer, choose, caption, send, taken } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const tab = (visitor, name) => visitor.page.getByRole("navigation", { name: "Which posts" }).getByRole("link", { name });

story("what the followed post comes to the feed of the followed, live, and nothing else does", async (stage) => {
  const { house, ada, ben } = await stage.two({}, PHONE);
  const cy = await house.member("cy");
  await ben.open("/@ada");
  await ben.page.getByRole("button", { name: "Follow" }).click();
  await ben.page.getByRole("button", { name: /^Following/ }).waitFor();
  await ben.page.getByText("1 follower").waitFor();
  await ben.open("/");
  await tab(ben, "Following").click();
  await ben.page.getByText("Nobody whom you follow has posted.").waitFor();
  await ben.live();
  await cy.post("Pears");
  const apples = await ada.post("Apples");
  await ben.shows(apples);
  assert.equal((await ben.ids()).length, 1, "Cy's is not there");
  await ben.open("/");
  assert.equal(await tab(ben, "Following").getAttribute("aria-current"), "page", "it is remembered");
  assert.deepEqual(await ben.ids(), [apples]);
  assert.deepEqual(await ben.faults(), []);
  await tab(ben, "Everyone").click();
  await ben.until(() => document.querySelectorAll("#feed > article").length === 2, "both are here");
});

story("a post for followers goes to them and to nobody else", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const cy = await stage.visitor(house, { as: await house.member("cy") });
  await cy.member.send("PUT", "/@ben/follow", undefined, 303);
  const dot = await stage.visitor(house, { as: ada });
  for (const visitor of [ben, cy, dot]) await visitor.open("/");
  await dot.live();
  await openComposer(ben);
  await choose(ben, plain());
  await taken(ben, 1);
  await caption(ben).fill("For some");
  await ben.page.getByLabel("My followers").check();
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
  await cy.page.locator("#feed").getByText("For some").waitFor();
  const after = await ada.post("For all");
  await dot.shows(after);
  assert.deepEqual(await dot.ids(), [after]);
});

story("without script one follows by a form, and is let in by one who wants to be asked", async (stage) => {
  const { house, ada, ben } = await stage.two({}, NO_SCRIPT);
  const host = await stage.visitor(house, { as: ada, ...NO_SCRIPT });
  await host.open("/@ada/followers");
  await host.page.getByLabel("Ask me before somebody follows me").check();
  await host.page.getByRole("button", { name: "Save" }).click();
  await ben.open("/members");
  await ben.page.getByRole("link", { name: /@ada/ }).first().click();
  await ben.page.getByRole("button", { name: "Ask to follow" }).click();
  await ben.page.getByRole("button", { name: /^Requested/ }).waitFor();
  await host.open("/@ada/followers");
  await host.page.getByRole("button", { name: "Let Ben follow" }).click();
  await host.page.getByRole("button", { name: "Remove Ben from your followers" }).waitFor();
  await ben.open("/@ada");
  await ben.page.getByRole("button", { name: /^Following/ }).click();
  await ben.page.getByRole("button", { name: "Ask to follow" }).waitFor();
});
