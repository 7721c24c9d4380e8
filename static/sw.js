// Keeps one page for when there is no line, and shows what the site has to tell while no page is open. Everything else goes
// where it went before.
const KEPT = "porch:VERSION";

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.add("/offline"))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))));
});

addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(() => caches.match("/offline")));
});

addEventListener("push", (event) => {
  const { title, body, url, unread } = event.data?.json() ?? { title: "Porch", body: "Something is new", url: "/notices", unread: 1 };
  const shown = registration.showNotification(title, { body, tag: "porch", renotify: true, icon: "ICON", data: { url } });
  event.waitUntil(Promise.all([shown, navigator.setAppBadge?.(unread).catch(() => {})]));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data;
  const open = async () => {
    const pages = await clients.matchAll({ type: "window" });
    const page = pages.find((one) => new URL(one.url).pathname === url) ?? pages[0];
    if (!page) return clients.openWindow(url);
    await page.focus();
    return new URL(page.url).pathname === url ? page : page.navigate(url);
  };
  event.waitUntil(open());
});
