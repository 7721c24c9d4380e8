// @ts-check
// Pictures where they stand in a page: strips, what moves, what lay there before they came.
(() => {
  // ── what moves can be stopped, and stands still for who wants little motion ──

  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function tellMotion(button, moving) {
    const number = button.getAttribute("aria-label").match(/\d+/)[0];
    button.dataset.moving = String(moving);
    button.textContent = moving ? "Stop" : "Play";
    button.setAttribute("aria-label", moving ? `Stop picture ${number} from moving` : `Let picture ${number} move`);
  }

  document.addEventListener("click", (/** @type {any} */ event) => {
    const button = event.target.closest("[data-motion]");
    if (!button) return;
    const picture = button.parentElement.querySelector("picture");
    const img = picture.querySelector("img");
    picture.querySelector("source")?.remove();
    const moving = button.dataset.moving !== "false";
    button.dataset.film ??= img.getAttribute("src");
    img.src = moving ? button.dataset.motion : button.dataset.film;
    tellMotion(button, !moving);
  });

  // ── strips: a step by button or arrow, and the count is said ──

  const itemsOf = (strip) => [...strip.querySelectorAll("li")];

  /** The number, from 0, of the picture that a strip shows. */
  function at(strip) {
    const dots = [...strip.querySelectorAll(".dots a")];
    return Math.max(
      0,
      dots.findIndex((dot) => dot.hasAttribute("aria-current")),
    );
  }

  /** How far a picture is from where its strip begins. */
  function offset(item) {
    const list = item.parentElement;
    const [mine, its] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
    return getComputedStyle(list).direction === "rtl" ? its.right - mine.right : its.left - mine.left;
  }

  /** Strips on their way to a picture that was asked for: what they pass is not what is looked at. */
  const asked = new WeakSet();
  const resting = new WeakMap();
  document.addEventListener(
    "scroll",
    (/** @type {any} */ event) => {
      const strip = event.target.closest?.(".strip");
      if (!strip) return;
      clearTimeout(resting.get(strip));
      const rest = () => {
        if (asked.delete(strip)) return;
        const list = event.target;
        const items = itemsOf(strip);
        const atEnd = Math.abs(list.scrollLeft) + list.clientWidth > list.scrollWidth - 2;
        const far = items.map((item) => Math.abs(offset(item)));
        mark(atEnd ? items[items.length - 1] : items[far.indexOf(Math.min(...far))]);
      };
      resting.set(strip, setTimeout(rest, 100));
    },
    true,
  );

  function turnTo(strip, number) {
    const items = itemsOf(strip);
    const item = items[Math.max(0, Math.min(items.length - 1, number))];
    asked.add(strip);
    item.parentElement.scrollBy({ left: offset(item) });
    mark(item);
    Porch.say(`Picture ${items.indexOf(item) + 1} of ${items.length}`);
  }

  /** The dots under a strip say which picture is shown; the steps, whether there is another. */
  function mark(item) {
    const strip = item.closest(".strip");
    const items = itemsOf(strip);
    const number = items.indexOf(item);
    [...strip.querySelectorAll(".dots a")].forEach((dot, n) => {
      if (n === number) dot.setAttribute("aria-current", "true");
      else dot.removeAttribute("aria-current");
    });
    strip.querySelector("[data-step='-1']").hidden = number === 0;
    strip.querySelector("[data-step='1']").hidden = number === items.length - 1;
  }

  document.addEventListener("click", (/** @type {any} */ event) => {
    const step = event.target.closest(".strip [data-step]");
    const dot = event.target.closest(".strip .dots a");
    const strip = (step ?? dot)?.closest(".strip");
    if (!strip) return;
    event.preventDefault();
    turnTo(strip, step ? at(strip) + Number(step.dataset.step) : [...dot.parentElement.children].indexOf(dot));
  });
  document.addEventListener("keydown", (/** @type {any} */ event) => {
    if (!event.target.matches?.(".strip ol") || event.altKey || event.ctrlKey || event.metaKey) return;
    const forward = getComputedStyle(event.target).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const strip = event.target.closest(".strip");
    turnTo(strip, at(strip) + (event.key === forward ? 1 : -1));
  });
  // A picture that gets the focus comes whole into view.
  document.addEventListener("focusin", (/** @type {any} */ event) => {
    const item = event.target.closest(".strip li");
    if (item && event.target.matches(":focus-visible")) item.scrollIntoView({ block: "nearest", inline: "start" });
  });

  // ── what lay under a picture goes when it is there ──

  document.addEventListener(
    "load",
    (/** @type {any} */ event) => {
      if (event.target.matches?.(".frame img:not(.hash)")) here(event.target);
    },
    true,
  );
  function here(img) {
    img.closest("a")?.querySelector(".hash")?.remove();
    img.closest(".strip li, .frame").classList.add("is-here");
  }

  const watched = new WeakSet();
  Porch.onContent(() => {
    for (const element of document.querySelectorAll(".strip, [data-motion], .frame img:not(.hash)")) {
      if (watched.has(element)) continue;
      watched.add(element);
      if (element.matches(".strip")) mark(itemsOf(element)[0]);
      else if (element.matches("[data-motion]")) tellMotion(element, !still.matches);
      // It was there before this script looked.
      else if (/** @type {any} */ (element).complete) here(element);
    }
  });

  // "Save" in a post's menu is for the picture that is looked at.
  document.addEventListener("click", (/** @type {any} */ event) => {
    const save = event.target.closest("[data-saves]");
    const strip = save?.closest("article").querySelector(".strip");
    const img = strip && itemsOf(strip)[at(strip)].querySelector("img:not(.hash)");
    if (img) save.href = Porch.saving(img);
  });

  /** The address under which a picture of a page is saved: the largest that every member may have. */
  Porch.saving = (img) => {
    const address = img.getAttribute("src").replace(/\/tr:[^/]*\//, "/");
    return img.srcset ? `${address.replace("/media/", "/media/tr:f-auto/")}?ik-attachment=true` : `${address}?ik-attachment=true`;
  };
})();
