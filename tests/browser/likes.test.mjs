// Likes: at once where they are pressed, a moment later on every other page.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const like = (visitor, id) => visitor.page.locator(`[id="${id}-like"]`);

/** Waits until the button is pressed or not, and says that number. */
const stands = (visitor, id, pressed, count) =>
  visitor.until(
    ([name, state, number]) => {
      const button = document.getElementById(`${name}-like`);
      return button?.getAttribute("aria-pressed") === state && button.textContent.trim() === number;
    },
    `${id} is pressed: ${pressed}, ${count || "none"}`,
    [id, String(pressed), String(count || "")],
  );

story("a like shows at once, on every open page a moment later, and on one that was away", async (stage) => {
  const line = await stage.line();
  const { house, ada, ben } = await stage.two({ line });
  ben.expectBrokenLine();
  const id = await ada.post("Apples");
  await ben.open("/");
  const cy = await stage.visitor(house, { as: await house.member("cy") });
  await cy.open("/");
  await cy.live();
  cy.expectBrokenLine();
  await like(ben, id).click();
  await stands(ben, id, true, 1);
  await stands(cy, id, false, 1);
  line.cut();
  await like(cy, id).click();
  await cy.page.getByText(/Your like was not sent/).waitFor();
  await stands(cy, id, false, 1);
  await ada.send("PUT", `/p/${id.slice(2)}/like`, undefined, 303);
  line.mend();
  await stands(cy, id, false, 2);
  await like(cy, id).click();
  await stands(ben, id, true, 3);
  await like(ben, id).click();
  await stands(ben, id, false, 2);
  await stands(cy, id, true, 2);
});

story("a like that was set on another page stands after a step back", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Apples");
  await ben.open("/");
  await ben.page.locator(`[id="${id}"] .when a`).click();
  await ben.page.waitForURL(/\/p\//);
  await like(ben, id).click();
  await stands(ben, id, true, 1);
  await ben.page.goBack();
  await stands(ben, id, true, 1);
});

story("a like whose page is left before its answer is sent again by the next one", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = await ada.post("Apples");
  await ben.open(`/p/${id.slice(2)}`);
  let held = 0;
  await ben.page.route("**/like", (route) => (held++ ? route.continue() : undefined));
  await like(ben, id).click();
  await stands(ben, id, true, 1);
  await ben.open("/");
  await stands(ben, id, true, 1);
  await ben.until(async (post) => (await (await fetch(`/me/marks?p=${post}`)).json())[0]?.[1] === 1, "the server has it", id.slice(2));
});

story("two taps on a picture like its post, one opens it", async (stage) => {
  const { ada, ben } = await stage.two({}, PHONE);
  const id = await ada.post("Apples");
  await ben.open("/");
  const picture = ben.page.locator(`[id="${id}"] a[data-seen]`);
  await picture.tap();
  await ben.page.locator("dialog[open] .viewer-stage").waitFor();
  await ben.page.goBack();
  await ben.page.locator("dialog[open]").waitFor({ state: "detached" });
  await picture.tap();
  await picture.tap();
  await stands(ben, id, true, 1);
  assert.equal(await ben.page.locator("dialog[open]").count(), 0, "it is not opened");
});

story("without script a like is a form, and its page says who likes it", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  const id = await ada.post("Apples");
  await ben.open("/");
  await like(ben, id).click();
  await ben.page.waitForURL(new RegExp(`#${id}$`));
  assert.equal(await like(ben, id).getAttribute("aria-pressed"), "true");
  await ben.open(`/p/${id.slice(2)}`);
  await ben.page.getByRole("link", { name: "Liked by Ben" }).click();
  await ben.page.getByRole("heading", { name: "One like" }).waitFor();
  await ben.page.goBack();
  await like(ben, id).click();
  await ben.page.waitForURL(new RegExp(`/p/${id.slice(2)}#`));
  assert.equal(await like(ben, id).getAttribute("aria-pressed"), "false");
});
