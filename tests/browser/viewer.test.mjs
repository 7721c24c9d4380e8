// Pictures looked at alone: the viewer over a page, and its page where no script runs.
import assert from "node:assert/strict";

import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const big = (name, colour) => plain(name, [1600, 1200], colour);
const viewer = ({ page }) => page.locator("dialog.viewer");
const picture = (visitor) => viewer(visitor).locator(".viewer-stage img");
const shows = (visitor, alt) =>
  visitor.until((alt) => document.querySelector(".viewer-stage img")?.getAttribute("alt") === alt, `the picture "${alt}"`, alt);

/** A feed of three posts, the newest of two pictures, at one visitor. */
async function looking(stage, look = {}) {
  const { house, ada, ben } = await stage.two({}, look);
  const oldest = await ada.post("The oldest", { files: [big("a.png")], alts: ["a ladder"] });
  const middle = await ada.post("In between", { files: [big("b.png")] });
  const newest = await ada.post("Two of them\nand a second line", { files: [big("c.png"), big("d.png")], alts: ["a pear", "two pears"] });
  await ben.open("/");
  return { house, ada, ben, ids: [newest, middle, oldest] };
}

story("a click opens a picture whole, and arrows lead through the post and then the feed", async (stage) => {
  const { ben } = await looking(stage);
  await ben.page.getByAltText("a pear", { exact: true }).click();
  await shows(ben, "a pear");
  const box = await picture(ben).boundingBox();
  assert.ok(box.height > 500, `${box.height} of 800`);
  await viewer(ben).getByText("1 of 2").waitFor();
  await viewer(ben).getByText("Two of them").waitFor();
  await ben.page.keyboard.press("ArrowRight");
  await shows(ben, "two pears");
  await ben.page.keyboard.press("ArrowRight");
  await shows(ben, "Picture 1, without a description");
  assert.ok(await viewer(ben).getByText("Description").isHidden());
  await viewer(ben).getByRole("button", { name: "Next picture" }).click();
  await shows(ben, "a ladder");
  assert.ok(await viewer(ben).getByRole("button", { name: "Next picture" }).isHidden());
  for (let back = 0; back < 3; back += 1) await ben.page.keyboard.press("ArrowLeft");
  await shows(ben, "a pear");
  await viewer(ben).getByText("Description").click();
  await viewer(ben).locator(".viewer-alt p").getByText("a pear").waitFor();
});

for (const [way, leave] of [
  ["Escape", (page) => page.keyboard.press("Escape")],
  ["the cross", (page) => page.getByRole("button", { name: "Close" }).click()],
  ["the back button", (page) => page.goBack()],
])
  story(`${way} leaves the viewer where the reader was`, async (stage) => {
    const { ben } = await looking(stage);
    const link = ben.page.getByAltText("Picture 1, without a description");
    await link.scrollIntoViewIfNeeded();
    const before = await ben.page.evaluate(() => scrollY);
    await link.click();
    await shows(ben, "Picture 1, without a description");
    await leave(ben.page);
    await viewer(ben).waitFor({ state: "hidden" });
    assert.ok(Math.abs((await ben.page.evaluate(() => scrollY)) - before) <= 50);
    assert.equal(new URL(ben.page.url()).pathname, "/");
    assert.ok(await link.evaluate((img) => document.activeElement === img.closest("a")));
    // The state of the viewer is gone: the next step back leaves the page.
    assert.ok(!(await ben.page.evaluate(() => history.state?.viewer)));
  });

