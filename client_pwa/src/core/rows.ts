// Rows of repeats: which there are, and which were made apart.

import { byCodePoint, type Json } from "./canonical";
import { newestFirst, type Heads, type Mask } from "./heads";
import { rowPrefixes } from "./paths";
import { components } from "./same_as";

/** By prefix, the changes that wrote under a row: it exists if a path under it has a head. */
export function rowWriters(heads: Heads): Map<string, Mask> {
  const writers = new Map<string, Mask>();
  for (const [path, mask] of heads.writers) {
    for (const prefix of rowPrefixes(path)) writers.set(prefix, (writers.get(prefix) ?? 0n) | mask);
  }
  return writers;
}

/** The visible rows that have another one in their repeat, where neither author was shown the other's row and no
 * `@same_as` ties them. A row's `@same_as` that names the row itself says "another than all that I was shown". */
export function rowsMadeApart(heads: Heads, writers: ReadonlyMap<string, Mask>, visible: string[]): string[] {
  const byRepeat = new Map<string, string[]>();
  for (const row of visible) put(byRepeat, repeatOf(row), row);
  const apart = new Set<string>();
  for (const [repeat, rows] of byRepeat) {
    if (rows.length < 2) continue;
    const groupOf = components(ties(heads, repeat, writers.keys()));
    const told = new Map(rows.map((row) => [row, toldApartFrom(heads, row)]));
    const alike = [...writtenAlike(writers, rows)];
    const met = alike.map(([mask]) => shownToMakers(heads, mask));
    const grouped = (mine: readonly string[], others: Mask) =>
      mine.filter((row) => (told.get(row)! & others) === 0n).map((row): [string, string] => [row, groupOf.get(row) ?? row]);
    for (const [position, [these, theseRows]] of alike.entries()) {
      for (let next = position + 1; next < alike.length; next++) {
        const [those, thoseRows] = alike[next]!;
        if ((met[position]! & those) !== 0n || (met[next]! & these) !== 0n) continue;
        const [ones, others] = [grouped(theseRows, those), grouped(thoseRows, these)];
        for (const row of [...untied(ones, others), ...untied(others, ones)]) apart.add(row);
      }
    }
  }
  return [...apart].sort(byCodePoint);
}

/** The rows, given with their groups, that some other one is not of the group of. */
function untied(rows: readonly [string, string][], others: readonly [string, string][]): string[] {
  const groups = new Set(others.map(([, group]) => group));
  const own = (group: string) => groups.size === 1 && groups.has(group);
  return groups.size === 0 ? [] : rows.filter(([, group]) => !own(group)).map(([row]) => row);
}

const repeatOf = (row: string) => row.slice(0, row.lastIndexOf("/"));

function writtenAlike(writers: ReadonlyMap<string, Mask>, rows: readonly string[]): Map<Mask, string[]> {
  const alike = new Map<Mask, string[]>();
  for (const row of rows) put(alike, writers.get(row)!, row);
  return alike;
}

function put<Key>(lists: Map<Key, string[]>, key: Key, item: string): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** What those who wrote under a row without having been shown it had been shown. */
function shownToMakers(heads: Heads, writers: Mask): Mask {
  let shown = 0n;
  for (const index of newestFirst(writers)) {
    if ((heads.shown[index]! & writers) === 1n << BigInt(index)) shown |= heads.shown[index]!;
  }
  return shown;
}

/** The prefix that a row's `@same_as` names: a row id, or a prefix as it stands. */
function edge(value: Json | undefined, repeat: string): string {
  if (typeof value !== "string" || value === "") return "";
  return value.includes("/") ? value : `${repeat}/${value}`;
}

function ties(heads: Heads, repeat: string, rows: Iterable<string>): [string, string][] {
  const found: [string, string][] = [];
  for (const row of rows) {
    if (repeatOf(row) !== repeat) continue;
    for (const head of heads.of(`${row}/@same_as`)) {
      const other = edge(head.value, repeat);
      if (other && other !== row) found.push([row, other]);
    }
  }
  return found;
}

/** The changes that were shown to those who said that this row is another than all they were shown. */
function toldApartFrom(heads: Heads, row: string): Mask {
  const path = `${row}/@same_as`;
  let shown = 0n;
  for (const index of newestFirst(heads.masks.get(path) ?? 0n)) {
    if (edge(heads.changes[index]!.change.set[path], repeatOf(row)) === row) shown |= heads.shown[index]!;
  }
  return shown;
}
