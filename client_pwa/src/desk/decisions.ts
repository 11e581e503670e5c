import type { Json } from "../core/canonical";
import { same } from "../core/canonical";
import type { DeskHead, FullRecord } from "./api";

/** One who wrote a conflicting value: a person on a device. */
export interface Writer {
  key: string;
  name: string;
  device: string;
}
/** What was chosen for a path: one of the heads, or a typed value. */
export type Choice = { head: string; value: Json } | { head: ""; value: Json };

export const writerKey = (head: DeskHead): string => `${head.author}|${head.device}`;

/** Everybody with a value in conflict, in the order of their first write. */
export function writers(record: FullRecord): Writer[] {
  const heads = Object.values(record.conflicts).flat().sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const found = new Map<string, Writer>();
  for (const head of heads) found.set(writerKey(head), { key: writerKey(head), name: head.author_name, device: head.device_label });
  return [...found.values()];
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
export function decided(choices: ReadonlyMap<string, Choice>): { [path: string]: Json } {
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

/** What the author had been shown when writing: an answer, last round's, or nothing. */
export type Seen = { kind: "answer" | "last_round"; value: Json; isKept: boolean } | { kind: "none" };

export function seenBy(head: DeskHead, lastRound: Json | undefined, isCarried: boolean): Seen {
  if (head.had_seen_any) return { kind: "answer", value: head.had_seen, isKept: same(head.had_seen, head.value) };
  if (isCarried && lastRound !== undefined) return { kind: "last_round", value: lastRound, isKept: same(lastRound, head.value) };
  return { kind: "none" };
}
