// Videos play in the page, from any place in them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { choose, openComposer, send, taken } from "./composer.mjs";
import { pillSays } from "./reader.mjs";
import { needsSamples, sample, story } from "./story.mjs";

const kinds = { webm: "video/webm", mp4: "video/mp4" };
const film = (file) => ({ name: basename(file), mimeType: kinds[file.split(".").pop()], buffer: readFileSync(sample(file)) });
const ready = (visitor) => visitor.until(() => document.querySelector("#feed video, .one video").readyState >= 2, "a playable video");

/** Ben's feed with one video of four seconds in it. */
async function cinema(stage) {
  const two = await stage.two();
  const id = await two.ada.post("A film", { files: [film("video/seek.webm")], alts: ["a counter"] });
  const answers = [];
  two.ben.page.on("response", (answer) => answer.request().resourceType() === "media" && answers.push(answer));
  await two.ben.open("/");
  return { ...two, id, answers };
}

story("a video is posted in the composer and plays in the feed", needsSamples, async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/");
  await openComposer(ben);
  await choose(ben, sample("video/seek.webm"));
  await taken(ben, 1);
  await send(ben);
  await ben.page.locator("#feed video").waitFor();
  await ben.page.locator("#feed video").evaluate((video) => {
    video.muted = true;
    return video.play();
  });
  await ready(ben);
  await ben.until(() => document.querySelector("#feed video").currentTime > 0.2, "the film running");
});

story("a phone's film goes out by itself when it is converted, and its author sees how far it is", needsSamples, async (stage) => {
  const { ada, ben } = await stage.two();
  const reader = await stage.visitor(ben.house, { as: ada });
  await reader.open("/");
  await ben.open("/");
  await openComposer(ben);
  await choose(ben, sample("video/ipad-hevc-rotated.mov"));
  await taken(ben, 1);
  await ben.page.getByText("It is converted so that everybody can play it").waitFor();
  await ben.page.locator("#caption").fill("From an iPad");
  await send(ben);
  await ben.page.getByText("Your post goes out as soon as its video is ready.").waitFor();
  await ben.page.locator("#waiting").getByText("ipad-hevc-rotated.mov").waitFor();
  await reader.page.locator("#feed").getByText("From an iPad").waitFor();
  await ben.page.locator("#feed").getByText("From an iPad").waitFor();
  await ben.until(() => !document.querySelector("#waiting section"), "nothing waits any more");
  const video = reader.page.locator("#feed video");
  assert.match(await video.getAttribute("poster"), /ik-thumbnail/);
  await video.evaluate((element) => {
    element.muted = true;
    return element.play();
  });
  await reader.until(() => document.querySelector("#feed video").currentTime > 0.2, "the film running");
  const [wide, high] = await video.evaluate((element) => [element.videoWidth, element.videoHeight]);
  assert.ok(high > wide, `${wide} by ${high}`);
});

story("a post that waits for its film is taken back, and is a draft again", async (stage) => {
  const { ada, ben } = await stage.two();
  // Quick to make, and some seconds of work to make anew.
  const made = join(mkdtempSync(join(tmpdir(), "porch-film-")), "long.avi");
  const source = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=20", "-c:v", "mpeg4", "-q:v", "8", made];
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...source]);
  const busy = { name: "long.avi", mimeType: "video/x-msvideo", buffer: readFileSync(made) };
  await ben.open("/compose");
  await choose(ben, busy);
  await taken(ben, 1);
  await ben.page.locator("#caption").fill("Not yet");
  await send(ben);
  await ben.page.getByRole("button", { name: "Take it back" }).click();
  await ben.page.waitForURL("**/compose?draft=*");
  assert.equal(await ben.page.locator("#caption").inputValue(), "Not yet");
  await ben.page.waitForTimeout(3000);
  assert.deepEqual(await ada.feed(), []);
});

story("a video has its length, its shape and its description before it plays", needsSamples, async (stage) => {
  const { ben } = await cinema(stage);
  const video = ben.page.locator("#feed video");
  assert.equal(await video.getAttribute("aria-label"), "a counter");
  assert.deepEqual([await video.getAttribute("width"), await video.getAttribute("height")], ["320", "240"]);
  assert.match(await ben.page.locator("#feed .frame .tag").textContent(), /^0:04/);
});

