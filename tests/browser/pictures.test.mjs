// Pictures where they stand in a page: strips, what moves, small ones, large windows, a post's menu.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { jpeg, plain } from "./picture.mjs";
import { pill, pillSays, readOn } from "./reader.mjs";
import { needsSamples, sample, story } from "./story.mjs";
import { PHONE } from "./visitor.mjs";

const current = ({ page }) => page.locator(".dots a").evaluateAll((dots) => dots.findIndex((dot) => dot.hasAttribute("aria-current")) + 1);
const shown = (visitor, number) =>
  visitor.until((n) => [...document.querySelectorAll(".dots a")][n - 1]?.hasAttribute("aria-current"), `picture ${number}`, number);

async function strip(stage, look = {}) {
  const two = await stage.two({}, look);
  const files = ["a.png", "b.png", "c.png"].map((name) => plain(name, [900, 600]));
  const id = await two.ada.post("Three of them", { files });
  await two.ben.open("/");
  await shown(two.ben, 1);
  return { ...two, id };
}

story("a mouse turns a strip by its buttons, and there is none beyond its ends", async (stage) => {
  const { ben } = await strip(stage);
  const [before, after] = [ben.page.locator(".strip [data-step='-1']"), ben.page.locator(".strip [data-step='1']")];
  assert.ok(await before.isHidden());
  await ben.page.locator(".strip").hover();
  await ben.until(() => getComputedStyle(document.querySelector(".strip [data-step='1']")).opacity === "1", "the button");
  await after.click();
  await shown(ben, 2);
  await after.click();
  await shown(ben, 3);
  assert.ok(await after.isHidden());
  await before.click();
  await shown(ben, 2);
});

story("arrow keys turn a strip by one picture, and the count is said", async (stage) => {
  const { ben } = await strip(stage);
  await ben.page.locator(".strip ol").focus();
  await ben.page.keyboard.press("ArrowRight");
  await shown(ben, 2);
  await ben.page.locator("#said", { hasText: "Picture 2 of 3" }).waitFor({ state: "attached" });
  await ben.page.keyboard.press("ArrowRight");
  await ben.page.keyboard.press("ArrowRight");
  await shown(ben, 3);
  await ben.page.keyboard.press("ArrowLeft");
  await shown(ben, 2);
});

story("the dots of a strip make no history", async (stage) => {
  const { ben } = await strip(stage, PHONE);
  const before = await ben.page.evaluate(() => history.length);
  await ben.page.locator(".dots a").nth(2).tap();
  await shown(ben, 3);
  assert.equal(await ben.page.evaluate(() => history.length), before);
  assert.equal(new URL(ben.page.url()).hash, "");
});

story("a tiny picture is shown at twice its size at most", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("tiny", { files: [jpeg()] });
  await ada.post("two tiny ones", { files: [jpeg("a.jpg"), plain("b.png", [900, 600])] });
  await ben.open("/");
  for (const img of await ben.page.locator("#feed .is-tiny img:not(.hash)").all()) {
    const { width, height } = await img.boundingBox();
    assert.ok(width <= 64.5 && height <= 48.5, `${width} by ${height}`);
  }
  assert.equal(await ben.page.locator("#feed .is-tiny img:not(.hash)").count(), 2);
});

for (const [name, viewport] of [
  ["a phone", { width: 390, height: 844 }],
  ["a phone on its side", { width: 844, height: 390 }],
  ["a desk", { width: 1280, height: 800 }],
  ["a large window", { width: 1920, height: 1080 }],
])
  story(`on ${name} every picture fits the window, whole, in the feed and on its page`, async (stage) => {
    const { ada, ben } = await stage.two({}, { viewport });
    const ids = [];
    for (const size of [
      [600, 2400],
      [1200, 1600],
      [1600, 1200],
    ])
      ids.push(await ada.post(size.join(), { files: [plain("a.png", size)] }));
    ids.push(await ada.post("strip", { files: [plain("a.png", [900, 1200]), plain("b.png", [900, 600])] }));
    await ben.open("/");
    const bar = await ben.page.evaluate(() => {
      const nav = document.querySelector(".house-nav");
      return getComputedStyle(nav).position === "fixed" ? nav.getBoundingClientRect().height : 0;
    });
    const boxes = () =>
      ben.page.locator(".frame img:not(.hash)").evaluateAll((imgs) => imgs.map((img) => img.getBoundingClientRect().height));
    const inFeed = await ben.page
      .locator("#feed .frame:not(.strip)")
      .evaluateAll((frames) => frames.map((frame) => frame.getBoundingClientRect().width));
    for (const height of await boxes()) assert.ok(height <= viewport.height - bar, `${height} in the feed`);
    if (viewport.width >= 1440) assert.ok(Math.max(...inFeed) >= 46 * 16 - 1, `the feed grows: ${inFeed}`);
    for (const [n, id] of ids.entries()) {
      await ben.open(`/p/${id.slice(2)}`);
      for (const height of await boxes()) assert.ok(height <= viewport.height, `${height} on the page`);
      const [width] = await ben.page.locator(".frame").evaluateAll((frames) => frames.map((frame) => frame.getBoundingClientRect().width));
      if (n === 2) assert.ok(width >= inFeed[inFeed.length - 3] - 1, `${width} on its page, ${inFeed} in the feed`);
    }
  });

