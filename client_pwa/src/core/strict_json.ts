// A JSON reader that refuses what JSON.parse lets pass: duplicate keys, integers beyond 2^53-1, infinite doubles.
// Bytes that one reader takes and another refuses would make two records of one set of changes.

import type { Json } from "./canonical";

const DEEPEST_VALUE = 32;
// Python's reader gives up near this depth, long after both have refused.
const DEEPEST_TEXT = 500;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

export class Refused extends Error {}

/** The value, or throws `Refused` with a code: `not_json`, `duplicate_key`, `number_out_of_range`, `too_deep`,
 * `lone_surrogate`. */
export function parseStrict(text: string): Json {
  const reader = new Reader(text);
  const value = reader.document();
  checkText(value, 0);
  return value;
}

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  document(): Json {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw new Refused("not_json");
    return value;
  }

  private space(): void {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
  }

  private take(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) throw new Refused("not_json");
    this.at = pattern.lastIndex;
    return found;
  }

  private isNext(sign: string): boolean {
    this.space();
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  private value(depth: number): Json {
    if (depth > DEEPEST_TEXT) throw new Refused("too_deep");
    if (this.isNext("{")) return this.members(depth);
    if (this.isNext("[")) return this.items(depth);
    const start = this.text[this.at];
    if (start === '"') return this.string();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private string(): string {
    return JSON.parse(this.take(STRING)[0]) as string;
  }

  private number(): number {
    const [text, fraction, exponent] = this.take(NUMBER);
    const number = Number(text);
    const isInteger = fraction === undefined && exponent === undefined;
    if (isInteger ? !Number.isSafeInteger(number) : !Number.isFinite(number)) {
      throw new Refused("number_out_of_range");
    }
    return number === 0 ? 0 : number;
  }

  private items(depth: number): Json[] {
    const items: Json[] = [];
    if (this.isNext("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.isNext(","));
    if (!this.isNext("]")) throw new Refused("not_json");
    return items;
  }

  private members(depth: number): Json {
    const members = new Map<string, Json>();
    let isTwice = false;
    if (this.isNext("}")) return {};
    do {
      this.space();
      const key = this.string();
      if (!this.isNext(":")) throw new Refused("not_json");
      isTwice ||= members.has(key);
      members.set(key, this.value(depth + 1));
    } while (this.isNext(","));
    if (!this.isNext("}")) throw new Refused("not_json");
    if (isTwice) throw new Refused("duplicate_key");
    return Object.fromEntries(members);
  }
}

function checkText(value: Json, depth: number): void {
  if (depth > DEEPEST_VALUE) throw new Refused("too_deep");
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new Refused("lone_surrogate");
  } else if (Array.isArray(value)) {
    for (const item of value) checkText(item, depth + 1);
  } else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) {
      checkText(key, depth + 1);
      checkText(item, depth + 1);
    }
  }
}
