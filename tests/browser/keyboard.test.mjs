// Everything by keyboard alone, and always visible where one is.
import assert from "node:assert/strict";

import { caption, openComposer, taken, description, picks } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { pillSays, readOn } from "./reader.mjs";
import { story } from "./story.mjs";

const press = (visitor, ...keys) => keys.reduce((before, key) => before.then(() => visitor.page.keyboard.press(key)), Promise.resolve());

/** What has the focus: its name as far as it matters, and whether one can see that it has it. */
const focus = (visitor) =>
  visitor.page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const seen = at.matches("input[type=file], input[type=radio]") ? at.closest("label") : at;
    const marked = [seen, at, ...seen.children].some((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
    });
    const box = seen.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, Math.min(Math.max(box.top + Math.min(box.height, 60) / 2, 1), innerHeight - 1)];
    const top = document.elementFromPoint(x, y);
    const onScreen = box.bottom > 0 && box.top < innerHeight && box.width > 0;
    const name =
      at.getAttribute("aria-label") ||
      at.textContent.trim().replaceAll(/\s+/g, " ").slice(0, 30) ||
      at.id ||
      at.name ||
      at.getAttribute("href");
    return { name: `${at.tagName.toLowerCase()} ${name}`, marked, clear: onScreen && (seen.contains(top) || top?.contains(seen)) };
  });

/** Goes through the page with Tab until the browser leaves it or `most` stops are made. */
async function walk(visitor, most = 60) {
  const stops = [];
  while (stops.length < most) {
    await press(visitor, "Tab");
    const stop = await focus(visitor);
    if (!stop || stop.name === stops[0]?.name) break;
    stops.push(stop);
  }
  return stops;
}

/** Tabs until what has the focus matches. */
async function tabTo(visitor, selector, key = "Tab") {
  for (let step = 0; step < 60; step += 1) {
    await press(visitor, key);
    if (await visitor.page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`${selector} is not reached by ${key}`);
}

story("the first stop leads past the navigation to the content", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("First light");
  await ben.open("/");
  await press(ben, "Tab");
  const stop = await focus(ben);
  assert.equal(stop.name, "a Skip to content");
  assert.ok(stop.marked && stop.clear, "the skip link cannot be seen");
  await press(ben, "Enter");
  await ben.until(() => document.activeElement.id === "main" || location.hash === "#main", "the focus in the content");
  await press(ben, "Tab");
  assert.ok(await ben.page.evaluate(() => document.getElementById("main").contains(document.activeElement)));
});

story("on every page each stop of Tab is visible and nothing covers it", async (stage) => {
  const { ada, ben } = await stage.two({}, { reducedMotion: "reduce" });
  await ada.post("hers", { files: [plain("a.png", [300, 200]), plain("b.png", [300, 200])] });
  const id = (await ben.member.post("mine")).slice(2);
  const faults = [];
  for (const size of [
    { width: 1280, height: 800 },
    { width: 390, height: 700 },
  ]) {
    await ben.page.setViewportSize(size);
    for (const path of [
      "/",
      "/compose",
      `/p/${id}`,
      `/p/${id}/edit`,
      `/p/${id}/delete`,
      "/@ben",
      "/@ben/posts",
      "/settings",
      "/settings/account",
      "/settings/security",
      "/settings/programs",
    ]) {
      await ben.open(path);
      const stops = await walk(ben);
      assert.ok(stops.length >= 5, `${path} has ${stops.length} stops`);
      for (const { name, marked, clear } of stops)
        if (!marked || !clear) faults.push(`${path} at ${size.width}: ${name} is ${marked ? "covered" : "not marked"}`);
    }
  }
  assert.deepEqual(faults, []);
});

story("the order of Tab is the order of the page", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("First light");
  await ben.open("/");
  await walk(ben);
  const tops = await ben.page.evaluate(() =>
    [...document.querySelectorAll("a, button, input, summary, [tabindex]")].map(({ tabIndex }) => tabIndex).filter((index) => index > 0),
  );
  assert.deepEqual(tops, []);
});

