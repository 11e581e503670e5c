// `random()` and `uuid()`: chance that replicas agree on, from the record's seed and the place of use. The twin of
// schemas/chance.py.

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/** 32 bits: FNV-1a over the key's code points, then the finisher of MurmurHash3 against its patterns. */
export function draw(key: string): number {
  let found = 0x811c9dc5;
  for (const char of key) found = Math.imul(found ^ char.codePointAt(0)!, 0x01000193);
  found = Math.imul(found ^ (found >>> 16), 0x85ebca6b);
  found = Math.imul(found ^ (found >>> 13), 0xc2b2ae35);
  return (found ^ (found >>> 16)) >>> 0;
}

/** At least 0, below 1. */
export function randomNumber(key: string): number {
  return draw(key) / 2 ** 32;
}

/** A version 4 UUID as text. */
export function randomUuid(key: string): string {
  const digits = [0, 1, 2, 3].map((part) => draw(`${key}|${part}`).toString(16).padStart(8, "0")).join("");
  const variant = "89ab"[parseInt(digits[16]!, 16) % 4]!;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

export function randomText(key: string, length: number): string {
  return Array.from({ length }, (_, at) => ALPHABET[draw(`${key}|${at}`) % 36]!).join("");
}