story("a reader jumps to any place in a video", needsSamples, async (stage) => {
  const { ben, answers } = await cinema(stage);
  await ben.page.locator("#feed video").evaluate((video) => {
    video.preload = "auto";
    video.currentTime = 3;
  });
  await ben.until(() => {
    const video = document.querySelector("#feed video");
    return !video.seeking && Math.abs(video.currentTime - 3) < 0.1 && video.readyState >= 2;
  }, "the third second");
  assert.deepEqual([...new Set(answers.map((answer) => answer.status()))], [206]);
});

story("parts of a video are served as asked for", needsSamples, async (stage) => {
  const { ben } = await cinema(stage);
  const address = await ben.page.locator("#feed video").getAttribute("src");
  const whole = (await (await ben.page.request.fetch(address)).body()).length;
  const ask = (headers, method = "GET") => ben.page.request.fetch(address, { method, headers });
  const part = await ask({ Range: "bytes=1000-1999" });
  assert.deepEqual([part.status(), part.headers()["content-range"], (await part.body()).length], [206, `bytes 1000-1999/${whole}`, 1000]);
  assert.equal((await ask({ Range: `bytes=${whole}-` })).status(), 416);
  const { etag } = part.headers();
  assert.equal((await ask({ Range: "bytes=0-1", "If-Range": etag })).status(), 206);
  assert.equal((await ask({ Range: "bytes=0-1", "If-Range": '"another"' })).status(), 200);
  const head = await ask({}, "HEAD");
  assert.deepEqual([head.status(), head.headers()["content-length"], head.headers()["accept-ranges"]], [200, String(whole), "bytes"]);
});

story("while a video plays nothing is put in above it", needsSamples, async (stage) => {
  const { ada, ben, id } = await cinema(stage);
  await ben.page.locator("#feed video").evaluate((video) => {
    video.muted = true;
    video.loop = true;
    return video.play();
  });
  await ada.post("meanwhile");
  await pillSays(ben, "1 new post");
  assert.deepEqual(await ben.ids(), [id]);
});

story("one video plays at a time", needsSamples, async (stage) => {
  const { ada, ben } = await cinema(stage);
  await ada.post("Another film", { files: [film("video/gizmo-noaudio.webm")] });
  await ben.open("/");
  const videos = ben.page.locator("#feed video");
  for (const n of [0, 1])
    await videos.nth(n).evaluate((video) => {
      video.muted = true;
      video.loop = true;
      return video.play();
    });
  assert.deepEqual(await videos.evaluateAll((all) => all.map(({ paused }) => paused)), [true, false]);
});

story("a video and a picture share a post", needsSamples, async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Both", {
    files: [
      film("video/vp9cake-short.webm"),
      { ...film("video/seek.webm"), name: "p.jpg", mimeType: "image/jpeg", buffer: readFileSync(sample("jpeg/kodak-cx7530.jpg")) },
    ],
  });
  await ben.open(`/p/${id.slice(2)}`);
  await ben.page.locator(".one video").evaluate((video) => {
    video.muted = true;
    return video.play();
  });
  await ready(ben);
  await ben.until(() => document.querySelector(".one .frame img:not(.hash)").naturalWidth > 0, "the picture");
});

story("an MP4 is posted with its length", needsSamples, async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("From a phone", { files: [film("video/gizmo.mp4")] });
  await ben.open("/");
  assert.match(await ben.page.locator("#feed .frame .tag").textContent(), /^0:0\d$/);
});

story("a deleted video is gone at once, for the one who watches too", needsSamples, async (stage) => {
  const { ada, ben, id } = await cinema(stage);
  const address = await ben.page.locator("#feed video").getAttribute("src");
  await ada.remove(id);
  await ben.page.locator(`[id="${id}"]`).waitFor({ state: "detached" });
  assert.equal((await ben.page.request.get(address)).status(), 404);
});
