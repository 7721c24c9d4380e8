// @ts-check
// The sheet that is being written: its order, by drag, touch and buttons; its draft on the server, kept as one types;
// where one goes when it is posted. (Files on their way are the composer's.)
(() => {
  const SAVED_AFTER = 1000;
  const LONG_PRESS_MS = 350;
  /** Fetch standard: at most 64 KiB of requests outlive their page. */
  const MOST_KEPT_ALIVE = 60_000;

  const sheet = () => document.querySelector("form[data-composer]");
  const picksOf = (composer) => [...composer.querySelectorAll("#picks > .pick")];

  // ── order ──

  /** Says of every file where it may go, and of how many nothing is said to those who cannot see them. */
  Porch.arranged = (composer) => {
    const picks = picksOf(composer);
    picks.forEach((pick, at) => {
      const [earlier, later] = [pick.querySelector("[name=earlier]"), pick.querySelector("[name=later]")];
      if (earlier) earlier.disabled = at === 0;
      if (later) later.disabled = at === picks.length - 1;
    });
    undescribed(composer);
    changed(composer);
  };

  function undescribed(composer) {
    const bare = picksOf(composer).filter(
      (pick) => !pick.hasAttribute("data-refused") && !pick.querySelector(".pick-more textarea")?.value.trim(),
    );
    const line = composer.querySelector("#undescribed");
    line.hidden = bare.length === 0;
    line.textContent = bare.length === 1 ? "1 picture has no description." : `${bare.length} pictures have no description.`;
  }

  let dragged = null;
  let pressed = 0;

  function take(pick) {
    dragged = pick;
    // Pictures of one size change places without running away from under the finger.
    for (const fold of pick.parentElement.querySelectorAll(".pick-more[open]")) fold.open = false;
    pick.classList.add("is-dragged");
    pick.closest("#picks").classList.add("has-dragged");
  }

  function letGo() {
    clearTimeout(pressed);
    pressed = 0;
    if (!dragged) return;
    const pick = dragged;
    dragged = null;
    pick.classList.remove("is-dragged");
    pick.closest("#picks").classList.remove("has-dragged");
    Porch.arranged(sheet());
  }

  document.addEventListener("pointerdown", (/** @type {any} */ event) => {
    const pick = event.target.closest?.("form[data-composer] .pick-thumb")?.closest(".pick");
    if (!pick || event.button) return;
    if (event.pointerType === "mouse") {
      event.preventDefault();
      take(pick);
    } else pressed = setTimeout(() => take(pick), LONG_PRESS_MS);
  });
  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("#picks > .pick");
    if (!over || over === dragged) return;
    const after = dragged.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
    over[after ? "after" : "before"](dragged);
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, letGo);
  // A finger that moves before the press is long scrolls; afterwards it carries.
  document.addEventListener("touchmove", (event) => (dragged ? event.preventDefault() : clearTimeout(pressed)), { passive: false });
  document.addEventListener(
    "contextmenu",
    (event) => (dragged || (pressed && /** @type {any} */ (event.target).closest?.(".pick-thumb"))) && event.preventDefault(),
  );

  // ── the draft ──

  let timer = 0;
  let dirty = false;
  /** The server did not keep what is typed, or is not to be had. */
  let unkept = false;
  /** Its post is out, or it is left for good. */
  let over = null;
  let saving = false;

  function changed(composer) {
    dirty = true;
    clearTimeout(timer);
    if (composer.hasAttribute("data-draft")) timer = setTimeout(save, SAVED_AFTER);
  }

  /** What the server has of the fields that are typed in: another page may have written the others since. */
  const kept = new WeakMap();
  const TYPED = /^(caption|alt-|focus-)/;

  /** What goes to the server: where files stand, and the words that were typed here. */
  function typed(composer) {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(composer)) {
      if (typeof value !== "string") continue;
      const field = composer.elements[name];
      const was = kept.get(field) ?? field?.defaultValue ?? "";
      if (!TYPED.test(name) || value !== was) fields.append(name, value);
    }
    return fields;
  }

  function noteKept(composer, sent) {
    for (const [name, value] of sent) if (TYPED.test(name) && composer.elements[name]) kept.set(composer.elements[name], value);
  }

  /** As the server makes them: 26 letters and digits that nobody else guesses. */
  const newKey = () =>
    [...crypto.getRandomValues(new Uint8Array(26))].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte % 32]).join("");

  /** Posted from another page: what is written here from now on is another draft, without the files that went along. */
  function beginAnother(composer, posted) {
    composer.elements.key.value = newKey();
    for (const pick of picksOf(composer)) if (posted.includes(pick.dataset.item)) pick.remove();
    for (const field of composer.elements) kept.set(field, "");
    tell("This draft was posted from another page. What you write here is a new one.");
    Porch.arranged(composer);
  }

  /** Sends the draft; what is short goes on its way although the page is left. */
  function put(composer, body = typed(composer)) {
    const keepalive = String(body).length < MOST_KEPT_ALIVE;
    return fetch("/compose/draft", { method: "PUT", body, keepalive, headers: { Accept: "application/json" } });
  }

  async function save() {
    const composer = sheet();
    if (!composer?.hasAttribute("data-draft") || !dirty || saving || over === composer.elements.key.value) return;
    dirty = false;
    saving = true;
    const key = composer.elements.key.value;
    const body = typed(composer);
    const answer = await put(composer, body).catch(() => null);
    saving = false;
    unkept = !answer?.ok;
    if (over === key) return;
    if (answer?.status === 410) beginAnother(composer, (await answer.json()).items);
    else if (answer?.ok) {
      noteKept(composer, body);
      const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date());
      tell(`Draft saved ${time}`);
      // A reload comes back to it, also where the page began anew.
      if (location.pathname === "/compose") history.replaceState(history.state, "", `/compose?draft=${key}`);
    } else {
      dirty = true;
      if (answer?.status === 401) {
        tell("You are signed out: this is not kept yet.");
        Porch.signInThen(() => save());
      } else if (answer && answer.status < 500 && answer.status !== 429) {
        // Asking again changes nothing: the next letter does.
        tell((await detailOf(answer)) ?? "The server does not keep this draft. It is here as long as this page is open.");
      } else {
        tell("Not kept yet: there is no line to the server.");
        timer = setTimeout(save, 5 * SAVED_AFTER);
      }
    }
    if (dirty && answer?.ok) changed(composer);
  }

  const detailOf = (answer) =>
    answer
      .json()
      .then((said) => said.detail)
      .catch(() => null);

  function tell(text) {
    const line = document.getElementById("draft-saved");
    if (line) line.textContent = text;
  }

  document.addEventListener("input", (/** @type {any} */ event) => {
    const composer = event.target.closest?.("form[data-composer]");
    if (!composer || event.target.type === "file") return;
    undescribed(composer);
    changed(composer);
  });
  addEventListener("pagehide", () => {
    const composer = sheet();
    if (!composer?.hasAttribute("data-draft") || !dirty || over === composer.elements.key.value) return;
    put(composer).catch(() => {});
  });
  document.addEventListener("visibilitychange", () => document.hidden && save());

  // Leaving asks where something would be lost: words that no draft has, files on their way.
  addEventListener("beforeunload", (event) => {
    const composer = sheet();
    if (!composer || composer.hasAttribute("data-busy") || over === composer.elements.key.value) return;
    if (Porch.underWay(composer) || (dirty && (unkept || !composer.hasAttribute("data-draft")))) event.preventDefault();
  });

  // ── afterwards ──

  // Back does not lead to the old form.
  document.addEventListener("porch:leave", (/** @type {any} */ event) => {
    over = sheet()?.elements.key.value;
    location.replace(event.detail.to);
  });
  document.addEventListener("submit", (/** @type {any} */ event) => {
    if (event.target.matches("form[data-composer]")) clearTimeout(timer);
    // Thrown away: nothing that is on its way brings it back.
    if (!event.target.matches("form[data-throws]")) return;
    clearTimeout(timer);
    over = event.target.dataset.throws;
  });

  Porch.onContent(() => {
    const composer = sheet();
    if (composer && !composer.hasAttribute("data-arranged")) {
      composer.setAttribute("data-arranged", "");
      undescribed(composer);
    }
    // The post that was just made: in view, and under the focus.
    const made = location.hash.startsWith("#p-") && document.querySelector("#feed") && document.getElementById(location.hash.slice(1));
    if (made) {
      history.replaceState(history.state, "", location.pathname + location.search);
      made.scrollIntoView({ block: "nearest", behavior: "instant" });
      made.focus({ preventScroll: true });
    }
  });

  /** A picture of a video, made here, or nothing where it cannot be shown: of four moments the one with most to see. */
  Porch.posterOf = async (file) => {
    if (!file.size) return null;
    const video = document.createElement("video");
    const once = (name) =>
      new Promise((done, failed) => {
        const late = setTimeout(() => failed(new Error("late")), 3000);
        video.addEventListener(name, () => done(clearTimeout(late)), { once: true });
        video.addEventListener("error", failed, { once: true });
      });
    try {
      video.muted = true;
      video.preload = "auto";
      video.src = URL.createObjectURL(file);
      await once("loadeddata");
      if (!video.videoWidth) return null;
      const times = [0.1, 0.3, 0.5, 0.7].map((part) => part * (Number.isFinite(video.duration) ? video.duration : 1));
      let best = { contrast: -1, at: 0 };
      for (const at of times) {
        await seek(at);
        const contrast = contrastOf(video);
        if (contrast > best.contrast) best = { contrast, at };
      }
      await seek(best.at);
      const scale = Math.min(1, 1280 / Math.max(video.videoWidth, video.videoHeight));
      const canvas = drawn(video, video.videoWidth * scale, video.videoHeight * scale);
      return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    } catch {
      return null;
    } finally {
      URL.revokeObjectURL(video.src);
      video.removeAttribute("src");
    }
    function seek(at) {
      const there = once("seeked");
      video.currentTime = at;
      return there;
    }
  };

  function drawn(video, width, height) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width));
    canvas.height = Math.max(1, Math.round(height));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  /** How far light and dark of a frame lie apart. */
  function contrastOf(video) {
    const { data } = drawn(video, 64, 36).getContext("2d").getImageData(0, 0, 64, 36);
    let [sum, squares] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const light = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      sum += light;
      squares += light * light;
    }
    const count = data.length / 4;
    return squares / count - (sum / count) ** 2;
  }
})();
