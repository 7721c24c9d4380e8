// A member's page as a wall, the settings in pages, and Porch on a home screen.
import assert from "node:assert/strict";

import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const tiles = ({ page }) => page.locator("#wall > li");

for (const [name, look] of [
  ["on a phone", PHONE],
  ["at a desk", {}],
])
  story(`a member's wall hangs three beside each other and opens in the viewer, ${name}`, async (stage) => {
    const { ada, ben } = await stage.two({}, look);
    for (const alt of ["a", "b", "c"]) await ada.post(alt, { files: [plain()], alts: [alt] });
    await ada.post("two", { files: [plain("x.png"), plain("y.png")], alts: ["x", "y"] });
    await ben.open("/@ada");
    const boxes = await Promise.all([0, 1, 2, 3].map((n) => tiles(ben).nth(n).boundingBox()));
    assert.equal(new Set(boxes.slice(0, 3).map(({ y }) => Math.round(y))).size, 1);
    assert.ok(boxes[3].y > boxes[0].y);
    assert.ok(await tiles(ben).first().getByText("Several pictures").count());
    await ben.page.getByAltText("x", { exact: true }).click();
    await ben.page.locator(".viewer-stage").getByAltText("x").waitFor();
    await ben.page.keyboard.press("ArrowRight");
    await ben.page.locator(".viewer-stage").getByAltText("y").waitFor();
    await ben.page.keyboard.press("ArrowRight");
    await ben.page.locator(".viewer-stage").getByAltText("c").waitFor();
    await ben.page.keyboard.press("Escape");
    await ben.page.getByRole("link", { name: "As a list" }).click();
    await ben.until(() => document.querySelectorAll("#feed > .post").length === 4, "the list");
  });

story("the number of posts and the wall are live", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("one");
  await ben.open("/@ada");
  await ben.page.getByText("1 post", { exact: true }).waitFor();
  const id = await ada.post("two", { files: [plain()], alts: ["the second"] });
  await ben.page.getByText("2 posts", { exact: true }).waitFor();
  await ben.page.getByAltText("the second").waitFor();
  await ada.remove(id);
  await ben.page.getByText("1 post", { exact: true }).waitFor();
  assert.equal(await tiles(ben).count(), 1);
});

story("a long wall goes on by itself, and without script by its link", async (stage) => {
  const { house, ada, ben } = await stage.two();
  await ada.postMany(35);
  await ben.open("/@ada");
  await ben.page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
  await ben.until(() => document.querySelectorAll("#wall > li").length === 35, "all 35");
  const cleo = await stage.visitor(house, { as: await house.member("cleo"), ...NO_SCRIPT });
  await cleo.open("/@ada");
  assert.equal(await tiles(cleo).count(), 30);
  await cleo.page.getByRole("link", { name: "Older posts" }).click();
  assert.equal(await tiles(cleo).count(), 5);
});

for (const [name, look] of [
  ["with script", {}],
  ["without script", NO_SCRIPT],
])
  story(`a member says a sentence about themselves, ${name}`, async (stage) => {
    const { ben } = await stage.two({}, look);
    await ben.open("/@ben");
    await ben.page.getByRole("link", { name: "Edit profile" }).click();
    await ben.page.getByLabel("About you").fill("x".repeat(501));
    await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
    await ben.page.getByText("Too long: at most 500 characters").waitFor();
    await ben.page.getByLabel("About you").fill("Keeps <b>bees</b>.");
    await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
    await ben.page.locator("#profile").getByText("Saved.").waitFor();
    // Beside its form, and in view.
    const box = await ben.page.locator("#profile").getByText("Saved.").boundingBox();
    assert.ok(box.y >= 0 && box.y < 800, `at ${box.y}`);
    await ben.open("/@ben");
    await ben.page.getByText("Keeps <b>bees</b>.").waitFor();
  });

story("on a phone, sign-out is on the first page of the settings", async (stage) => {
  const { ben } = await stage.two({}, PHONE);
  await ben.open("/settings");
  await ben.page.locator(".signs-out").getByRole("button", { name: "Sign out" }).tap();
  await ben.page.waitForURL(/\/login/);
});

story("without a line an installed site shows its own page, and everything else is untouched", async (stage) => {
  const { house, ben: member } = await stage.two();
  const ben = await stage.visitor(house, { as: member.member, serviceWorkers: "allow" });
  ben.expectBrokenLine();
  await ben.open("/");
  const manifest = await (await ben.page.request.get("/manifest.webmanifest")).json();
  assert.equal(manifest.name, "Larkfield Hill Club");
  for (const { src, sizes } of manifest.icons) {
    const answer = await ben.page.request.get(src);
    assert.equal(answer.headers()["content-type"], "image/png", src);
    assert.equal((await answer.body()).readUInt32BE(16), Number(sizes.split("x")[0]));
  }
  await ben.page.evaluate(() => navigator.serviceWorker.ready);
  await ben.page.reload();
  await ben.until(() => navigator.serviceWorker.controller, "the worker at work");
  await ben.context.setOffline(true);
  await house.stop("SIGKILL");
  await ben.page.goto("/@ada").catch(() => {});
  await ben.page.getByRole("heading", { name: "No line just now" }).waitFor();
  await house.start();
  await ben.context.setOffline(false);
  await ben.page.getByRole("link", { name: "Try again" }).click();
  await ben.page.getByRole("heading", { name: "Ada" }).waitFor();
});
