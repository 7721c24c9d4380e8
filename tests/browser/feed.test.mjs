// The feed while others post, change and delete.
import assert from "node:assert/strict";

import { compose } from "./composer.mjs";
import { feedIs, pill, pillSays, place, readOn } from "./reader.mjs";
import { story } from "./story.mjs";

story("an empty feed says so and offers the one thing to do", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/");
  await ben.page.getByText("Nobody has posted anything yet").waitFor();
  await ben.page.getByRole("link", { name: "Post the first picture" }).click();
  await ben.page.getByRole("heading", { name: "New post" }).waitFor();
});

story("a new post appears at the top of an idle page without a reload", async (stage) => {
  const { ada, ben } = await stage.two();
  const first = await ada.post("First light");
  await ben.open("/");
  await ben.page.evaluate(() => (window.stillHere = true));
  const second = await ada.post("Second light");
  await feedIs(ben, [second, first]);
  await ben.page.getByText("Second light").waitFor();
  assert.ok(await ben.page.evaluate(() => window.stillHere));
  assert.ok(await pill(ben).isHidden());
});

story("the first post of all takes the place of the words about emptiness", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.open("/");
  const id = await ada.post("First light");
  await feedIs(ben, [id]);
  await ben.page.locator("#empty").waitFor({ state: "hidden" });
});

story("a post made at one browser appears at another", async (stage) => {
  const { house, ben } = await stage.two();
  const cleo = await stage.visitor(house, { as: await house.member("cleo") });
  await Promise.all([ben.open("/"), cleo.open("/")]);
  await compose(cleo, { caption: "Snow on the north side" });
  for (const visitor of [ben, cleo]) await visitor.page.locator("#feed").getByText("Snow on the north side").waitFor();
  assert.deepEqual(await cleo.ids(), await ben.ids());
});

story("a scrolled reader gets the pill with the count, and nothing moves", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  const before = await readOn(ben);
  for (const caption of ["one", "two", "three"]) await ada.post(caption);
  await pillSays(ben, "3 new posts");
  assert.deepEqual(await place(ben), before);
  assert.equal((await ben.ids()).length, 8);
});

story("the pill tells a screen reader the count, not the posts", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  await ada.post("secret words");
  await ada.post("more of them");
  await ben.until(() => document.getElementById("said").textContent === "2 new posts", "the status “2 new posts”");
  assert.equal(await ben.page.locator("#feed").getAttribute("aria-live"), null);
});

story("a click on the pill brings the new posts in order, with the focus on the first", async (stage) => {
  const { ada, ben } = await stage.two();
  const old = await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  const fresh = [];
  for (const caption of ["one", "two", "three"]) fresh.push(await ada.post(caption));
  await pillSays(ben, "3 new posts");
  await pill(ben).click();
  await feedIs(ben, [...old, ...fresh].reverse());
  await ben.until((id) => document.activeElement.id === id && window.scrollY < 200, "the focus on the newest post, at the top", fresh[2]);
  assert.ok(await pill(ben).isHidden());
});

story("a reader who holds the focus in the feed is not disturbed even at the top", async (stage) => {
  const { ada, ben } = await stage.two();
  const first = await ada.post("First light");
  await ben.open("/");
  await ben.page.locator(`[id="${first}"]`).focus();
  await ada.post("Second light");
  await pillSays(ben, "1 new post");
  assert.deepEqual(await ben.ids(), [first]);
});

story("a post that is deleted behind the pill never comes", async (stage) => {
  const { ada, ben } = await stage.two();
  const old = await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  const [kept, gone] = [await ada.post("kept"), await ada.post("gone")];
  await pillSays(ben, "2 new posts");
  await ada.remove(gone);
  await pillSays(ben, "1 new post");
  await pill(ben).click();
  await feedIs(ben, [...old, kept].reverse());
});

story("a changed caption reaches the open feed", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Frist light");
  await ben.open("/");
  await ada.edit(id, "First light");
  await ben.page.locator(`[id="${id}-text"]`).getByText("First light").waitFor();
  assert.equal(await ben.page.getByText("Frist light").count(), 0);
});

story("a caption that changes behind the pill comes in its last words", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  const id = await ada.post("Frist light");
  await pillSays(ben, "1 new post");
  await ada.edit(id, "First light");
  await ada.post("a later one");
  await pillSays(ben, "2 new posts");
  await pill(ben).click();
  await ben.page.locator(`[id="${id}-text"]`).getByText("First light").waitFor();
});

story("a deleted post leaves the open feed", async (stage) => {
  const { ada, ben } = await stage.two();
  const [first, second] = [await ada.post("First light"), await ada.post("Second light")];
  await ben.open("/");
  await ada.remove(second);
  await feedIs(ben, [first]);
});

story("a deletion above the reader does not move what is read", async (stage) => {
  const { ada, ben } = await stage.two();
  const ids = await ada.postMany(8);
  await ben.open("/");
  const before = await readOn(ben);
  await ada.remove(ids[7]);
  await ben.page.locator(`[id="${ids[7]}"]`).waitFor({ state: "detached" });
  const after = await place(ben);
  assert.equal(after.id, before.id);
  assert.ok(Math.abs(after.top - before.top) <= 1, `the read post moved from ${before.top} to ${after.top}`);
});

