// A closed place: strangers get no byte of a picture, a guest with a link gets those of one post, until it ends.
import assert from "node:assert/strict";

import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { DESKTOP, NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name }).first().click();

/** How wide the pictures of the page are, as far as they are there. */
const widths = (visitor) =>
  visitor.page
    .locator(".guest img")
    .evaluateAll((images) => Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))));

async function shown(stage, look) {
  const house = await stage.house({ env: { PORCH_PICTURES: "ticket" } });
  const ada = await house.member("ada");
  const id = (await ada.post("Two pears #fruit", { files: [plain("one.png"), plain("two.png")], alts: ["A pear"] })).slice(2);
  const author = await stage.visitor(house, { ...look, as: ada });
  await author.open(`/p/${id}`);
  await author.page.getByRole("link", { name: "Show it to a guest" }).first().click();
  await author.page.getByLabel(/^For whom/).fill("Aunt Mo");
  await author.page.getByLabel(/^Password/).fill("short");
  await press(author, "Make the link");
  await author.page.getByText("Too short.").waitFor();
  await author.page.getByLabel(/^Password/).fill("pears on the hill");
  await press(author, "Make the link");
  const link = await author.page.locator(".address a").first().getAttribute("href");
  assert.equal(await author.page.getByText("Aunt Mo").count(), 1);

  const guest = await stage.visitor(house, { ...look });
  guest.expect(/422/, /404/);
  const { pathname } = new URL(link);
  await guest.page.goto(pathname);
  await guest.page.getByLabel("Password", { exact: true }).fill("apples");
  await press(guest, "Open");
  await guest.page.getByText("This is not the password.").waitFor();
  await guest.page.getByLabel("Password", { exact: true }).fill("pears on the hill");
  await press(guest, "Open");
  await guest.page.getByText("Two pears #fruit").waitFor();
  if (guest.script)
    assert.deepEqual(
      (await widths(guest)).map((width) => width > 0),
      [true, true],
    );
  assert.deepEqual(await guest.page.locator("main a").count(), 0, "nothing leads into the house");
  if (guest.script) assert.deepEqual(await guest.faults(), []);
  const picture = await guest.page.locator(".guest img").first().getAttribute("src");
  const status = (path) => guest.page.request.get(path).then((answer) => answer.status());
  assert.equal(await status(picture), 200);

  await press(author, "End it");
  await author.page.getByText("nobody sees the post by it any more").waitFor();
  assert.equal(await status(picture), 404);
  await guest.page.reload();
  await guest.page.getByRole("heading", { name: "This link has ended" }).waitFor();
}

story("a post is shown to a guest with a password, until the link ends, on a phone", (stage) => shown(stage, PHONE));

story("a post is shown to a guest with a password, until the link ends, without script", (stage) => shown(stage, NO_SCRIPT));

story("strangers get nothing out of a closed place, by any of its addresses", async (stage) => {
  const house = await stage.house({ env: { PORCH_PICTURES: "ticket" } });
  const ada = await house.member("ada");
  const words = "Pears on the hill";
  const id = (await ada.post(`${words} #fruit`, { files: [plain("one.png")] })).slice(2);
  await ada.send("POST", "/~", new URLSearchParams({ name: "The choir", slug: "choir", listed: "on" }), 303);
  const page = (await ada.send("GET", `/p/${id}`)).text;
  const files = [...new Set([...page.matchAll(/\/media\/[^"\s]+/g)].map(([path]) => path))].filter((path) => !path.includes("&amp;"));
  assert.ok(files.length >= 4, "the picture in several sizes");
  const stranger = await stage.visitor(house, DESKTOP);
  const paths = [
    "/",
    `/p/${id}`,
    `/p/${id}/1`,
    `/p/${id}/likes`,
    "/@ada",
    "/@ada/posts",
    "/~",
    "/~choir",
    "/tags/fruit",
    "/search?q=pears",
    "/members",
    "/new",
    "/feed",
    "/feeds",
    `/posts/${id}`,
    "/groups",
    "/groups/choir",
    "/directory",
    `/me/marks?p=${id}`,
    "/live",
    ...files,
  ];
  for (const path of paths) {
    const answer = await stranger.page.request.get(path, { maxRedirects: 0, headers: { Accept: "text/html,image/*" } });
    assert.ok([303, 401, 403, 404, 426].includes(answer.status()), `${path}: ${answer.status()}`);
    const body = (await answer.body()).toString("latin1");
    for (const secret of [words, "@ada", "The choir", "PNG", "RIFF"]) assert.ok(!body.includes(secret), `${path} says ${secret}`);
    assert.ok(!/^image\//.test(answer.headers()["content-type"] ?? ""), path);
  }
  for (const path of ["/login", "/register"]) {
    await stranger.page.goto(path);
    const html = await stranger.page.content();
    assert.match(html, /name="robots" content="noindex"/);
    assert.ok(!html.includes("og:") && !html.includes("@ada"), path);
  }
});
