// Nothing typed or chosen is lost: drafts, and taking back a deletion.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { caption, choose, description, names, openComposer, picks, send, taken } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { feedIs } from "./reader.mjs";
import { needsSamples, sample, story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

/** A draft of two pictures and some words, kept. */
async function writing(stage, look = {}) {
  const two = await stage.two({}, look);
  const { ben } = two;
  await ben.open("/compose");
  await choose(ben, plain("a.png"), plain("b.png"));
  await taken(ben, 2);
  await (await description(picks(ben).nth(1))).fill("the second");
  await ben.page.getByRole("button", { name: "Move b.png earlier" }).click();
  await caption(ben).fill("Half a thought");
  await ben.page.getByText(/Draft saved/).waitFor();
  return two;
}

async function isThere(visitor) {
  await visitor.page.getByText("Your draft of").waitFor();
  assert.equal(await caption(visitor).inputValue(), "Half a thought");
  assert.deepEqual(await names(visitor), ["b.png", "a.png"]);
  assert.equal(await (await description(picks(visitor).first())).inputValue(), "the second");
}

for (const [way, leave] of [
  ["by a link", ({ page }) => page.getByRole("link", { name: "Home" }).first().click()],
  ["by a reload", ({ page }) => page.reload()],
  ["by Back", ({ page }) => page.goBack()],
])
  story(`a draft is there again after leaving ${way}`, async (stage) => {
    const { ada, ben } = await stage.two();
    await ben.open("/");
    await ben.open("/compose");
    await choose(ben, plain("a.png"), plain("b.png"));
    await taken(ben, 2);
    await (await description(picks(ben).nth(1))).fill("the second");
    await ben.page.getByRole("button", { name: "Move b.png earlier" }).click();
    // No time for the pause after which it is kept.
    await caption(ben).fill("Half a thought");
    await leave(ben);
    await ben.page.waitForLoadState();
    await ben.page.waitForTimeout(300);
    await ben.open("/compose");
    await isThere(ben);
    await send(ben);
    await ben.page.locator("#feed").getByText("Half a thought").waitFor();
    assert.equal((await ada.feed()).length, 1);
    await ben.open("/compose");
    assert.equal(await caption(ben).inputValue(), "");
    assert.equal(await ben.page.getByText("Your draft of").count(), 0);
  });

story("a draft is there on another device, and after the server was killed", async (stage) => {
  const { house, ben } = await writing(stage);
  await house.stop("SIGKILL");
  await house.start();
  const phone = await stage.visitor(house, { as: ben.member, ...PHONE });
  await phone.open("/");
  await openComposer(phone);
  await isThere(phone);
  // What one device adds, the other does not take away.
  await choose(phone, plain("c.png"));
  await taken(phone, 3);
  await caption(ben).fill("Half a thought, and more");
  await ben.page.getByText(/Draft saved/).waitFor();
  await ben.page.waitForTimeout(1500);
  await ben.page.reload();
  assert.deepEqual(await names(ben), ["b.png", "a.png", "c.png"]);
});

story("a member begins anew, keeps both, and throws one away", async (stage) => {
  const { ben } = await writing(stage);
  await ben.page.reload();
  await ben.page.getByRole("link", { name: "Start anew" }).click();
  assert.equal(await caption(ben).inputValue(), "");
  await caption(ben).fill("Another one");
  await ben.page.getByText(/Draft saved/).waitFor();
  await ben.page.reload();
  await ben.page.getByText("1 other draft").click();
  await ben.page.getByRole("link", { name: "Half a thought" }).click();
  await isThere(ben);
  await ben.page.getByRole("button", { name: "Throw this draft away" }).click();
  await ben.open("/compose");
  assert.equal(await caption(ben).inputValue(), "Another one");
  assert.equal(await ben.page.getByText("other draft").count(), 0);
});

story("two tabs write one draft: what the second wrote after the first has posted is a draft of its own", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.open("/compose");
  await choose(ben, plain("a.png"));
  await taken(ben, 1);
  await caption(ben).fill("Of the first tab");
  await ben.page.getByText(/Draft saved/).waitFor();
  const other = await stage.visitor(ben.house, { as: ben.member });
  await other.open("/compose");
  await send(ben);
  await ben.page.locator("#feed").getByText("Of the first tab").waitFor();
  await caption(other).fill("Of the second tab");
  await other.page.getByText("This draft was posted from another page").waitFor();
  assert.deepEqual(await names(other), []);
  await choose(other, plain("b.png"));
  await taken(other, 1);
  await send(other);
  await other.page.locator("#feed").getByText("Of the second tab").waitFor();
  assert.equal((await ada.feed()).length, 2);
});

