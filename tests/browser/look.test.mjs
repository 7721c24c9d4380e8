// What everybody can see: contrast and names by axe, zoom, the chosen theme, little motion.
import assert from "node:assert/strict";

import { choose, openComposer, send, taken } from "./composer.mjs";
import { plain, pretended } from "./picture.mjs";
import { pillSays, readOn } from "./reader.mjs";
import { story } from "./story.mjs";
import { DESKTOP, PHONE } from "./visitor.mjs";

/** Whether the page's ground is light. */
const isBright = ({ page }) =>
  page.evaluate(
    () =>
      getComputedStyle(document.documentElement)
        .backgroundColor.match(/\d+/g)
        .slice(0, 3)
        .reduce((sum, part) => sum + Number(part), 0) > 400,
  );

async function furnished(stage, look) {
  const two = await stage.two({}, { reducedMotion: "reduce", ...look });
  await two.ada.post("A strip of two", { files: [plain("a.png", [300, 200]), plain("b.png", [200, 300])], alts: ["sand", "more sand"] });
  const id = (await two.ben.member.post(`Long words ${"and so on ".repeat(60)}`)).slice(2);
  return {
    ...two,
    id,
    paths: [
      "/",
      "/compose",
      `/p/${id}`,
      `/p/${id}/edit`,
      `/p/${id}/delete`,
      "/@ben",
      "/@ben/posts",
      "/@nobody",
      "/settings",
      "/settings/account",
      "/settings/security",
      "/settings/programs",
    ],
  };
}

// Contrast hangs on the theme and sizes on the window: two of the four pairs show both.
for (const [colorScheme, kind, size] of [
  ["light", "desktop", DESKTOP],
  ["dark", "phone", PHONE],
]) {
  story(`axe finds nothing serious on any page, ${colorScheme}, ${kind}`, async (stage) => {
    const { ben, paths } = await furnished(stage, { ...size, colorScheme });
    const faults = [];
    for (const path of paths) {
      await ben.open(path);
      faults.push(...(await ben.faults()));
    }
    assert.deepEqual(faults, []);
  });
}

for (const colorScheme of ["light", "dark"]) {
  story(`axe finds nothing serious before the door, ${colorScheme}`, async (stage) => {
    const empty = await stage.visitor(await stage.house({ empty: true }), { colorScheme });
    await empty.open("/setup");
    const faults = await empty.faults();
    const cleo = await stage.visitor(await stage.house(), { colorScheme });
    for (const path of ["/login", "/register", "/login?left=1", "/forgot", "/verify?token=x"]) {
      await cleo.open(path);
      faults.push(...(await cleo.faults()));
    }
    await cleo.page.getByRole("button", { name: "Confirm the address" }).click();
    await cleo.page.getByText("This link is too old").waitFor();
    faults.push(...(await cleo.faults()));
    const fay = await stage.visitor(cleo.house, { as: await cleo.house.member("fay"), colorScheme });
    await fay.open("/admin/jobs");
    faults.push(...(await fay.faults()));
    await cleo.open("/register");
    await cleo.page.getByLabel("E-mail").fill("no@example.org");
    await cleo.page.getByLabel("Password", { exact: true }).fill("short");
    await cleo.page.getByRole("button", { name: "Register" }).click();
    await cleo.page.locator("[aria-invalid=true]").waitFor();
    faults.push(...(await cleo.faults()));
    assert.deepEqual(faults, []);
  });

  story(`axe finds nothing serious in what opens and goes wrong, ${colorScheme}`, async (stage) => {
    const { ada, ben } = await furnished(stage, { colorScheme });
    await ben.open("/");
    await ben.page.locator("#feed summary").first().click();
    const faults = await ben.faults();
    await openComposer(ben);
    await choose(ben, plain(), pretended());
    await taken(ben, 1);
    await ben.page.locator(".pick.is-refused").waitFor();
    faults.push(...(await ben.faults()));
    await ada.postMany(8);
    await ben.open("/");
    await readOn(ben);
    await ada.post("new");
    await pillSays(ben, "1 new post");
    faults.push(...(await ben.faults()));
    await openComposer(ben);
    // The draft from before is there again.
    await choose(ben, plain("another.png", [300, 200]));
    await taken(ben, 2);
    await (await ben.member.elsewhere()).signOutOthers();
    await ben.page.locator("#live.is-off").waitFor();
    await send(ben);
    await ben.page.locator(".signin-panel").waitFor();
    faults.push(...(await ben.faults()));
    assert.deepEqual(faults, []);
  });
}

for (const colorScheme of ["light", "dark"]) {
  story(`axe finds nothing serious in the API's description, ${colorScheme}`, async (stage) => {
    const programmer = await stage.visitor(await stage.house(), { colorScheme });
    await programmer.open("/docs/");
    await programmer.page.locator(".opblock-summary-control").first().click();
    await programmer.page.locator(".opblock-body .parameters-container, .opblock-body .responses-wrapper").first().waitFor();
    assert.deepEqual(await programmer.faults(), []);
    await programmer.open("/docs/transformations");
    assert.deepEqual(await programmer.faults(), []);
  });
}

