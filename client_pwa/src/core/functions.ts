// The functions of expressions that need no more than values, by XPath name. The twin of schemas/functions.py.
//
// Where an argument makes no sense the result is blank: nothing stops an interview.

import { codes, toBoolean, toDate, toNumber, toText, trimmed, type Value } from "./coerce";
import { Day, formatDate, type Moment, monthsBetween, MS_A_DAY, parseTime } from "./dates";
import { isMatch } from "./patterns";

/** The arguments of one call, read as the type that the function wants. */
export class Call {
  constructor(
    readonly values: Value[],
    readonly offset_min: number,
    readonly lang: string,
  ) {}

  get length(): number {
    return this.values.length;
  }

  value(index: number): Value {
    return this.values[index] ?? "";
  }

  text(index: number): string {
    return toText(this.value(index));
  }

  /** By code points, as all positions in texts count. */
  chars(index: number): string[] {
    return Array.from(this.text(index));
  }

  number(index: number): number {
    return toNumber(this.value(index), this.offset_min);
  }

  truth(index: number): boolean {
    return toBoolean(this.value(index));
  }

  date(index: number): Day | Moment | null {
    return toDate(this.value(index), this.offset_min);
  }

  /** Truncated; `otherwise` for what is no number, capped where only the sign still matters. */
  integer(index: number, otherwise = 0): number {
    const number = this.number(index);
    return Number.isNaN(number) ? otherwise : Math.trunc(Math.max(-1e9, Math.min(1e9, number)));
  }
}

/** 12 significant digits: the last bits of sin, exp or pow differ between C libraries and browsers. */
function sameDigits(number: number): number {
  return Number.isFinite(number) ? Number(number.toPrecision(12)) + 0 : number;
}

const analytic =
  (apply: (number: number) => number) =>
  (call: Call): number =>
    sameDigits(apply(call.number(0)));

function power(base: number, exponent: number): number {
  const result = Math.pow(base, exponent);
  const isWhole = Number.isInteger(base) && Number.isInteger(exponent) && exponent >= 0 && Math.abs(result) <= 2 ** 53;
  return isWhole ? result + 0 : sameDigits(result);
}

/** `number` x 10^places by its shortest decimal text, so that 1.005 is shifted to 100.5 exactly. */
function shifted(number: number, places: number): number {
  const [mantissa, exponent = "0"] = String(number).split("e") as [string, string?];
  return Number(`${mantissa}e${Number(exponent) + places}`);
}

// 10^309 is no number.
const MOST_PLACES = 309;

/** Half goes up, also below zero; no number for places that no number has. */
export function rounded(number: number, places: number): number {
  if (!(Math.abs(places) < MOST_PLACES)) return NaN;
  if (!Number.isFinite(number)) return number;
  const shift = Math.trunc(places);
  const moved = shifted(number, shift);
  if (!Number.isFinite(moved)) return number;
  const whole = Math.floor(moved);
  return shifted(whole + (moved - whole >= 0.5 ? 1 : 0), -shift) + 0;
}

/** XPath 1.0: from position (1-based, rounded), so many characters. */
function substring(call: Call): string {
  const start = rounded(call.number(1), 0);
  const end = call.length < 3 ? Infinity : start + rounded(call.number(2), 0);
  return call
    .chars(0)
    .filter((_, index) => start <= index + 1 && index + 1 < end)
    .join("");
}

function translate(call: Call): string {
  const target = call.chars(2);
  const table = new Map<string, string>();
  call.chars(1).forEach((char, at) => {
    if (!table.has(char)) table.set(char, target[at] ?? "");
  });
  return call
    .chars(0)
    .map((char) => table.get(char) ?? char)
    .join("");
}

/** `selected(${q}, '')`: nothing is (JavaRosa looks for the code between spaces). */
function selected(call: Call): boolean {
  const [chosen, code] = [codes(call.value(0)), trimmed(call.text(1))];
  return code === "" ? chosen.length === 0 : chosen.includes(code);
}

function selectedAt(call: Call): string {
  return codes(call.value(0))[call.integer(1, -1)] ?? "";
}

/** -1 leaves an end open. */
function between(held: number, call: Call): boolean {
  const [least, most] = [call.number(0), call.number(1)];
  return (least === -1 || held >= least) && (most === -1 || held <= most);
}

