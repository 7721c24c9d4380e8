// A tab that slept, lost its line or met a restart shows each post once, in order, none that was deleted.
import assert from "node:assert/strict";

import { feedIs, pill, pillSays, place, readOn } from "./reader.mjs";
import { story } from "./story.mjs";

/** Ben on a line of ours with some posts before him. Reconnecting is spread by chance; here it is quick. */
async function onTheLine(stage, { env, quick = true, posts = 3 } = {}) {
  const line = await stage.line();
  const two = await stage.two({ line, env });
  two.ben.expectBrokenLine();
  if (quick) await two.ben.context.addInitScript(() => (Math.random = () => 0.01));
  const ids = await two.ada.postMany(posts);
  await two.ben.open("/");
  return { ...two, line, ids };
}

/** What happens while nobody listens: three posts, one of them deleted again, one change, one old post gone. */
async function life(ada, ids) {
  const [, gone] = [await ada.post("missed one"), await ada.post("missed two"), await ada.post("missed three")];
  await ada.remove(gone);
  await ada.edit(ids[0], "changed meanwhile");
  await ada.remove(ids[1]);
}

async function isWhole(ben, ada, ids) {
  await feedIs(ben, await ada.feed());
  await ben.page.locator(`[id="${ids[0]}-text"]`).getByText("changed meanwhile").waitFor();
  assert.equal(await ben.page.locator("#live").textContent(), "Live");
}

story("after a cut line the feed is whole again", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage, { quick: false });
  line.cut();
  await life(ada, ids);
  line.mend();
  await isWhole(ben, ada, ids);
});

story("a line that is cut says so after some seconds, and says when it is back", async (stage) => {
  const { line, ben } = await onTheLine(stage);
  assert.equal(await ben.page.locator("#live").textContent(), "Live");
  line.cut();
  const cutAt = Date.now();
  await ben.page.locator("#live.is-wait").getByText("Connecting…").waitFor();
  await ben.page.locator("#live.is-off").getByText("Offline").waitFor();
  assert.ok(Date.now() - cutAt > 4_000, "it cried wolf");
  assert.ok(Date.now() - cutAt < 10_000, "it kept quiet too long");
  line.mend();
  await ben.live();
  assert.equal(await ben.page.locator("#live").textContent(), "Live");
});

story("a browser that goes offline and comes back is whole at once", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage, { quick: false });
  line.cut();
  await ben.context.setOffline(true);
  await ben.page.locator("#live.is-off").waitFor();
  await life(ada, ids);
  line.mend();
  await ben.context.setOffline(false);
  await isWhole(ben, ada, ids);
});

story("a reader who scrolled and lost the line gets the net count, and nothing moves", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage, { posts: 8 });
  const before = await readOn(ben);
  line.cut();
  const fresh = [await ada.post("one"), await ada.post("two"), await ada.post("three"), await ada.post("four")];
  await ada.remove(fresh[1]);
  line.mend();
  await pillSays(ben, "3 new posts");
  assert.deepEqual(await place(ben), before);
  await pill(ben).click();
  await feedIs(ben, [fresh[3], fresh[2], fresh[0], ...ids.reverse()]);
});

story("a line that died without a word is noticed and replaced", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage);
  line.abandon();
  await life(ada, ids);
  await isWhole(ben, ada, ids);
});

story("with the heartbeat of a new installation, a silent line says so within 40 seconds", async (stage) => {
  const { line, ben } = await onTheLine(stage, { env: { PORCH_HEARTBEAT: "15s" } });
  await ben.until(() => document.querySelector("#live")?.textContent === "Live", "the line is up");
  line.stall();
  const since = Date.now();
  await ben.page.locator("#live.is-off").waitFor({ timeout: 45_000 });
  assert.ok(Date.now() - since < 40_000, `${Date.now() - since} ms`);
});

story("a line that stalls for a while loses nothing", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage);
  line.stall();
  await life(ada, ids);
  await ben.page.locator("#live.is-off").waitFor();
  line.mend();
  await isWhole(ben, ada, ids);
});

