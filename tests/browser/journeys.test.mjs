// Whole journeys of people who answer each other: what the other stories tell in parts, here one after the other.
import assert from "node:assert/strict";

import { caption, choose } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { feedIs, pill, pillSays, place, readOn } from "./reader.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT } from "./visitor.mjs";

const press = (visitor, name, part = "body") => visitor.page.locator(part).getByRole("button", { name, exact: true }).first().click();
const likes = (visitor, id) => visitor.page.locator(`[id="${id}-like"]`);
const field = (visitor) => visitor.page.getByLabel("Say something");

/** Every frame that comes in over the page's sockets. */
function frames(visitor) {
  const seen = [];
  visitor.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => seen.push(String(payload))));
  return seen;
}

story("two people and a feed that stays open: what comes, goes and is liked, and who hears nothing of it", async (stage) => {
  const { house, ada, ben } = await stage.two();
  const old = (await ada.postMany(8)).reverse();
  await ben.member.send("PUT", "/@ada/follow", undefined, 303);
  const cleo = await stage.visitor(house, { as: await house.member("cleo") });
  await ada.send("PUT", "/@cleo/block", undefined, 303);
  const heard = frames(cleo);
  await cleo.open("/");
  await ben.open("/");
  const before = await readOn(ben);
  const fresh = [];
  for (const words of ["one", "two", "three"]) fresh.unshift(await ada.post(`Fresh ${words}`));
  await pillSays(ben, "3 new posts");
  assert.deepEqual(await place(ben), before, "nothing moved under the reader");
  assert.equal(await ben.page.evaluate(() => performance.getEntriesByType("navigation").length), 1);
  await ben.until(() => document.getElementById("said").textContent === "3 new posts", "it is said");
  await pill(ben).focus();
  await ben.page.keyboard.press("Enter");
  await feedIs(ben, [...fresh, ...old]);
  await ben.until((id) => document.activeElement?.id === id, "the newest post has the focus", fresh[0]);
  await ada.remove(fresh[1]);
  await feedIs(ben, [fresh[0], fresh[2], ...old]);
  const host = await stage.visitor(house, { as: ada });
  await host.open("/");
  await likes(ben, fresh[0]).click();
  await host.until((id) => document.getElementById(`${id}-like`)?.textContent.trim() === "1", "Ada sees the like", fresh[0]);
  // The socket was open all the while.
  await (await house.member("dan")).post("For everybody");
  await cleo.page.locator("#feed").getByText("For everybody").waitFor();
  const leaked = heard.filter((frame) => fresh.some((id) => frame.includes(id.slice(2))) || frame.includes("Fresh"));
  assert.deepEqual(leaked, [], "who is blocked hears nothing");
});

story("asleep and back, and after a restart: the feed is whole, and the comment was sent once", async (stage) => {
  const line = await stage.line();
  const { house, ada, ben } = await stage.two({ line });
  ben.expectBrokenLine();
  await ben.context.addInitScript(() => (Math.random = () => 0.01));
  const ids = (await ada.postMany(4)).reverse();
  const talk = await ben.context.newPage();
  await talk.goto(`/p/${ids[1].slice(2)}`);
  await talk.locator("html[data-live=on]").waitFor({ state: "attached" });
  await ben.open("/");
  for (const round of ["a line that was cut", "a restart"]) {
    const words = `Forty characters are typed here, ${round}`;
    await talk.getByLabel("Say something").fill(words);
    if (round === "a restart") {
      await house.stop("SIGTERM");
      await talk.getByRole("button", { name: "Send", exact: true }).click();
      await talk.getByText("Not sent yet. It goes out when the line is back.").waitFor();
      await house.start();
    } else {
      line.cut();
      await ben.context.setOffline(true);
      await ben.page.locator("#live.is-off").waitFor();
      await talk.getByRole("button", { name: "Send", exact: true }).click();
      await talk.getByText("Not sent yet. It goes out when the line is back.").waitFor();
      const missed = [];
      for (const n of [1, 2, 3, 4]) missed.unshift(await ada.post(`missed ${n}`));
      await ada.remove(missed[1]);
      await ada.send(
        "POST",
        `/p/${ids[0].slice(2)}/comments`,
        new URLSearchParams({ text: "Meanwhile", parent: "", key: crypto.randomUUID() }),
        303,
      );
      await ben.context.setOffline(false);
      line.mend();
    }
    await ben.live();
    await talk.locator("#talk .said").getByText(words).waitFor();
    await feedIs(ben, await ada.feed());
    assert.equal(await talk.getByLabel("Say something").inputValue(), "");
    const { text } = await ada.send("GET", `/p/${ids[1].slice(2)}`);
    assert.equal(text.split(words).length - 1, 1, "it stands there once");
  }
  await ben.until(
    (id) => /\b1\b/.test(document.querySelector(`#${id} [aria-label="1 comment"]`)?.textContent ?? ""),
    "the count came",
    ids[0],
  );
});