story("a draft that is thrown away while its last words are on their way stays away", async (stage) => {
  const { ben } = await writing(stage);
  await ben.page.reload();
  await isThere(ben);
  await caption(ben).fill("And a last word");
  await ben.page.getByRole("button", { name: "Throw this draft away" }).click();
  await ben.page.waitForURL("**/compose?new=1");
  await ben.page.waitForTimeout(300);
  await ben.open("/compose");
  assert.equal(await caption(ben).inputValue(), "");
});

story("a file that is taken away while the server takes it in does not come back", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/compose");
  // Pressed in the moment in which the file has gone up whole.
  await ben.page.evaluate(() => {
    const looked = new MutationObserver(() => {
      const pick = [...document.querySelectorAll("#picks > .pick")].find((one) => one.textContent.includes("Being looked at"));
      if (!pick) return;
      looked.disconnect();
      pick.querySelector("[data-dismiss]").click();
    });
    looked.observe(document.querySelector("#picks"), { subtree: true, childList: true, characterData: true });
  });
  await choose(ben, plain("a.png", [3000, 2000]));
  await ben.page.waitForResponse((answer) => answer.request().method() === "DELETE" && answer.ok());
  await ben.page.waitForTimeout(1500);
  await ben.open("/compose");
  assert.deepEqual(await names(ben), []);
});

story("who deletes by keys takes it back by keys, and goes on from the next card", async (stage) => {
  const { ada, ben } = await stage.two({}, { reducedMotion: "reduce" });
  const kept = await ben.member.post("Stays");
  const id = await ben.member.post("Goes");
  await ben.open("/");
  const byKeys = async () => {
    await ben.page.locator(`[id="${id}"] details.menu > summary`).focus();
    await ben.page.keyboard.press("Enter");
    await ben.page.locator(`[id="${id}"] .is-bad`).focus();
    await ben.page.keyboard.press("Enter");
    await ben.page.getByRole("button", { name: "Undo" }).waitFor();
    await ben.until(() => document.activeElement?.textContent === "Undo", "the focus is on Undo");
  };
  await byKeys();
  await ben.page.keyboard.press("Enter");
  await ben.shows(id);
  await byKeys();
  await ben.until((next) => document.activeElement?.id === next, "the focus is on the next card", kept);
  await feedIs(ben, await ada.feed());
});

story("without script a draft is kept by its button and is there again", async (stage) => {
  const { ben } = await stage.two({}, NO_SCRIPT);
  await ben.open("/compose");
  await choose(ben, plain("a.png"));
  await caption(ben).fill("Later");
  await ben.page.getByRole("button", { name: "Keep as a draft" }).click();
  await ben.open("/");
  await ben.open("/compose");
  assert.equal(await caption(ben).inputValue(), "Later");
  assert.deepEqual(await names(ben), ["a.png"]);
  await ben.page.getByRole("button", { name: "Throw this draft away" }).click();
  assert.equal(await caption(ben).inputValue(), "");
});

story("after posting, the post is in view and has the focus, and Back does not show the old form", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.postMany(8);
  await ben.open("/");
  await ben.open("/compose");
  await choose(ben, plain());
  await taken(ben, 1);
  await caption(ben).fill("Here it is");
  await send(ben);
  await ben.page.locator("#feed").getByText("Here it is").waitFor();
  await ben.until(
    () => document.activeElement?.matches("article") && document.activeElement.textContent.includes("Here it is"),
    "the focus on the post",
  );
  await ben.page.goBack();
  assert.equal(new URL(ben.page.url()).pathname, "/");
});

story("a deleted post is brought back by its author, for everybody", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const [older, id, newer] = [await ada.post("older"), await ben.member.post("mine"), await ada.post("newer")];
  const cleo = await stage.visitor(house, { as: await house.member("cleo") });
  await Promise.all([ben.open("/"), cleo.open("/")]);
  const picture = await ben.page.locator(`[id="${id}"] .frame img:not(.hash)`).getAttribute("src");
  await ben.page.locator(`[id="${id}"] .menu > summary`).click();
  await ben.page.locator(`[id="${id}"]`).getByRole("link", { name: "Delete" }).click();
  await Promise.all([ben, cleo].map((visitor) => feedIs(visitor, [newer, older])));
  assert.equal((await ben.page.request.get(picture)).status(), 404);
  await ben.page.getByRole("button", { name: "Undo" }).click();
  await ben.page.getByText("It is back.").waitFor();
  await Promise.all([ben, cleo].map((visitor) => feedIs(visitor, [newer, id, older])));
  assert.equal((await ben.page.request.get(picture)).status(), 200);
});

