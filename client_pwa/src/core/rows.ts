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
  for (const row of visible) byRepeat.set(repeatOf(row), [...(byRepeat.get(repeatOf(row)) ?? []), row]);
  const apart = new Set<string>();
  for (const [repeat, rows] of byRepeat) {
    if (rows.length < 2) continue;
    const groupOf = components(ties(heads, repeat, writers.keys()));
    const alike = [...writtenAlike(writers, rows)];
    alike.forEach(([these, theseRows], position) => {
      for (const [those, thoseRows] of alike.slice(position + 1)) {
        if (met(heads, makersOf(heads, these), those) || met(heads, makersOf(heads, those), these)) continue;
        for (const one of theseRows) {
          for (const other of thoseRows) {
            const isTied = (groupOf.get(one) ?? one) === (groupOf.get(other) ?? other);
            if (isTied || isToldApart(heads, one, those) || isToldApart(heads, other, these)) continue;
            apart.add(one).add(other);
          }
        }
      }
    });
  }
  return [...apart].sort(byCodePoint);
}

const repeatOf = (row: string) => row.slice(0, row.lastIndexOf("/"));

function writtenAlike(writers: ReadonlyMap<string, Mask>, rows: readonly string[]): Map<Mask, string[]> {
  const alike = new Map<Mask, string[]>();
  for (const row of rows) alike.set(writers.get(row)!, [...(alike.get(writers.get(row)!) ?? []), row]);
  return alike;
}

/** The changes that wrote under a row without having been shown it. */
function makersOf(heads: Heads, writers: Mask): Mask {
  let makers = 0n;
  for (const index of newestFirst(writers)) {
    const own = 1n << BigInt(index);
    if ((heads.shown[index]! & writers) === own) makers |= own;
  }
  return makers;
}

function met(heads: Heads, makers: Mask, others: Mask): boolean {
  return newestFirst(makers).some((index) => (heads.shown[index]! & others) !== 0n);
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

function isToldApart(heads: Heads, row: string, others: Mask): boolean {
  const path = `${row}/@same_as`;
  return newestFirst(heads.masks.get(path) ?? 0n).some(
    (index) =>
      edge(heads.changes[index]!.change.set[path], repeatOf(row)) === row && (heads.shown[index]! & others) !== 0n,
  );
}
