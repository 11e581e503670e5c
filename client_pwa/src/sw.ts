/// <reference lib="webworker" />
/**
 * Keeps the shell, never the answers: the app's own files, put away at installation, so that it starts without a network.
 * A new version waits until the page says that no interview is open.
 */
/** The files of the phone app and a name for this build: written by vite.sw.config.ts. */
declare const SHELL: string[];
declare const RELEASE: string;

// The page's types are in view as well, and know another `self`.
const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = "thon-shell-";
const CACHE = PREFIX + RELEASE;
const PAGES = new Set(["/", "/index.html", "/enrol"]);

worker.addEventListener("install", (event) => {
  // Past the HTTP cache: a shell of two versions would not start.
  const requests = SHELL.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => worker.clients.claim()));
});

worker.addEventListener("message", (event) => {
  if ((event.data as { type?: string } | null)?.type === "take-over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (PAGES.has(url.pathname)) event.respondWith(fromShell("/", request));
  else if (SHELL.includes(url.pathname)) event.respondWith(fromShell(url.pathname, request));
});

async function forgetOldShells(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function fromShell(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  // The browser may have thrown the cache away when space was short.
  return (await cache.match(file)) ?? fetch(request);
}
