/** What a supervisor asks about again, and what was on the record when it came back. No clock says so: only who saw what. */
import type { Change } from "../core/change";
import type { Known, Ledger } from "./ledger";

interface Present { id: string; change: Change }

/** Oldest first, as folds order them. */
export function inOrder(ledger: Ledger, changes: Known[]): Known[] {
  const at = new Map(changes.map((change) => [change.id, ledger.stored(change).at]));
  return [...changes].sort((a, b) => at.get(a.id)! - at.get(b.id)! || (a.id < b.id ? -1 : 1));
}

const writes = (change: Change, status: string): boolean => change.set["@status"] === status;

/** The ids of the comments that nobody has dealt with: whoever submits has answered all that the record then showed. */
export function openComments(present: Present[]): Set<string> {
  const answered = new Set(present.filter(({ change }) => writes(change, "submitted")).flatMap(({ id, change }) => [id, ...change.seen]));
  const open = present.filter(({ id }) => !answered.has(id)).flatMap(({ change }) => Object.keys(change.set));
  return new Set(open.filter((path) => path.startsWith("@comment/")).map((path) => path.slice("@comment/".length)));
}

/** What the supervisor saw who returned the record last, in the given order; null: it was never returned. */
export function asReturned<Kept extends Present>(present: Kept[]): Kept[] | null {
  const last = [...present].reverse().find(({ change }) => writes(change, "returned"));
  if (!last) return null;
  const shown = new Set([last.id, ...last.change.seen]);
  return present.filter(({ id }) => shown.has(id));
}
