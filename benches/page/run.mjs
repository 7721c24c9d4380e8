// The feed's first page on a phone line, in Chromium: 1.6 Mbit/s, 150 ms, a processor a quarter as fast, nothing kept
// from before. Prints how much came and when the largest picture was there; figures of one run beside each other, for
// these machines are noisy.
//
//   bin/bench page      with photos of PORCH_SAMPLES, or made ones
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { House } from "../../tests/browser/house.mjs";
import { heavy } from "../../tests/browser/picture.mjs";
import { chromium } from "../../tests/browser/node_modules/playwright-core/index.mjs";

const ROUNDS = 5;
const LINE = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const LOOKS = [
  ["390 px @2x", { deviceScaleFactor: 2 }],
  ["390 px @3x", { deviceScaleFactor: 3 }],
  ["390 px @2x, Save-Data", { deviceScaleFactor: 2, extraHTTPHeaders: { "Save-Data": "on" } }],
];

/** Photos as phones take them: those of the samples that are large enough. */
function photos() {
  const folder = process.env.PORCH_SAMPLES && join(process.env.PORCH_SAMPLES, "jpeg");
  if (!folder || !existsSync(folder)) return Array.from({ length: 5 }, (_, n) => heavy(`${n}.png`, 3e6));
  const files = readdirSync(folder).map((name) => ({ name, mimeType: "image/jpeg", buffer: readFileSync(join(folder, name)) }));
  return files.filter(({ buffer }) => buffer.length > 500_000).slice(0, 20);
}

async function filled() {
  const house = await House.open();
  const members = await Promise.all(["ada", "ben", "cleo"].map((name) => house.member(name)));
  const files = photos();
  for (let taken = 0, n = 0; taken < 24 && n < 100; n += 1) {
    const sent = await members[n % 3].post("Two hours up, one pear each.", { files: [files[n % files.length]] }).catch(() => null);
    if (sent) taken += 1;
  }
  return { house, reader: members[0] };
}

/** One visit of a browser that was never here. */
async function visit(browser, house, reader, look) {
  const context = await browser.newContext({
    baseURL: house.url,
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    serviceWorkers: "block",
    ...look,
  });
  await context.addCookies(reader.cookies());
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", LINE);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let [requests, bytes] = [0, 0];
  devtools.on("Network.requestWillBeSent", () => (requests += 1));
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(() => {
    new PerformanceObserver((list) => (window.largest = list.getEntries().at(-1))).observe({
      type: "largest-contentful-paint",
      buffered: true,
    });
  });
  await page.goto("/", { waitUntil: "load" });
  await page.waitForTimeout(4_000);
  const largest = await page.evaluate(() => ({ time: window.largest?.startTime, of: window.largest?.url || "words" }));
  await context.close();
  return { requests, kb: bytes / 1000, largest: largest.time / 1000, of: largest.of.split("/").slice(-2)[0] };
}

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

process.env.PORCH_BINARY ??= resolve("target/release/porch");
const { house, reader } = await filled();
const browser = await chromium.launch({
  executablePath: process.env.PORCH_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
// The sizes are made by the first who ask.
for (const [, look] of LOOKS) await visit(browser, house, reader, look);
const visits = LOOKS.map(() => []);
for (let round = 0; round < ROUNDS; round += 1)
  for (const [n, [, look]] of LOOKS.entries()) visits[n].push(await visit(browser, house, reader, look));
for (const [n, [name]] of LOOKS.entries()) {
  const of = (field) => middle(visits[n].map((visit) => visit[field]));
  console.log(
    `${name.padEnd(22)} ${of("requests")} requests  ${of("kb").toFixed(0)} KB  largest picture (${visits[n][0].of}) after ${of("largest").toFixed(1)} s`,
  );
}
await browser.close();
await house.close();
