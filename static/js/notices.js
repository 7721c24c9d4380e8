// @ts-check
// Notices: how many are new, in the bar, the title and on the app's icon; and that they were looked at.
(() => {
  let shown = -1;

  function show(unread) {
    const badge = document.getElementById("badge");
    if (!badge || unread === shown) return;
    const text = unread > 99 ? "99+" : String(unread);
    const more = shown >= 0 && unread > shown;
    shown = unread;
    badge.hidden = unread === 0;
    badge.querySelector(".count").textContent = text;
    const plain = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = unread ? `(${text}) ${plain}` : plain;
    if (unread) navigator.setAppBadge?.(unread).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
    const came = document.getElementById("more-notices");
    if (came && more) came.hidden = false;
  }

  Porch.feed.badge = ({ unread }) => show(unread);

  document.addEventListener("DOMContentLoaded", () => {
    const badge = document.getElementById("badge");
    if (badge) show(badge.hidden ? 0 : parseInt(badge.textContent.replace(/\D/g, ""), 10));
    // Whoever sees the page has looked at what is on it.
    const form = /** @type {any} */ (document.querySelector("form[data-reads]"));
    if (!form || document.hidden) return;
    const body = new URLSearchParams({ upto: form.elements.upto.value });
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  });
})();
