// @ts-check
// Small things of every page. Runs in the head, before the first paint.
document.documentElement.dataset.script = "";

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
  /** Lets htmx take notice of what was inserted by hand. */
  process(element) {
    if (window.htmx) window.htmx.process(element);
  },
};

document.addEventListener("click", (/** @type {any} */ event) => {
  const shows = event.target.closest("[data-shows]");
  if (shows) {
    const input = document.getElementById(shows.dataset.shows);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    shows.setAttribute("aria-pressed", String(!shown));
    return;
  }
  const closes = event.target.closest("[data-closes]");
  if (closes) document.getElementById(closes.dataset.closes)?.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a, button")) menu.open = false;
  }
});

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
  if (target.matches("[data-sends]") && target.files.length) target.form.requestSubmit();
});

// What needs attention most gets the focus, once.
Porch.onContent(() => {
  const [first, ...others] = document.querySelectorAll("[data-focus]");
  for (const element of [first, ...others]) element?.removeAttribute("data-focus");
  first?.focus();
});

// The play mark shows while a video that can play rests; one plays at a time.
document.addEventListener(
  "play",
  (/** @type {any} */ event) => {
    event.target.closest(".frame")?.classList.remove("is-ready");
    for (const video of document.querySelectorAll("video")) if (video !== event.target) video.pause();
  },
  true,
);
document.addEventListener(
  "loadedmetadata",
  (/** @type {any} */ event) => event.target.paused && event.target.closest(".frame:not(.strip)")?.classList.add("is-ready"),
  true,
);
document.addEventListener(
  "pause",
  (/** @type {any} */ event) => event.target.closest(".frame:not(.strip)")?.classList.add("is-ready"),
  true,
);

// A picture of a strip that gets the focus comes whole into view.
document.addEventListener("focusin", (/** @type {any} */ event) => {
  const item = event.target.closest(".strip li");
  if (item && event.target.matches(":focus-visible")) item.scrollIntoView({ block: "nearest", inline: "start" });
});

// The dots under a strip say which picture is shown.
const shown = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const dot = target.closest(".strip").querySelector(`.dots a[href="#${target.id}"]`);
      if (!dot || !isIntersecting) continue;
      for (const other of dot.parentElement.children) other.removeAttribute("aria-current");
      dot.setAttribute("aria-current", "true");
    }
  },
  { threshold: 0.6 },
);
const watched = new WeakSet();
Porch.onContent(() => {
  for (const item of document.querySelectorAll(".strip li")) {
    if (!watched.has(item)) shown.observe(item);
    watched.add(item);
  }
});