story("a tab that was frozen catches up when it thaws", async (stage) => {
  const { line, ada, ben, ids } = await onTheLine(stage);
  const devtools = await ben.context.newCDPSession(ben.page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  line.abandon();
  await life(ada, ids);
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await isWhole(ben, ada, ids);
});

for (const [signal, how] of [
  ["SIGTERM", "is restarted"],
  ["SIGKILL", "is killed and comes back"],
]) {
  story(`when the server ${how}, the feed is whole again`, async (stage) => {
    const { house, ada, ben, ids } = await onTheLine(stage);
    const before = [await ada.post("just before"), await ada.post("deleted just before")];
    await ada.remove(before[1]);
    await house.stop(signal);
    await house.start();
    await life(ada, ids);
    await isWhole(ben, ada, ids);
    assert.ok((await ben.ids()).includes(before[0]) && !(await ben.ids()).includes(before[1]));
  });
}

story("a server that is gone for a while is waited for", async (stage) => {
  const { house, ada, ben, ids } = await onTheLine(stage);
  await house.stop("SIGKILL");
  await ben.page.locator("#live.is-off").waitFor();
  await house.start();
  await life(ada, ids);
  await isWhole(ben, ada, ids);
});

story("what happens between drawing the page and opening the socket is not lost", async (stage) => {
  const { house, ada } = await stage.two();
  const ids = await ada.postMany(3);
  const cleo = await stage.visitor(house, { as: await house.member("cleo") });
  await cleo.page.addInitScript(() => (Math.random = () => 0.01));
  let open = false;
  await cleo.page.routeWebSocket(/\/live/, (socket) => (open ? socket.connectToServer() : socket.close({ code: 1013 })));
  await cleo.page.goto("/");
  await feedIs(cleo, [...ids].reverse());
  await life(ada, ids);
  open = true;
  await isWhole(cleo, ada, ids);
});

story("coming back to the feed by the back button finds it alive", async (stage) => {
  const { ada, ben, ids } = await onTheLine(stage);
  await ben.open("/settings");
  await life(ada, ids);
  await ben.page.goBack();
  await ben.live();
  await isWhole(ben, ada, ids);
  const late = await ada.post("after the return");
  await ben.shows(late);
});

story("an absence too long to be told one by one ends with the feed as it is", async (stage) => {
  const { line, ada, ben } = await onTheLine(stage);
  line.cut();
  await ada.postMany(210);
  line.mend();
  const newest = (await ada.feed()).slice(0, 20);
  await feedIs(ben, newest);
  const late = await ada.post("one more");
  await feedIs(ben, [late, ...newest]);
});

story("a line that is down is seen where the reader is, and nothing moves", async (stage) => {
  const { line, ben } = await onTheLine(stage, { posts: 12 });
  const before = await readOn(ben);
  line.cut();
  await ben.until(() => document.getElementById("live").classList.contains("is-off"), "the word about the line");
  const { y, height } = await ben.page.locator("#live").boundingBox();
  assert.ok(y >= 0 && y + height <= 800, `at ${y}`);
  assert.deepEqual(await place(ben), before);
  line.mend();
  await ben.live();
  assert.deepEqual(await place(ben), before);
});

story("the word about a failure goes when the second try succeeds", async (stage) => {
  const { ben } = await stage.two();
  ben.expect(/ERR_FAILED|htmx:error/);
  await ben.open("/settings");
  let refusals = 1;
  await ben.page.route(/settings\/profile/, (route) => (refusals-- > 0 ? route.abort() : route.continue()));
  await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
  await ben.page.getByText("That did not get through.").waitFor();
  const [words, close] = await Promise.all(
    [ben.page.locator("#toast p"), ben.page.locator("#toast .tool")].map((part) => part.boundingBox()),
  );
  assert.ok(close.x > words.x && close.y < words.y + words.height, "the way to close it is in its row");
  await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
  await ben.page.locator("#profile .note.is-good").waitFor();
  await ben.page.locator("#toast").waitFor({ state: "detached" });
});
