// Starts the app: policy, service worker, one tab at a time. Everything else is WebAssembly.

import init, { start, start_elsewhere } from "./phone.js";

// Nobody shall frame the screen that people approve on. `frame-ancestors` says so too, where the host sends it.
if (window.top !== window) throw new Error("framed");

const WORKER = new URL("service-worker.js", location.href).href;

/**
 * What Leptos may set as HTML: elements without text, with nothing but classes and the like, and the app's own icons. Views make everything else node by
 * node. Nothing that comes from elsewhere fits this grammar, and nothing that fits it runs or links.
 */
const TEMPLATE =
  /^(?:<!>|<\/?(?:div|span|p|ul|ol|li|dl|dt|dd)(?: (?:class|dir|role)="[a-z0-9 -]*"| aria-hidden="true")*>|<img(?: (?:class|alt|width|height)="[a-z0-9 -]*"| src="icons\/icon-[0-9]+\.png")*\/?>)*$/;

globalThis.trustedTypes?.createPolicy("default", {
  createHTML: (html) => (TEMPLATE.test(html) ? html : null),
  createScriptURL: (url) => (new URL(url, location.href).href === WORKER ? url : null),
  createScript: () => null,
});

/** Holds the lock as long as the page lives. Two tabs would undo each other's counts of wrong PINs and of messages received. */
const isAlone = () =>
  new Promise((resolve) => {
    if (!navigator.locks) return resolve(true);
    navigator.locks.request("countersign-phone", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    });
  });

await init({ module_or_path: new URL("phone_bg.wasm", import.meta.url) });
if (await isAlone()) start();
else start_elsewhere();

// Without it the app works, but not offline.
navigator.serviceWorker?.register(WORKER).catch(() => {});
