// @ts-check
// The feed's cards: what comes, changes and goes while somebody reads. Nothing moves under the
// reader: at the very top of an idle page new posts come in by themselves, otherwise behind a pill.
(() => {
  const MOST_CARDS = 200;
  /** Cards that wait behind the pill, by id. */
  const pending = new Map();
  /** More waited than is sensible to keep; the pill loads the page instead. */
  let overflowing = false;
  const title = document.title;
  /** The latest changes, for cards that were on their way then, by element, part or author: null for what is gone. */
  const recent = new Map();
  const MOST_RECENT = 500;

  function remember(id, change) {
    recent.delete(id);
    recent.set(id, change);
    if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value);
  }

  const partsOf = (card) => card.querySelectorAll("[data-part]");
  /** What the reader has unfolded in it stays so. */
  const write = (part, html) => {
    if (part.innerHTML === html) return;
    const open = [...part.querySelectorAll("details")].map((details) => details.open);
    part.innerHTML = html;
    [...part.querySelectorAll("details")].forEach((details, at) => (details.open = open[at] ?? false));
  };

  /** Brings cards up to date that htmx has put in, and takes second copies out. */
  function reconcile() {
    const seen = new Set();
    for (const card of cards()) {
      const gone = recent.get(card.id) === null || recent.get(card.dataset.author) === null;
      if (gone || seen.has(card.id)) card.remove();
      seen.add(card.id);
      for (const part of partsOf(card)) if (recent.has(part.id)) write(part, recent.get(part.id));
    }
  }

  const feed = () => document.getElementById("feed");
  /** @returns {any[]} */
  const cards = () => [...(feed()?.querySelectorAll(":scope > article") ?? [])];

  function parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  /** The card that got the focus when the pill was used: it is looked at, not worked with. */
  let rested = null;

  function idleAtTop() {
    const focused = document.activeElement;
    const busy = focused !== rested && focused?.closest?.("#feed, #composer form, dialog");
    const playing = [...document.querySelectorAll("#feed video")].some((video) => !video.paused);
    const selecting = !getSelection()?.isCollapsed;
    return scrollY < 8 && !busy && !playing && !selecting && !document.querySelector("#composer form");
  }

  /** Whether a new card belongs on this page at all. */
  function belongs(card, list) {
    if (!("first" in list.dataset)) return false;
    const { by, kind, tag, until } = list.dataset;
    if (by && by !== card.dataset.author) return false;
    if (kind && !card.querySelector(kind === "videos" ? ".frame video" : ".frame img:not(.hash)")) return false;
    if (tag && !card.querySelector(`.caption a[href="${tag}"]`)) return false;
    if (until && Number(card.dataset.k.slice(0, 16)) >= Number(until)) return false;
    // Older than what is shown: it comes when the reader gets there.
    const last = cards().at(-1);
    return !last || card.dataset.k > last.dataset.k || !document.querySelector("#older a");
  }

  function hang(card) {
    const list = feed();
    const before = cards().find((other) => other.dataset.k < card.dataset.k);
    list.insertBefore(card, before ?? null);
    // What waited behind the pill was in no document, where a browser gives up on a video at once.
    for (const video of card.querySelectorAll("video")) if (video.error || video.networkState === video.NETWORK_NO_SOURCE) video.load();
    Porch.process(card);
    Porch.tellTimes(card);
    document.dispatchEvent(new CustomEvent("porch:came", { detail: { card } }));
  }

  function settle() {
    const list = feed();
    if (!list) return;
    cards().forEach((card, at) => {
      card.setAttribute("aria-posinset", at + 1);
      card.setAttribute("aria-setsize", -1);
    });
    // Without an article it is none.
    if (cards().length) list.setAttribute("role", "feed");
    else list.removeAttribute("role");
    const empty = document.getElementById("empty");
    if (empty) empty.hidden = cards().length > 0 || pending.size > 0;
  }

  /** A tab that stays open for days keeps its last cards only; the link below leads to the rest. */
  function trim() {
    const list = feed();
    let cut = false;
    while (cards().length > MOST_CARDS) {
      const last = cards().at(-1);
      if (last.getBoundingClientRect().top < innerHeight * 2 || last.contains(document.activeElement)) break;
      last.remove();
      cut = true;
    }
    if (!cut) return;
    const address = addressOf(list);
    address.searchParams.set("before", cards().at(-1).dataset.k);
    Porch.leadOn(address.href.slice(address.origin.length));
  }

  /** The address of the feed that this is a page of. */
  const addressOf = (list) => new URL(list.dataset.path ?? location.pathname, location.href);

  const count = (n) => (n === 1 ? "1 new post" : `${n} new posts`);
  function showPill() {
    const pill = document.getElementById("pill");
    if (!pill) return;
    const n = pending.size;
    const text = overflowing ? "Many new posts" : count(n);
    pill.hidden = n === 0 && !overflowing;
    pill.querySelector("span").textContent = text;
    document.title = n ? `(${n}) ${title}` : title;
    if (!pill.hidden) announce(text);
  }

  let saying = 0;
  function announce(text) {
    clearTimeout(saying);
    saying = setTimeout(() => Porch.say(text), 400);
  }

  /** Puts what waits behind the pill into the feed. */
  function letIn({ focus }) {
    if (overflowing) {
      location.assign(document.getElementById("pill").href);
      return;
    }
    const fresh = [...pending.values()].sort((a, b) => (a.dataset.k < b.dataset.k ? 1 : -1));
    pending.clear();
    fresh.forEach(hang);
    showPill();
    scrollTo({ top: 0, behavior: "instant" });
    trim();
    settle();
    if (focus && fresh.length) {
      rested = fresh[0];
      rested.focus({ preventScroll: true });
    }
  }

  /** The card that went from under the focus, whether by keys, and what has the focus instead. */
  let left = null;

  /** Removes an element above the reader without moving what is read (Safari has no scroll anchoring). */
  function takeAway(card) {
    const anchored = CSS.supports("overflow-anchor", "auto");
    const above = card.getBoundingClientRect().bottom < 0;
    const next = card.nextElementSibling ?? card.previousElementSibling;
    const focused = card.contains(document.activeElement);
    const byKeys = focused && document.activeElement.matches(":focus-visible");
    const height = document.documentElement.scrollHeight;
    card.remove();
    if (above && !anchored) scrollBy(0, document.documentElement.scrollHeight - height);
    if (!focused) return;
    left = { id: card.id, byKeys, next: next ?? document.getElementById("main") };
    left.next?.focus({ preventScroll: true });
  }

  /** Takes a post out of the feed; its own page says what became of it. */
  function clear(card) {
    if (card.closest("#feed")) takeAway(card);
    else card.replaceChildren(parse(`<p class="lead" role="status">This post was deleted.</p>`));
    settle();
  }

  /** The keys of what a card shows, in their order. */
  const pictures = (card) =>
    [...card.querySelectorAll(".frame [data-seen]")]
      .map((seen) => (seen.querySelector("video source:last-of-type, img:not(.hash)") ?? seen).getAttribute("src").split("/").pop())
      .join();

  /** For whom a card says that it is, and whether anybody else sees it. */
  const audience = (card) => {
    const time = card.querySelector(".when time").textContent;
    return [...card.querySelectorAll(".when, .held")].map((line) => line.textContent.replace(time, "").trim()).join();
  };

  /** The same post once more: its parts say what has changed; another place or other pictures make it another card. */
  function again(here, card) {
    // Its own page shows it in its own way: brought back, or other pictures.
    const [other, otherwise] = [pictures, audience].map((of) => of(here) !== of(card));
    if (!here.dataset.k) return other || otherwise ? location.reload() : null;
    if (other || here.dataset.k !== card.dataset.k) {
      const focused = here.contains(document.activeElement);
      const anchored = CSS.supports("overflow-anchor", "auto");
      const above = here.isConnected && here.getBoundingClientRect().bottom < 0;
      const height = document.documentElement.scrollHeight;
      if (pending.has(card.id)) pending.set(card.id, card);
      // It knows nothing of its reader.
      card.querySelector(".acts").replaceWith(here.querySelector(".acts"));
      here.replaceWith(card);
      if (above && !anchored) scrollBy(0, document.documentElement.scrollHeight - height);
      if (!card.isConnected) return;
      Porch.process(card);
      Porch.tellTimes(card);
      settle();
      if (focused) card.focus({ preventScroll: true });
      return;
    }
    if (otherwise) {
      const byline = card.querySelector(".byline");
      here.querySelector(".byline").replaceWith(byline);
      Porch.process(byline);
      Porch.tellTimes(byline);
    }
    for (const part of partsOf(card)) Porch.feed.fill({ id: part.id, html: part.innerHTML });
  }

  Porch.feed = {
    put({ id, html }) {
      if (id.startsWith("c-")) return Porch.talk.put({ id, html });
      const list = feed();
      const card = /** @type {any} */ (parse(html));
      // Its author has brought it back.
      if (recent.get(id) === null) recent.delete(id);
      const here = document.getElementById(id) ?? pending.get(id);
      if (here) {
        again(here, card);
        return;
      }
      document.dispatchEvent(new CustomEvent("porch:changed", { detail: { author: card.dataset.author, id } }));
      if (!list || !belongs(card, list)) return;
      if (!idleAtTop()) {
        if (pending.size >= MOST_CARDS) overflowing = true;
        else pending.set(id, card);
        showPill();
        return;
      }
      card.classList.add("is-arriving");
      card.addEventListener("animationend", () => card.classList.remove("is-arriving"), { once: true });
      hang(card);
      trim();
      settle();
      announce(count(1));
    },

    fill({ id, html }) {
      remember(id, html);
      document.dispatchEvent(new CustomEvent("porch:filled", { detail: { id } }));
      // What this page shows in its own way, it asks for.
      const follower = document.querySelector(`[data-follows="${id}"]`);
      if (follower) refresh(follower.id);
      const waits = [...pending.values()].map((card) => card.querySelector(`[id="${id}"]`)).find(Boolean);
      const part = document.getElementById(id) ?? waits;
      if (part) write(part, html);
    },

    /** Cards that wait behind the pill. */
    held: () => [...pending.values()],

    gone({ id }) {
      if (id.startsWith("c-")) return Porch.talk.gone({ id });
      remember(id, null);
      if (pending.delete(id)) showPill();
      const card = document.getElementById(id);
      if (card) clear(card);
      document.dispatchEvent(new CustomEvent("porch:gone", { detail: { id: id.slice(2) } }));
      document.dispatchEvent(new CustomEvent("porch:changed", { detail: { gone: id } }));
    },

    /** Nothing of its author is anywhere any more. */
    "gone-by"({ author }) {
      document.dispatchEvent(new CustomEvent("porch:gone-by", { detail: { author } }));
      remember(author, null);
      const theirs = [...pending].filter(([, card]) => card.dataset.author === author);
      for (const [id] of theirs) pending.delete(id);
      if (theirs.length) showPill();
      for (const card of document.querySelectorAll(`[data-author="${author}"]`)) {
        clear(card);
        document.dispatchEvent(new CustomEvent("porch:gone", { detail: { id: card.id.slice(2) } }));
      }
    },

    /** Loads older cards up to the one at `through`, as far as one page holds; false when there are none. */
    async fetchOlder(address, through) {
      const { page } = await Porch.load(`${address}&through=${encodeURIComponent(through)}`);
      if (!page) return false;
      const more = [...page.querySelectorAll("#feed > article")].map((card) => document.adoptNode(card));
      feed().append(...more);
      const older = document.adoptNode(page.getElementById("older"));
      document.getElementById("older").replaceWith(older);
      for (const element of [...more, older]) Porch.process(element);
      Porch.tellTimes(feed());
      reconcile();
      settle();
      return more.length > 0;
    },

    /** Fetches the feed anew and says where it stands; nothing, when the reader is left in peace. */
    async reset() {
      recent.clear();
      document.dispatchEvent(new CustomEvent("porch:changed", { detail: {} }));
      const own = document.querySelector("[data-follows]");
      if (own) await refresh(own.id);
      if (!feed() || !("first" in feed().dataset) || !idleAtTop()) {
        overflowing = Boolean(feed());
        showPill();
        return null;
      }
      const { page, status } = await Porch.load(addressOf(feed()).href);
      if (status === 404) location.reload();
      if (!page) throw new Error("the page cannot be had");
      if (!idleAtTop()) {
        overflowing = true;
        showPill();
        return null;
      }
      for (const part of ["feed", "older"]) {
        document.getElementById(part).replaceWith(document.adoptNode(page.getElementById(part)));
        Porch.process(document.getElementById(part));
      }
      pending.clear();
      overflowing = false;
      Porch.tellTimes(feed());
      showPill();
      settle();
      return page.body.dataset.cursor;
    },
  };

  /** Loads one part of this page anew; of several loads under way the last one counts. */
  let refreshes = 0;
  async function refresh(id) {
    const mine = ++refreshes;
    const { page, status } = await Porch.load(location.href).catch(() => ({ page: null, status: 0 }));
    // Deleted meanwhile, or not ours to see any more: the page says so itself.
    if (status === 404) return location.reload();
    if (mine !== refreshes) return;
    const fresh = page?.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceWith(document.adoptNode(fresh));
    else setTimeout(() => mine === refreshes && document.getElementById(id) && refresh(id), 5000);
  }

  document.addEventListener("click", (/** @type {any} */ event) => {
    if (!event.target.closest("#pill")) return;
    event.preventDefault();
    letIn({ focus: true });
  });

  // Back at the very top, doing nothing: what waits comes in as it would have.
  let resting = 0;
  addEventListener(
    "scroll",
    () => {
      clearTimeout(resting);
      if (pending.size && !overflowing) resting = setTimeout(() => idleAtTop() && letIn({ focus: false }), 1500);
    },
    { passive: true },
  );

  /** Own work is in view, and under the focus. */
  function show(card) {
    if (!card) return;
    card.scrollIntoView({ block: "nearest", behavior: "instant" });
    card.focus({ preventScroll: true });
    rested = card;
  }

  Porch.onContent(() => {
    // The composer's answer brings the card of the new post, which the socket may have brought before.
    for (const template of document.querySelectorAll("template[data-put]")) {
      const id = template.dataset.put;
      const card = template.content.firstElementChild;
      template.remove();
      if (pending.delete(id)) showPill();
      if (recent.get(id) === null) recent.delete(id);
      if (!document.getElementById(id) && feed()) hang(card);
      show(document.getElementById(id));
    }
    // Deleted here; the socket may have said so before, or be away.
    const takes = /** @type {any} */ (document.querySelector("[data-takes]"));
    if (takes) {
      const { takes: id } = takes.dataset;
      takes.removeAttribute("data-takes");
      Porch.feed.gone({ id });
      // Who works by keys reaches what takes it back, and goes on from the next card afterwards.
      if (left?.id === id && left.next === document.activeElement) {
        takes.after = left.next;
        if (left.byKeys) takes.querySelector("form button")?.focus();
      }
    }
    if (feed()) reconcile();
    settle();
  });
})();
