// Keeps the counting page and what it is made of, so that it opens without a network.
"use strict";
const KEPT = "fleet-stocktaking-1";
const PAGE = /^\/stocktaking\/[^/]+\/schools\/[^/]+$/;
const PATIENCE = 6000; // a network that is there but does not answer

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page tells what it was made of: it was loaded before this worker began.
self.addEventListener("message", (event) => {
  const wanted = (event.data && event.data.keep) || [];
  event.waitUntil(
    keep(wanted).then((kept) => {
      if (event.source) event.source.postMessage({ kept });
    }),
  );
});

async function keep(addresses) {
  const cache = await caches.open(KEPT);
  let kept = true;
  for (const address of addresses) {
    const url = new URL(address, self.location.origin);
    if (url.origin !== self.location.origin) continue;
    if (url.pathname.startsWith("/static/") && (await cache.match(url.href))) continue;
    try {
      const answer = await fetch(url.href, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) await cache.put(url.href, answer);
      else kept = false;
    } catch {
      kept = false;
    }
  }
  return kept;
}

async function forgetPages() {
  const cache = await caches.open(KEPT);
  for (const request of await cache.keys()) {
    if (PAGE.test(new URL(request.url).pathname)) await cache.delete(request);
  }
}

function inTime(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  return fetch(request, { signal: stop.signal }).finally(() => clearTimeout(timer));
}

async function openPage(request) {
  const cache = await caches.open(KEPT);
  const url = new URL(request.url);
  const key = url.origin + url.pathname;
  try {
    const answer = await inTime(request);
    // Whoever has to log in again is not shown what another one left here.
    if (answer.type === "opaqueredirect" || answer.redirected) await forgetPages();
    else if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const known = await cache.match(key);
    if (known) return known;
    throw error;
  }
}

async function openFile(request) {
  const cache = await caches.open(KEPT);
  const known = await cache.match(request.url);
  if (known) return known;
  return fetch(request);
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(openPage(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(openFile(request));
});
