// @ts-check
// Videos where they stand in a page: the play mark shows while one that can play rests; one plays at a time, and only in
// view; none is asked for before it is near; one that cannot be played says so.
(() => {
  const ready = (video, on) => video.closest(".frame:not(.strip)")?.classList.toggle("is-ready", on);
  document.addEventListener(
    "play",
    (/** @type {any} */ event) => {
      ready(event.target, false);
      for (const video of document.querySelectorAll("video")) if (video !== event.target) video.pause();
    },
    true,
  );
  for (const name of ["loadedmetadata", "pause"])
    document.addEventListener(name, (/** @type {any} */ event) => event.target.paused && ready(event.target, true), true);

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        /** @type {HTMLVideoElement} */ (target).preload = "metadata";
      }
    },
    { rootMargin: "50% 0px" },
  );

  const shown = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const video = /** @type {HTMLVideoElement} */ (target);
      const elsewhere = document.fullscreenElement === video || document.pictureInPictureElement === video;
      if (!isIntersecting && !elsewhere) video.pause();
    }
  });

  // The last source that fails speaks for all of them.
  document.addEventListener(
    "error",
    (/** @type {any} */ event) => {
      const video = event.target.matches?.("video source:last-of-type") ? event.target.parentElement : event.target;
      if (!video.matches?.(".frame video") || !navigator.onLine) return;
      const line = document.createElement("p");
      line.className = "note";
      line.textContent = "This video cannot be played here now. ";
      const save = document.createElement("a");
      save.href = `${video.currentSrc || video.querySelector("source:last-of-type")?.src || video.src}?ik-attachment=true`;
      save.textContent = "Save it";
      line.append(save);
      video.replaceWith(line);
    },
    true,
  );

  const watched = new WeakSet();
  Porch.onContent(() => {
    for (const video of document.querySelectorAll(".frame video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      near.observe(video);
      shown.observe(video);
    }
  });
})();
