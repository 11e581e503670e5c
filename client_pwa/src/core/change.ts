// The change: one save by one person to one record, as immutable bytes.

import { toBase64url } from "./base64url";
import type { Json } from "./canonical";
import { isWellFormed } from "./paths";
import { parseStrict, Refused } from "./strict_json";

export { recordId, rowId, uuid7 } from "./identity";

const LARGEST_CHANGE = 256 * 1024;
const LONGEST_HEADER = 200;
const HEADER = ["record", "form", "form_version", "device", "author"] as const;

/** `at`: ms since 1970; `seen`: all that the author had been shown; `set`: path to value, null clears. */
export interface Change {
  v: number;
  record: string;
  form: string;
  form_version: string;
  device: string;
  seq: number;
  at: number;
  author: string;
  seen: string[];
  set: Record<string, Json>;
}

/** The first 16 bytes of SHA-256 over the exact bytes, base64url: 22 characters. */
export async function changeId(body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 16);
  return toBase64url(digest);
}

/** The change, or a code that says why these bytes are none (the codes of schemas/change.py). Unknown keys are let
 * through; empty text and empty lists read as null. */
export function parseChange(body: string | Uint8Array): Change | string {
  let text: string;
  try {
    text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return "not_utf8";
  }
  if (/\p{Surrogate}/u.test(text)) return "lone_surrogate";
  if (new TextEncoder().encode(text).length > LARGEST_CHANGE) return "too_large";
  try {
    return checkFields(parseStrict(text));
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function checkFields(data: Json): Change | string {
  if (data === null || typeof data !== "object" || Array.isArray(data)) return "bad_change";
  const { v, seq, at, seen, set } = data;
  if (typeof v !== "number" || !Number.isInteger(v) || v < 1) return "bad_v";
  if (v > 1) return "newer_version";
  for (const field of HEADER) {
    const text = data[field];
    if (typeof text !== "string" || !text || new TextEncoder().encode(text).length > LONGEST_HEADER) return `bad_${field}`;
  }
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) return "bad_seq";
  if (!Number.isSafeInteger(at)) return "bad_at";
  if (!Array.isArray(seen) || !seen.every((id) => typeof id === "string")) return "bad_seen";
  if (set === undefined || set === null || typeof set !== "object" || Array.isArray(set)) return "bad_set";
  const writes: [string, Json][] = [];
  for (const [path, value] of Object.entries(set)) {
    if (!isWellFormed(path)) return "bad_path";
    if (!isNfc(path) || !isNfc(value)) return "not_nfc";
    writes.push([path, withoutEmpty(value)]);
  }
  const [record, form, form_version, device, author] = HEADER.map((field) => data[field] as string);
  return {
    v,
    record: record!,
    form: form!,
    form_version: form_version!,
    device: device!,
    seq: seq as number,
    at: at as number,
    author: author!,
    seen: seen as string[],
    set: Object.fromEntries(writes),
  };
}

function isNfc(value: Json): boolean {
  if (typeof value === "string") return value === value.normalize("NFC");
  if (Array.isArray(value)) return value.every(isNfc);
  if (value !== null && typeof value === "object") {
    return Object.entries(value).every(([key, item]) => isNfc(key) && isNfc(item));
  }
  return true;
}

/** Empty text and empty lists are null. */
export function withoutEmpty(value: Json): Json {
  return value === "" || (Array.isArray(value) && value.length === 0) ? null : value;
}

/** The text of a new change: no spaces, text in NFC, empty text and lists as null; `parseChange` takes it. */
export function composeChange(parts: Omit<Change, "v">): string {
  const { record, form, form_version, device, seq, at, author, seen } = parts;
  const set = Object.entries(parts.set).map(([path, value]) => `${compact(path)}:${compact(withoutEmpty(value))}`);
  const header = compact({ v: 1, record, form, form_version, device, seq, at, author, seen });
  return `${header.slice(0, -1)},"set":{${set.join(",")}}}`;
}

function compact(value: Json): string {
  if (typeof value === "string") return JSON.stringify(value.normalize("NFC"));
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).map(([key, item]) => `${compact(key)}:${compact(item)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError("not a finite number");
    // An integer beyond 2^53-1 is no valid value; with an exponent it is the double that it always was.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  }
  return JSON.stringify(value);
}