story("the order of pictures is changed by dragging, with a mouse and with a finger", async (stage) => {
  const { ben } = await writing(stage, PHONE);
  await picks(ben).first().locator("summary").click();
  const [first, second] = await Promise.all([0, 1].map((n) => picks(ben).nth(n).locator(".pick-thumb").boundingBox()));
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  await ben.page.mouse.move(...middle(first));
  await ben.page.mouse.down();
  await ben.page.mouse.move(...middle(second), { steps: 5 });
  await ben.page.mouse.up();
  assert.deepEqual(await names(ben), ["a.png", "b.png"]);
  await picks(ben).first().scrollIntoViewIfNeeded();
  const boxes = await Promise.all([0, 1].map((n) => picks(ben).nth(n).locator(".pick-thumb").boundingBox()));
  const touch = await ben.context.newCDPSession(ben.page);
  const send = (type, ...points) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  await send("touchStart", middle(boxes[0]));
  await ben.page.waitForTimeout(500);
  await send("touchMove", middle(boxes[1]));
  await send("touchEnd");
  assert.deepEqual(await names(ben), ["b.png", "a.png"]);
});

story("buttons that order are inert at the ends", async (stage) => {
  const { ben } = await writing(stage);
  for (const [name, inert] of [
    ["Move b.png earlier", true],
    ["Move b.png later", false],
    ["Move a.png earlier", false],
    ["Move a.png later", true],
  ])
    assert.equal(await ben.page.getByRole("button", { name }).isDisabled(), inert, name);
  await ben.page.getByText("1 picture has no description.").waitFor();
});

for (const [name, look] of [
  ["with script", {}],
  ["without script", NO_SCRIPT],
])
  story(`an edit adds, removes and orders pictures, ${name}`, async (stage) => {
    const { ada, ben } = await stage.two({}, look);
    const id = await ben.member.post("Three", { files: ["a.png", "b.png", "c.png"].map((name) => plain(name)), alts: ["a", "b", "c"] });
    await ben.open(`/p/${id.slice(2)}/edit`);
    await ben.page.getByRole("button", { name: "Remove b.png" }).click();
    await ben.page.getByRole("button", { name: "Move c.png earlier" }).click();
    await choose(ben, plain("d.png"));
    if (ben.script) await taken(ben, 3);
    await caption(ben).fill("Three others");
    await ben.page.locator("[data-post]").click();
    await ben.page.getByText("Changed").first().waitFor();
    assert.deepEqual(await ben.page.locator(".frame img:not(.hash)").evaluateAll((imgs) => imgs.map((img) => img.alt)), [
      "c",
      "a",
      "Picture 3, without a description",
    ]);
    assert.deepEqual(await ada.captions(), ["Three others"]);
  });

story("what is kept when a picture is cut is pointed at in it", async (stage) => {
  const { ben } = await stage.two();
  const id = (await ben.member.post("One")).slice(2);
  await ben.open(`/p/${id}/edit`);
  await description(picks(ben).first());
  await ben.page.getByRole("radio", { name: "Top left" }).check();
  await send(ben);
  await ben.page.getByText("Changed").first().waitFor();
  await ben.open(`/p/${id}/edit`);
  await description(picks(ben).first());
  assert.ok(await ben.page.getByRole("radio", { name: "Top left" }).isChecked());
});

story("leaving an edit that is not saved asks", async (stage) => {
  const { ben } = await stage.two();
  const id = (await ben.member.post("One")).slice(2);
  await ben.open(`/p/${id}/edit`);
  await caption(ben).fill("Another");
  const asked = ben.page.waitForEvent("dialog").then((dialog) => dialog.dismiss());
  await ben.page.getByRole("link", { name: "Cancel" }).click();
  await asked;
  assert.equal(await caption(ben).inputValue(), "Another");
});

story("a video gets a picture from the browser that sends it, and asks for nothing before it is near", needsSamples, async (stage) => {
  const { ada, ben } = await stage.two({}, PHONE);
  const buffer = readFileSync(sample("video/gizmo.webm"));
  await ben.open("/compose");
  await choose(ben, { name: "gizmo.webm", mimeType: "video/webm", buffer });
  await taken(ben, 1);
  await ben.until(() => document.querySelector(".pick-thumb img")?.naturalWidth > 0, "the picture of the video");
  await caption(ben).fill("It moves");
  await send(ben);
  await ben.page.locator("#feed").getByText("It moves").waitFor();
  await ada.postMany(10);
  const asked = [];
  ben.page.on("request", (request) => /\.webm$/.test(request.url()) && asked.push(request.url()));
  await ben.open("/");
  await ben.page.waitForTimeout(500);
  assert.deepEqual(asked, []);
  const video = ben.page.locator("#feed video");
  const poster = await video.getAttribute("poster");
  const answer = await ben.page.request.get(poster);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()["content-type"], /image\/(jpeg|webp)/);
});
