// @ts-check
// "Tell this device": asked for only after a press.
(() => {
  const WAIT = 10_000;

  function why(form, text) {
    const line = form.querySelector("[data-why]");
    line.hidden = !text;
    line.querySelector("span").textContent = text;
  }

  const bytes = (key) => Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");

  async function subscribe(form) {
    if (!("PushManager" in window) || !navigator.serviceWorker) {
      throw new Error("This browser cannot be told. On an iPhone, put the site on the home screen first and open it there.");
    }
    if ((await Notification.requestPermission()) !== "granted") {
      throw new Error(
        "The browser does not let this site tell you. Allow notifications for it in the browser's settings, and press again.",
      );
    }
    const late = new Promise((_, no) =>
      setTimeout(no, WAIT, new Error("The browser is not ready for this. Load the page again, and press again.")),
    );
    const worker = await Promise.race([navigator.serviceWorker.ready, late]);
    const before = await worker.pushManager.getSubscription();
    await before?.unsubscribe();
    const wish = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
    return worker.pushManager.subscribe(wish).catch(() => {
      throw new Error("The browser's push service does not answer. Press again in a while.");
    });
  }

  document.addEventListener("click", async (/** @type {any} */ event) => {
    const button = event.target.closest("[data-subscribes]");
    if (!button) return;
    const form = button.form;
    button.disabled = true;
    why(form, "");
    try {
      const subscription = await subscribe(form);
      form.elements.endpoint.value = subscription.endpoint;
      form.elements.p256dh.value = text(subscription.getKey("p256dh"));
      form.elements.auth.value = text(subscription.getKey("auth"));
      form.dispatchEvent(new Event("subscribed"));
    } catch (error) {
      why(form, error.message);
    }
    button.disabled = false;
  });
})();