story("a post's menu opens, closes with Escape and gives the focus back", async (stage) => {
  const { ben } = await stage.two();
  await ben.member.post("mine");
  await ben.open("/");
  await tabTo(ben, "#feed summary");
  await press(ben, "Enter");
  await ben.page.locator("#feed").getByRole("link", { name: "Change" }).waitFor();
  await press(ben, "Tab");
  assert.equal((await focus(ben)).name, "a Open the post");
  await press(ben, "Escape");
  await ben.page.locator("#feed").getByRole("link", { name: "Change" }).waitFor({ state: "hidden" });
  assert.ok(await ben.page.evaluate(() => document.activeElement.matches("summary")));
});

story("the pill is reached by Tab and used by Enter", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  await readOn(ben);
  const id = await ada.post("new");
  await pillSays(ben, "1 new post");
  await tabTo(ben, "#pill");
  const stop = await focus(ben);
  assert.ok(stop.marked && stop.clear, "the pill cannot be seen");
  await press(ben, "Enter");
  await ben.until((wanted) => document.activeElement.id === wanted, "the focus on the new post", id);
});

story("a post is made by keyboard alone", async (stage) => {
  const { ada, ben } = await stage.two();
  // Asked for early: until it is, Chromium opens its own window, which nobody can use here.
  const chooser = ben.page.waitForEvent("filechooser");
  await ben.open("/");
  await tabTo(ben, ".stub-ask");
  await press(ben, "Enter");
  await ben.page.locator("form[data-composer]").waitFor();
  await tabTo(ben, "input[name=media]");
  await press(ben, "Enter");
  await (await chooser).setFiles([plain("a.png"), plain("b.png")]);
  await taken(ben, 2);
  await tabTo(ben, ".pick summary");
  await press(ben, "Enter");
  await tabTo(ben, ".pick textarea.input");
  await ben.page.keyboard.type("the first");
  await tabTo(ben, "#caption");
  await ben.page.keyboard.type("By keyboard");
  await tabTo(ben, "[data-post]");
  await press(ben, "Enter");
  await ben.page.locator("#feed").getByText("By keyboard").waitFor();
  assert.deepEqual(await ada.captions(), ["By keyboard"]);
});

story("opening the composer takes the focus into it", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/");
  await tabTo(ben, ".stub-ask");
  await press(ben, "Enter");
  await ben.page.locator("form[data-composer]").waitFor();
  await press(ben, "Tab");
  assert.ok(
    await ben.page.evaluate(() => document.querySelector("form[data-composer]").contains(document.activeElement)),
    (await focus(ben))?.name,
  );
});

story("Enter in a description begins a line and moves no picture", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.open("/");
  await openComposer(ben);
  await ben.page.locator("form[data-composer] input[name=media]").setInputFiles([plain("a.png"), plain("b.png")]);
  await taken(ben, 2);
  await caption(ben).fill("By Enter");
  const field = await description(picks(ben).first());
  await field.fill("A dog");
  await field.press("Enter");
  await field.pressSequentially("on a beach");
  assert.equal((await ada.feed()).length, 0);
  await ben.page.locator("[data-post]").click();
  await ben.page.getByText("Posted.").waitFor();
  assert.equal((await ada.feed()).length, 1);
  assert.equal(await ben.page.locator("#feed img:not(.hash)").first().getAttribute("alt"), "A dog\non a beach");
});

story("when the post under the focus is deleted, the focus goes to the next one", async (stage) => {
  const { ada, ben } = await stage.two();
  const [next, focused] = [await ada.post("next"), await ada.post("focused")];
  await ben.open("/");
  await ben.page.locator(`[id="${focused}"]`).focus();
  await ada.remove(focused);
  await ben.until((id) => document.activeElement.id === id, "the focus on the next post", next);
});

story("the theme is chosen by arrow keys", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/settings");
  await ben.page.getByLabel("As the system").focus();
  await press(ben, "ArrowRight", "ArrowRight");
  await ben.page.locator("#theme .note.is-good").waitFor();
  await ben.page.locator("html[data-theme=dark]").waitFor();
  assert.ok(await ben.page.evaluate(() => document.activeElement.matches("[name=theme]")), "the focus left the choice");
});
