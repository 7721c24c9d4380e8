// The composer: files go up one by one as they are chosen, and what is wrong with one costs nothing else.
import assert from "node:assert/strict";

import { caption, choose, compose, description, named, names, note, openComposer, picks, send, taken } from "./composer.mjs";
import { heavy, jpeg, plain } from "./picture.mjs";
import { feedIs } from "./reader.mjs";
import { story } from "./story.mjs";

const three = () => [plain("a.png", [60, 40], [200, 60, 60]), plain("b.png", [60, 40], [60, 200, 60]), jpeg("c.jpg")];
const alts = (visitor) =>
  visitor.page.locator("#feed > .post:first-child .frame img:not(.hash)").evaluateAll((images) => images.map(({ alt }) => alt));

async function composing(stage, ...files) {
  const two = await stage.two();
  await two.ben.open("/");
  await openComposer(two.ben);
  if (files.length) await choose(two.ben, ...files);
  await taken(two.ben, files.length);
  return two;
}

/** Ben in the composer, behind a line of ours that lets little through. */
async function composingSlowly(stage, bytesPerSecond) {
  const line = await stage.line();
  const two = await stage.two({ line });
  two.ben.expectBrokenLine();
  await two.ben.open("/");
  await openComposer(two.ben);
  line.slow(bytesPerSecond);
  return { ...two, line };
}

story("several pictures become one post, each with its description", async (stage) => {
  const { ben } = await composing(stage, ...three());
  for (const [n, alt] of ["red", "green", "sand"].entries()) await (await description(picks(ben).nth(n))).fill(alt);
  await caption(ben).fill("Three colours");
  await send(ben);
  await ben.page.locator("#feed").getByText("Three colours").waitFor();
  assert.deepEqual(await alts(ben), ["red", "green", "sand"]);
  assert.equal(await ben.page.locator("form[data-composer]").count(), 0);
});

story("chosen pictures are shown before anything is sent", async (stage) => {
  const { ben } = await composingSlowly(stage, 20_000);
  await choose(ben, heavy("heavy.png", 200_000));
  await ben.until(() => document.querySelector(".pick.is-sending .pick-thumb img")?.naturalWidth > 0, "a thumbnail of the file itself");
});

story("an upload tells how far it is", async (stage) => {
  const { ben } = await composing(stage);
  await ben.page.evaluate(() => {
    window.seen = [];
    new MutationObserver(() => {
      const bar = document.querySelector(".pick.is-sending progress");
      if (bar) window.seen.push([bar.value, parseInt(bar.closest(".pick").querySelector(".pick-state").textContent, 10)]);
    }).observe(document.querySelector("#picks"), { subtree: true, childList: true, characterData: true });
  });
  // Slowed inside the browser: the system's own buffers would swallow some megabytes at once.
  const devtools = await ben.context.newCDPSession(ben.page);
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 400_000,
  });
  await choose(ben, heavy("heavy.png", 800_000));
  await taken(ben, 1);
  const seen = (await ben.page.evaluate(() => window.seen)).filter(([, said]) => !Number.isNaN(said));
  const values = seen.map(([value]) => value);
  assert.ok(new Set(values).size >= 5, `only ${values}`);
  assert.deepEqual(
    values,
    [...values].sort((a, b) => a - b),
  );
  for (const [value, said] of seen) assert.equal(said, value);
});

story("one of several uploads is cancelled, and the others go on", async (stage) => {
  const { line, ben } = await composingSlowly(stage, 60_000);
  await choose(ben, heavy("long.png", 3_000_000), plain("short.png"));
  await named(ben, "long.png").and(ben.page.locator(".is-sending")).waitFor();
  await named(ben, "long.png").getByRole("button", { name: "Cancel long.png" }).click();
  line.slow(Infinity);
  await taken(ben, 1);
  assert.deepEqual(await names(ben), ["short.png"]);
  await send(ben);
  await ben.page.locator("#feed > .post").waitFor();
  assert.equal(await ben.page.locator("#feed .frame img:not(.hash)").count(), 1);
});

story("what was typed while a picture was on its way stays", async (stage) => {
  const { line, ben } = await composingSlowly(stage, 60_000);
  await choose(ben, heavy("long.png", 400_000));
  await (await description(picks(ben))).fill("noise, on purpose");
  await caption(ben).fill("Written meanwhile");
  line.slow(Infinity);
  await taken(ben, 1);
  assert.equal(await picks(ben).getByRole("textbox").inputValue(), "noise, on purpose");
  assert.equal(await caption(ben).inputValue(), "Written meanwhile");
});

story("a post sent too early goes out as soon as its pictures are there", async (stage) => {
  const { line, ada, ben } = await composingSlowly(stage, 60_000);
  await choose(ben, heavy("long.png", 400_000));
  await caption(ben).fill("Patience");
  await send(ben);
  await note(ben).getByText("still on the way").waitFor();
  assert.deepEqual(await ada.feed(), []);
  line.slow(Infinity);
  await ben.page.locator("#feed").getByText("Patience").waitFor();
});

