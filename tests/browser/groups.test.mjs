// Groups: founded, come into, posted in and left, by hand; what is posted there others see nowhere.
import assert from "node:assert/strict";

import { choose, taken } from "./composer.mjs";
import { plain } from "./picture.mjs";
import { story } from "./story.mjs";
import { DESKTOP, NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name }).first().click();
const follow = (visitor, name) => visitor.page.getByRole("link", { name }).first().click();

/** Ada founds a group and asks Ben in, who comes; Cleo has her feed open meanwhile. */
async function founded(stage, look) {
  const house = await stage.house({});
  const [ada, ben, cleo] = [await house.member("ada"), await house.member("ben"), await house.member("cleo")];
  const hers = await stage.visitor(house, { ...look, as: ada });
  const his = await stage.visitor(house, { ...look, as: ben });
  const outside = await stage.visitor(house, { ...DESKTOP, as: cleo });
  for (const one of [his, outside]) one.expect(/404/);
  await outside.open("/");
  await hers.open("/");
  await follow(hers, "Groups");
  await follow(hers, "New group");
  await hers.page.getByLabel("Name").fill("The choir");
  await hers.page.getByLabel("Others may know that it is there").uncheck();
  await press(hers, "Found the group");
  await hers.page.getByText("The group is there.").waitFor();
  await hers.page.getByLabel("Handle").fill("nobody");
  await press(hers, "Invite");
  await hers.page.getByText("Nobody here is called so.").waitFor();
  await hers.page.getByLabel("Handle").fill("@ben");
  await press(hers, "Invite");
  await hers.page.getByText("Whoever was invited is told.").waitFor();
  await his.open("/notices");
  await follow(his, /invites you into The choir/);
  await press(his, "Come in");
  await his.page.getByText("You are in.").waitFor();
  return { house, ada, ben, hers, his, outside };
}

async function postedAndLeft(stage, look) {
  const { house, ada, ben, hers, his, outside } = await founded(stage, look);
  await hers.open("/~the-choir");
  await follow(hers, look.javaScriptEnabled === false ? "What did you see today?" : "Post the first picture");
  assert.ok(await hers.page.getByRole("radio", { name: /^The choir 2 people/ }).isChecked(), "for the group on whose page it stands");
  await choose(hers, plain("note.png"));
  if (hers.script) await taken(hers, 1);
  await hers.page.getByRole("textbox", { name: "Caption" }).fill("Tuesday, the descant");
  await press(hers, "Post");
  await hers.page.getByText("Tuesday, the descant").first().waitFor();
  if (!his.script) await his.open("/~the-choir");
  const card = his.page.locator(".post").filter({ hasText: "Tuesday, the descant" });
  await card.waitFor();
  await card.getByRole("link", { name: "The choir" }).waitFor();
  // Cleo sees what is for everybody, which came later, and nothing of the group.
  const id = await ada.post("For everybody");
  await outside.page.locator(`#${id}`).waitFor({ state: "attached" });
  assert.equal(await outside.page.getByText("Tuesday, the descant").count(), 0);
  const inGroup = await card.getAttribute("id");
  assert.equal((await outside.page.goto(`${house.url}/p/${inGroup.slice(2)}`)).status(), 404);
  assert.equal((await outside.page.goto(`${house.url}/~the-choir`)).status(), 404);
  const picture = await card.locator(".frame img:not(.hash)").first().getAttribute("src");
  const get = (visitor) => visitor.page.evaluate((src) => fetch(src).then((answer) => answer.status), picture);
  if (his.script) assert.equal(await get(his), 200);
  assert.equal(await get(outside), 404);

  // Ben leaves: with the next request nothing is there, nor by Back, nor out of what the browser has kept.
  await his.open("/~the-choir");
  await his.page.locator("nav.tabs").getByRole("link", { name: "Settings" }).click();
  await follow(his, "Leave the group");
  await press(his, "Leave");
  await his.page.getByText("You are not in this group any more.").waitFor();
  if (his.script) assert.equal(await get(his), 404);
  await his.page.goBack();
  await his.page.goBack();
  await his.page.goBack();
  await his.page.waitForLoadState();
  assert.equal(await his.page.getByText("Tuesday, the descant").count(), 0, his.page.url());
  await his.open("/");
  await his.page.locator(`#${id}`).waitFor({ state: "attached" });
  assert.equal(await his.page.getByText("Tuesday, the descant").count(), 0);
  assert.equal(await his.page.getByText("The choir").count(), 0);
  return { hers, ben };
}

story("a group is founded, posted in and left, on a phone; others see nothing of it", (stage) => postedAndLeft(stage, PHONE));

story("a group is founded, posted in and left without script; others see nothing of it", (stage) => postedAndLeft(stage, NO_SCRIPT));

story("whoever leaves a group loses it on every open page at once", async (stage) => {
  const { house, ada, ben } = await founded(stage, PHONE);
  const choir = await ada.send("GET", "/~the-choir");
  const group = choir.text.match(/data-topic="g:([^"]+)"/)[1];
  const id = await ada.post("Tuesday, the descant", { audience: group });
  const open = [];
  for (const path of ["/", "/~the-choir", `/p/${id.slice(2)}`]) {
    const page = await stage.visitor(house, { ...DESKTOP, as: ben });
    await page.open(path);
    await page.page.getByText("Tuesday, the descant").first().waitFor();
    page.expect(/404/);
    open.push(page);
  }
  await ben.send("POST", "/~the-choir/membership", new URLSearchParams({ _method: "delete" }), 303);
  for (const page of open) {
    await page.page.getByText("Tuesday, the descant").first().waitFor({ state: "detached" });
  }
});

story("owners look at posts first, and open pages of the group follow", async (stage) => {
  const { ada, ben, hers, his } = await founded(stage, PHONE);
  const form = { _method: "put", name: "The choir", joining: "request", posting: "review" };
  await ada.send("POST", "/~the-choir/settings", new URLSearchParams(form), 303);
  const choir = await ben.send("GET", "/~the-choir");
  const group = choir.text.match(/data-topic="g:([^"]+)"/)[1];
  await hers.open("/~the-choir");
  await ben.post("Listen first", { audience: group });
  await his.open("/");
  await his.page.getByText("Only you see this: it waits until an owner of the group").waitFor();
  await hers.open("/~the-choir");
  await follow(hers, /^To look at/);
  await press(hers, /^Show it/);
  await hers.page.getByText("It is out").waitFor();
  await his.page.locator(".post").filter({ hasText: "Listen first" }).waitFor();
  await his.page.locator(".held").waitFor({ state: "detached" });
});
