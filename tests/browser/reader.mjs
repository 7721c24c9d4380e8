// What a reader of the feed does and sees.

export const pill = (visitor) => visitor.page.locator("#pill");

export const pillSays = (visitor, text) =>
  visitor.until((wanted) => document.querySelector("#pill:not([hidden])")?.textContent.trim() === wanted, `the pill “${text}”`, text);

/** Waits until the feed shows exactly these posts, from the top. */
export const feedIs = (visitor, ids) =>
  visitor.until(
    (wanted) => [...document.querySelectorAll("#feed > .post")].map(({ id }) => id).join() === wanted,
    `the posts ${ids}`,
    ids.join(),
  );

/** Scrolls away from the top, and tells where the reader's eyes are. */
export async function readOn(visitor) {
  await visitor.page.evaluate(() => window.scrollTo({ top: 1500, behavior: "instant" }));
  await visitor.until(() => window.scrollY > 1400, "the page scrolled");
  return place(visitor);
}

export const place = (visitor) =>
  visitor.page.evaluate(() => {
    const seen = [...document.querySelectorAll("#feed > .post")].find((post) => post.getBoundingClientRect().bottom > 0);
    return { scrollY: window.scrollY, id: seen.id, top: Math.round(seen.getBoundingClientRect().top) };
  });

/** Scrolls to the end again and again until there is nothing older. */
export async function readToTheEnd(visitor, meanwhile = () => {}) {
  const older = visitor.page.locator("#older a");
  while (await older.count()) {
    const before = (await visitor.ids()).length;
    await meanwhile(before);
    await visitor.page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
    await visitor.until(
      (least) => document.querySelectorAll("#feed > .post").length > least || !document.querySelector("#older a"),
      "older posts",
      before,
    );
  }
}