story("the page of a single post hears of a change and of the end", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Frist light");
  await ben.open(`/p/${id.slice(2)}`);
  await ada.edit(id, "First light");
  await ben.page.getByText("First light").waitFor();
  await ada.remove(id);
  await ben.page.getByText("This post was deleted.").waitFor();
});

story("everything of an erased member leaves the open pages, and the pill counts none of it", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const cleo = await house.member("cleo");
  const [of, kept] = [await ada.post("by Ada"), await cleo.post("by Cleo")];
  await ben.open("/");
  await feedIs(ben, [kept, of]);
  const alone = await stage.visitor(house, { as: cleo });
  await alone.open(`/p/${of.slice(2)}`);
  await cleo.postMany(8);
  await feedIs(ben, await cleo.feed());
  await readOn(ben);
  await ada.post("behind the pill");
  await cleo.post("behind it too");
  await pillSays(ben, "2 new posts");
  await (await house.member("fay")).erase(ada);
  await pillSays(ben, "1 new post");
  await ben.page.locator(`[id="${of}"]`).waitFor({ state: "detached" });
  await alone.page.getByText("This post was deleted.").waitFor();
  await pill(ben).click();
  await feedIs(ben, await cleo.feed());
});

story("a post that is edited without end changes a few times a second, and others come meanwhile", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const cleo = await house.member("cleo");
  const id = await ada.post("calm");
  await ben.open("/");
  await feedIs(ben, [id]);
  await ben.page.evaluate((part) => {
    window.changes = 0;
    new MutationObserver(() => (window.changes += 1)).observe(document.getElementById(part), { childList: true });
  }, `${id}-text`);
  const begun = Date.now();
  const edits = 120;
  for (let n = 0; n < edits; n += 1) await ada.edit(id, `storm ${n}`);
  const other = await cleo.post("in between");
  for (let more = 0; more < 5; more += 1) await ada.edit(id, `after the storm ${more}`);
  await feedIs(ben, [other, id]);
  await ben.page.getByText("after the storm 4").waitFor();
  const changes = await ben.page.evaluate(() => window.changes);
  const most = (Date.now() - begun) / 250 + 2;
  assert.ok(changes <= most, `${changes} changes for ${edits} edits`);
});

story("a text that was unfolded stays so when it changes", async (stage) => {
  const { ada, ben } = await stage.two();
  const long = "word ".repeat(80);
  const id = await ada.post(long);
  await ben.open("/");
  await ben.page.getByText("More", { exact: true }).click();
  await ada.edit(id, `${long} and the end`);
  await ben.page.getByText("and the end").waitFor({ state: "visible" });
  await ben.page.getByText("Less", { exact: true }).click();
  await ben.page.getByText("and the end").waitFor({ state: "hidden" });
});

story("a caption of many lines is cut, and an address in it leads there", async (stage) => {
  const { ada, ben } = await stage.two();
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`).join("\n");
  const id = await ada.post(`See https://example.org/a?b=1&c=2.\n${lines}`);
  await ben.open("/");
  const card = ben.page.locator(`[id="${id}"]`);
  const link = card.getByRole("link", { name: "https://example.org/a?b=1&c=2" });
  assert.equal(await link.getAttribute("href"), "https://example.org/a?b=1&c=2");
  assert.equal(await link.getAttribute("rel"), "nofollow noopener ugc");
  assert.ok(await card.getByText("line 4").isVisible());
  assert.ok(!(await card.getByText("line 20").isVisible()));
  await card.getByText("More", { exact: true }).click();
  assert.ok(await card.getByText("line 20").isVisible());
});

story("a member's page takes that member's new posts only", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const cleo = await house.member("cleo");
  await ada.post("by Ada");
  await ben.open("/@ada/posts");
  await cleo.post("by Cleo");
  const second = await ada.post("by Ada again");
  await ben.shows(second);
  assert.equal(await ben.page.getByText("by Cleo").count(), 0);
});

story("an author deletes from the feed, and it is final after some seconds", async (stage) => {
  const { ada, ben } = await stage.two();
  const [mine, other] = [await ben.member.post("mine"), await ada.post("hers")];
  await ben.open("/");
  await ben.page.locator(`[id="${mine}"] summary`).click();
  await ben.page.locator(`[id="${mine}"]`).getByRole("link", { name: "Delete" }).click();
  await feedIs(ben, [other]);
  await ben.page.getByText("Deleted.").waitFor();
  await ben.page.getByRole("button", { name: "Undo" }).waitFor({ state: "hidden", timeout: 12_000 });
  assert.deepEqual(await ada.feed(), [other]);
});

story("only an author is offered the change of a post", async (stage) => {
  const { ada, ben } = await stage.two();
  const hers = await ada.post("hers");
  await ben.open("/");
  await ben.page.locator(`[id="${hers}"] summary`).click();
  await ben.page.locator(`[id="${hers}"]`).getByRole("link", { name: "Open the post" }).waitFor();
  assert.ok(await ben.page.locator(`[id="${hers}"] a[href$="/edit"]`).isHidden());
  const answer = await ben.page.goto(`/p/${hers.slice(2)}/edit`);
  assert.equal(answer.status(), 403);
});
