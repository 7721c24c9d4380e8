// On a phone: nothing sticks out, everything can be hit.
import assert from "node:assert/strict";

import { choose, openComposer, taken } from "./composer.mjs";
import { plain, pretended } from "./picture.mjs";
import { story } from "./story.mjs";
import { PHONE } from "./visitor.mjs";

const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

/** Ben's phone in a house with every kind of post, and the paths of its pages. */
async function pocket(stage) {
  const two = await stage.two({}, PHONE);
  await two.ada.post(`${LONG} ${"and so on ".repeat(40)}`, {
    files: [plain("wide.png", [900, 300]), plain("tall.png", [300, 900])],
    alts: [LONG],
  });
  const group = { name: LONG.slice(0, 50), slug: "choir", about: `${LONG} ${"and so on ".repeat(20)}`, posting: "review", listed: "on" };
  await two.ben.member.send("POST", "/~", new URLSearchParams(group), 303);
  await two.ben.member.send("POST", "/~choir/members", new URLSearchParams({ who: "ada" }), 303);
  const id = (await two.ben.member.post("mine", { files: [plain("tall.png", [300, 900])] })).slice(2);
  return {
    ...two,
    paths: [
      "/",
      "/compose",
      `/p/${id}`,
      `/p/${id}/edit`,
      `/p/${id}/delete`,
      "/@ben",
      "/@ben/posts",
      "/@ada",
      "/~",
      "/~new",
      "/~choir",
      "/~choir/members",
      "/~choir/waiting",
      "/~choir/settings",
      "/~choir/leave",
      "/settings",
      "/settings/account",
      "/settings/security",
      "/settings/programs",
      "/nothing",
    ],
  };
}

const sticksOut = (visitor) =>
  visitor.page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) =>
        element.checkVisibility() &&
        element.getBoundingClientRect().right > clientWidth + 1 &&
        !element.closest(".strip ol, .unseen, [aria-hidden=true]") &&
        getComputedStyle(element).position !== "fixed",
    );
    return scrollWidth > clientWidth
      ? [`${scrollWidth} in ${clientWidth}`, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))]
      : [];
  });

