/** Names that are likely the same, without diacritics: for finding, and for not registering a household twice. */
import { searchKey } from "../core/text";

/** Every word of the query begins a word of the text. */
export function matches(query: string, text: string): boolean {
  const words = searchKey(text).split(/[\s·,./]+/);
  return searchKey(query).split(/\s+/).filter(Boolean).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

/** 0…1: of the words of two names paired as well as they go, whatever their order. */
export function likeness(a: string, b: string): number {
  const left = searchKey(a).split(/\s+/).filter(Boolean);
  const right = searchKey(b).split(/\s+/).filter(Boolean);
  if (left.length === 0 || right.length === 0) return 0;
  const [few, many] = left.length <= right.length ? [left, [...right]] : [right, [...left]];
  let sum = 0;
  for (const word of few) {
    const scores = many.map((other) => nearness(word, other));
    const best = scores.indexOf(Math.max(...scores));
    sum += scores[best]!;
    many.splice(best, 1);
    if (many.length === 0) break;
  }
  return sum / Math.max(left.length, right.length);
}

function nearness(a: string, b: string): number {
  return 1 - distance(a, b) / Math.max(a.length, b.length);
}

/** Letters to change, add or leave out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
