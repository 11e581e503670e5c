// Who had been shown what: the writes of one record and their heads. A set of changes is a bit mask over the order
// (`at`, id), so that "every change that …" is one operation.

import { byCodePoint, type Json } from "./canonical";
import type { Head, Stored } from "./record";

export type Mask = bigint;

/** `shown[i]`: the changes that the author of change i had been shown, itself included. `writers`: by path the changes
 * that set it. `masks`: those whose write is a head. */
export class Heads {
  readonly changes: Stored[];
  readonly shown: Mask[] = [];
  readonly writers = new Map<string, Mask>();
  readonly masks = new Map<string, Mask>();

  constructor(record: string, stored: Iterable<Stored>) {
    const byId = new Map<string, Stored>();
    for (const item of stored) {
      if (item.change.record !== record) continue;
      const twin = byId.get(item.id);
      if (!twin || item.at < twin.at || (item.at === twin.at && byCodePoint(item.role, twin.role) < 0)) {
        byId.set(item.id, item);
      }
    }
    this.changes = [...byId.values()].sort((a, b) => a.at - b.at || byCodePoint(a.id, b.id));
    const positions = new Map(this.changes.map((item, index) => [item.id, index]));
    const superseded = new Map<string, Mask>();
    this.changes.forEach((item, index) => {
      const own = 1n << BigInt(index);
      const seen = maskOf(item.change.seen, positions, this.changes.length) & ~own;
      this.shown.push(seen | own);
      for (const path of Object.keys(item.change.set)) {
        this.writers.set(path, (this.writers.get(path) ?? 0n) | own);
        superseded.set(path, (superseded.get(path) ?? 0n) | seen);
      }
    });
    for (const [path, mask] of this.writers) this.masks.set(path, mask & ~superseded.get(path)!);
  }

  /** The heads of a path, newest first. */
  of(path: string): Head[] {
    return newestFirst(this.masks.get(path) ?? 0n).map((index) => {
      const { id, at, role, change } = this.changes[index]!;
      return { id, value: change.set[path]!, author: change.author, at, role };
    });
  }

  /** The changes whose head of this path has exactly this string, boolean or null. */
  withValue(path: string, value: Json): number[] {
    return newestFirst(this.masks.get(path) ?? 0n).filter((index) => this.changes[index]!.change.set[path] === value);
  }
}

/** The mask of the ids that are present. Built from a text of digits: a chain of BigInt shifts is quadratic. */
function maskOf(ids: readonly string[], positions: ReadonlyMap<string, number>, size: number): Mask {
  const bits = new Uint8Array(size);
  for (const id of ids) {
    const position = positions.get(id);
    if (position !== undefined) bits[size - 1 - position] = 1;
  }
  return size ? BigInt(`0b${bits.join("")}`) : 0n;
}

/** The positions of the bits of a mask, highest first. */
export function newestFirst(mask: Mask): number[] {
  const digits = mask.toString(2);
  const positions: number[] = [];
  for (let index = 0; mask && index < digits.length; index++) {
    if (digits[index] === "1") positions.push(digits.length - 1 - index);
  }
  return positions;
}