story("a finger swipes on, and two come closer", async (stage) => {
  const { ben } = await looking(stage, PHONE);
  await ben.page.getByAltText("a pear", { exact: true }).tap();
  await shows(ben, "a pear");
  const touch = await ben.context.newCDPSession(ben.page);
  const send = (type, ...points) =>
    touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await send("touchStart", [300, 400]);
  for (let x = 280; x >= 100; x -= 20) await send("touchMove", [x, 402]);
  await send("touchEnd");
  await shows(ben, "two pears");
  await send("touchStart", [180, 400], [210, 400]);
  for (let far = 10; far <= 120; far += 10) await send("touchMove", [180 - far, 400], [210 + far, 400]);
  await send("touchEnd");
  const scale = () => picture(ben).evaluate((img) => new DOMMatrix(getComputedStyle(img).transform).a);
  assert.ok((await scale()) > 2, `${await scale()} times`);
  // Close up, a finger moves the picture and does not turn to the next.
  await send("touchStart", [300, 400]);
  for (let x = 280; x >= 100; x -= 20) await send("touchMove", [x, 402]);
  await send("touchEnd");
  await shows(ben, "two pears");
  await ben.page.touchscreen.tap(200, 400);
  await ben.page.touchscreen.tap(200, 400);
  await ben.until(() => !document.querySelector(".viewer-stage img").style.transform, "the whole picture again");
});

story("the largest stored size is there for every member", async (stage) => {
  const { ben } = await looking(stage, { deviceScaleFactor: 2 });
  await ben.page.getByAltText("a pear", { exact: true }).click();
  await shows(ben, "a pear");
  await ben.until(() => document.querySelector(".viewer-stage img").naturalWidth > 0, "the picture");
  assert.match(await picture(ben).evaluate((img) => img.currentSrc), /\/tr:f-auto\//);
  const [download] = await Promise.all([ben.page.waitForEvent("download"), viewer(ben).getByRole("link", { name: "Save" }).click()]);
  assert.match(download.suggestedFilename(), /\.(png|webp)$/);
});

story("a post that is deleted while it is looked at says so", async (stage) => {
  const { ada, ben, ids } = await looking(stage);
  await ben.page.locator(`[id="${ids[1]}"] [data-seen]`).click();
  await shows(ben, "Picture 1, without a description");
  await ada.remove(ids[1]);
  await viewer(ben).getByText("This post was deleted.").waitFor();
  // It has its neighbours still.
  await ben.page.keyboard.press("ArrowRight");
  await shows(ben, "a ladder");
});

story("pictures that an edit takes away leave open pages, and the wall says what became of a picture", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Three", { files: ["a.png", "b.png", "c.png"].map((name) => plain(name)), alts: ["a", "b", "c"] });
  await ben.open("/");
  await ben.shows(id);
  const author = await stage.visitor(ben.house, { as: ada });
  await author.open(`/p/${id.slice(2)}/edit`);
  await author.page.getByRole("button", { name: "Remove b.png" }).click();
  await author.page.locator("[data-post]").click();
  await author.page.getByText("Changed").first().waitFor();
  await ben.until(() => document.querySelectorAll(".frame [data-seen]").length === 2, "two pictures are left");
  await ben.open(`/@${ada.name}`);
  await ben.page.locator("[data-tile]").first().click();
  await shows(ben, "a");
  await ada.remove(id);
  await viewer(ben).getByText("This post was deleted.").waitFor();
  await ben.page.keyboard.press("Escape");
  await ben.until(() => document.activeElement?.id === "main", "the focus is on the page");
});

story("while a picture is looked at, new posts wait", async (stage) => {
  const { ada, ben } = await looking(stage);
  await ben.page.getByAltText("a pear", { exact: true }).click();
  await shows(ben, "a pear");
  await ada.post("later");
  await ben.page.locator("#pill", { hasText: "1 new post" }).waitFor({ state: "attached" });
  assert.equal((await ben.ids()).length, 3);
});

story("without script a picture has a page of its own", async (stage) => {
  const { ben } = await looking(stage, NO_SCRIPT);
  await ben.page.getByAltText("a pear", { exact: true }).click();
  await ben.page.getByRole("link", { name: "Next picture" }).click();
  await ben.page.getByAltText("two pears").waitFor();
  const box = await ben.page.getByAltText("two pears").boundingBox();
  assert.ok(box.height > 500);
  assert.equal(await ben.page.getByRole("link", { name: "Next picture" }).count(), 0);
  await ben.page.getByRole("link", { name: "Close: back to the post" }).click();
  await ben.page.getByRole("heading", { name: "Ada" }).waitFor();
});
