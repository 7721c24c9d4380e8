// The player: by itself where that is wanted, in sizes as the line allows, with what is said as text.
import assert from "node:assert/strict";

import { film, needsProgram } from "./film.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT } from "./visitor.mjs";

const state = (visitor) =>
  visitor.page.locator("#feed video").evaluateAll((all) => all.map(({ paused, muted, currentTime }) => ({ paused, muted, currentTime })));

story("videos play by themselves, without sound, only where their watcher wants it", needsProgram, async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("First", { files: [film("a.mp4")] });
  await ben.open("/");
  await ben.page.locator("#feed video").scrollIntoViewIfNeeded();
  await ben.page.waitForTimeout(500);
  assert.deepEqual(
    (await state(ben)).map(({ paused }) => paused),
    [true],
    "nobody asked for it",
  );
  await ben.open("/settings");
  await ben.page.getByLabel("Play by themselves").check();
  await ben.page.locator("#videos .note.is-good").waitFor();
  await ben.open("/");
  await ben.until(() => document.querySelector("#feed video").currentTime > 0.2, "the film running by itself");
  assert.ok((await state(ben))[0].muted);
  // Who stops it means it, and one that comes in live is watched over as well.
  await ben.page.locator("#feed video").evaluate((video) => video.pause());
  await ada.post("Second", { files: [film("b.mp4")] });
  await ben.until(() => document.querySelectorAll("#feed video").length === 2, "the second film");
  await ben.page.locator("#feed video").first().scrollIntoViewIfNeeded();
  await ben.until(() => !document.querySelector("#feed video").paused, "the new film running");
  assert.ok((await state(ben))[1].paused, "one at a time");
  await ben.page.evaluate(() => document.querySelector("#feed video").scrollIntoView({ block: "end" }));
  await ben.page.evaluate(() => scrollBy(0, 4000));
  await ben.until(() => document.querySelector("#feed video").paused, "the film resting out of view");
});

story("a long video plays in sizes, and as it is where that does not start", needsProgram, async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("Long", { files: [film("long.mp4", { size: "960x540", seconds: 66, rate: 5 })] });
  const asked = [];
  ben.page.on("request", (request) => request.url().includes("/media/") && asked.push(new URL(request.url()).pathname));
  // Its small size comes a moment later.
  for (let tries = 0; tries < 200; tries += 1) {
    await ben.open("/");
    if (await ben.page.locator("#feed video[data-stream]").count()) break;
    await ben.page.waitForTimeout(250);
  }
  const play = () =>
    ben.page.locator("#feed video").evaluate((video) => {
      video.muted = true;
      video.scrollIntoView();
      return video.play();
    });
  await ben.page.locator("#feed video").scrollIntoViewIfNeeded();
  await ben.until(() => document.querySelector("#feed video").readyState >= 1, "what is known of the film");
  const knows = await ben.page.evaluate(() => Boolean(document.createElement("video").canPlayType("application/vnd.apple.mpegurl")));
  await play();
  await ben.until(() => document.querySelector("#feed video").currentTime > 0.3, "the film running");
  assert.equal(
    asked.some((path) => path.endsWith("ik-stream.mp4")),
    knows,
    asked.join(" "),
  );
  await ben.page.locator("#feed video").evaluate((video) => {
    video.currentTime = 50;
  });
  await ben.until(() => document.querySelector("#feed video").currentTime > 50.3, "the film running from there");
  // A list that never brings anything.
  await ben.page.route("**/ik-master.m3u8*", () => {});
  await ben.open("/");
  await ben.page.locator("#feed video").scrollIntoViewIfNeeded();
  play().catch(() => {});
  await ben.until(() => document.querySelector("#feed video").currentTime > 0.3, "the film itself running");
  await ben.page.unrouteAll({ behavior: "ignoreErrors" });
});

story("what is said in a video is written, shown and changed by its author", needsProgram, async (stage) => {
  const { house, ben, ada } = await stage.two();
  await ben.member.post("Talking", { files: [film("talk.mp4")] });
  await ben.open("/");
  await ben.page.locator("#feed .menu summary").first().click();
  await ben.page.getByRole("link", { name: "Change" }).first().click();
  await ben.page.locator(".pick-more summary").click();
  await ben.page.getByRole("link", { name: "Add captions" }).click();
  const field = ben.page.getByLabel("Captions", { exact: false }).and(ben.page.locator("textarea"));
  await field.fill("00:00.000 --> 00:05.000\nHello there\n\n00:09.000 --> 00:08.000\nNever");
  await ben.page.getByRole("button", { name: "Save" }).click();
  await ben.page.getByText("Line 4: these words end before they begin.").waitFor();
  assert.match(await field.inputValue(), /Hello there/, "what was typed stays");
  const file = Buffer.from("1\n00:00:00,000 --> 00:00:05,000\nHello from a file\n");
  await ben.page.locator("input[data-reads]").setInputFiles({ name: "talk.srt", mimeType: "application/x-subrip", buffer: file });
  await ben.until(() => document.querySelector("#text").value.includes("from a file"), "the file in the field");
  await ben.page.getByRole("button", { name: "Save" }).click();
  await ben.page.getByRole("button", { name: "Take the captions away" }).waitFor();
  // A reader sees them.
  const reader = await stage.visitor(house, { as: ada });
  await reader.open("/");
  const cues = await reader.page.locator("#feed video").evaluate(
    (video) =>
      new Promise((told) => {
        const { track } = video.querySelector("track");
        track.mode = "showing";
        video.querySelector("track").addEventListener("load", () => told([...track.cues].map(({ text }) => text)));
      }),
  );
  assert.deepEqual(cues, ["Hello from a file"]);
  assert.deepEqual(await ben.faults(), []);
  await ben.page.getByRole("button", { name: "Take the captions away" }).click();
  await ben.page.getByRole("button", { name: "Save" }).waitFor();
  await reader.open("/");
  assert.equal(await reader.page.locator("#feed track").count(), 0);
});

story("without script captions are typed, and their player is there", needsProgram, async (stage) => {
  const house = await stage.house();
  const ben = await house.member("ben");
  await ben.post("Talking", { files: [film("talk.mp4")] });
  const visitor = await stage.visitor(house, { as: ben, ...NO_SCRIPT });
  await visitor.page.goto("/");
  await visitor.page.locator("#feed .menu summary").first().click();
  await visitor.page.getByRole("link", { name: "Change" }).first().click();
  await visitor.page.locator(".pick-more summary").click();
  await visitor.page.getByRole("link", { name: "Add captions" }).click();
  await visitor.page.locator("textarea[name=text]").fill("00:00.000 --> 00:05.000\nHello");
  await visitor.page.locator("[name=language]").fill("not a language");
  await visitor.page.getByRole("button", { name: "Save" }).click();
  await visitor.page.getByText("Name the language by its code").waitFor();
  await visitor.page.locator("[name=language]").fill("pt-BR");
  await visitor.page.getByRole("button", { name: "Save" }).click();
  await visitor.page.locator("video track[srclang='pt-BR']").waitFor({ state: "attached" });
});
