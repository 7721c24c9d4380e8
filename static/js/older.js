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

  /** The link to older posts begins at this address. */
  Porch.leadOn = (address) => {
    const older = new DOMParser().parseFromString(`<p class="older" id="older"><a class="button is-quiet">Older posts</a></p>`, "text/html")
      .body.firstElementChild;
    const link = older.querySelector("a");
    link.href = address;
    for (const [name, value] of [
      ["get", address],
      ["target", "#older"],
      ["swap", "outerHTML"],
      ["trigger", "click, intersect once rootMargin:600px"],
    ])
      link.setAttribute(`hx-${name}`, value);
    document.getElementById("older").replaceWith(older);
    Porch.process(older);
  };
})();
