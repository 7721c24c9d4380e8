// Wrong files: each is named with its reason and the next step; everything else stays.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

import { caption, choose, description, named, names, note, openComposer, picks, send, taken } from "./composer.mjs";
import { heavy, plain, pretended } from "./picture.mjs";
import { needsSamples, sample, story } from "./story.mjs";

async function composing(stage, env) {
  const two = await stage.two({ env });
  await two.ben.open("/");
  await openComposer(two.ben);
  return two;
}

/** Waits until nothing is under way any more. */
const judged = (visitor) =>
  visitor.until(() => !document.querySelector("#picks > :is(.is-waiting, .is-sending)"), "a verdict on every file");
const reason = (visitor, name) => named(visitor, name).locator(".wrong").textContent();

story("a wrong file among good ones is named, and nothing else is lost", async (stage) => {
  const { ada, ben } = await composing(stage);
  await caption(ben).fill("Two good ones");
  await choose(ben, plain("good.png"), pretended("letter.jpg"), plain("fine.png"));
  await judged(ben);
  await (await description(named(ben, "good.png"))).fill("the good one");
  assert.match(await reason(ben, "letter.jpg"), /\w+.*\.\s.*\w+\./s);
  await send(ben);
  await note(ben).getByText("Not posted yet").waitFor();
  assert.deepEqual(await ada.feed(), []);
  assert.equal(await caption(ben).inputValue(), "Two good ones");
  await ben.page.getByRole("button", { name: "Remove letter.jpg" }).click();
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
  assert.deepEqual(await ben.page.locator("#feed .frame img:not(.hash)").evaluateAll((images) => images.map(({ alt }) => alt)), [
    "the good one",
    "Picture 2, without a description",
  ]);
});

story("a screen reader is told which file was refused", async (stage) => {
  const { ben } = await composing(stage);
  await choose(ben, pretended("letter.jpg"));
  await judged(ben);
  assert.equal(await note(ben).getAttribute("role"), "status");
  assert.match(await note(ben).textContent(), /letter\.jpg/);
});

story("a picture over the limit is refused with the limit, before it travels", async (stage) => {
  const { ben } = await composing(stage, { PORCH_PHOTO_MAX: "1MB" });
  const sent = [];
  ben.page.on("request", (request) => request.url().endsWith("/compose/items") && sent.push(request.url()));
  await choose(ben, heavy("huge.png", 1_500_000));
  await judged(ben);
  assert.match(await reason(ben, "huge.png"), /limit of 1 MB/);
  assert.deepEqual(sent, []);
});

story("the eleventh picture is refused with the limit", async (stage) => {
  const { ben } = await composing(stage);
  await choose(ben, ...Array.from({ length: 11 }, (_, n) => plain(`${n + 1}.png`, [20, 20])));
  await judged(ben);
  await taken(ben, 10);
  assert.match(await reason(ben, "11.png"), /at most 10/);
});

story("when there is room again, a file that had none is taken on request", async (stage) => {
  const { ben } = await composing(stage, { PORCH_POST_ITEMS: "1" });
  await choose(ben, plain("first.png"), plain("second.png"));
  await judged(ben);
  await ben.page.getByRole("button", { name: "Remove first.png" }).click();
  await named(ben, "second.png").getByRole("button", { name: "Try again" }).click();
  await taken(ben, 1);
  assert.deepEqual(await names(ben), ["second.png"]);
});

story("a post without a picture says what is missing and keeps the words", async (stage) => {
  const { ben } = await composing(stage);
  await caption(ben).fill("Words alone");
  await send(ben);
  await ben.page.getByText("Choose at least one photo or video.").waitFor();
  assert.equal(await caption(ben).inputValue(), "Words alone");
});

story("a caption that is too long is counted, marked and kept", async (stage) => {
  const { ben } = await composing(stage);
  await choose(ben, plain());
  await taken(ben, 1);
  await (await description(picks(ben))).fill("a description");
  await caption(ben).fill("x".repeat(2_203));
  await ben.page.getByText("3 characters too many").waitFor();
  await send(ben);
  await ben.page.locator("#caption[aria-invalid=true]").waitFor();
  assert.ok(await ben.page.locator("#caption-wrong").isVisible());
  assert.equal((await caption(ben).inputValue()).length, 2_203);
  assert.equal(await (await description(picks(ben))).inputValue(), "a description");
  await caption(ben).fill("short");
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
});

story("a description that is too long is marked beside its picture", async (stage) => {
  const { ben } = await composing(stage);
  await choose(ben, plain("a.png"), plain("b.png"));
  await taken(ben, 2);
  await (await description(picks(ben).nth(1))).fill("y".repeat(1_001));
  await send(ben);
  await picks(ben).nth(1).locator("textarea[aria-invalid=true]").waitFor();
  assert.equal(await picks(ben).nth(0).locator("textarea[aria-invalid=true]").count(), 0);
});

story("markup in a caption, a description or a file's name stays text", async (stage) => {
  const { ada, ben } = await composing(stage);
  const evil = `<img src=x onerror="window.owned=1"><b>`;
  await choose(ben, plain(`${evil}.png`), { ...pretended(`${evil}.jpg`) });
  await judged(ben);
  await (await description(picks(ben).nth(0))).fill(`"${evil}`);
  await caption(ben).fill(`</textarea>${evil}`);
  await picks(ben)
    .nth(1)
    .getByRole("button", { name: /Remove/ })
    .click();
  await send(ben);
  await ben.page.locator("#feed > .post").waitFor();
  const id = (await ada.feed())[0];
  assert.equal(await ben.page.locator(`[id="${id}-text"] .caption`).textContent(), `</textarea>${evil}`);
  await ben.open(`/p/${id.slice(2)}/edit`);
  assert.equal(await caption(ben).inputValue(), `</textarea>${evil}`);
  assert.equal(await ben.page.evaluate(() => window.owned), undefined);
});

