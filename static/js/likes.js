// @ts-check
// Likes: at once on the page, taken back with a word when the server refuses. The verbs say what is wanted and never
// "the other way round", so that two tabs, a step back and a second press do no harm.
(() => {
  /** What the reader wants of each post whose answer is under way. */
  const wanted = new Map();
  /** The same for the next page of this tab: whoever leaves before the answer finds it out there. */
  const underWay = () => `likes-${document.body.dataset.me}`;
  let isLeaving = false;
  /** So long, in ms, an answer may be under way when the next page comes. */
  const RECENT = 30_000;
  /** When each post was pressed last, by a clock that counts presses and questions: an answer that is older says nothing. */
  const pressed = new Map();
  let clock = 0;
  /** A card that came live is not asked about when it is so young, in ms. */
  const FRESH = 20_000;
  /** Two taps within so many ms are one. */
  const DOUBLE = 260;

  /** Writes a number on a button or link. */
  function count(on, number, label) {
    if (!on) return;
    on.setAttribute("aria-label", label);
    on.querySelector(".count").textContent = number || "";
  }

  /** What others made of some posts; and how many follow some members. */
  Porch.feed.counts = ({ of }) => {
    for (const [post, likes, comments, isOf] of of) {
      if (isOf === "member") {
        Porch.feed.member(post, likes, comments);
        continue;
      }
      for (const scope of [document, ...Porch.feed.held()]) {
        const find = (part) => scope.querySelector(`[id="p-${post}-${part}"]`);
        count(find("like"), likes, `Like, ${likes} so far`);
        count(find("talk"), comments, comments === 1 ? "1 comment" : `${comments} comments`);
      }
    }
  };

  const buttonsOf = (post) => document.querySelectorAll(`[data-like="${post}"] button`);
  const isLiked = (button) => button.getAttribute("aria-pressed") === "true";

  function show(post, { liked, likes }) {
    for (const button of buttonsOf(post)) {
      if (liked !== undefined) {
        button.setAttribute("aria-pressed", String(liked));
        button.form.elements._method.value = liked ? "delete" : "put";
      }
      count(button, likes, `Like, ${likes} so far`);
    }
  }

  const countOf = (button) => Number(button.querySelector(".count").textContent) || 0;

  async function send(post, before) {
    const liked = wanted.get(post);
    let said = null;
    try {
      const method = liked ? "PUT" : "DELETE";
      const answer = await fetch(`/posts/${post}/like`, { method, headers: { Accept: "application/json" }, keepalive: true });
      said = await answer.json();
      if (!answer.ok) throw new Error(said.detail);
    } catch {
      // The next page says it again.
      if (isLeaving) return wanted.delete(post);
      settle(post);
      show(post, before);
      Porch.tell(said?.detail ? `Your like was not taken: ${said.detail}` : "Your like was not sent: there is no line. Press it again.");
      return;
    }
    // Pressed again meanwhile.
    if (wanted.get(post) !== liked) return send(post, said);
    settle(post);
    show(post, said);
  }

  function want(post, liked) {
    wanted.set(post, liked);
    pressed.set(post, ++clock);
    note();
  }

  function settle(post) {
    wanted.delete(post);
    pressed.set(post, ++clock);
    note();
  }

  function note() {
    if (wanted.size) sessionStorage.setItem(underWay(), JSON.stringify({ at: Date.now(), of: [...wanted] }));
    else sessionStorage.removeItem(underWay());
  }

  /** Says again what the page before had not heard the answer to: that does no harm, the verbs say what is wanted. */
  function resume() {
    const { at, of } = JSON.parse(sessionStorage.getItem(underWay()) ?? '{"at":0}');
    if (Date.now() - at > RECENT) return;
    for (const [post, liked] of of) {
      const [button] = buttonsOf(post);
      const before = { liked: button && isLiked(button), likes: button && countOf(button) };
      const isUnderWay = wanted.has(post);
      want(post, liked);
      show(post, { liked, likes: before.likes });
      if (!isUnderWay) send(post, before);
    }
  }

  function press(post, liked) {
    const [button] = buttonsOf(post);
    const before = { liked: isLiked(button), likes: countOf(button) };
    if (before.liked === liked) return;
    const isUnderWay = wanted.has(post);
    want(post, liked);
    show(post, { liked, likes: Math.max(0, before.likes + (liked ? 1 : -1)) });
    if (liked) for (const one of buttonsOf(post)) one.classList.add("just-liked");
    if (!isUnderWay) send(post, before);
  }

  document.addEventListener("submit", (/** @type {any} */ event) => {
    const { like } = event.target.dataset;
    if (!like) return;
    event.preventDefault();
    press(like, !isLiked(event.target.querySelector("button")));
  });
  document.addEventListener("animationend", (/** @type {any} */ event) =>
    event.target.closest(".just-liked")?.classList.remove("just-liked"),
  );

  /** Asks how these posts stand, for a page that was away. */
  async function ask(posts) {
    const some = posts.slice(0, 200);
    const asked = ++clock;
    if (!some.length) return;
    const answer = await fetch(`/me/marks?p=${some.join()}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const there = await answer.json();
    // What is not there any more, or not for this reader.
    const shown = new Set(there.map(([post]) => post));
    for (const post of some) if (!shown.has(post)) Porch.feed.gone({ id: `p-${post}` });
    for (const [post, likes, comments, liked] of there) {
      if (wanted.has(post) || pressed.get(post) > asked) continue;
      show(post, { liked, likes });
      Porch.feed.counts({ of: [[post, likes, comments]] });
    }
  }

  const all = () => [...new Set([...document.querySelectorAll("[data-like]")].map((/** @type {any} */ form) => form.dataset.like))];
  addEventListener("pagehide", () => (isLeaving = true));
  addEventListener("pageshow", (event) => {
    isLeaving = false;
    if (document.body.dataset.me) resume();
    if (event.persisted) ask(all());
  });
  document.addEventListener("porch:back", () => ask(all()));
  // All of the page may be another now.
  document.addEventListener("porch:changed", (/** @type {any} */ { detail }) => {
    if (!detail.id && !detail.gone) ask(all());
  });

  const late = new Set();
  document.addEventListener("porch:came", (/** @type {any} */ event) => {
    const { card } = event.detail;
    if (Date.now() - Number(card.dataset.k.slice(0, 16)) / 1000 < FRESH) return;
    late.add(card.querySelector("[data-like]").dataset.like);
    setTimeout(() => {
      if (late.size) ask([...late]);
      late.clear();
    }, 300);
  });

  // Two taps on a picture like its post; one opens it, a moment later.
  let tapped = null;
  document.addEventListener(
    "click",
    (/** @type {any} */ event) => {
      const picture = event.pointerType === "touch" && !event.again && event.target.closest("#feed a[data-seen]");
      if (!picture) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (tapped?.picture === picture) {
        clearTimeout(tapped.opens);
        tapped = null;
        press(picture.closest("article").querySelector("[data-like]").dataset.like, true);
        return;
      }
      const opens = setTimeout(() => {
        tapped = null;
        const click = new MouseEvent("click", { bubbles: true, cancelable: true });
        picture.dispatchEvent(Object.assign(click, { again: true }));
      }, DOUBLE);
      if (tapped) clearTimeout(tapped.opens);
      tapped = { picture, opens };
    },
    true,
  );
})();
