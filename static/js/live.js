// @ts-check
// The socket. It keeps a cursor, `epoch.seq`: whatever happens to the line, the next connection
// begins where the last one ended, so that no change is lost and none counts twice.
(() => {
  const SIGNED_OUT = 4401;
  const FOR_GOOD = [1008];
  const SHOWN_OFFLINE_AFTER = 5000;
  let socket = null;
  let cursor = "";
  let url = "";
  /** The post whose own page this is. */
  let topic = "";
  let beat = 15000;
  let heard = 0;
  let tries = 0;
  let retry = 0;
  let offline = 0;
  let over = false;
  let asked = false;
  let catchingUp = false;
  /** There was a line, and there is none. */
  let lost = false;

  const epoch = () => cursor.slice(0, cursor.lastIndexOf("."));
  const seq = () => Number(cursor.slice(cursor.lastIndexOf(".") + 1));

  function show(state, text) {
    const root = document.documentElement;
    const line = document.getElementById("live");
    root.dataset.live = state;
    if (!line) return;
    line.hidden = false;
    line.classList.toggle("is-wait", state === "wait");
    line.classList.toggle("is-off", state === "off");
    if (line.textContent !== text) line.textContent = text;
  }

  function waiting() {
    lost ||= heard > 0;
    if (document.documentElement.dataset.live !== "off") show("wait", "Connecting…");
    offline ||= setTimeout(() => show("off", "Offline. New posts come when the line is back."), SHOWN_OFFLINE_AFTER);
  }

  function connect() {
    clearTimeout(retry);
    if (socket || over || catchingUp) return;
    waiting();
    const opened = new WebSocket(`${url}?c=${encodeURIComponent(cursor)}${topic}`);
    socket = opened;
    heard = Date.now();
    opened.onmessage = (event) => {
      heard = Date.now();
      tries = 0;
      asked = false;
      if (lost) document.dispatchEvent(new CustomEvent("porch:back"));
      lost = false;
      clearTimeout(offline);
      offline = 0;
      show("on", "Live");
      take(JSON.parse(event.data));
    };
    opened.onclose = (event) => {
      if (socket === opened) dropped(event.code);
    };
  }

  function take(frame) {
    if (frame.reset) {
      startOver(`${frame.e}.${frame.s}`);
      return;
    }
    // What has no number says what is now.
    if (frame.s === undefined) return Porch.feed[frame.op]?.(frame);
    // What arrives twice counts once. A frame without an act moves the cursor only.
    if (frame.s <= seq()) return;
    Porch.feed[frame.op]?.(frame);
    cursor = `${epoch()}.${frame.s}`;
  }

  /** What was missed cannot be told one by one. The socket waits until the page has caught up. */
  async function startOver(upto) {
    const old = socket;
    socket = null;
    old.onmessage = old.onclose = null;
    old.close();
    catchingUp = true;
    const caughtUp = await Porch.feed.reset().then(
      (at) => (cursor = at ?? upto),
      () => null,
    );
    catchingUp = false;
    if (caughtUp) connect();
    else dropped(0);
  }

  function dropped(code) {
    socket = null;
    if (code === SIGNED_OUT && asked) {
      end("off", "Signed out.");
      const link = document.createElement("a");
      link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = "Sign in again";
      document.getElementById("live")?.append(" ", link);
      return;
    }
    if (code === SIGNED_OUT) {
      // Perhaps only this session has ended, because another tab has signed in again.
      asked = true;
      return connect();
    }
    if (FOR_GOOD.includes(code)) return end("off", "Live updates have stopped. Load the page again.");
    waiting();
    // Spread out, so that a server that comes back is not met by everybody at once.
    const most = Math.min(document.hidden ? 60000 : 8000, 4000 * 2 ** tries++);
    retry = setTimeout(connect, 500 + Math.random() * most);
  }

  function end(state, text) {
    over = true;
    clearTimeout(offline);
    show(state, text);
  }

  /** Lets go of a line that may be dead, without waiting for it to say so. */
  function again() {
    const old = socket;
    socket = null;
    if (old) {
      old.onmessage = old.onclose = null;
      old.close();
    }
    connect();
  }

  const silent = () => Date.now() - heard > 1.8 * beat;

  function wake() {
    if (over || document.hidden) return;
    if (!socket) {
      tries = 0;
      connect();
    } else if (Date.now() - heard > 1.2 * beat) again();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const { live, cursor: drawn, beat: every, topic: about } = document.body.dataset;
    if (!live || !drawn) return;
    topic = about ? `&f=${encodeURIComponent(about)}` : "";
    url = new URL(live, location.href).href.replace(/^http/, "ws");
    cursor = drawn;
    beat = Number(every) || beat;
    connect();
    setInterval(() => !over && socket && silent() && again(), Math.min(3000, beat));
    document.addEventListener("visibilitychange", wake);
    window.addEventListener("focus", wake);
    window.addEventListener("online", () => !over && again());
    window.addEventListener("pageshow", (/** @type {any} */ event) => event.persisted && !over && again());
    // A page in the back/forward cache may hold no socket.
    window.addEventListener("pagehide", () => {
      const old = socket;
      socket = null;
      clearTimeout(retry);
      if (old) {
        old.onclose = null;
        old.close();
      }
    });
  });

  /** Signed in again, by the same person: the page goes on where it stood. */
  Porch.resume = () => {
    if (!over || !url) return;
    over = false;
    tries = 0;
    connect();
  };
  /** The place up to which this page is complete; a test reads it. */
  Porch.cursor = () => cursor;
})();
