// @ts-check
// What is said to a post, on its own page: comments come in at their place while somebody reads or writes; what is typed
// outlives a reload, a step back and a dead line, and is sent when the line is back.
(() => {
  /** @type {any} */
  let form = null;
  const list = () => document.getElementById("talk-list");
  const field = () => form.elements.text;
  const kept = () => `porch:say:${document.body.dataset.me}:${form.dataset.say}`;

  function parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    return template.content.firstElementChild;
  }

  // ── what comes ──

  /** What must not move: the field that is written in, or else the first comment in view. */
  function fixed() {
    const focused = document.activeElement;
    if (focused?.matches("textarea, input")) return focused;
    return [...document.querySelectorAll(".comment")].find((one) => one.getBoundingClientRect().bottom > 0) ?? null;
  }

  /** Changes the page without moving what is read or written. */
  function still(act) {
    const held = fixed();
    const before = held?.getBoundingClientRect().top;
    act();
    if (!held) return;
    const mend = () => {
      const off = held.isConnected ? held.getBoundingClientRect().top - before : 0;
      if (Math.abs(off) > 0.5) scrollBy({ top: off, behavior: "instant" });
    };
    mend();
    // Where the browser holds on to something by itself, it does so with the next frame.
    requestAnimationFrame(mend);
  }

  /** Where a comment belongs that is not there; nothing where this page does not show that part of the thread. */
  function placeOf(fresh) {
    const { root, k } = fresh.dataset;
    const own = list().dataset.of;
    const holder = root && root !== own ? document.querySelector(`[id="c-${root}"] > .answers`) : list();
    if (!holder || (own && root !== own)) return null;
    const rest = holder.parentElement.querySelector(":scope > .rest");
    const later = [...holder.children].find((/** @type {any} */ other) => other.dataset.k > k);
    // What follows is on another page.
    if (!later && (rest || (holder === list() && "goesOn" in list().dataset))) return null;
    return { holder, later: later ?? null };
  }

  const away = new Set();

  function showPill() {
    for (const id of away) if (!document.getElementById(id)) away.delete(id);
    const pill = document.getElementById("talk-pill");
    if (!pill) return;
    pill.hidden = away.size === 0;
    pill.textContent = away.size === 1 ? "1 new comment" : `${away.size} new comments`;
    if (away.size) Porch.say(pill.textContent);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      away.delete(target.id);
    }
    showPill();
  });

  function hang(fresh, isOwn) {
    const place = placeOf(fresh);
    if (!place) return false;
    still(() => place.holder.insertBefore(fresh, place.later));
    Porch.process(fresh);
    Porch.tellTimes(fresh);
    if (isOwn) return true;
    fresh.classList.add("is-arriving");
    away.add(fresh.id);
    seen.observe(fresh);
    return true;
  }

  Porch.talk = {
    put({ id, html }, isOwn = false) {
      if (!list()) return false;
      const fresh = parse(html);
      const here = document.getElementById(id);
      if (!here) return hang(fresh, isOwn);
      still(() => here.querySelector(":scope > .said").replaceWith(fresh.querySelector(".said")));
      Porch.process(here);
      Porch.tellTimes(here);
      return true;
    },
    gone({ id }) {
      const here = document.getElementById(id);
      if (!here) return;
      const focused = here.contains(document.activeElement);
      still(() => here.remove());
      if (focused) document.getElementById("talk-h").focus({ preventScroll: true });
      away.delete(id);
      showPill();
    },
  };
  document.addEventListener("porch:gone-by", (/** @type {any} */ event) => {
    for (const said of document.querySelectorAll(`.said[data-by="${event.detail.author}"]`)) {
      Porch.talk.gone({ id: said.parentElement.id });
    }
  });

  document.addEventListener(
    "click",
    (/** @type {any} */ event) => {
      if (event.target.id === "talk-pill") {
        const first = [...document.querySelectorAll(".comment")].find(({ id }) => away.has(id));
        first?.scrollIntoView({ block: "center" });
        return;
      }
      const answers = event.target.closest("[data-answers]");
      if (answers && form && !event.metaKey && !event.ctrlKey) {
        event.preventDefault();
        const by = answers.closest(".said")?.querySelector(".who");
        answer(answers.dataset.answers, by?.textContent ?? "");
        keep();
        field().focus();
      }
      // A second press folds the thread of a card up again.
      const talk = event.target.closest("[data-talk]");
      const open = talk && document.getElementById(`p-${talk.dataset.talk}-thread`);
      if (open?.childElementCount) {
        event.preventDefault();
        event.stopImmediatePropagation();
        open.replaceChildren();
      }
    },
    true,
  );

  function answer(parent, name) {
    form.elements.parent.value = parent;
    const said = document.getElementById("answering");
    said.hidden = !parent;
    said.querySelector("bdi").textContent = name;
  }

  // ── what is written ──

  const state = (text) => {
    const line = document.getElementById("say-state");
    line.hidden = !text;
    line.querySelector("span").textContent = text;
  };

  function keep(waits = false) {
    const text = field().value;
    if (!text.trim()) return localStorage.removeItem(kept());
    const { key, parent } = form.elements;
    const to = document.querySelector("#answering bdi").textContent;
    localStorage.setItem(kept(), JSON.stringify({ text, key: key.value, parent: parent.value, to, waits }));
  }

  const waits = () => JSON.parse(localStorage.getItem(kept()) ?? "{}").waits;

  function again() {
    if (form?.isConnected && waits() && !form.hasAttribute("data-busy")) form.requestSubmit();
  }

  function begin() {
    const found = document.getElementById("say");
    if (!found || found === form) return;
    form = found;
    const last = JSON.parse(localStorage.getItem(kept()) ?? "null");
    // What the server gives back is newer.
    if (last && !field().value.trim()) {
      field().value = last.text;
      form.elements.key.value = last.key;
      if (!form.elements.parent.value) answer(last.parent, last.to);
      if (last.waits) state("Not sent yet. It goes out when the line is back.");
    }
    form.addEventListener("input", () => keep(waits()));
  }
  Porch.onContent(begin);

  document.addEventListener("htmx:error", (/** @type {any} */ event) => {
    if (event.detail.ctx?.sourceElement !== form || !form) return;
    keep(true);
    state("Not sent yet. It goes out when the line is back.");
    document.getElementById("problem").replaceChildren();
  });
  document.addEventListener("htmx:response:error", (/** @type {any} */ event) => {
    if (event.detail.ctx?.sourceElement === form && form) keep(false);
  });
  addEventListener("online", again);
  document.addEventListener("porch:back", again);

  Porch.onContent(() => {
    for (const template of /** @type {any} */ (document.querySelectorAll("template[data-said]"))) {
      const fresh = template.content.firstElementChild;
      template.remove();
      localStorage.removeItem(kept());
      form.reset();
      field().value = "";
      form.elements.key.value = crypto.randomUUID();
      answer("", "");
      state("");
      field().dispatchEvent(new Event("input", { bubbles: true }));
      const shown = Porch.talk.put({ id: fresh.id, html: fresh.outerHTML }, true);
      const here = document.getElementById(fresh.id);
      if (shown && here) here.scrollIntoView({ block: "nearest", behavior: "instant" });
      else location.assign(`${location.pathname}?c=${fresh.id.slice(2)}#${fresh.id}`);
      Porch.say("Sent.");
    }
  });

  // An address of a comment that is on another page of the thread.
  addEventListener("DOMContentLoaded", () => {
    const id = location.hash.slice(1);
    if (!/^c-[0-9a-f-]{36}$/.test(id) || !list() || document.getElementById(id)) return;
    const { searchParams } = new URL(location.href);
    if (searchParams.get("c") !== id.slice(2)) location.replace(`${location.pathname}?c=${id.slice(2)}#${id}`);
  });
})();