function checklist(call: Call): boolean {
  return between(call.values.slice(2).filter(toBoolean).length, call);
}

function weightedChecklist(call: Call): boolean {
  let weight = 0;
  for (let at = 2; at + 1 < call.length; at += 2) if (call.truth(at)) weight += call.number(at + 1);
  return between(weight, call);
}

/** A date stays one: no time of day is made up. */
function dateTime(call: Call): Value {
  return call.date(0) ?? "";
}

function decimalDateTime(call: Call): Value {
  const found = call.date(0);
  return found ? toNumber(found, call.offset_min) : "";
}

/** The local time of day as a fraction. */
function decimalTime(call: Call): Value {
  const time = parseTime(trimmed(call.text(0)));
  if (time) return time[0] / MS_A_DAY;
  const found = call.date(0);
  if (!found) return "";
  if (found instanceof Day) return 0;
  const local = found.localMs();
  return (local - MS_A_DAY * Math.floor(local / MS_A_DAY)) / MS_A_DAY;
}

function formatted(call: Call): string {
  const found = call.date(0);
  return found ? formatDate(found, call.text(1), call.lang) : "";
}

function differenceInMonths(call: Call): Value {
  const [first, second] = [call.date(0), call.date(1)];
  return first && second ? monthsBetween(first.day(), second.day()) : "";
}

function before(text: string, mark: string): string {
  return mark !== "" && text.includes(mark) ? text.slice(0, text.indexOf(mark)) : "";
}

function after(text: string, mark: string): string {
  return text.includes(mark) ? text.slice(text.indexOf(mark) + mark.length) : "";
}

export const FUNCTIONS: Partial<Record<string, (call: Call) => Value>> = {
  not: (call) => !call.truth(0),
  true: () => true,
  false: () => false,
  boolean: (call) => call.truth(0),
  "boolean-from-string": (call) => call.text(0) === "true" || call.text(0) === "1",
  coalesce: (call) => call.values.find((value) => toText(value) !== "") ?? "",
  concat: (call) => call.values.map(toText).join(""),
  string: (call) => call.text(0),
  "string-length": (call) => call.chars(0).length,
  substr: (call) =>
    call
      .chars(0)
      .slice(call.integer(1), call.length > 2 ? call.integer(2) : undefined)
      .join(""),
  substring,
  "substring-before": (call) => before(call.text(0), call.text(1)),
  "substring-after": (call) => after(call.text(0), call.text(1)),
  contains: (call) => call.text(0).includes(call.text(1)),
  "starts-with": (call) => call.text(0).startsWith(call.text(1)),
  "ends-with": (call) => call.text(0).endsWith(call.text(1)),
  translate,
  "normalize-space": (call) => codes(call.value(0)).join(" "),
  trim: (call) => trimmed(call.text(0)),
  regex: (call) => isMatch(call.text(1), call.text(0)),
  number: (call) => call.number(0),
  int: (call) => Math.trunc(call.number(0)) + 0,
  round: (call) => rounded(call.number(0), call.length > 1 ? call.number(1) : 0),
  floor: (call) => Math.floor(call.number(0)) + 0,
  ceiling: (call) => Math.ceil(call.number(0)) + 0,
  abs: (call) => Math.abs(call.number(0)),
  pow: (call) => power(call.number(0), call.number(1)),
  pi: () => Math.PI,
  sqrt: (call) => Math.sqrt(call.number(0)) + 0,
  exp: analytic(Math.exp),
  exp10: (call) => power(10, call.number(0)),
  log: analytic(Math.log),
  log10: analytic(Math.log10),
  sin: analytic(Math.sin),
  cos: analytic(Math.cos),
  tan: analytic(Math.tan),
  asin: analytic(Math.asin),
  acos: analytic(Math.acos),
  atan: analytic(Math.atan),
  atan2: (call) => sameDigits(Math.atan2(call.number(0), call.number(1))),
  selected,
  "selected-at": selectedAt,
  "count-selected": (call) => codes(call.value(0)).length,
  checklist,
  "weighted-checklist": weightedChecklist,
  date: (call) => toDate(call.value(0), call.offset_min, true)?.day() ?? "",
  "date-time": dateTime,
  "decimal-date-time": decimalDateTime,
  "decimal-time": decimalTime,
  "format-date": formatted,
  "format-date-time": formatted,
  "difference-in-months": differenceInMonths,
};
