// @ts-check
// The viewer: a picture whole, on dark, over the page that it is of. Arrows, swipes, Escape; pinch, double tap and
// wheel come closer. After a post's last picture comes the next post's first.
(() => {
  const CLOSEST = 6;
  const DOUBLE_TAP_MS = 300;
  const SWIPE = 60;

  /** @type {any} */
  let dialog = null;
  /** Which post is shown, which of its pictures, from 0, and which posts stood beside it. */
  let shown = { post: "", at: 0, before: "", after: "" };
  let opener = null;
  let place = { scale: 1, x: 0, y: 0 };

  /** What the posts of this page are in: cards, the page's one post, or the tiles of a wall. */
  const holders = () => [...document.querySelectorAll("article[data-author], [data-tile]")];
  const idOf = (holder) => holder.dataset.tile ?? holder.id.slice(2);
  const posts = () => holders().map(idOf);
  const stage = () => dialog.querySelector(".viewer-stage");

  /** Posts that the page shows as one tile only, as their own page has them. */
  const fetched = new Map();
  async function holderOf(post) {
    const here = document.getElementById(`p-${post}`);
    if (here) return here;
    if (!fetched.has(post)) {
      const { page, status } = await Porch.load(`/p/${post}`);
      if (!page) throw new Error(`the post answers ${status}`);
      fetched.set(post, document.adoptNode(page.getElementById(`p-${post}`)));
    }
    return fetched.get(post);
  }

  const picturesOf = (holder) => [...holder.querySelectorAll(".frame [data-seen]")];

  function open(post, at, from) {
    if (!dialog) {
      const parts = /** @type {any} */ (document.getElementById("viewer-parts"));
      dialog = parts.content.firstElementChild.cloneNode(true);
      document.body.append(dialog);
      listen();
    }
    opener = from;
    for (const video of document.querySelectorAll("video")) video.pause();
    dialog.showModal();
    history.pushState({ ...history.state, viewer: true }, "");
    stage().focus({ preventScroll: true });
    show(post, at);
  }

  async function show(post, at) {
    const order = posts();
    const among = order.indexOf(post);
    const beside = { before: order[among - 1] ?? "", after: order[among + 1] ?? "" };
    shown = { post, at, ...beside };
    let holder;
    try {
      holder = await holderOf(post);
    } catch {
      if (shown.post === post) say("This picture cannot be shown now. Look at your connection and try again.");
      return;
    }
    const seen = picturesOf(holder);
    const number = at < 0 ? seen.length - 1 : Math.min(at, seen.length - 1);
    if (shown.post !== post || !seen[number]) return;
    shown = { post, at: number, ...beside };
    place = { scale: 1, x: 0, y: 0 };
    stage().replaceChildren(copyOf(seen[number]));
    stage().classList.remove("is-close");
    words(holder, seen[number], [number + 1, seen.length]);
    dialog.querySelector("[data-go='-1']").hidden = number === 0 && !beside.before;
    dialog.querySelector("[data-go='1']").hidden = number === seen.length - 1 && !beside.after && !document.querySelector("#older a");
    // The button that led here may be gone.
    if (!dialog.contains(document.activeElement) || /** @type {any} */ (document.activeElement).hidden)
      stage().focus({ preventScroll: true });
  }

  /** The same picture or video, in the largest size that the window has use for. */
  function copyOf(source) {
    if (source.matches("video")) {
      const video = source.cloneNode(true);
      video.preload = "metadata";
      return video;
    }
    const small = source.querySelector("img:not(.hash)");
    const img = document.createElement("img");
    img.classList.toggle("is-tiny", Boolean(source.closest(".is-tiny")));
    img.alt = small.alt;
    img.width = small.width;
    img.height = small.height;
    img.draggable = false;
    img.sizes = "100vw";
    img.srcset = small.srcset;
    img.src = small.src;
    return img;
  }

  function words(holder, seen, [number, count]) {
    dialog.querySelector(".viewer-count").textContent = count > 1 ? `${number} of ${count}` : "";
    const who = dialog.querySelector(".viewer-who");
    const by = holder.querySelector(".byline :is(h1, h2) a").cloneNode(true);
    const link = document.createElement("a");
    link.href = `/p/${shown.post}`;
    link.textContent = "Open the post";
    who.replaceChildren(by, " · ", link);
    const caption = dialog.querySelector(".viewer-caption");
    const typed = holder.querySelector(".caption")?.cloneNode(true);
    for (const part of typed?.querySelectorAll(".cut, .more") ?? []) part.remove();
    for (const rest of typed?.querySelectorAll(".rest") ?? []) rest.replaceWith(...rest.childNodes);
    caption.replaceChildren(...(typed?.childNodes ?? []));
    const img = seen.querySelector("img:not(.hash)");
    const described = img && !("undescribed" in img.dataset);
    const alt = dialog.querySelector(".viewer-alt");
    alt.hidden = !described;
    alt.querySelector("p").textContent = described ? img.alt : "";
    const save = dialog.querySelector("[data-save]");
    save.hidden = !img;
    if (img) save.href = Porch.saving(img);
  }

  function say(text) {
    const line = document.createElement("p");
    line.setAttribute("role", "status");
    line.textContent = text;
    stage().replaceChildren(line);
  }

  /** One picture on or back; at a post's end the next or previous post. */
  async function go(step) {
    const there = posts().includes(shown.post);
    const holder = there ? await holderOf(shown.post).catch(() => null) : null;
    const count = holder ? picturesOf(holder).length : 0;
    const at = shown.at + step;
    if (at >= 0 && at < count) return show(shown.post, at);
    const all = posts();
    // A post that is gone has its neighbours still.
    const gone = !all.includes(shown.post);
    const next = gone ? (step > 0 ? shown.after : shown.before) : all[all.indexOf(shown.post) + step];
    if (next) return show(next, step > 0 ? 0 : -1);
    const older = /** @type {any} */ (document.querySelector("#older a"));
    if (step < 0 || !older) return;
    older.click();
    document.addEventListener("htmx:after:swap", () => dialog.open && posts().length > all.length && go(step), { once: true });
  }

  function close() {
    if (history.state?.viewer) history.back();
    else shut();
  }

  function shut() {
    if (!dialog?.open) return;
    dialog.close();
    stage().replaceChildren();
    (opener?.isConnected ? opener : document.getElementById("main"))?.focus({ preventScroll: true });
  }
  addEventListener("popstate", shut);
  // A page that comes back, or was loaded again, is not in the viewer.
  addEventListener(
    "pageshow",
    () => history.state?.viewer && !dialog?.open && history.replaceState({ ...history.state, viewer: undefined }, ""),
  );

  document.addEventListener("porch:gone", (/** @type {any} */ event) => {
    if (dialog?.open && event.detail.id === shown.post) say("This post was deleted.");
  });
  // What was fetched says what was then.
  for (const name of ["porch:changed", "porch:filled"]) document.addEventListener(name, () => fetched.clear());

  document.addEventListener("click", (/** @type {any} */ event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const seen = event.target.closest("a[data-seen], a[data-tile]");
    const holder = seen?.closest("article[data-author], [data-tile]");
    if (!holder) return;
    event.preventDefault();
    open(idOf(holder), Math.max(0, picturesOf(holder).indexOf(seen)), seen);
  });

  function listen() {
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close();
    });
    dialog.addEventListener("click", (/** @type {any} */ event) => {
      if (event.target.closest("[data-close]")) close();
      const step = event.target.closest("[data-go]");
      if (step) go(Number(step.dataset.go));
    });
    dialog.addEventListener("keydown", (/** @type {any} */ event) => {
      if (event.target.closest("video") || event.altKey || event.ctrlKey || event.metaKey) return;
      const back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
      const on = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
      if (event.key === back) go(-1);
      else if (event.key === on) go(1);
      else return;
      event.preventDefault();
    });
    touch(stage());
  }

  // ── closer ──

  const picture = () => stage().querySelector("img");

  function draw() {
    const img = picture();
    if (!img) return;
    const { width, height } = stage().getBoundingClientRect();
    place.scale = Math.min(CLOSEST, Math.max(1, place.scale));
    place.x = Math.min(0, Math.max(width * (1 - place.scale), place.x));
    place.y = Math.min(0, Math.max(height * (1 - place.scale), place.y));
    img.style.transform = place.scale === 1 ? "" : `translate(${place.x}px, ${place.y}px) scale(${place.scale})`;
    if (place.scale > 1) img.sizes = `${Math.ceil(place.scale) * 100}vw`;
    stage().classList.toggle("is-close", place.scale > 1);
  }

  /** Another scale, with the point (of the stage) staying where it is. */
  /** @param {any} point */
  function zoom(scale, point) {
    const [px, py] = point;
    const next = Math.min(CLOSEST, Math.max(1, scale));
    place.x = px - ((px - place.x) * next) / place.scale;
    place.y = py - ((py - place.y) * next) / place.scale;
    place.scale = next;
    draw();
  }

  function touch(on) {
    const fingers = new Map();
    let start = null;
    let tapped = { at: 0, x: 0, y: 0 };
    const point = (event) => {
      const box = on.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const spread = () => {
      const [[ax, ay], [bx, by]] = [...fingers.values()];
      return { far: Math.hypot(ax - bx, ay - by), middle: [(ax + bx) / 2, (ay + by) / 2] };
    };
    on.addEventListener("pointerdown", (event) => {
      if (event.target.closest("video")) return;
      on.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, point(event));
      start =
        fingers.size === 1
          ? { at: point(event), x: place.x, y: place.y, pinched: false }
          : { ...start, pinched: true, ...spread(), scale: place.scale };
    });
    on.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId) || !start) return;
      fingers.set(event.pointerId, point(event));
      if (fingers.size === 2) {
        const now = spread();
        zoom((start.scale * now.far) / (start.far || 1), now.middle);
      } else if (place.scale > 1 && !start.pinched) {
        const [x, y] = point(event);
        place.x = start.x + x - start.at[0];
        place.y = start.y + y - start.at[1];
        draw();
      } else if (!start.pinched && picture()) picture().style.transform = `translate(${point(event)[0] - start.at[0]}px, 0)`;
    });
    const lift = (event) => {
      if (!fingers.delete(event.pointerId) || !start) return;
      const [x, y] = point(event);
      const [dx, dy] = [x - start.at[0], y - start.at[1]];
      if (fingers.size) return;
      const { pinched } = start;
      start = null;
      if (event.type === "pointercancel" || pinched) return draw();
      if (Math.hypot(dx, dy) < 10) {
        const now = performance.now();
        const twice = now - tapped.at < DOUBLE_TAP_MS && Math.hypot(x - tapped.x, y - tapped.y) < 30;
        tapped = twice ? { at: 0, x: 0, y: 0 } : { at: now, x, y };
        if (twice) zoom(place.scale > 1 ? 1 : 2.5, [x, y]);
        return;
      }
      if (place.scale > 1) return;
      draw();
      const sideways = Math.abs(dx) > Math.abs(dy);
      const step = dx < 0 === (document.dir !== "rtl") ? 1 : -1;
      if (sideways && Math.abs(dx) > SWIPE) go(step);
      else if (!sideways && dy > 2 * SWIPE) close();
    };
    on.addEventListener("pointerup", lift);
    on.addEventListener("pointercancel", lift);
    on.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        zoom(place.scale * 1.0015 ** -event.deltaY, point(event));
      },
      { passive: false },
    );
  }
})();