story("without script axe finds nothing serious", async (stage) => {
  const { ben, paths } = await furnished(stage, {});
  // Axe is a script itself, so only ours are kept away, and what stands in <noscript> is unwrapped.
  ben.expect(/net::ERR_FAILED/);
  await ben.page.route("**/porch.js", (route) => route.abort());
  const faults = [];
  for (const path of paths) {
    await ben.page.goto(path);
    await ben.page.evaluate(() => document.querySelectorAll("noscript").forEach((hidden) => (hidden.outerHTML = hidden.textContent)));
    faults.push(...(await ben.faults()));
  }
  assert.deepEqual(faults, []);
});

story("at 400 % zoom nothing scrolls sideways and the bars leave room", async (stage) => {
  const { ben, paths } = await furnished(stage, { viewport: { width: 320, height: 256 } });
  const faults = [];
  for (const path of paths) {
    await ben.open(path);
    const [wide, taken] = await ben.page.evaluate(() => {
      const fixed = [...document.querySelectorAll("body *")].filter(
        (element) => ["fixed", "sticky"].includes(getComputedStyle(element).position) && element.checkVisibility(),
      );
      const bars = fixed.map((element) => element.getBoundingClientRect()).filter(({ width }) => width > innerWidth / 2);
      return [
        document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
        bars.reduce((sum, { height }) => sum + height, 0) / innerHeight,
      ];
    });
    if (wide > 0) faults.push(`${path} is ${wide} pixels too wide`);
    if (taken > 0.5) faults.push(`${path}: bars take ${Math.round(taken * 100)} % of the height`);
  }
  assert.deepEqual(faults, []);
});

story("text that is set twice as large and spaced out is not cut off", async (stage) => {
  const { ben, paths } = await furnished(stage, {});
  const faults = [];
  for (const path of paths) {
    await ben.open(path);
    const cut = await ben.page.evaluate(() => {
      const rules = new CSSStyleSheet();
      rules.replaceSync(
        "html { font-size: 200% !important } * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }",
      );
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, rules];
      const texts = [...document.querySelectorAll("h1, h2, p, a, button, label, summary, legend")].filter(
        (element) => element.checkVisibility() && !element.closest(".unseen, .skip, [aria-hidden=true]"),
      );
      return texts
        .filter((element) => {
          const { overflowX, overflowY } = getComputedStyle(element);
          return (
            (overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1) ||
            (overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1)
          );
        })
        .map((element) => element.outerHTML.slice(0, 100));
    });
    faults.push(...cut.map((text) => `${path}: ${text}`));
  }
  assert.deepEqual(faults, []);
});

story("a chosen theme is in the page as the server sends it, so that nothing flashes", async (stage) => {
  const { ben } = await furnished(stage, { colorScheme: "light" });
  await ben.open("/settings");
  await ben.page.getByRole("radio", { name: "Dark" }).check();
  await ben.page.locator("#theme .note.is-good").waitFor();
  const html = await (await ben.page.goto("/")).text();
  assert.match(html, /<html[^>]* data-theme="dark"/);
  assert.match(html, /<meta name="theme-color" content="#[0-9a-f]{6}">/);
  // Before any script runs.
  const plain = await stage.visitor(ben.house, { as: ben.member, colorScheme: "light", javaScriptEnabled: false });
  await plain.context.addCookies((await ben.context.cookies()).filter(({ name }) => name === "theme"));
  await plain.open("/");
  assert.equal(await isBright(plain), false);
});

story("a choice is seen at once, and the system decides again when asked to", async (stage) => {
  const { ben } = await furnished(stage, { colorScheme: "dark" });
  await ben.open("/settings");
  assert.equal(await isBright(ben), false);
  await ben.page.getByRole("radio", { name: "Light" }).check();
  await ben.page.locator("#theme .note.is-good").waitFor();
  assert.equal(await isBright(ben), true);
  await ben.page.getByRole("radio", { name: "As the system" }).check();
  await ben.page.locator("html:not([data-theme])").waitFor();
  assert.equal(await isBright(ben), false);
  await ben.page.locator("#theme input[value=system]:checked").waitFor();
});

story("pictures have their room before they arrive, so that nothing jumps", async (stage) => {
  const { ben } = await furnished(stage, {});
  await ben.page.addInitScript(() => {
    window.jumps = [];
    new PerformanceObserver((list) =>
      window.jumps.push(
        ...list
          .getEntries()
          .filter(({ hadRecentInput }) => !hadRecentInput)
          .map(({ value, sources }) => [value, sources?.[0]?.node?.outerHTML?.slice(0, 80)]),
      ),
    ).observe({ type: "layout-shift", buffered: true });
  });
  await ben.open("/");
  await ben.until(
    () => [...document.querySelectorAll("#feed img")].every((image) => image.complete && image.naturalWidth),
    "every picture",
  );
  assert.deepEqual(
    (await ben.page.evaluate(() => window.jumps)).filter(([value]) => value > 0.05),
    [],
  );
});

story("who wants little motion gets little", async (stage) => {
  const { ben } = await furnished(stage, {});
  await ben.open("/");
  const long = await ben.page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
        return (
          (animationName !== "none" && parseFloat(animationDuration) > 0.1) ||
          transitionDuration.split(",").some((time) => parseFloat(time) > 0.1)
        );
      })
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(long, []);
});
