// @ts-check
// How far the feed was read: said after a while and when the page goes, so that every device draws the line there.
(() => {
  const SOON = 10_000;
  const LOOKED = 1000;
  let newest = 0;
  let said = 0;
  let due = 0;

  const list = () => document.getElementById("feed");

  function say() {
    clearTimeout(due);
    due = 0;
    const feed = list()?.dataset.feed;
    if (!feed || newest <= said) return;
    said = newest;
    navigator.sendBeacon("/me/seen", new URLSearchParams({ feed, at: String(newest) }));
  }

  /** Cards that are being looked at, since when. */
  const looked = new Map();
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(looked.get(target));
        looked.delete(target);
        if (!isIntersecting) continue;
        const at = Number(/** @type {any} */ (target).dataset.k.slice(0, 16));
        const see = () => {
          if (document.hidden) return;
          newest = Math.max(newest, at);
          if (newest > said) due ||= setTimeout(say, SOON);
        };
        looked.set(target, setTimeout(see, LOOKED));
      }
    },
    { threshold: 0.3 },
  );

  document.addEventListener("DOMContentLoaded", () => {
    if (!list()?.dataset.feed) return;
    for (const card of list().querySelectorAll(":scope > article")) watch.observe(card);
    addEventListener("pagehide", say);
    document.addEventListener("visibilitychange", () => document.hidden && say());
  });
  document.addEventListener("porch:came", (/** @type {any} */ event) => list()?.dataset.feed && watch.observe(event.detail.card));
})();
