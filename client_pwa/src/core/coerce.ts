// Types of expression values and how one becomes another: XPath 1.0 with the guide's deviations. The twin of
// schemas/coerce.py.

import type { Json } from "./canonical";
import { Day, dayText, Moment, momentText, MOST_DAYS, MS_A_DAY, parseDay, parseMoment, parseTime, withZeros } from "./dates";

/** A blank is the empty string. */
export type Value = string | number | boolean | Day | Moment;

const NUMBER = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;

/** Without XPath's white space at the ends (JavaScript's own trim takes more). */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** Shortest digits that read back as the same number, never an exponent; NaN and infinities are blank. */
export function numberText(number: number): string {
  if (!Number.isFinite(number)) return "";
  const text = String(number);
  const [mantissa, exponent] = text.split("e") as [string, string?];
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole, fraction = ""] = mantissa.replace("-", "").split(".") as [string, string?];
  let digits = whole + fraction;
  let point = whole.length + Number(exponent);
  if (point <= 0) {
    digits = "0".repeat(1 - point) + digits;
    point = 1;
  }
  digits = digits.padEnd(point, "0");
  const tail = digits.slice(point).replace(/0+$/, "");
  return sign + digits.slice(0, point) + (tail ? `.${tail}` : "");
}

export function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return numberText(value);
  return value instanceof Day ? dayText(value) : momentText(value);
}

/** ISO dates and times are numbers too: days since 1970, fractions of a day. */
export function toNumber(value: Value, offset_min: number): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return textNumber(trimmed(value), offset_min);
  return value instanceof Day ? value.days : value.ms / MS_A_DAY;
}

export function textNumber(text: string, offset_min: number): number {
  if (NUMBER.test(text)) return Number(text) + 0;
  // Nearly every text that is no number is no date either: look before matching.
  if (text.length < 5 || (text[2] !== ":" && text[4] !== "-")) return NaN;
  const time = parseTime(text);
  if (time) return time[0] / MS_A_DAY;
  const date = parseDate(text, offset_min);
  return date === null ? NaN : toNumber(date, offset_min);
}

export function toBoolean(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value !== "";
  if (typeof value === "number") return value !== 0 && !Number.isNaN(value);
  return true;
}

function parseDate(text: string, offset_min: number): Day | Moment | null {
  return parseDay(text) ?? parseMoment(text, offset_min);
}

/** A date, a moment, an ISO text of either (`2026-1-9` too) or a number of days (with a fraction a moment, unless `isWhole`). */
export function toDate(value: Value, offset_min: number, isWhole = false): Day | Moment | null {
  if (value instanceof Day || value instanceof Moment) return value;
  if (typeof value === "boolean") return null;
  let number: number;
  if (typeof value === "string") {
    const text = trimmed(value);
    const found = parseDate(text, offset_min) ?? parseDate(withZeros(text), offset_min);
    if (found) return found;
    number = NUMBER.test(text) ? Number(text) + 0 : NaN;
  } else number = value;
  if (Number.isNaN(number) || Math.abs(number) > MOST_DAYS) return null;
  if (isWhole || number === Math.floor(number)) return new Day(Math.floor(number));
  return new Moment(Math.floor(number * MS_A_DAY + 0.5), offset_min);
}

/** Both as numbers; a day beside a moment by the moment's local time: `now() >= today()`. */
export function compared(left: Value, right: Value, offset_min: number): [number, number] {
  if (typeof left === "number" && typeof right === "number") return [left, right];
  const first = dated(left, offset_min);
  const second = dated(right, offset_min);
  if (first instanceof Day && second instanceof Moment) return [first.days, second.localMs() / MS_A_DAY];
  if (first instanceof Moment && second instanceof Day) return [first.localMs() / MS_A_DAY, second.days];
  return [toNumber(first, offset_min), toNumber(second, offset_min)];
}

/** An ISO text as the date that it is. */
function dated(value: Value, offset_min: number): Value {
  return typeof value === "string" && value.length > 9 ? (parseDate(trimmed(value), offset_min) ?? value) : value;
}

/** Booleans by truth, numbers and dates by number within 1e-12, else by text. */
export function isEqual(left: Value, right: Value, offset_min: number): boolean {
  if (typeof left === "string" && typeof right === "string") return left === right;
  if (typeof left === "boolean" || typeof right === "boolean") return toBoolean(left) === toBoolean(right);
  const [first, second] = compared(left, right, offset_min);
  return first === second || Math.abs(first - second) < 1e-12;
}

/** The codes of a select_multiple as expressions see it: one text, split at white space. */
export function codes(value: Value): string[] {
  return toText(value)
    .split(/[ \t\r\n]+/)
    .filter((code) => code !== "");
}

/** An answer as expressions see it: codes and coordinates joined by spaces, a file's name. */
export function fromJson(value: Json | undefined): Value {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value + 0;
  if (typeof value === "boolean") return value ? "OK" : "";
  if (Array.isArray(value)) {
    const separator = value.some((item) => Array.isArray(item)) ? "; " : " ";
    return value.map((item) => toText(fromJson(item))).join(separator);
  }
  return toText(fromJson(value["name"]));
}

/** A value as it is shown and exported; null for a blank. */
export function toJson(value: Value): Json {
  if (typeof value === "string") return value || null;
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  return toText(value);
}