const gif = () => ({ name: "moves.gif", mimeType: "image/gif", buffer: readFileSync(sample("gif/anim-mixed-disposal.gif")) });

story("what moves can be stopped, and stands still for who wants little motion", needsSamples, async (stage) => {
  const { house, ada, ben } = await stage.two();
  await ada.post("It moves", { files: [gif()] });
  await ben.open("/");
  const img = ben.page.locator("#feed picture img");
  const address = () => img.evaluate((img) => new URL(img.currentSrc).pathname);
  await ben.until(() => document.querySelector("#feed picture img").complete, "the picture");
  const moving = await address();
  assert.doesNotMatch(moving, /pg-1/);
  await ben.page.getByRole("button", { name: "Stop picture 1 from moving" }).click();
  await ben.until(() => /pg-1/.test(document.querySelector("#feed picture img").currentSrc), "it standing still");
  await ben.page.getByRole("button", { name: "Let picture 1 move" }).click();
  await ben.until((path) => document.querySelector("#feed picture img").currentSrc.endsWith(path), "it moving", moving);
  const calm = await stage.visitor(house, { as: await house.member("cleo"), reducedMotion: "reduce" });
  await calm.open("/");
  await calm.until(() => /pg-1/.test(document.querySelector("#feed picture img").currentSrc), "it standing still");
  await calm.page.getByRole("button", { name: "Let picture 1 move" }).click();
  await calm.until(() => !/pg-1/.test(document.querySelector("#feed picture img").currentSrc), "it moving");
});

story("what lay under a picture goes when it is there", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("one", { files: [plain("a.png", [1200, 800])] });
  await ben.open("/");
  await ben.until(() => !document.querySelector("#feed .hash") && document.querySelector("#feed .is-here img"), "the picture alone");
});

story("after the pill was used, later posts come in by themselves again", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  await ada.post("behind the pill");
  await pillSays(ben, "1 new post");
  await pill(ben).click();
  const id = await ada.post("by itself");
  await ben.until((id) => document.querySelector("#feed > .post").id === id, "the new post on top", id);
  assert.ok(await pill(ben).isHidden());
});

story("a post's menu copies its link and saves the picture that is looked at", async (stage) => {
  const { ben, id } = await strip(stage);
  await ben.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const menu = ben.page.locator(".menu > summary").first();
  await menu.click();
  await ben.page.getByRole("button", { name: "Copy the link" }).click();
  await ben.page.getByText("The link is copied.").waitFor();
  assert.match(await ben.page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^http://.*/p/${id.slice(2)}$`));
  await ben.page.locator(".strip ol").focus();
  await ben.page.keyboard.press("ArrowRight");
  await shown(ben, 2);
  await menu.click();
  const second = await ben.page.locator(".strip li:nth-child(2) img:not(.hash)").getAttribute("src");
  const [download] = await Promise.all([
    ben.page.waitForEvent("download"),
    ben.page.getByRole("link", { name: "Save the picture" }).click(),
  ]);
  assert.ok(second.includes(download.suggestedFilename().split(".")[0]), `${download.suggestedFilename()} of ${second}`);
  assert.equal(await current(ben), 2);
});

story("a post is shared where the device can share, and only there", async (stage) => {
  const { house, ben, id } = await strip(stage);
  await ben.page.locator(".menu > summary").first().click();
  assert.ok((await ben.page.locator("[data-shares]").first().isHidden()) || (await ben.page.evaluate(() => "share" in navigator)));
  const cleo = await stage.visitor(house, { as: await house.member("cleo") });
  await cleo.context.addInitScript(() => {
    navigator.share = async (what) => (window.shared = what);
  });
  await cleo.open("/");
  await cleo.page.locator(".menu > summary").first().click();
  await cleo.page.getByRole("button", { name: "Share" }).click();
  assert.equal((await cleo.page.evaluate(() => window.shared)).url, `${house.url}/p/${id.slice(2)}`);
});
