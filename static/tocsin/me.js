// Registers this device for push. The page works without it.
"use strict";
(async () => {
  const main = document.querySelector("main");
  const box = document.getElementById("device");
  if (!box || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const button = document.getElementById("register");
  const state = document.getElementById("device-state");
  const key = Uint8Array.from(atob(main.dataset.pushKey.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const same = (a, b) => a && a.byteLength === b.byteLength && new Uint8Array(a).every((byte, i) => byte === b[i]);

  async function tell(subscription) {
    const response = await fetch(main.dataset.register, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": main.dataset.csrf },
      body: JSON.stringify(subscription),
    });
    if (!response.ok) throw new Error((await response.json()).error || response.statusText);
    return (await response.json()).device;
  }

  async function subscribe(registration) {
    const old = await registration.pushManager.getSubscription();
    if (old && same(old.options.applicationServerKey, key)) return old;
    if (old) await old.unsubscribe();
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  try {
    const registration = await navigator.serviceWorker.register(main.dataset.worker);
    const known = await registration.pushManager.getSubscription();
    box.hidden = false;
    if (known && Notification.permission === "granted") {
      button.textContent = "Register this device again";
      button.classList.add("again");
      state.textContent = `This device is ${await tell(await subscribe(registration))}.`;
    }
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        if ((await Notification.requestPermission()) !== "granted") throw new Error("Notifications are blocked for this site; allow them in the browser's settings.");
        await tell(await subscribe(await navigator.serviceWorker.ready));
        location.reload();
      } catch (error) {
        state.textContent = error.message;
        button.disabled = false;
      }
    });
  } catch (error) {
    state.textContent = error.message;
  }
})();
