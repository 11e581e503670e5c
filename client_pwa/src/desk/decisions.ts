import type { Json } from "../core/canonical";
import { same } from "../core/canonical";
import type { ApartRow, DeskHead, FullRecord, Writer } from "./api";
import type { Writes } from "./writes";

/** What was chosen for a path: one of the heads, or a typed value. */
export type Choice = { head: string; value: Json } | { head: ""; value: Json };
/** What one record would be given, and from whom. `left`: paths that stay open; `hidden`: rows that are deleted. */
export interface Plan {
  record: FullRecord;
  picked: { path: string; head: DeskHead }[];
  hidden: ApartRow[];
  left: string[];
}
type Open = Pick<FullRecord, "conflicts" | "apart">;

/** Whose answer a value is: what was put back when a decision was taken back is still its first author's. */
export const writerOf = (head: DeskHead): Writer => head.put_back ?? head;
export const writerKey = (head: DeskHead): string => `${writerOf(head).author}|${writerOf(head).device}`;

/** Everybody with a value in conflict, a person on a device, in the order of their first write. */
export function writers(record: Pick<FullRecord, "conflicts">): { key: string; writer: Writer }[] {
  const heads = Object.values(record.conflicts).flat();
  heads.sort((a, b) => writerOf(a).at - writerOf(b).at || (a.id < b.id ? -1 : 1));
  return [...new Map(heads.map((head) => [writerKey(head), { key: writerKey(head), writer: writerOf(head) }])).values()];
}

/** The people with a value in conflict in any of these records, and in how many. */
export function people(records: Pick<FullRecord, "conflicts">[]): { author: string; writer: Writer; records: number }[] {
  const found = new Map<string, { author: string; writer: Writer; records: number }>();
  for (const record of records) {
    const own = new Map(Object.values(record.conflicts).flat().map((head) => [writerOf(head).author, writerOf(head)]));
    for (const [author, writer] of own) found.set(author, { author, writer, records: (found.get(author)?.records ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => b.records - a.records || a.writer.author_name.localeCompare(b.writer.author_name, "vi"));
}

/** The choices with one more, or another, made. */
export function choosing(choices: ReadonlyMap<string, Choice>, path: string, choice: Choice): Map<string, Choice> {
  return new Map(choices).set(path, choice);
}

/** The choices for questions that are still in conflict. */
export function stillOpen(choices: ReadonlyMap<string, Choice>, record: FullRecord): Map<string, Choice> {
  return new Map([...choices].filter(([path]) => path in record.conflicts));
}

/** The writes of the decisions; the losing values stay in the history. */
export function decided(choices: ReadonlyMap<string, Choice>): Writes {
  return Object.fromEntries([...choices].map(([path, choice]) => [path, choice.value]));
}

/** Every question for which this writer has a value, chosen as that value. */
export function allOf(record: FullRecord, writer: string, choices: ReadonlyMap<string, Choice>): Map<string, Choice> {
  const next = new Map(choices);
  for (const [path, heads] of Object.entries(record.conflicts)) {
    const head = heads.find((each) => writerKey(each) === writer);
    if (head) next.set(path, { head: head.id, value: head.value });
  }
  return next;
}

/** The newest value of every question in conflict. */
export function newestOf(record: FullRecord): Plan {
  const picked = Object.entries(record.conflicts).map(([path, heads]) => ({ path, head: heads[0]! }));
  return { record, picked, hidden: [], left: [] };
}

/** One person's whole version: their value wherever they have one, and their rows where others made the same ones
 * apart. Questions that others only answered among themselves stay open. */
export function wholeVersionOf(record: FullRecord, author: string): Plan {
  const picked: Plan["picked"] = [];
  const left: string[] = [];
  for (const [path, heads] of Object.entries(record.conflicts)) {
    const head = heads.find((each) => writerOf(each).author === author);
    if (head) picked.push({ path, head });
    else left.push(path);
  }
  return { record, picked, hidden: rowsOfOthers(record, author), left };
}

/** The rows to compare that this person neither made nor was shown, in repeats where they made their own. */
function rowsOfOthers(record: Open, author: string): ApartRow[] {
  const repeatOf = (row: ApartRow): string => row.prefix.slice(0, row.prefix.lastIndexOf("/"));
  const own = new Set(record.apart.filter((row) => row.known_to.includes(author)).map(repeatOf));
  return record.apart.filter((row) => own.has(repeatOf(row)) && !row.known_to.includes(author));
}

/** What a plan writes; a question in a row that it deletes is not written. */
export function writesOf(plan: Plan): Writes {
  const isHidden = (path: string): boolean => plan.hidden.some((row) => path.startsWith(`${row.prefix}/`));
  const values = plan.picked.filter(({ path }) => !isHidden(path)).map(({ path, head }) => [path, head.value] as const);
  return Object.fromEntries([...values, ...plan.hidden.map((row) => [`${row.prefix}/@deleted`, true] as const)]);
}

/** What the author had been shown when writing: an answer and whose it was, last round's, or nothing. */
export type Seen = { kind: "answer"; value: Json; isKept: boolean; from: Writer | null } | { kind: "last_round"; value: Json; isKept: boolean } | { kind: "none" };

export function seenBy(head: DeskHead, lastRound: Json | undefined, isCarried: boolean): Seen {
  if (head.had_seen_any) return { kind: "answer", value: head.had_seen, isKept: same(head.had_seen, head.value), from: head.seen_from };
  if (isCarried && lastRound !== undefined) return { kind: "last_round", value: lastRound, isKept: same(lastRound, head.value) };
  return { kind: "none" };
}
