// Somebody at a browser. Whatever goes wrong in their page is noted, and fails the story at its end.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true };
export const NO_SCRIPT = { ...DESKTOP, javaScriptEnabled: false };

let browser = null;
const launched = () => {
  browser ??= chromium.launch({ executablePath: process.env.PORCH_CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
  return browser;
};
after(async () => (await browser)?.close());

export class Visitor {
  problems = [];
  #expected = [
    /Failed to load resource: the server responded with a status of 4\d\d/,
    // A preview that was let go of while it was still being read.
    /net::ERR_FILE_NOT_FOUND \(blob:/,
  ];

  /** A new browser at the house's door; `as` is the member who is signed in there. */
  static async arrive(house, { as = null, ...look } = {}) {
    const visitor = new Visitor();
    visitor.house = house;
    visitor.member = as;
    visitor.script = look.javaScriptEnabled !== false;
    visitor.context = await (await launched()).newContext({ baseURL: house.url, serviceWorkers: "block", ...DESKTOP, ...look });
    visitor.context.setDefaultTimeout(45_000);
    if (as) await visitor.context.addCookies(as.cookies());
    visitor.page = await visitor.context.newPage();
    visitor.#watch(visitor.page);
    return visitor;
  }

  /** Console lines that belong to the story, such as those of a line that was cut. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  expectBrokenLine() {
    this.expect(/WebSocket connection to .* failed/, /net::ERR_/, /htmx:error: Failed to fetch/);
  }

  #watch(page) {
    const note = (text) => this.#expected.some((pattern) => pattern.test(text)) || this.problems.push(text);
    page.on("pageerror", (error) => note(`script error: ${error.stack ?? error.message}`));
    page.on("console", (line) => line.type() === "error" && note(`console: ${line.text()} (${line.location().url})`));
    page.on("response", (answer) => answer.status() >= 500 && note(`${answer.status()} for ${answer.url()}`));
    page.on("crash", () => note("the page crashed"));
  }

  /** Opens a page; a live one is waited for until it is. */
  async open(path = "/") {
    const answer = await this.page.goto(path);
    if (this.script && (await this.page.locator("body[data-live]").count())) await this.live();
    return answer;
  }

  live() {
    return this.page.locator("html[data-live=on]").waitFor({ state: "attached" });
  }

  /** Waits until `check` holds in the page; `wish` says what was waited for when it never does. */
  async until(check, wish, argument, timeout = 45_000) {
    try {
      await this.page.waitForFunction(check, argument, { timeout, polling: 25 });
    } catch (error) {
      throw new Error(`Not seen: ${wish}. ${error.message.split("\n")[0]}`);
    }
  }

  /** The ids of the posts on the page, from the top. */
  ids() {
    return this.page.locator("#feed > .post").evaluateAll((posts) => posts.map((post) => post.id));
  }

  shows(id) {
    return this.page.locator(`[id="${id}"]`).waitFor();
  }

  /** What axe holds against this page, serious or critical: one line for each rule and kind of element. */
  async faults() {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() =>
      window.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
        resultTypes: ["violations"],
      }),
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const lines = serious.flatMap(({ id, nodes }) =>
      nodes.map(({ html, any, all, none }) => {
        const kind = html.replaceAll(/(p-|\/p\/)[0-9a-f-]{36}/g, "$1…").slice(0, 100);
        return `${new URL(this.page.url()).pathname} ${id}: ${kind} ${[...any, ...all, ...none][0]?.message ?? ""}`;
      }),
    );
    return [...new Set(lines)];
  }

  async leave() {
    await this.context.close();
  }
}
