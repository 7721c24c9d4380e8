// Somebody reports a post; who looks after the place hides it, takes that back, hides it again; its author reads why and asks to
// think again; an account is closed for a while, and whoever is out still reads why.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { DESKTOP, NO_SCRIPT, PHONE } from "./visitor.mjs";

const press = (visitor, name) => visitor.page.getByRole("button", { name, exact: true }).first().click();

async function decide(desk, act, { words = "", days = "" } = {}) {
  await desk.page.locator("label.choice", { hasText: act }).click();
  await desk.page.getByLabel("Because").selectOption({ label: "it is unkind, threatening or hateful" });
  await desk.page.getByLabel(/^What they read beside that/).fill(words);
  await desk.page.getByLabel(/^Days/).fill(days);
  await press(desk, "Do it");
}

async function aReport(stage, look) {
  const house = await stage.house({});
  const fay = await house.member("fay");
  const ada = await house.member("ada");
  const ben = await house.member("ben");
  const mia = await house.member("mia");
  await fay.send("POST", "/admin/people/mia/office", new URLSearchParams({ _method: "put", office: "moderator" }), 303);
  const id = await ada.post("Look who fell asleep again");
  const reader = await stage.visitor(house, { ...DESKTOP, as: fay });
  await reader.open("/");
  await reader.page.locator(`#${id}`).waitFor();

  const hurt = await stage.visitor(house, { ...look, as: ben });
  await hurt.open("/");
  await hurt.page.locator(`#${id} .menu summary`).click();
  await hurt.page.locator(`#${id}`).getByRole("link", { name: "Report the post" }).click();
  await hurt.page.getByRole("heading", { name: "Report a post by Ada" }).waitFor();
  await hurt.page.locator("label.choice", { hasText: "It shows me" }).click();
  await hurt.page.getByLabel(/^What should they know/).fill("This is me, and I did not want that.");
  await press(hurt, "Send the report");
  await hurt.page.getByText("Thank you for telling us.").waitFor();

  const desk = await stage.visitor(house, { ...look, as: mia });
  await desk.open("/admin");
  await desk.page.getByText("One report waits to be looked at.").waitFor();
  await desk.page.getByRole("link", { name: "Look at them" }).first().click();
  await desk.page.getByRole("link", { name: "A post by Ada" }).click();
  await desk.page.getByText("This is me, and I did not want that.").waitFor();
  await press(desk, "I look at it");
  await desk.page.getByText("The others see that you look at it").waitFor();
  // Nothing chosen: said, and nothing lost.
  await desk.page.getByLabel(/^What they read beside that/).fill("Please ask Ben first.");
  await press(desk, "Do it");
  await desk.page.getByText("Choose what to do.").waitFor();
  assert.equal(await desk.page.getByLabel(/^What they read beside that/).inputValue(), "Please ask Ben first.");
  await decide(desk, "Hide it", { words: "Please ask Ben first." });
  await desk.page.getByText("Decided. You can take it back").waitFor();
  await reader.page.locator(`#${id}`).waitFor({ state: "detached" });
  // As if it had not been; then once more.
  await press(desk, "Take it back");
  await desk.page.getByText("Taken back.", { exact: true }).waitFor();
  await reader.page.locator(`#${id}`).waitFor({ state: "attached" });
  await decide(desk, "Hide it", { words: "Please ask Ben first." });
  await desk.page.getByText("Decided. You can take it back").waitFor();
  await reader.page.locator(`#${id}`).waitFor({ state: "detached" });

  const author = await stage.visitor(house, { ...look, as: ada });
  await author.open("/");
  await author.page.locator(`#${id}`).getByText("Please ask Ben first.").waitFor();
  await author.page.locator(`#${id}`).getByRole("link", { name: "Read why" }).click();
  await author.page.getByText("Your post is out of sight: only you see it.").first().waitFor();
  await author.page.getByLabel("If we are mistaken, say why").first().fill("Ben laughed about it yesterday.");
  await press(author, "Ask to think again");
  await author.page.getByText("You said:").waitFor();

  // Somebody else than who decided answers.
  const other = await stage.visitor(house, { ...look, as: fay });
  await other.open("/admin/reports");
  await other.page.getByText("Ben laughed about it yesterday.").waitFor();
  await other.page.getByLabel("Your answer, which they read").fill("Ben says that he did not.");
  await press(other, "It stays");
  await other.page.getByRole("heading", { name: "Reports" }).waitFor();
  await author.open("/standing");
  await author.page.getByText("Ben says that he did not.").waitFor();

  // Out for a day: the open page ends, and the way back says why.
  await other.open("/admin/people/ada");
  await press(other, "Decide something about them");
  await decide(other, "Close their account for a while", { words: "Cool down.", days: "1" });
  await other.page.getByText("Decided. You can take it back").waitFor();
  await author.open("/");
  await author.page.getByLabel("E-mail").fill("ada@example.org");
  await author.page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(author, "Sign in");
  await author.page.getByRole("heading", { name: "Your account is closed" }).waitFor();
  await author.page.getByText("Cool down.").waitFor();
}

story("a report is looked at, decided, taken back, spoken against and answered, on a phone", (stage) => aReport(stage, PHONE));

story("a report is looked at, decided, taken back, spoken against and answered, without script", (stage) => aReport(stage, NO_SCRIPT));

story("the place says what strangers get, on a phone and without script", async (stage) => {
  const house = await stage.house({ env: { PORCH_PICTURES: "strict" } });
  const fay = await house.member("fay");
  await fay.post("The sea at night");
  for (const look of [PHONE, NO_SCRIPT]) {
    const visitor = await stage.visitor(house, { ...look, as: fay });
    await visitor.open("/admin/seen");
    await visitor.page.getByRole("button", { name: /^Look (now|again)$/ }).click();
    await visitor.page.getByText("Every address is being asked for.").waitFor();
    for (;;) {
      await visitor.open("/admin/seen");
      if (await visitor.page.getByRole("button", { name: "Look again" }).count()) break;
      await visitor.page.waitForTimeout(300);
    }
    await visitor.page.getByText("Strangers get nothing that they should not.").waitFor();
  }
});
