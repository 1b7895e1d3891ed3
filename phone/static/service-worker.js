// Keeps the app's own files, so that it opens without a network. It never sees a secret: those go over the WebSocket, which no service worker sees.

// The build puts the files and a hash of them here: another build is another cache.
const VERSION = "@VERSION@";
const FILES = ["@FILES@"];

const CACHE = `countersign-phone-${VERSION}`;

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === location.origin) event.respondWith(answer(event.request));
});

/** All files or none: an app half of one version and half of another does not start. */
async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
  // The present page has its module in memory already.
  await self.skipWaiting();
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const path = new URL(request.url).pathname;
  const kept = await cache.match(request.mode === "navigate" ? "./" : path, { ignoreSearch: true, ignoreVary: true });
  return kept ?? fetch(request);
}
