// Porch's media addresses, built by ImageKit's JavaScript SDK alone. It cannot sign: browsers hold no private key.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { buildSrc, getResponsiveImageAttributes } from "@imagekit/javascript";

import { Look } from "./looks.mjs";

const urlEndpoint = process.env.SDK_ENDPOINT;
const keys = JSON.parse(process.env.SDK_KEYS);
const table = new URL("table/", import.meta.url);

const asked = new Map();

/** Status, headers and bytes of an answer. Plain steps are asked for by many rows, and fetched once. */
function answer(url, { accept = "*/*", owner = false } = {}) {
  const name = `${url} ${accept} ${owner}`;
  if (!asked.has(name)) {
    const headers = { accept, ...(owner && { authorization: `Bearer ${process.env.SDK_TOKEN}` }) };
    const fetched = fetch(url, { headers }).then(async (response) => {
      return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    });
    asked.set(name, fetched);
  }
  return asked.get(name);
}

async function look(url, options) {
  const { status, headers, bytes } = await answer(url, options);
  assert.equal(status, 200, `${url}: ${status === 200 || bytes.toString()}`);
  return new Look(headers.get("content-type"), bytes);
}

/** `$halves` is a key. */
const spelled = (said) => JSON.parse(JSON.stringify(said).replace(/\$(\w+)/g, (_, name) => keys[name]));

for (const file of readdirSync(table).sort()) {
  const rows = JSON.parse(readFileSync(new URL(file, table), "utf8"));
  describe(file.replace(".json", ""), () => {
    for (const row of rows) {
      if ((row.only ?? "javascript") !== "javascript") continue;
      for (const transformationPosition of ["query", "path"]) {
        test(`${row.it} (${transformationPosition})`, () => judge(row, transformationPosition));
      }
    }
  });
}

async function judge(row, transformationPosition) {
  const src = keys[row.key ?? "halves"];
  const address = (steps) => buildSrc({ urlEndpoint, src, transformation: spelled(steps), transformationPosition });
  const url = address(row.steps);
  const { status, headers, bytes } = await answer(url, row);
  assert.ok([row.status ?? 200].flat().includes(status), `${url}: ${status}`);
  if (status !== 200) return;
  if ("ignored" in row) assert.equal(headers.get("x-media-ignored") ?? "", row.ignored, url);
  try {
    await new Look(headers.get("content-type"), bytes).check(row, (steps) => look(address(steps)));
  } catch (error) {
    error.message += `\n${url}`;
    throw error;
  }
}

describe("where the picture's own address comes from", () => {
  const halves = { urlEndpoint, src: keys.halves };
  const size = async (options) => (await look(buildSrc({ ...halves, ...options }))).size;

  test("an endpoint without a slash at its end", async () => {
    for (const transformationPosition of ["query", "path"]) {
      const endpoint = { urlEndpoint: urlEndpoint.slice(0, -1), src: `/${keys.halves}`, transformationPosition };
      assert.deepEqual(await size({ ...endpoint, transformation: [{ width: 300 }] }), [300, 200]);
    }
  });

  test("a whole address", async () => {
    assert.deepEqual(await size({ src: urlEndpoint + keys.halves, transformation: [{ width: 300 }] }), [300, 200]);
  });

  test("a whole address with steps, which the SDK encodes when it adds a parameter", async () => {
    const src = `${urlEndpoint}${keys.halves}?tr=w-300,h-100:rt-90`;
    const url = buildSrc({ src, queryParameters: { v: 2 } });
    assert.match(url, /tr=w-300%2Ch-100%3Art-90/);
    assert.deepEqual((await look(url)).size, [100, 300]);
  });

  test("a whole address with a text, encoded in the same way", async () => {
    const steps = [{ overlay: { type: "text", text: "2/3 & more", encoding: "plain" } }];
    const src = buildSrc({ ...halves, transformation: steps });
    const [plain, encoded] = [await look(src), await look(buildSrc({ src, queryParameters: { v: 2 } }))];
    assert.equal(encoded.box(plain), null, "the pictures differ");
    assert.ok(encoded.box(await look(buildSrc(halves))), "no text");
  });

  test("other parameters change nothing", async () => {
    const queryParameters = { v: 3, "ik-sdk-version": "javascript-5.5.1" };
    for (const transformationPosition of ["query", "path"]) {
      const options = { queryParameters, transformation: [{ width: 300 }], transformationPosition };
      assert.deepEqual(await size(options), [300, 200]);
    }
  });

  test("no steps", async () => {
    assert.deepEqual(await size({}), [600, 400]);
  });

  test("every address of a responsive picture is answered", async () => {
    const { srcSet, src } = getResponsiveImageAttributes({ ...halves, width: 100 });
    const addresses = [...srcSet.split(", ").map((line) => line.split(" ")[0]), src];
    assert.equal(addresses.length, 3);
    const widths = await Promise.all(addresses.map(async (url) => (await look(url)).size[0]));
    assert.deepEqual(widths, [128, 256, 256]);
  });
});
