// @ts-check
// Older posts that did not come are asked for again, by themselves, while the reader waits at the end.
(() => {
  let failures = 0;
  function olderFailed(event) {
    const link = event.detail.ctx?.sourceElement;
    if (!link?.matches?.("#older a")) return;
    failures += 1;
    link.textContent = "Older posts: trying again…";
    setTimeout(() => link.isConnected && link.click(), Math.min(30000, 1000 * 2 ** failures));
  }
  document.addEventListener("htmx:error", olderFailed);
  document.addEventListener("htmx:response:error", olderFailed);
  addEventListener("online", () => failures && /** @type {any} */ (document.querySelector("#older a"))?.click());
  document.addEventListener("htmx:after:swap", () => (failures = 0));
})();
