/// <reference lib="webworker" />
// The service worker: the pages open without a signal, and pushed alerts are shown while no page is open.

import { BASEMAP, BASEMAP_CACHE } from "./map/basemap";
import { CACHED_HEADER } from "./queue/cached";
import { flush } from "./queue/send";

declare const __CACHED__: readonly string[];
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const SHELL = "/";
const FILES = "siaga-files";
const DATA = "siaga-data";
/** What is published for everybody; signing out does not forget it. */
const STATE = "siaga-state";
const MOST_STATE_FILES = 80;
const SLOW_MS = 4000;
/** Names of streets for the search, and roads to look for a way on. Tiles are read in ranges, which no cache holds: officers store a part of them whole. */
const BASEMAP_NAMES = new RegExp(`^${BASEMAP}([0-9a-f]{24})\\.(?:places|roads)\\.json$`);
// What a page needs to be of use without a signal; the answers of others are never stored.
const READ_OFFLINE =
  /^\/api\/v1\/(areas|cameras|gauges|categories|agencies|incidents|tasks|flood-states|task-templates|session|me\/duty|layers|alerts)(\/|\?|$)/;

worker.addEventListener("install", (event) => {
  event.waitUntil(cacheShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOldFiles().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (url.pathname.startsWith("/state/")) event.respondWith(state(request));
  else if (url.pathname === `${BASEMAP}index.json`) event.respondWith(state(request, BASEMAP_CACHE));
  else if (BASEMAP_NAMES.test(url.pathname)) event.respondWith(names(request));
  else if (READ_OFFLINE.test(url.pathname) && request.headers.get("accept") !== "text/event-stream")
    event.respondWith(data(request));
});

worker.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(DATA));
});

// The browser has a connection again, perhaps long after the page was closed.
worker.addEventListener("sync" as "message", (event) => {
  event.waitUntil(sendQueued());
});

worker.addEventListener("push", (event) => {
  event.waitUntil(showPush(event.data));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(String(event.notification.data ?? "/")));
});

async function sendQueued(): Promise<void> {
  const isDone = await flush();
  for (const page of await worker.clients.matchAll({ type: "window" })) page.postMessage("sent");
  // A rejected sync is tried again by the browser.
  if (!isDone) throw new Error("not everything could be sent");
}

async function cacheShell(): Promise<void> {
  const cache = await caches.open(FILES);
  await cache.addAll([SHELL, ...__CACHED__]);
}

async function dropOldFiles(): Promise<void> {
  const cache = await caches.open(FILES);
  const cached = new Set<string>([SHELL, ...__CACHED__]);
  // Lazily cached files of this build (the map) are cached anew when next used.
  const old = (await cache.keys()).filter((one) => !cached.has(new URL(one.url).pathname));
  await Promise.all(old.map((one) => cache.delete(one)));
}

/** A published page without scripts is what it is; at every other address stands the shell. */
async function page(request: Request): Promise<Response> {
  if (new URL(request.url).pathname.startsWith("/state/")) return state(request);
  try {
    return answered(await withinTime(fetch(request)));
  } catch {
    return (await caches.match(SHELL)) ?? fetch(request);
  }
}

/** A proxy answers for a server that is away: to a reader that is the same as no answer. */
function answered(answer: Response): Response {
  if (answer.status >= 500) throw new Error(`HTTP ${answer.status}`);
  return answer;
}

async function state(request: Request, name = STATE): Promise<Response> {
  const cache = await caches.open(name);
  try {
    // The browser's own cache would answer for half a minute more, as if the server were there.
    const answer = answered(await fetch(request, { cache: "no-cache" }));
    if (answer.ok) {
      await cache.put(request, answer.clone());
      await dropOldest(cache);
    }
    return answer;
  } catch (error) {
    const cached = await cache.match(request);
    if (cached) return marked(cached);
    throw error;
  }
}

/** The cache lists what was stored first, first. */
async function dropOldest(cache: Cache): Promise<void> {
  const stored = await cache.keys();
  await Promise.all(stored.slice(0, Math.max(0, stored.length - MOST_STATE_FILES)).map((one) => cache.delete(one)));
}

/** The name of the file changes with its content; those of one basemap are stored. */
async function names(request: Request): Promise<Response> {
  const cache = await caches.open(BASEMAP_CACHE);
  const cached = await cache.match(request);
  if (cached) return cached;
  const answer = await fetch(request);
  if (answer.ok) {
    const old = (await cache.keys()).filter((one) => ![undefined, digestOf(request)].includes(digestOf(one)));
    await Promise.all(old.map((one) => cache.delete(one)));
    await cache.put(request, answer.clone());
  }
  return answer;
}

const digestOf = ({ url }: Request): string | undefined => BASEMAP_NAMES.exec(new URL(url).pathname)?.[1];

async function file(request: Request): Promise<Response> {
  const cached = await caches.match(request);
  if (cached) return cached;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

async function data(request: Request): Promise<Response> {
  const cache = await caches.open(DATA);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    // Signed out: what was stored of the session must not answer for it.
    else if (answer.status === 401) await cache.delete(request);
    return answer;
  } catch (error) {
    const cached = await cache.match(request);
    if (cached) return marked(cached);
    throw error;
  }
}

/** So that a page knows it for an old answer (api/client.ts). */
function marked(cached: Response): Response {
  const headers = new Headers(cached.headers);
  headers.set(CACHED_HEADER, "1");
  return new Response(cached.body, { status: cached.status, headers });
}

function withinTime(answer: Promise<Response>): Promise<Response> {
  const timeout = new Promise<Response>((_, fail) => setTimeout(() => fail(new Error("slow")), SLOW_MS));
  return Promise.race([answer, timeout]);
}

interface Pushed {
  readonly title?: string;
  readonly body?: string;
  readonly text?: string;
  readonly headline?: string;
  readonly url?: string;
  readonly tag?: string;
}

async function showPush(sent: PushMessageData | null): Promise<void> {
  const text = read(sent);
  await worker.registration.showNotification(text.title ?? text.headline ?? "Siaga", {
    body: text.body ?? text.text ?? "",
    icon: "/static/icon-192.png",
    badge: "/static/icon-192.png",
    tag: text.tag ?? "siaga",
    data: text.url ?? "/",
  });
}

function read(sent: PushMessageData | null): Pushed {
  try {
    return (sent?.json() as Pushed) ?? {};
  } catch {
    return { body: sent?.text() ?? "" };
  }
}

async function openPage(url: string): Promise<void> {
  const open = await worker.clients.matchAll({ type: "window" });
  const here = open[0];
  if (here) {
    await here.navigate(url).catch(() => null);
    await here.focus();
  } else await worker.clients.openWindow(url);
}