/** Controls under 44 pixels; links in running text may be smaller if nothing else lies within 24. */
const tooSmall = (visitor) =>
  visitor.page.evaluate(() => {
    const targets = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")]
      .map((element) => (element.matches("[type=file], [type=radio], [type=checkbox]") ? (element.closest("label") ?? element) : element))
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[aria-hidden=true], .skip, .unseen"))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width && box.height);
    const inline = (element) =>
      element.matches("a") && getComputedStyle(element).display.startsWith("inline") && !element.querySelector("svg, img");
    const crowded = ({ element, box }) =>
      targets.some((other) => {
        if (other.element === element || other.element.contains(element) || element.contains(other.element)) return false;
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        const [dx, dy] = [Math.max(other.box.left - x, 0, x - other.box.right), Math.max(other.box.top - y, 0, y - other.box.bottom)];
        return Math.hypot(dx, dy) < 12;
      });
    return targets
      .filter((target) => {
        const { element, box } = target;
        const side = Math.min(box.width, box.height);
        if (inline(element) || element.closest(".dots")) return side < 24 && crowded(target);
        return side < 43.5;
      })
      .map(({ element, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${element.outerHTML.slice(0, 90)}`);
  });

const smallText = (visitor) =>
  visitor.page.evaluate(() =>
    [...document.querySelectorAll("input:not([type=hidden], [type=file], [type=radio]), textarea, select")]
      .filter((field) => field.checkVisibility() && parseFloat(getComputedStyle(field).fontSize) < 16)
      .map(({ id }) => id),
  );

story("no page is wider than the phone, from 320 to 430 pixels", async (stage) => {
  const { ben, paths } = await pocket(stage);
  const faults = [];
  for (const path of paths) {
    await ben.open(path);
    for (const width of [320, 360, 390, 430]) {
      await ben.page.setViewportSize({ width, height: 800 });
      for (const fault of await sticksOut(ben)) faults.push(`${path} at ${width}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
});

story("the pages before the door fit a phone too", async (stage) => {
  const house = await stage.house();
  const cleo = await stage.visitor(house, { ...PHONE, viewport: { width: 320, height: 640 } });
  for (const path of ["/login", "/register"]) {
    await cleo.open(path);
    assert.deepEqual([await sticksOut(cleo), await tooSmall(cleo), await smallText(cleo)], [[], [], []], path);
  }
});

story("the open composer fits a phone with files in every state", async (stage) => {
  const { ben } = await pocket(stage);
  await ben.page.setViewportSize({ width: 320, height: 640 });
  await ben.open("/");
  await openComposer(ben);
  await choose(ben, plain(`${LONG}.png`), pretended(`${LONG}.jpg`));
  await taken(ben, 1);
  await ben.page.locator(".pick.is-refused").waitFor();
  assert.deepEqual([await sticksOut(ben), await tooSmall(ben), await smallText(ben)], [[], [], []]);
});

story("every control of every page is large enough for a thumb", async (stage) => {
  const { ben, paths } = await pocket(stage);
  const faults = [];
  for (const path of paths) {
    await ben.open(path);
    for (const fault of await tooSmall(ben)) faults.push(`${path}: ${fault}`);
  }
  await ben.open("/");
  await ben.page.locator("#feed summary").first().click();
  for (const fault of await tooSmall(ben)) faults.push(`open menu: ${fault}`);
  assert.deepEqual(faults, []);
});

story("fields are written in at least 16 pixels, so that no phone zooms in", async (stage) => {
  const { ben, paths } = await pocket(stage);
  for (const path of paths) {
    await ben.open(path);
    assert.deepEqual(await smallText(ben), [], path);
  }
});

story("the bar at the bottom keeps clear of the phone's own", async (stage) => {
  const { ben } = await pocket(stage);
  const devtools = await ben.context.newCDPSession(ben.page);
  await devtools.send("Emulation.setSafeAreaInsetsOverride", { insets: { bottom: 34, bottomMax: 34 } });
  await ben.open("/");
  const lowest = await ben.page
    .locator(".house-nav li:visible a")
    .evaluateAll((links) => Math.max(...links.map((link) => link.getBoundingClientRect().bottom)));
  assert.ok(lowest <= 844 - 34, `the bar's links reach ${lowest}`);
});

story("the end of every page is not under the bar", async (stage) => {
  const { ben, paths } = await pocket(stage);
  for (const path of paths) {
    await ben.open(path);
    const [end, bar] = await ben.page.evaluate(() => {
      window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
      const shown = [...document.querySelectorAll("#main a, #main button, #main input, #main p")].filter(
        (element) => element.checkVisibility() && !element.closest(".unseen, [aria-hidden=true], .pill-slot"),
      );
      return [
        Math.max(...shown.map((element) => element.getBoundingClientRect().bottom)),
        document.querySelector(".house-nav").getBoundingClientRect().top,
      ];
    });
    assert.ok(end <= bar + 1, `${path} ends at ${end}, the bar begins at ${bar}`);
  }
});

story("the camera is offered beside the gallery", async (stage) => {
  const { ben } = await pocket(stage);
  await ben.open("/compose");
  const camera = ben.page.locator("form[data-composer] input[capture=environment]");
  await camera.setInputFiles(plain("camera.png"));
  await taken(ben, 1);
});

story("a draft stays when the phone is turned", async (stage) => {
  const { ben } = await pocket(stage);
  await ben.open("/compose");
  await ben.page.locator("#caption").fill("half a sentence");
  await ben.page.setViewportSize({ width: 844, height: 390 });
  assert.equal(await ben.page.locator("#caption").inputValue(), "half a sentence");
  assert.deepEqual(await sticksOut(ben), []);
});
