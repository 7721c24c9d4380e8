// Finding something, and names and tags while they are typed.
import assert from "node:assert/strict";

import { caption, choose, openComposer, send, taken } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

story("posts are found as one types, the words marked, and lead to their place", async (stage) => {
  const { ada, ben } = await stage.two({}, PHONE);
  const id = await ada.post("The ridge above the river #walk");
  await ada.post("Apples");
  await ben.open("/");
  await ben.page.getByRole("link", { name: "Search" }).click();
  await ben.page.getByRole("link", { name: "#walk" }).waitFor();
  await ben.page.getByRole("searchbox").pressSequentially("rid");
  await ben.page.locator("mark", { hasText: "ridge" }).waitFor();
  assert.deepEqual(await ben.faults(), []);
  await ben.page.getByRole("searchbox").fill("zzz");
  await ben.page.getByText("Nothing like that is here.").waitFor();
  await ben.page.getByRole("searchbox").fill("ridge riv");
  await ben.page.getByRole("link", { name: /The ridge above the river/ }).click();
  await ben.page.waitForURL(new RegExp(`/p/${id.slice(2)}$`));
  await ben.page.goBack();
  await ben.page.locator("mark", { hasText: "river" }).waitFor();
});

story("without script one finds by a form, and a tag leads to its feed", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  const id = await ada.post("The ridge #walk");
  await ada.post("Apples");
  await ben.open("/search");
  await ben.page.getByRole("searchbox").fill("ridge");
  await ben.page.getByRole("button", { name: "Look" }).click();
  await ben.page.getByRole("link", { name: /The ridge/ }).click();
  await ben.page.getByRole("link", { name: "#walk" }).click();
  await ben.page.getByRole("heading", { name: "#walk" }).waitFor();
  assert.deepEqual(await ben.ids(), [id]);
});

story("names and tags are suggested while one types, by keys, by a finger, and for a screen reader", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.send("PUT", "/settings/profile", new URLSearchParams({ name: "Ana Kovač", handle: "ada", about: "", place: "" }), 303);
  await ada.post("The first #walk");
  await ben.open("/");
  await openComposer(ben);
  await choose(ben, plain());
  await taken(ben, 1);
  await caption(ben).pressSequentially("With @kov");
  await ben.page.getByRole("option", { name: /@ada Ana Kovač/ }).waitFor();
  assert.equal(await caption(ben).getAttribute("aria-activedescendant"), "suggestion-0");
  assert.deepEqual(await ben.faults(), []);
  await ben.page.keyboard.press("Enter");
  await ben.page.getByRole("listbox").waitFor({ state: "detached" });
  await caption(ben).pressSequentially("on a #wa");
  await ben.page.getByRole("option", { name: "#walk" }).click();
  assert.equal(await caption(ben).inputValue(), "With @ada on a #walk ");
  // Mail is none, and Escape is for who wants to be left alone.
  await caption(ben).pressSequentially("me@kov");
  await caption(ben).pressSequentially(" @kov");
  await ben.page.getByRole("listbox").waitFor();
  await ben.page.keyboard.press("Escape");
  await ben.page.getByRole("listbox").waitFor({ state: "detached" });
  await caption(ben).fill("With @ada on a #walk");
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
  await ben.page.locator("#feed").getByRole("link", { name: "@ada" }).waitFor();
});

story("a tag's feed shows what newly has it, live, and nothing else", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("An old #walk");
  await ben.open("/?of=everyone&tag=walk");
  await ada.post("Apples");
  const fresh = await ada.post("Another #Walk");
  await ben.shows(fresh);
  assert.equal((await ben.ids()).length, 2);
});
