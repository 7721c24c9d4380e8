// @ts-check
// Videos where they stand in a page: the play mark shows while one that can play rests; one plays at a time, and only in
// view; none is asked for before it is near; one that cannot be played says so. Long ones are played in sizes as the line
// allows, where the browser can; and all by themselves, without sound, where their watcher wants that.
(() => {
  /** A list that has brought nothing after so long is let go of. */
  const STARTS_WITHIN_MS = 6000;
  const LIST = "application/vnd.apple.mpegurl";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const ready = (video, on) => video.closest(".frame:not(.strip)")?.classList.toggle("is-ready", on);
  const isElsewhere = (video) => document.fullscreenElement === video || document.pictureInPictureElement === video;

  document.addEventListener(
    "play",
    (/** @type {any} */ event) => {
      const video = event.target;
      ready(video, false);
      for (const other of document.querySelectorAll("video")) if (other !== video) other.pause();
      setTimeout(() => started(video), STARTS_WITHIN_MS);
    },
    true,
  );
  for (const name of ["loadedmetadata", "pause"])
    document.addEventListener(name, (/** @type {any} */ event) => event.target.paused && ready(event.target, true), true);

  /** Some browsers say that they know such lists, and then wait for ever. */
  function started(video) {
    const list = video.querySelector(`source[type="${LIST}"]`);
    if (!list || video.readyState > 1 || !video.currentSrc.includes(".m3u8")) return;
    const wanted = !video.paused;
    list.remove();
    video.load();
    if (wanted) video.play().catch(() => {});
  }

  /** Offers the sizes of a long video first. */
  function offer(video) {
    const { stream } = video.dataset;
    if (!stream || !video.canPlayType(LIST) || video.querySelector(`source[type="${LIST}"]`)) return;
    const source = document.createElement("source");
    source.type = LIST;
    source.src = stream;
    video.prepend(source);
    // It had chosen already.
    if (!video.currentTime && video.paused) video.load();
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        const video = /** @type {HTMLVideoElement} */ (target);
        offer(video);
        video.preload = "metadata";
      }
    },
    { rootMargin: "50% 0px" },
  );

  const wantsPlaying = () => "plays" in document.body.dataset && !calm.matches && !(/** @type {any} */ (navigator).connection?.saveData);

  const shown = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, intersectionRatio } of entries) {
        const video = /** @type {HTMLVideoElement} */ (target);
        if (!isIntersecting) {
          if (!isElsewhere(video)) video.pause();
        } else if (intersectionRatio >= 0.6 && video.paused && wantsPlaying() && !("rested" in video.dataset)) {
          video.muted = true;
          video.play().catch(() => {});
        }
      }
    },
    { threshold: [0, 0.6] },
  );

  // Whoever stops one that is in view means it.
  document.addEventListener(
    "pause",
    (/** @type {any} */ event) => {
      const video = event.target;
      const { top, bottom } = video.getBoundingClientRect();
      if (!video.ended && document.hasFocus() && top < innerHeight && bottom > 0) video.dataset.rested = "";
    },
    true,
  );

  // The last source that fails speaks for all of them.
  document.addEventListener(
    "error",
    (/** @type {any} */ event) => {
      const video = event.target.matches?.("video source:last-of-type") ? event.target.parentElement : event.target;
      if (!video.matches?.(".frame video") || !navigator.onLine) return;
      if (video.currentSrc.includes(".m3u8")) {
        started(video);
        return;
      }
      const line = document.createElement("p");
      line.className = "note";
      line.textContent = "This video cannot be played here now. ";
      const save = document.createElement("a");
      save.href = `${video.querySelector("source:last-of-type")?.src || video.currentSrc || video.src}?ik-attachment=true`;
      save.textContent = "Save it";
      line.append(save);
      video.replaceWith(line);
    },
    true,
  );

  const watched = new WeakSet();
  function watch() {
    for (const video of document.querySelectorAll(".frame video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      near.observe(video);
      shown.observe(video);
    }
  }
  Porch.onContent(watch);
  document.addEventListener("porch:hung", watch);
})();
