// Notices: on every device at once, read on one and so on all.
import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { NO_SCRIPT, PHONE } from "./visitor.mjs";

const badge = (visitor, text) =>
  visitor.until(
    (wanted) => {
      const found = document.getElementById("badge");
      return wanted ? !found.hidden && found.querySelector(".count").textContent === wanted : found.hidden;
    },
    `the badge says ${text || "nothing"}`,
    text,
  );

story("what is new is said on two devices, in the title too, and read on one it is read on the other", async (stage) => {
  const { house, ada, ben } = await stage.two({}, PHONE);
  const desk = await stage.visitor(house, { as: await ben.member.elsewhere() });
  const id = await ben.member.post("Apples");
  for (const device of [ben, desk]) {
    await device.open("/");
    await badge(device, "");
  }
  await ada.send("PUT", "/@ben/follow", undefined, 303);
  for (const device of [ben, desk]) await badge(device, "1");
  await ada.send("PUT", `/p/${id.slice(2)}/like`, undefined, 303);
  for (const device of [ben, desk]) await badge(device, "2");
  await desk.until(() => document.title.startsWith("(2) "), "the title says so");
  await ben.page.getByRole("link", { name: /^Notices/ }).click();
  await ben.page.getByRole("heading", { name: "New", exact: true }).waitFor();
  assert.deepEqual(await ben.faults(), []);
  await badge(desk, "");
  await desk.until(() => !document.title.startsWith("("), "and no more");
  await ben.page.getByRole("link", { name: /Ada likes your photo/ }).click();
  await ben.page.waitForURL(new RegExp(`/p/${id.slice(2)}$`));
});

story("a comment leads from its notice to its place", async (stage) => {
  const { ada, ben } = await stage.two();
  const id = (await ben.member.post("Apples")).slice(2);
  await ada.send("POST", `/p/${id}/comments`, new URLSearchParams({ text: "Which path?", key: "the first one" }), 303);
  await ben.open("/notices");
  await ben.page.keyboard.press("Tab");
  await ben.page.getByRole("link", { name: /Ada commented on your photo/ }).focus();
  await ben.page.keyboard.press("Enter");
  await ben.page.waitForURL(/#c-/);
  await ben.page.getByText("Which path?").waitFor();
});

story("without script notices are read by a button, chosen in a form, and a bell is a button", async (stage) => {
  const { ada, ben } = await stage.two({}, NO_SCRIPT);
  await ada.send("PUT", "/@ben/follow", undefined, 303);
  await ben.open("/notices");
  await ben.page.getByRole("button", { name: "All read" }).click();
  await ben.page.getByText("All of them").waitFor();
  await ben.page.getByRole("link", { name: "Choose what you are told of" }).click();
  await ben.page.getByRole("checkbox", { name: "Somebody follows you" }).uncheck();
  await ben.page.locator("#notices").getByRole("button", { name: "Save" }).click();
  await ben.page.getByText("Saved.").waitFor();
  assert.equal(await ben.page.getByRole("checkbox", { name: "Somebody follows you" }).isChecked(), false);
  await ben.open("/@ada");
  await ben.page.getByRole("button", { name: "Follow" }).click();
  await ben.page.getByRole("button", { name: "Tell me of each post" }).click();
  assert.equal(await ben.page.getByRole("button", { name: "Tell me of each post" }).getAttribute("aria-pressed"), "true");
  await ada.post("Apples");
  for (let tries = 0; tries < 50; tries += 1) {
    await ben.open("/notices");
    if (await ben.page.getByRole("link", { name: /Ada posted a photo/ }).count()) return;
  }
  assert.fail("the bell did not ring");
});

story("a device is told after a press, shows what comes while nobody looks, and leads to it", async (stage) => {
  const { house, ben: member } = await stage.two();
  const ben = await stage.visitor(house, { as: member.member, serviceWorkers: "allow" });
  await ben.context.grantPermissions(["notifications"], { origin: house.url });
  // No push service answers here: the browser's part of it is played.
  await ben.page.addInitScript(() => {
    const text = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const key = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const keys = { p256dh: key, auth: key.slice(0, 16) };
    const given = { endpoint: "https://push.example.org/one", getKey: (name) => keys[name].buffer };
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      if (applicationServerKey.length !== 65) throw new Error("this is no key");
      return given;
    };
  });
  await ben.open("/settings/notices");
  await ben.page.getByRole("button", { name: "Tell this device" }).click();
  await ben.page.getByRole("button", { name: /Tell Chrome on .* no more/ }).waitFor();
  assert.deepEqual(await ben.faults(), []);
  const tools = await ben.context.newCDPSession(ben.page);
  const worker = new Promise((done) =>
    tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && done(registrations[0].registrationId)),
  );
  await tools.send("ServiceWorker.enable");
  const data = JSON.stringify({ title: "Larkfield", body: "Ada follows you", url: "/@ada", unread: 2 });
  await tools.send("ServiceWorker.deliverPushMessage", { origin: house.url, registrationId: await worker, data });
  await ben.until(async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.length === 1 && shown[0].title === "Larkfield" && shown[0].body === "Ada follows you" && shown[0].data.url === "/@ada";
  }, "what came is shown");
  await ben.page.getByRole("button", { name: /no more$/ }).click();
  await ben.page.getByText("No device so far.").waitFor();
});

story("a browser that lets nobody be told says what to do", async (stage) => {
  const { ben } = await stage.two({}, PHONE);
  await ben.open("/settings/notices");
  await ben.page.getByRole("button", { name: "Tell this device" }).click();
  await ben.page.getByText(/Allow notifications for it in the browser's settings|cannot be told/).waitFor();
  assert.deepEqual(await ben.faults(), []);
});