story("no hostile file of the samples gets in or does harm", needsSamples, async (stage) => {
  const { house, ada, ben } = await composing(stage);
  const { files } = JSON.parse(readFileSync(sample("expected.json"), "utf8"));
  const hostile = files.filter(({ file }) => file.startsWith("hostile/"));
  const wrong = [];
  for (let at = 0; at < hostile.length; at += 10) {
    const batch = hostile.slice(at, at + 10);
    await ben.open("/compose?new=1");
    await choose(ben, ...batch.map(({ file }) => sample(file)));
    await judged(ben);
    for (const [n, { file, outcome }] of batch.entries()) {
      const state = await picks(ben).nth(n).getAttribute("class");
      const words = state.includes("refused") ? await picks(ben).nth(n).locator(".wrong").textContent() : "";
      if (outcome === "refuse" && !state.includes("refused")) wrong.push(`${file} was taken`);
      if (/try again in a moment/i.test(words)) wrong.push(`${file}: ${words}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(await ada.post("the house stands"));
  assert.doesNotMatch(house.log, /panicked/);
});

story("pictures of every kind that is named are taken", needsSamples, async (stage) => {
  const { ben } = await composing(stage);
  const kinds = [
    "jpeg/orientation-6.jpg",
    "jpeg/progressive-cat.jpg",
    "jpeg/cmyk-icc.jpg",
    "png/basn6a08.png",
    "png/interlaced-photo.png",
    "gif/dispose-bgnd.gif",
    "webp/anim.webp",
    "webp/lossy-alpha.webp",
    "video/seek.webm",
    "video/gizmo.mp4",
  ];
  await choose(ben, ...kinds.map(sample));
  await judged(ben);
  await taken(ben, kinds.length);
  await send(ben);
  // At once, or as soon as the WebM is converted.
  await ben.page
    .getByText(/Posted\.|goes out as soon as/)
    .first()
    .waitFor();
  await ben.until(() => [...document.querySelectorAll("#feed img:not(.hash)")].length === 8, "eight pictures in the post");
});

for (const [file, words] of [
  ["heic/iphone-7.heic", /HEIC|JPEG/],
  ["video/ipad-hevc-rotated.mov", /HEVC/],
  ["hostile/script.svg", /./],
]) {
  story(`${file.split(".")[1].toUpperCase()} is refused in words that help`, needsSamples, async (stage) => {
    // A machine without programs that open what Porch does not.
    const { ben } = await composing(stage, { PATH: "" });
    await choose(ben, sample(file));
    await judged(ben);
    assert.match(await reason(ben, file.split("/")[1]), words);
  });
}

const opens = (process.env.PATH ?? "").split(":").some((folder) => existsSync(`${folder}/heif-convert`));

story("a phone's HEIC is taken where the machine opens it", opens ? needsSamples : { skip: "no heif-convert" }, async (stage) => {
  const { ben } = await composing(stage);
  await choose(ben, sample("heic/iphone-7.heic"));
  await judged(ben);
  await taken(ben, 1);
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
  await ben.until(
    () => [...document.querySelectorAll("#feed img:not(.hash)")].some((img) => img.naturalWidth > 200),
    "the photo in the post",
  );
});

story("ten wrong files at once are each named, and the good one goes its way", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.open("/compose");
  const wrong = Array.from({ length: 10 }, (_, n) => pretended(`letter-${n}.jpg`));
  await caption(ben).fill("Typed before");
  await choose(ben, ...wrong);
  await ben.until(() => document.querySelectorAll(".pick.is-refused").length === 10, "ten refusals");
  await choose(ben, plain("good.png"));
  await taken(ben, 1);
  for (const { name } of wrong) assert.match(await named(ben, name).locator(".wrong").textContent(), /text/i, name);
  await send(ben);
  assert.match(await note(ben).textContent(), /Not posted yet/);
  for (let left = 10; left > 0; left -= 1) await ben.page.locator(".pick.is-refused [data-dismiss]").first().click();
  assert.equal(await caption(ben).inputValue(), "Typed before");
  await send(ben);
  await ben.page.locator("#feed").getByText("Typed before").waitFor();
  assert.equal((await ada.feed()).length, 1);
});

story("a full disk is said beside the file, and everything else goes on", async (stage) => {
  const { ben } = await stage.two({ env: { PORCH_MIN_FREE_SPACE: "900000GB" } });
  ben.expect(/507/);
  await ben.open("/compose");
  await caption(ben).fill("Typed before");
  await choose(ben, plain("small.png"), heavy("large.png", 9 * 2 ** 20));
  for (const name of ["small.png", "large.png"])
    await ben.until(
      (wanted) =>
        [...document.querySelectorAll(".pick.is-refused")].some(
          (pick) => pick.textContent.includes(wanted) && /disk/.test(pick.textContent),
        ),
      `${name} refused for the disk`,
      name,
    );
  assert.equal(await caption(ben).inputValue(), "Typed before");
  await ben.open("/");
});
