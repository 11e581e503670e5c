import { settings } from "../ui/settings.svelte";
import { formatNumber } from "../ui/format";
import { api, isFailure, type FullRecord, type HistoryEntry, type Reason } from "./api";
import { sentence } from "./desk.svelte";
import { t, wordOr } from "./words";
import { write, type WriteResult } from "./writes";

/** What became of what a person did, in words. */
export type Outcome = Pick<WriteResult, "isStored" | "said">;

/** A piece of evidence as a person reads it. */
export function reasonText(reason: Reason): string {
  const isFar = reason.n >= 1000;
  const distance = isFar ? `${formatNumber(Math.round(reason.n / 100) / 10, settings.lang)} km` : `${reason.n} m`;
  return wordOr(`evidence_${reason.kind}`, "evidence_other", { n: reason.n, distance });
}

/** How alike, in words. */
export function strength(score: number): string {
  return t(score >= 80 ? "duplicates_strong" : score >= 70 ? "duplicates_fair" : "duplicates_weak");
}

/** Ties two households, from what is stored of them now. A record names one other, so that the tie is written
 * where none is yet: at the end of the line of those that are tied already. */
export async function tie(one: string, other: string): Promise<Outcome & { record: string }> {
  let end = await api.record(other);
  const met = new Set<string>();
  while (!isFailure(end) && end.same_as[0] && !met.has(end.record)) {
    met.add(end.record);
    end = await api.record(end.same_as[0]);
  }
  if (isFailure(end)) return { isStored: false, said: sentence(end), record: "" };
  // The line may end in the other one itself: then they are one household already.
  const named = end.record === one ? other : one;
  return { ...(await writeTie(end, named)), record: end.record };
}

/** Takes back what a record says about being the same as another. */
export async function untie(record: string): Promise<Outcome> {
  const shown = await api.record(record);
  return isFailure(shown) ? { isStored: false, said: sentence(shown) } : writeTie(shown, null);
}

const writeTie = (shown: FullRecord, other: string | null): Promise<Outcome> => write(shown, { "@same_as": other });

/** What was said of a row and not taken back: which row it is the same as; itself: another than all others. */
export interface SaidOfRow { path: string; prefix: string; named: string; entry: HistoryEntry }

export function saidOfRows(history: HistoryEntry[]): SaidOfRow[] {
  const end = "/@same_as";
  const last = new Map<string, HistoryEntry>();
  for (const entry of history) for (const path of Object.keys(entry.set)) if (path.endsWith(end)) last.set(path, entry);
  return [...last]
    .filter(([path, entry]) => entry.set[path] !== null)
    .map(([path, entry]) => ({ path, prefix: path.slice(0, -end.length), named: String(entry.set[path]), entry }));
}
