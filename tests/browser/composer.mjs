// The composer in a visitor's hands.
import { plain } from "./picture.mjs";

export const picks = (visitor) => visitor.page.locator("#picks > .pick");
export const named = (visitor, name) => picks(visitor).filter({ has: visitor.page.locator(".pick-name").getByText(name, { exact: true }) });
export const note = (visitor) => visitor.page.locator("#compose-note");
export const caption = (visitor) => visitor.page.locator("#caption");
export const send = (visitor) => visitor.page.locator("[data-post]").click();

/** Opens the composer in the feed. */
export async function openComposer(visitor) {
  await visitor.page.locator(".stub-ask").click();
  await visitor.page.locator("form[data-composer]").waitFor();
}

export const choose = (visitor, ...files) => visitor.page.locator("form[data-composer] input[name=media]").setInputFiles(files);

/** Waits until so many files are taken in; what stands in the composer instead is said when they never are. */
export async function taken(visitor, count) {
  try {
    await visitor.until((wanted) => document.querySelectorAll("#picks > .is-done").length === wanted, `${count} files taken`, count);
  } catch (error) {
    throw new Error(`${error.message} The composer holds: ${JSON.stringify(await picks(visitor).allInnerTexts())}`);
  }
}

/** The description of a picked file, its fold opened. */
export async function description(pick) {
  const fold = pick.locator(".pick-more");
  if (!(await fold.evaluate((details) => details.open))) await fold.locator("summary").click();
  return pick.getByRole("textbox");
}

/** The names of the files in the composer, in their order. */
export const names = (visitor) => visitor.page.locator("#picks .pick-name").allTextContents();

/** Posts from the feed, to the end. */
export async function compose(visitor, { files = [plain()], caption: words }) {
  await openComposer(visitor);
  await choose(visitor, ...files);
  await taken(visitor, files.length);
  await caption(visitor).fill(words);
  await send(visitor);
  await visitor.page.getByText("Posted.").waitFor();
}