story("an upload whose line breaks is sent again on request", async (stage) => {
  const { line, ben } = await composingSlowly(stage, 60_000);
  await choose(ben, heavy("long.png", 400_000));
  await (await description(picks(ben))).fill("kept");
  await picks(ben).and(ben.page.locator(".is-sending")).waitFor();
  line.cut();
  await named(ben, "long.png").getByText("The line broke.").waitFor();
  line.mend();
  await named(ben, "long.png").getByRole("button", { name: "Try again" }).click();
  await taken(ben, 1);
  assert.equal(await picks(ben).getByRole("textbox").inputValue(), "kept");
});

story("buttons change the order of the pictures", async (stage) => {
  const { ben } = await composing(stage, ...three());
  for (const n of [0, 1, 2]) await (await description(picks(ben).nth(n))).fill("abc"[n]);
  const order = await names(ben);
  await ben.page.getByRole("button", { name: `Move ${order[2]} earlier` }).click();
  await ben.page.getByRole("button", { name: `Move ${order[0]} later` }).click();
  assert.deepEqual(await names(ben), [order[2], order[0], order[1]]);
  await send(ben);
  await ben.page.locator("#feed > .post").waitFor();
  assert.deepEqual(await alts(ben), ["c", "a", "b"]);
});

story("pictures keep the order in which they were chosen", async (stage) => {
  const { ben } = await composing(stage, heavy("large.png", 900_000), ...three());
  assert.deepEqual(await names(ben), ["large.png", "a.png", "b.png", "c.jpg"]);
});

story("a picture taken in is taken out again", async (stage) => {
  const { ben } = await composing(stage, ...three());
  await ben.page.getByRole("button", { name: "Remove b.png" }).click();
  assert.deepEqual(await names(ben), ["a.png", "c.jpg"]);
  await send(ben);
  await ben.page.locator("#feed > .post").waitFor();
  assert.equal(await ben.page.locator("#feed .frame img:not(.hash)").count(), 2);
});

/** Lets `event` happen with a picture in its hands, as the browser's own gestures do. */
const carry = (visitor, kind) =>
  visitor.page.evaluate(
    async ([type, name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const hands = new DataTransfer();
      hands.items.add(new File([bytes], name, { type: "image/png" }));
      const event =
        type === "paste"
          ? new ClipboardEvent(type, { clipboardData: hands, bubbles: true, cancelable: true })
          : new DragEvent(type, { dataTransfer: hands, bubbles: true, cancelable: true });
      document.querySelector("#caption").dispatchEvent(event);
      return event.defaultPrevented;
    },
    [kind, `${kind}.png`, plain().buffer.toString("base64")],
  );

for (const kind of ["drop", "paste"]) {
  story(`a picture comes in by ${kind}`, async (stage) => {
    const { ben } = await composing(stage);
    assert.ok(await carry(ben, kind));
    await taken(ben, 1);
    assert.deepEqual(await names(ben), [`${kind}.png`]);
  });
}

story("a double click on Post makes one post", async (stage) => {
  const { ada, ben } = await composing(stage, plain());
  await caption(ben).fill("Once");
  await ben.page.locator("[data-post]").dblclick();
  await ben.page.getByText("Posted.").waitFor();
  assert.equal((await ada.feed()).length, 1);
  await feedIs(ben, await ada.feed());
});

story("a post whose answer was lost is sent again and is still one", async (stage) => {
  const { line, ada, ben } = await composingSlowly(stage, Infinity);
  await choose(ben, plain());
  await taken(ben, 1);
  await caption(ben).fill("Once");
  await ben.page.route(
    "**/p",
    async (route) => {
      await route.fetch();
      line.cut();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await send(ben);
  await ben.page.getByText("That did not get through.").waitFor();
  assert.equal(await caption(ben).inputValue(), "Once");
  line.mend();
  await send(ben);
  await ben.page.getByText("Posted.").waitFor();
  assert.equal((await ada.feed()).length, 1);
  await feedIs(ben, await ada.feed());
});

story("leaving while something is on its way asks first", async (stage) => {
  const { ben } = await composingSlowly(stage, 20_000);
  await choose(ben, heavy("long.png", 400_000));
  await caption(ben).fill("half a sentence");
  const asked = new Promise((heard) => ben.page.once("dialog", (dialog) => heard(dialog.type(), dialog.dismiss())));
  await ben.page.getByRole("link", { name: "Settings" }).click({ noWaitAfter: true });
  assert.equal(await asked, "beforeunload");
  assert.equal(await caption(ben).inputValue(), "half a sentence");
});

story("cancel closes the composer and the feed is there", async (stage) => {
  const { ben } = await composing(stage);
  await ben.page.locator("form[data-composer]").getByRole("link", { name: "Cancel" }).click();
  await ben.page.locator(".stub-ask").waitFor();
});

story("the composer is also a page of its own", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/compose");
  await choose(ben, plain());
  await taken(ben, 1);
  await caption(ben).fill("From the page");
  await send(ben);
  await ben.page.waitForURL(`${ben.house.url}/`);
  await ben.page.locator("#feed").getByText("From the page").waitFor();
});

story("a second post follows the first without a reload", async (stage) => {
  const { ada, ben } = await stage.two();
  await ben.open("/");
  for (const words of ["the first", "the second"]) await compose(ben, { caption: words });
  await feedIs(ben, await ada.feed());
  assert.equal((await ben.ids()).length, 2);
});
