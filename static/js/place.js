// @ts-check
// The reader's place in a feed. Who comes back, from a post, a profile or by "All posts", finds the same card at the
// same height, with the pages that were loaded, also when the browser had to load the page anew.
(() => {
  const KEY = `place:${location.pathname}`;
  const feed = () => document.getElementById("feed");
  const cards = () => /** @type {any[]} */ ([...(feed()?.querySelectorAll(":scope > article") ?? [])]);

  /** The card under the head of the window, and where it stands. */
  function here() {
    const list = cards();
    const at = list.findIndex((card) => card.getBoundingClientRect().bottom > 0);
    if (at < 0 || scrollY < 8) return null;
    const card = list[at];
    return {
      id: card.id,
      k: card.dataset.k,
      top: card.getBoundingClientRect().top,
      last: list[list.length - 1].dataset.k,
      above: list[at - 1]?.dataset.k,
    };
  }

  function keep() {
    if (!feed() || restoring) return;
    const place = here();
    try {
      history.replaceState({ ...history.state, place }, "");
      sessionStorage.setItem(KEY, JSON.stringify(place));
    } catch {
      // No room, or not allowed: then the browser's own memory has to do.
    }
  }
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  let resting = 0;
  addEventListener(
    "scroll",
    () => {
      clearTimeout(resting);
      resting = setTimeout(keep, 250);
    },
    { passive: true },
  );

  // "All posts" leads back to the place; a click on "Home" leads to the top.
  document.addEventListener("click", (/** @type {any} */ event) => {
    const elsewhere = event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    const back = !elsewhere && event.target.closest("a[data-back]");
    if (back) sessionStorage.setItem("return", new URL(back.href).pathname);
  });

  function wanted() {
    const asked = sessionStorage.getItem("return");
    sessionStorage.removeItem("return");
    if (asked === location.pathname && !location.search) return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    const [entry] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
    return entry?.type === "back_forward" || entry?.type === "reload" ? history.state?.place : null;
  }

  let restoring = false;

  async function restore(place) {
    restoring = true;
    history.scrollRestoration = "manual";
    const moved = new AbortController();
    for (const name of ["wheel", "touchmove", "keydown"])
      addEventListener(name, () => moved.abort(), { once: true, passive: true, signal: moved.signal });
    try {
      const older = /** @type {any} */ (document.querySelector("#older a"));
      if (older && cards().at(-1)?.dataset.k > place.last) await Porch.feed.fetchOlder(older.href, place.last);
      // Deleted meanwhile: the one that took its place.
      const card = document.getElementById(place.id) ?? cards().find((other) => other.dataset.k <= place.k);
      if (card && card.dataset.k <= place.k && !moved.signal.aborted) settleAt(card, place.top);
      // Very many came meanwhile: a page that begins there.
      else if (place.above && !moved.signal.aborted) location.replace(`${location.pathname}?before=${encodeURIComponent(place.above)}`);
    } finally {
      restoring = false;
      moved.abort();
    }
  }

  /** Brings a card to its height, and again while what stands above it still finds its size. */
  function settleAt(card, top) {
    const until = performance.now() + 1000;
    let set = -1;
    const step = () => {
      if (set >= 0 && Math.abs(scrollY - set) > 2) return;
      scrollBy({ top: card.getBoundingClientRect().top - top, behavior: "instant" });
      set = scrollY;
      if (performance.now() < until) requestAnimationFrame(step);
    };
    step();
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!feed()) return;
    const place = wanted();
    if (place?.id) restore(place);
  });
})();
