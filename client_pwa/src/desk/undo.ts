import type { Json } from "../core/canonical";
import { Heads } from "../core/heads";
import { lastPart } from "../core/paths";
import type { FullRecord, HistoryEntry } from "./api";
import type { Writes } from "./writes";

/** A value that stood there before a decision; `at` says which is the newest. */
export interface Former { change: string; at: number; value: Json }

/**
 * The changes that take a decision back. Nothing takes a supersession away, so each value that the decision closed is
 * written again, by as many changes as had written them: all are made from one screen, none has been shown another, and
 * so the question is open again with all its values, the newest of them shown as before. What stood alone is written
 * back; a deletion or a comment is taken back with null; an approval goes back to waiting for one. A deletion that was
 * undone stays so: to delete is a statement about all that is shown now.
 */
export function takingBack(decision: Writes, statusBefore: string, formerOf: (path: string) => Former[]): Writes[] {
  const byChange = new Map<string, { at: number; set: Writes }>();
  const alone: Writes = {};
  for (const [path, value] of Object.entries(decision)) {
    const former = formerOf(path);
    if (lastPart(path) === "@deleted") {
      if (value !== null) alone[path] = null;
    } else if (path.startsWith("@comment/")) alone[path] = null;
    else if (path === "@status") alone[path] = ["draft", "returned"].includes(statusBefore) ? statusBefore : "submitted";
    else if (former.length < 2) alone[path] = former[0]?.value ?? null;
    else for (const each of former) byChange.set(each.change, { at: each.at, set: { ...byChange.get(each.change)?.set, [path]: each.value } });
  }
  const sets = [...byChange].sort(([a, one], [b, other]) => one.at - other.at || (a < b ? -1 : 1)).map(([, { set }]) => set);
  if (Object.keys(alone).length === 0) return sets;
  return sets.length ? [...sets.slice(0, -1), { ...sets.at(-1), ...alone }] : [alone];
}

/** Of a decision that was just made on this screen. */
export function takingBackJustMade(record: FullRecord, decision: Writes): Writes[] {
  const former = (path: string): Former[] => {
    const heads = record.conflicts[path];
    if (heads) return heads.map((head) => ({ change: head.id, at: head.at, value: head.value }));
    return [{ change: "", at: 0, value: record.values[path] ?? null }];
  };
  return takingBack(decision, record.status, former);
}

function headsOf(record: string, history: HistoryEntry[]): Heads {
  const stored = history.map(({ id, at, role, author, device, set, seen }) => ({
    id,
    at,
    role,
    change: { v: 1, record, form: "", form_version: "", device, seq: 0, at, author, seen, set },
  }));
  return new Heads(record, stored);
}

/** Whether this change wrote former values again, as one of several from one screen. */
export function isPutBack(record: FullRecord, entry: HistoryEntry): boolean {
  const screen = (each: HistoryEntry): string => [...new Set(each.seen)].sort().join();
  return entry.seen.length > 0 && record.history.some((each) => each.id !== entry.id && each.author === entry.author && screen(each) === screen(entry));
}

/** Of a decision in the history, as far as it still stands: what was written over it since stays. Empty: nothing of it
 * stands, or it took back another one. */
export function takingBackFromHistory(record: FullRecord, decision: HistoryEntry): Writes[] {
  if (!["supervisor", "admin"].includes(decision.role) || decision.is_erased) return [];
  const known = new Set(decision.seen);
  if (known.size === 0 || isPutBack(record, decision)) return [];
  const now = headsOf(record.record, record.history);
  const then = headsOf(record.record, record.history.filter((entry) => known.has(entry.id)));
  const standing = Object.entries(decision.set).filter(([path]) => now.of(path).some((head) => head.id === decision.id));
  const former = (path: string): Former[] => {
    const others = now.of(path).filter((head) => head.id !== decision.id);
    return [...then.of(path), ...others].map((head) => ({ change: head.id, at: head.at, value: head.value }));
  };
  const before = then.of("@status")[0]?.value;
  return takingBack(Object.fromEntries(standing), typeof before === "string" ? before : "", former);
}
