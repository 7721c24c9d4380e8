// @ts-check
// Small things of every page. Runs in the head, before the first paint.
document.documentElement.dataset.script = "";
if ("share" in navigator) document.documentElement.dataset.can = "share";

const Porch = {
  /** Says something to screen readers, politely. */
  say(text) {
    const said = document.getElementById("said");
    if (said) said.textContent = text;
  },
  /** Runs `act` when the page is there, and for every part that htmx puts in later. */
  onContent(act) {
    const start = () => {
      act(document);
      document.addEventListener("htmx:after:swap", () => act(document));
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  },
  /** A page of ours as a document, or null with the status that says why not. */
  async load(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const page = answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    return { page, status: answer.status };
  },
  /** Lets htmx take notice of what was inserted by hand. */
  process(element) {
    if (window.htmx) window.htmx.process(element);
    document.dispatchEvent(new CustomEvent("porch:hung"));
  },
};

// Keeps a page for when there is no line.
addEventListener("load", () => document.body.dataset.me && navigator.serviceWorker?.register("/sw.js").catch(() => {}));

document.addEventListener("click", (/** @type {any} */ event) => {
  const shows = event.target.closest("[data-shows]");
  if (shows) {
    const input = document.getElementById(shows.dataset.shows);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    shows.setAttribute("aria-pressed", String(!shown));
    return;
  }
  const copies = event.target.closest("[data-copies]");
  if (copies) copy(new URL(copies.dataset.copies, location.href).href);
  const shares = event.target.closest("[data-shares]");
  // Refused means changed one's mind.
  if (shares) navigator.share({ url: new URL(shares.dataset.shares, location.href).href }).catch(() => {});
  const closes = event.target.closest("[data-closes]");
  if (closes) document.getElementById(closes.dataset.closes)?.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu.contains(event.target) && !event.target.closest("a, button")) continue;
    // What had the focus is shown no more.
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus({ preventScroll: true });
    menu.open = false;
  }
});

/** Puts a link where it can be pasted from; where that is not allowed (plain http), shows it. */
async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    Porch.tell("The link is copied.");
  } catch {
    Porch.tell(link);
  }
}

document.addEventListener("keydown", (/** @type {any} */ event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (/** @type {any} */ event) => {
  const { target } = event;
  if (target.closest("[data-theme-choice]")) {
    if (target.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = target.value;
  }
  if (target.matches("[data-plays-choice]")) document.body.toggleAttribute("data-plays", target.checked);
  if (target.matches("[data-reads]") && target.files.length)
    target.files[0].text().then((text) => {
      const field = /** @type {any} */ (document.getElementById(target.dataset.reads));
      field.value = text;
      field.focus();
    });
  if (target.matches("[data-sends]") && target.files.length) target.form.requestSubmit();
});

// What needs attention most gets the focus, once.
Porch.onContent(() => {
  const [first, ...others] = document.querySelectorAll("[data-focus]");
  for (const element of [first, ...others]) element?.removeAttribute("data-focus");
  first?.focus();
});
