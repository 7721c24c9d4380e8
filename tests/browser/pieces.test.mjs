// Large files go up in pieces: over broken lines, closed tabs and a server that was killed.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { caption, choose, named, send, taken } from "./composer.mjs";
import { film, needsProgram } from "./film.mjs";
import { plain } from "./picture.mjs";
import { story } from "./story.mjs";

const BYTES = 24 * 2 ** 20;
const VIDEO_BYTES = 300 * 2 ** 20;

/** A picture of 24 MB: after its end a PNG may hold anything. */
function heavy(name) {
  const picture = plain(name);
  return { ...picture, buffer: Buffer.concat([picture.buffer, randomBytes(BYTES - picture.buffer.length)]) };
}

/** A video of 300 MB on the disk: boxes that say nothing follow its end (ISO/IEC 14496-12, 8.1.2). */
function long(name) {
  const path = join(mkdtempSync(join(tmpdir(), "porch-long-")), name);
  writeFileSync(path, film(name).buffer);
  const box = Buffer.alloc(20 * 2 ** 20, 7);
  box.writeUInt32BE(box.length);
  box.write("free", 4);
  for (let n = 0; n < VIDEO_BYTES / box.length; n++) appendFileSync(path, box);
  return path;
}

/** Where the pieces began that this page has sent. */
function offsets(page) {
  const begun = [];
  page.on("request", (request) => request.method() === "PATCH" && begun.push(Number(request.headers()["upload-offset"])));
  return begun;
}

/** Ben's composer over a slow line, and a file that has come to `percent`. */
async function sending(stage, percent, file = heavy("heavy.png")) {
  const line = await stage.line();
  const two = await stage.two({ line });
  two.ben.expectBrokenLine();
  two.ben.expect(/net::ERR_/, /Failed to load resource/);
  await two.ben.open("/compose");
  const begun = offsets(two.ben.page);
  line.slow(6 * 2 ** 20);
  await choose(two.ben, file);
  await come(two.ben, percent);
  return { ...two, line, file, begun };
}

const come = (visitor, percent) =>
  visitor.until((wanted) => Number(document.querySelector(".pick progress")?.value) >= wanted, `${percent} % sent`, percent);

async function isPosted({ ada, ben }) {
  await taken(ben, 1);
  await caption(ben).fill("It weighs something");
  await send(ben);
  await ben.page.locator("#feed").getByText("It weighs something").waitFor();
  assert.equal((await ada.feed()).length, 1);
}

story("a large file goes on where it stopped when the line was cut", async (stage) => {
  const at = await sending(stage, 40);
  at.line.cut();
  const before = at.begun.length;
  at.line.mend();
  await isPosted(at);
  assert.ok(at.begun.length > before && Math.min(...at.begun.slice(before)) > BYTES / 4, at.begun.join());
});

story("a large file goes on in another tab, when it is chosen again, and on another day", async (stage) => {
  const { ada, ben, line, file } = await sending(stage, 50);
  await ben.page.close({ runBeforeUnload: false });
  line.mend();
  const other = await stage.visitor(ben.house, { as: ben.member });
  await other.open("/compose");
  await other.page.getByText(/heavy\.png, \d+ %: choose the same file again to go on/).waitFor();
  const begun = offsets(other.page);
  await choose(other, file);
  await isPosted({ ada, ben: other });
  assert.ok(begun[0] > 0.4 * BYTES, `sent again from ${begun[0]}`);
});

story("a video of 300 MB rises on a slow line, and a closed tab costs less than 60 % of it again", needsProgram, async (stage) => {
  const path = long("walk.mp4");
  const line = await stage.line();
  const { house, ada, ben } = await stage.two({ line });
  ben.expectBrokenLine();
  line.slow(30 * 2 ** 20);
  await ben.open("/compose");
  await choose(ben, path);
  for (const percent of [10, 20, 30, 40, 50]) {
    await come(ben, percent);
    const share = await ben.page.locator(".pick progress").evaluate((bar) => bar.value);
    assert.ok(share < percent + 30, `${share} % where ${percent} % were waited for`);
  }
  await ben.page.close({ runBeforeUnload: false });
  const before = line.sent;
  const other = await stage.visitor(house, { as: ben.member });
  await other.open("/compose");
  await other.page.getByText(/walk\.mp4, \d+ %: choose the same file again to go on/).waitFor();
  await choose(other, path);
  await isPosted({ ada, ben: other });
  const again = (line.sent - before) / VIDEO_BYTES;
  assert.ok(again > 0.1 && again < 0.6, `${again} of it went over the line again`);
});

story("a large file goes on after the server was killed", async (stage) => {
  const at = await sending(stage, 40);
  await at.house.stop("SIGKILL");
  await at.house.start();
  at.line.mend();
  await isPosted(at);
});

story("a large file is paused, goes on, and another one is cancelled", async (stage) => {
  const at = await sending(stage, 30);
  const { ben } = at;
  await named(ben, "heavy.png").getByRole("button", { name: "Pause" }).click();
  await named(ben, "heavy.png").getByRole("button", { name: "Go on" }).waitFor();
  const before = at.begun.length;
  await ben.page.waitForTimeout(1500);
  assert.equal(at.begun.length, before, "nothing is sent meanwhile");
  await choose(ben, heavy("second.png"));
  await ben.until(() => Number(document.querySelectorAll(".pick progress")[1]?.value) > 5, "the second one is on its way");
  await named(ben, "second.png").getByRole("button", { name: "Cancel second.png" }).click();
  await named(ben, "heavy.png").getByRole("button", { name: "Go on" }).click();
  at.line.mend();
  await isPosted(at);
});

story("what is no picture is refused after its first bytes, with its name and what to do", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/compose");
  await choose(ben, { name: "words.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(12 * 2 ** 20, "just words ") });
  await ben.page.locator(".pick.is-refused").getByText("This is a text file").waitFor();
});
