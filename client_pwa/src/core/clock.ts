// The clock of a change. It orders concurrent writes and decides nothing else.

/** `at` of a new change: the wall clock, or 1 ms after the latest change its author had been shown (of each the
 * receipt's `at` where there is one). */
export function nextAt(seenAts: Iterable<number>, wall: number): number {
  let at = wall;
  for (const seen of seenAts) at = Math.max(at, seen + 1);
  return at;
}
