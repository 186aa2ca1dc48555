// Shows a page on this device, says that it was shown, and carries the answer back through the signed reply link.
"use strict";
const post = (token, verb) => fetch(`/r/${token}/push`, { method: "POST", body: new URLSearchParams({ verb }), credentials: "omit" });

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const page = event.data ? event.data.json() : { title: "Tocsin", body: "Somebody wants you.", url: "/me/", tag: "tocsin" };
  const actions = page.buttons ? [{ action: "acknowledge", title: "Acknowledge" }, { action: "resolve", title: "Resolve" }] : [];
  const shown = self.registration.showNotification(page.title, {
    body: page.body,
    tag: page.tag,
    renotify: true,
    requireInteraction: Boolean(page.buttons),
    vibrate: page.important ? [400, 150, 400, 150, 400] : [200],
    actions,
    data: page,
  });
  const proof = page.token ? shown.then(() => post(page.token, "shown")).catch(() => {}) : shown;
  event.waitUntil(Promise.all([shown, proof]));
});

async function answer(page, verb) {
  let body;
  try {
    const response = await post(page.token, verb);
    body = (await response.json()).answer;
  } catch (error) {
    body = `Your answer did not get through: ${error.message}. Tap to try again.`;
  }
  await self.registration.showNotification(page.title, { body, tag: page.tag, data: { ...page, buttons: false } });
}

self.addEventListener("notificationclick", (event) => {
  const page = event.notification.data || { url: "/me/" };
  event.notification.close();
  if (event.action) {
    event.waitUntil(answer(page, event.action));
    return;
  }
  event.waitUntil(self.clients.openWindow(page.url));
});
