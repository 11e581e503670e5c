// One text for one JSON value, the same in Python and in TypeScript.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Orders strings by code point, as Python does; `<` orders by UTF-16 unit. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const one = a.charCodeAt(index);
    const other = b.charCodeAt(index);
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above every other unit.
const rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit);

/** JSON without spaces, keys sorted by code point: equal JSON values give equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = value as Record<string, unknown>;
    const keys = Object.keys(members).filter((key) => members[key] !== undefined);
    return `{${keys
      .sort(byCodePoint)
      .map((key) => `${JSON.stringify(key)}:${canonical(members[key])}`)
      .join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not a finite number");
  return JSON.stringify(value);
}

/** Equal as JSON values: 1 is 1.0, true is no number. */
export function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return canonical(a) === canonical(b);
}
