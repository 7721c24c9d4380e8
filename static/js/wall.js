// @ts-check
// A member's wall while they post: the number is always right; tiles come in at the top of a page that rests.
(() => {
  let due = 0;
  document.addEventListener("porch:changed", (/** @type {any} */ event) => {
    const wall = document.getElementById("wall");
    const { author, gone, id } = event.detail;
    const mine = wall && (gone ? document.getElementById(`t-${gone.slice(2)}`) : !author || author === wall.dataset.by);
    if (!mine) return;
    if (gone) {
      taken.set(gone, mine.previousElementSibling?.id ?? "");
      mine.remove();
    }
    clearTimeout(due);
    due = setTimeout(renew, 100, taken.has(id) ? id : null);
  });

  /** Tiles that were taken away, and after which they stood: their author may bring them back. */
  const taken = new Map();

  /** @param {string | null} back */
  async function renew(back) {
    const { page } = await Porch.load(location.href).catch(() => ({ page: null }));
    if (!page) return;
    const resting = scrollY < 8 && !document.querySelector("dialog[open]") && "first" in document.getElementById("wall").dataset;
    for (const id of resting ? ["posts-count", "wall", "older"] : ["posts-count"]) {
      const fresh = page.getElementById(id);
      if (!fresh) continue;
      document.getElementById(id)?.replaceWith(document.adoptNode(fresh));
      Porch.process(document.getElementById(id));
    }
    const tile = back && !resting && page.getElementById(`t-${back.slice(2)}`);
    if (tile && !document.getElementById(tile.id)) {
      const before = document.getElementById(taken.get(back));
      if (before) before.after(document.adoptNode(tile));
      else document.getElementById("wall").prepend(document.adoptNode(tile));
    }
    taken.delete(back);
    if (document.querySelector("#wall > li")) for (const id of ["empty", "none"]) document.getElementById(id)?.remove();
  }
})();
