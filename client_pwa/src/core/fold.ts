// The fold: from the changes of a record to the record, whatever their order of arrival and repetition.

import { byCodePoint, type Json } from "./canonical";
import { contentMasks, Deletions, isChangedSinceApproval } from "./covers";
import { Heads } from "./heads";
import { isSystem, lastPart, rowPrefixes } from "./paths";
import type { Comment, FoldedRecord, Head, Stored } from "./record";
import { rowsMadeApart, rowWriters } from "./rows";
import { decide, distinctTexts, ruleOf } from "./rules";

export type { Comment, FoldedRecord, Head, Stored } from "./record";

/** The record that its changes add up to; changes of other records are passed over. `rules`: row-less path to the
 * form's conflict rule, where it is not `ask`. */
export function fold(record: string, stored: Iterable<Stored>, rules: Readonly<Record<string, string>>): FoldedRecord {
  const heads = new Heads(record, stored);
  const content = contentMasks(heads);
  const deletions = new Deletions(heads, content);
  const byPath = [...heads.masks.keys()].sort(byCodePoint).map((path) => [path, heads.of(path)] as [string, Head[]]);
  const { shown, conflicts } = decideAll(byPath, new Map(Object.entries(rules)), deletions);
  const writers = rowWriters(heads);
  const visibleRows = [...writers.keys()].filter((row) => !deletions.hides(`${row}/@row`));
  const marked = [...shown, ...marks(shown, visibleRows, deletions)].sort(([a], [b]) => byCodePoint(a, b));
  const places = Object.entries({
    changed_since_approval: isChangedSinceApproval(heads, content) ? [""] : [],
    edited_after_delete: deletions.uncovered.filter((prefix) => !deletions.hides(prefix)),
    rows_to_compare: rowsMadeApart(heads, writers, visibleRows),
  }).filter(([, prefixes]) => prefixes.length > 0);
  const env = shown.get("@env");
  return {
    record,
    form: heads.changes[0]?.change.form ?? "",
    seen: heads.changes.map((item) => item.id),
    values: Object.fromEntries(marked),
    heads: Object.fromEntries(byPath),
    conflicts: Object.fromEntries(conflicts),
    flags: places.map(([flag]) => flag).sort(),
    places: Object.fromEntries(places),
    status: text(shown.get("@status")),
    deleted: deletions.hidden.includes(""),
    hidden_rows: deletions.hidden.filter((row) => row !== ""),
    areas: distinctTexts(heads.of("@area").map((head) => head.value)),
    round: text(shown.get("@round")),
    subject: text(shown.get("@subject")),
    same_as: distinctTexts(heads.of("@same_as").map((head) => head.value)),
    comments: comments(shown, heads),
    env: isObject(env) ? env : {},
  };
}

function decideAll(
  byPath: readonly [string, Head[]][],
  rules: ReadonlyMap<string, string>,
  deletions: Deletions,
): { shown: Map<string, Json>; conflicts: [string, Head[]][] } {
  const shown = new Map<string, Json>();
  const conflicts: [string, Head[]][] = [];
  for (const [path, heads] of byPath) {
    const decision = decide(ruleOf(path, rules), heads);
    const isHidden = deletions.hides(path);
    const isDeletion = lastPart(path) === "@deleted";
    if (decision.isOpen && (!isHidden || isDeletion)) conflicts.push([path, heads]);
    if (decision.value !== null && !isHidden && !isDeletion) shown.set(path, decision.value);
  }
  return { shown, conflicts };
}

const text = (value: Json | undefined) => (typeof value === "string" ? value : "");

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** `@deleted` where it hides, and `@row` for visible rows whose answers were all cleared. */
function marks(shown: ReadonlyMap<string, Json>, rows: readonly string[], deletions: Deletions): [string, Json][] {
  const deleted = deletions.hidden.filter((prefix) => !deletions.hides(prefix));
  const withValue = new Set([...shown.keys()].flatMap(rowPrefixes));
  return [
    ...deleted.map((prefix): [string, Json] => [prefix ? `${prefix}/@deleted` : "@deleted", true]),
    ...rows.filter((row) => !withValue.has(row)).map((row): [string, Json] => [`${row}/@row`, true]),
  ];
}

/** The comments that were not taken back, oldest first. */
function comments(shown: ReadonlyMap<string, Json>, heads: Heads): Comment[] {
  const found: Comment[] = [];
  for (const [path, value] of shown) {
    if (!path.startsWith("@comment/") || !isObject(value) || !text(value.text)) continue;
    const newest = heads.of(path)[0]!;
    const comment: Comment = { id: path.slice("@comment/".length), text: text(value.text), author: newest.author, at: newest.at };
    if (text(value.path)) comment.path = text(value.path);
    found.push(comment);
  }
  return found.sort((a, b) => a.at - b.at || byCodePoint(a.id, b.id));
}

/** The visible values without the system paths. */
export function answers(record: FoldedRecord): Record<string, Json> {
  return Object.fromEntries(Object.entries(record.values).filter(([path]) => !isSystem(path)));
}

export interface HistoryEntry {
  id: string;
  author: string;
  at: number;
  role: string;
  device: string;
  set: Record<string, Json>;
  seen: string[];
}

/** Every change as the desk lists it, oldest first: who set what, when, having been shown what. */
export function history(stored: Iterable<Stored>): HistoryEntry[] {
  const byId = new Map([...stored].map((item) => [item.id, item]));
  return [...byId.values()]
    .sort((a, b) => a.at - b.at || byCodePoint(a.id, b.id))
    .map(({ id, at, role, change }) => ({
      id,
      author: change.author,
      at,
      role,
      device: change.device,
      set: change.set,
      seen: change.seen,
    }));
}
