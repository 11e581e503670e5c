/** May this phone say "ready to work offline"? Only when it is true. */
import type { Ledger } from "./ledger";
import type { Readiness, StorageRoom } from "./pocket";

/** Asks the browser to keep what we store. It grants it to installed or much-used apps. */
export async function persisted(): Promise<boolean> {
  if (typeof navigator === "undefined" || !navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}

/** Does the service worker hold the app? */
export async function hasShell(): Promise<boolean> {
  if (typeof navigator === "undefined" || !("serviceWorker" in navigator)) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  return Boolean(registration?.active);
}

export function readinessOf(ledger: Ledger, householdCount: number, persistent: boolean, shell: boolean, media: { wanted: string[]; missing: string[] }): Readiness {
  const { catalogue, sync } = ledger;
  const formsWanted = catalogue.wanted.length;
  const forms = catalogue.wanted.filter((entry) => catalogue.has(entry)).length;
  const areas = catalogue.published.areas.length > 0;
  const households = sync.isComplete ? "complete" : "loading";
  const full = sync.full ?? null;
  const complete = new Set(sync.completeAreas ?? []);
  // An area that was given later: those before it are as complete as they were.
  const arriving = sync.isComplete && sync.completeAreas ? catalogue.hamlets.filter((area) => !complete.has(area.code)) : [];
  const isHere = formsWanted > 0 && forms === formsWanted && areas && media.missing.length === 0 && sync.isComplete && full === null;
  return { persistent, forms, formsWanted, media: media.wanted.length - media.missing.length, mediaWanted: media.wanted.length, areas, shell, households, householdCount, arriving, full, ready: isHere && persistent && shell };
}

export async function roomLeft(): Promise<StorageRoom> {
  const estimate = await navigator.storage?.estimate?.();
  const used = estimate?.usage ?? 0;
  return { usedBytes: used, freeBytes: Math.max(0, (estimate?.quota ?? 0) - used) };
}
