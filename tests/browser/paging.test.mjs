// Older posts: a real link, followed by itself, complete while the feed changes.
import assert from "node:assert/strict";

import { feedIs, pill, readToTheEnd } from "./reader.mjs";
import { story } from "./story.mjs";
import { PHONE } from "./visitor.mjs";

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
  await ben.open("/@ada/posts");
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

/** The card under the head of the window, and where it stands. */
const spot = ({ page }) =>
  page.evaluate(() => {
    const card = [...document.querySelectorAll("#feed > .post")].find((post) => post.getBoundingClientRect().bottom > 0);
    return { id: card.id, top: card.getBoundingClientRect().top };
  });

const same = (visitor, before) =>
  visitor.until(
    ({ id, top }) => Math.abs((document.getElementById(id)?.getBoundingClientRect().top ?? 1e6) - top) <= 50,
    "the same card at the same height",
    before,
  );

/** Reads on until so many posts are there, and stops among the last of them. */
async function readFar(visitor, count) {
  while ((await visitor.ids()).length < count)
    await visitor.page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
  await visitor.page.evaluate(() =>
    document.querySelector("#feed > .post:nth-child(45)").scrollIntoView({ block: "start", behavior: "instant" }),
  );
  await visitor.page.evaluate(() => scrollBy({ top: 37, behavior: "instant" }));
  return spot(visitor);
}

for (const [name, look] of [
  ["at a desk", {}],
  ["on a phone", PHONE],
])
  story(`back from a post far down, the reader is where they were, ${name}`, async (stage) => {
    const { ada, ben } = await stage.two({}, look);
    await ada.postMany(60);
    await ben.open("/");
    const before = await readFar(ben, 60);
    await ben.page.locator(`[id="${before.id}"] .when a`).evaluate((link) => link.click());
    await ben.page.getByRole("link", { name: "All posts" }).waitFor();
    // Meanwhile others post, and a post above is deleted.
    for (let n = 0; n < 3; n += 1) await ada.post(`later ${n}`);
    await ben.page.goBack();
    await same(ben, before);
    await ben.page.locator(`[id="${before.id}"] h2 a`).evaluate((link) => link.click());
    await ben.page.waitForURL(/@ada/);
    await ben.page.goBack();
    await same(ben, before);
  });

story("'All posts' leads back to the place, and Home to the top", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(60);
  await ben.open("/");
  const before = await readFar(ben, 60);
  await ben.page.locator(`[id="${before.id}"] .when a`).evaluate((link) => link.click());
  await ben.page.getByRole("link", { name: "All posts" }).click();
  await same(ben, before);
  await ben.page.locator(`[id="${before.id}"] .when a`).evaluate((link) => link.click());
  await ben.page.getByRole("link", { name: "All posts" }).waitFor();
  await ben.page.getByRole("link", { name: "Home" }).first().click();
  await ben.live();
  assert.equal(await ben.page.evaluate(() => scrollY), 0);
});

story("the place is kept when its own post was deleted, or when very many came before it", async (stage) => {
  const { ada, ben } = await stage.two();
  const ids = (await ada.postMany(60)).reverse();
  await ben.open("/");
  const before = await readFar(ben, 60);
  const at = ids.indexOf(before.id);
  await ben.page.locator(`[id="${ids[at + 2]}"] .when a`).evaluate((link) => link.click());
  await ben.page.getByRole("link", { name: "All posts" }).waitFor();
  await ada.remove(before.id);
  await ben.page.goBack();
  await same(ben, { ...before, id: ids[at + 1] });
  await ben.page.locator(`[id="${ids[at + 2]}"] .when a`).evaluate((link) => link.click());
  await ben.page.getByRole("link", { name: "All posts" }).waitFor();
  await ada.postMany(205);
  await ben.page.goBack();
  await ben.page.getByText("To the newest posts").waitFor();
  await ben.shows(ids[at + 1]);
});

story("older posts that do not come are asked for again, by themselves", async (stage) => {
  const { ada, ben } = await stage.two();
  const ids = await ada.postMany(25);
  ben.expect(/ERR_|htmx:error|Failed to fetch/);
  await ben.open("/");
  let refusals = 2;
  await ben.page.route(/before=/, (route) => (refusals-- > 0 ? route.abort() : route.continue()));
  await ben.page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
  await feedIs(ben, ids.reverse());
  assert.ok(refusals < 0);
  await ben.page.getByText("That is everything.").waitFor();
});
