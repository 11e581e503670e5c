import { desk } from "./desk.svelte";

/** Moments in the server's time zone, whatever the browser's: everybody at the desk reads the same. */
function parts(at_ms: number): Record<string, string> {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: desk.session?.server.time_zone || "Asia/Ho_Chi_Minh",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return Object.fromEntries(format.formatToParts(at_ms).map((part) => [part.type, part.value]));
}

/** 18/11 16:20, with the year where it is not this one. */
export function shortMoment(at_ms: number): string {
  const at = parts(at_ms);
  const year = parts(desk.now()).year === at.year ? "" : `/${at.year}`;
  return `${at.day}/${at.month}${year} ${at.hour}:${at.minute}`;
}

/** 18/11 */
export function shortDay(at_ms: number): string {
  const at = parts(at_ms);
  return `${at.day}/${at.month}`;
}

/** 16:20 */
export function clock(at_ms: number): string {
  const at = parts(at_ms);
  return `${at.hour}:${at.minute}`;
}

/** 16:20 today; with the day where it was another. */
export function sinceToday(at_ms: number): string {
  return shortDay(at_ms) === shortDay(desk.now()) && daysSince(at_ms) < 2 ? clock(at_ms) : shortMoment(at_ms);
}

/** Whole days between a moment and now. */
export function daysSince(at_ms: number): number {
  return Math.floor((desk.now() - at_ms) / 86_400_000);
}