story("the whole tour without script: in, a face, pictures, pages, likes, words, people, search, notices, out", async (stage) => {
  const house = await stage.house();
  const ada = await house.member("ada");
  const ids = await ada.postMany(45);
  const cleo = await stage.visitor(house, NO_SCRIPT);
  const { page } = cleo;
  await cleo.open("/register");
  await page.getByLabel("E-mail").fill("cleo@example.org");
  await page.getByLabel("Password", { exact: true }).fill("a long sentence");
  await press(cleo, "Register");
  await page.waitForURL(`${house.url}/`);
  await cleo.open("/settings");
  await page.locator("#face input[type=file]").setInputFiles(plain("me.png"));
  await press(cleo, "Save", "#face");
  await page.locator("#face .face img").waitFor();
  await cleo.open("/compose");
  await choose(cleo, plain("a.png"), plain("b.png"));
  await caption(cleo).fill("Two from the #walk with @ada");
  await press(cleo, "Post", "form.compose");
  await page.getByRole("status").getByText("Posted.").waitFor();
  // All of the feed by links, each once, while another goes on posting.
  const seen = await cleo.ids();
  for (const older = page.getByRole("link", { name: "Older posts" }); await older.count(); ) {
    await ada.post("meanwhile");
    await older.click();
    seen.push(...(await cleo.ids()));
  }
  assert.deepEqual(seen.slice(1), ids.toReversed());
  // Liked, and not any more.
  const last = ids.at(-1);
  await cleo.open(`/p/${last.slice(2)}`);
  await likes(cleo, last).click();
  await cleo.page.locator(`[id="${last}-like"][aria-pressed=true]`).waitFor();
  await likes(cleo, last).click();
  await cleo.page.locator(`[id="${last}-like"][aria-pressed=false]`).waitFor();
  // Said, changed, taken back.
  await field(cleo).fill("How wide it is");
  await press(cleo, "Send");
  await page.locator("#talk").getByText("How wide it is").waitFor();
  await page.getByRole("link", { name: "Change", exact: true }).click();
  await page.getByLabel("Your comment").fill("How wide it was");
  await press(cleo, "Save");
  await page.locator("#talk").getByText("How wide it was").waitFor();
  await page.getByRole("link", { name: "Delete the comment by cleo" }).click();
  await press(cleo, "Delete");
  assert.equal(await page.getByText("How wide it was").count(), 0);
  // Somebody to follow, and what they post.
  await cleo.open("/members");
  await page.getByRole("link", { name: /@ada/ }).first().click();
  await press(cleo, "Follow");
  await page.getByRole("button", { name: /^Following/ }).waitFor();
  await cleo.open("/?of=following");
  assert.ok((await cleo.ids()).length > 1);
  // Found, with a filter.
  await cleo.open("/search");
  await page.getByRole("searchbox").fill("from:cleo tag:walk");
  await page.getByRole("searchbox").press("Enter");
  await page.locator("main").getByText("Two from the").first().waitFor();
  // Told of what others did.
  const { text } = await ada.send("GET", "/@cleo/posts");
  const [, mine] = text.match(/<article class="post" id="(p-[^"]+)"/);
  await ada.send("PUT", `/p/${mine.slice(2)}/like`, undefined, 303);
  await ada.send("POST", `/p/${mine.slice(2)}/comments`, new URLSearchParams({ text: "Fine!", parent: "", key: crypto.randomUUID() }), 303);
  await page.waitForTimeout(1_500);
  await cleo.open("/notices");
  await page
    .getByText(/likes your/)
    .first()
    .waitFor();
  await page
    .getByText(/commented/i)
    .first()
    .waitFor();
  // Deleted, after being asked.
  await cleo.open("/@cleo/posts");
  await page.locator(".post summary").first().click();
  await page.getByRole("link", { name: "Delete" }).first().click();
  await press(cleo, "Delete");
  await page.getByRole("status").getByText("Deleted.").waitFor();
  await cleo.open("/settings");
  await page.getByRole("radio", { name: "Dark" }).check();
  await press(cleo, "Save", "#theme");
  await page.locator("html[data-theme=dark]").waitFor();
  await press(cleo, "Sign out");
  await page.waitForURL(/\/login/);
});
