// @ts-check
// People: a small card for whoever points at a name, and numbers that stay right. Nothing is lost without it.
(() => {
  /** So long, in ms, a name is pointed at before its card comes, and left before it goes. */
  const COMES = 450;
  const GOES = 300;
  const NAME = /^\/@[a-z0-9_]+$/;
  let card = null;
  let due = 0;

  const nameOf = (target) => {
    const link = target.closest?.("a[href^='/@']");
    const path = link?.getAttribute("href");
    if (!NAME.test(path ?? "") || path === location.pathname) return null;
    return link.closest("nav, .hover-card") ? null : link;
  };

  function close() {
    clearTimeout(due);
    card?.element.remove();
    card = null;
  }

  function place(element, link) {
    const at = link.getBoundingClientRect();
    const room = innerHeight - at.bottom;
    const left = Math.max(8, Math.min(at.left, innerWidth - element.offsetWidth - 8));
    const top = room > element.offsetHeight + 16 ? at.bottom + 4 : Math.max(8, at.top - element.offsetHeight - 4);
    Object.assign(element.style, { left: `${left}px`, top: `${top}px` });
  }

  async function show(link) {
    if (card?.link === link) return;
    const path = link.getAttribute("href");
    const answer = await fetch(`${path}/card`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || !link.isConnected || !(link.matches(":hover") || link === document.activeElement)) return;
    const html = await answer.text();
    close();
    const element = document.createElement("aside");
    element.className = "hover-card";
    element.setAttribute("aria-label", link.textContent.trim());
    element.innerHTML = html;
    document.body.append(element);
    Porch.process(element);
    place(element, link);
    card = { element, link };
  }

  function soon(act, pause) {
    clearTimeout(due);
    due = setTimeout(act, pause);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = nameOf(event.target);
    if (link) soon(() => show(link), COMES);
    else if (card && /** @type {any} */ (event.target).closest(".hover-card")) clearTimeout(due);
    else if (card) soon(close, GOES);
    else clearTimeout(due);
  });
  document.addEventListener("focusin", (event) => {
    const link = nameOf(event.target);
    if (link?.matches(":focus-visible")) soon(() => show(link), COMES);
    else if (!(/** @type {any} */ (event.target).closest(".hover-card"))) close();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("scroll", close, { passive: true });
  addEventListener("pagehide", close);

  /** How many follow a member now, and whom they follow. */
  Porch.feed.member = (member, followers, following) => {
    const links = document.querySelectorAll(`[id="follow-${member}"] a:has(.count)`);
    for (const link of links) {
      const isFollowers = link.getAttribute("href").endsWith("/followers");
      const number = isFollowers ? followers : following;
      link.querySelector(".count").textContent = number;
      if (isFollowers) link.lastChild.textContent = number === 1 ? " follower" : " followers";
    }
  };
})();
