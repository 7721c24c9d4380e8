// Older posts: a real link, followed by itself, complete while the feed changes.
import assert from "node:assert/strict";

import { feedIs, pill, readToTheEnd } from "./reader.mjs";
import { story } from "./story.mjs";

story("twenty posts make a page, and a link leads to the older ones", async (stage) => {
  const { house, ada } = await stage.two();
  await ada.postMany(25);
  const cleo = await stage.visitor(house, { as: await house.member("cleo"), javaScriptEnabled: false });
  await cleo.open("/");
  assert.equal((await cleo.ids()).length, 20);
  await cleo.page.getByRole("link", { name: "Older posts" }).click();
  await cleo.page.waitForLoadState();
  assert.equal((await cleo.ids()).length, 5);
  await cleo.page.getByRole("link", { name: "To the newest posts" }).click();
  await cleo.page.waitForLoadState();
  assert.equal((await cleo.ids()).length, 20);
});

story("scrolling shows every post once", async (stage) => {
  const { ada, ben } = await stage.two();
  const ids = await ada.postMany(65);
  await ben.open("/");
  await readToTheEnd(ben);
  await feedIs(ben, ids.reverse());
});

story("scrolling stays complete while others post and delete", async (stage) => {
  const { ada, ben } = await stage.two();
  const ids = await ada.postMany(70);
  await ben.open("/");
  let turn = 0;
  await readToTheEnd(ben, async (shown) => {
    turn += 1;
    await ada.post(`meanwhile ${turn}`);
    // One that is shown, the last that is shown (the cursor stands on it), and one that is still to come.
    for (const at of [5 + turn, shown - 1, Math.min(shown + 4, 69 - turn)]) await ada.remove(ids[69 - at]);
  });
  assert.ok(turn >= 2);
  await pill(ben).click();
  const expected = await ada.feed();
  await feedIs(ben, expected);
  assert.equal(new Set(expected).size, expected.length);
});

story("the older posts of a member are that member's", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.member.postMany(3);
  const ids = await ada.postMany(24);
  await ben.open("/@ada");
  await readToTheEnd(ben);
  await feedIs(ben, ids.reverse());
});

story("back from a post, the reader is where they left the feed", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(12);
  await ben.open("/");
  await ben.page.evaluate(() => window.scrollTo({ top: 1200, behavior: "instant" }));
  await ben.page.locator("#feed > .post:nth-child(4) .when a").evaluate((link) => link.click());
  await ben.page.waitForURL(/\/p\//);
  await ben.page.goBack();
  await ben.until(() => Math.abs(window.scrollY - 1200) <= 50, "the old place in the feed");
});
