// What is shown where heads disagree, by the rule in the form's column `conflict`.

import { byCodePoint, same, type Json } from "./canonical";
import { isSystem, lastPart, withoutRows } from "./paths";
import type { Head } from "./record";

/** The value that is shown (null: absent), and whether the path is a Conflict. */
export interface Decision {
  value: Json;
  isOpen: boolean;
}

const LEAST_FINISHED_FIRST: Json[] = ["returned", "draft", "submitted", "approved"];
const SYSTEM_RULES = new Map([
  ["@status", "least_finished"],
  ["@env", "latest"],
  ["@comment", "latest"],
  ["@row", "latest"],
  ["@same_as", "latest"], // every head counts as an edge; the newest is shown
]);

/** System paths have rules of their own; `ask` where the form names none. */
export function ruleOf(path: string, rules: ReadonlyMap<string, string>): string {
  return (isSystem(path) ? SYSTEM_RULES.get(lastPart(path)) : rules.get(withoutRows(path))) ?? "ask";
}

/** `heads` newest first, at least one. The whole set counts, never pairs of heads. */
export function decide(rule: string, heads: readonly Head[]): Decision {
  const newest = heads[0]!.value;
  if (heads.every((head) => same(head.value, newest))) return { value: newest, isOpen: false };
  if (rule === "supervisor") {
    const ruling = heads.find((head) => head.role === "supervisor" || head.role === "admin");
    return { value: ruling ? ruling.value : newest, isOpen: !ruling };
  }
  const closing = CLOSING.get(rule);
  return closing ? { value: closing(heads), isOpen: false } : { value: newest, isOpen: true };
}

type Rule = (heads: readonly Head[]) => Json;

const latest: Rule = (heads) => heads[0]!.value;
const first: Rule = (heads) => heads[heads.length - 1]!.value;

/** By number where there is one, else by date, else by time of day; the newest of equals. */
function extreme(heads: readonly Head[], sign: 1 | -1): Json {
  const placed = heads.map((head) => ({ ...onScale(head.value), value: head.value })).filter((each) => each.scale);
  if (!placed.length) return latest(heads);
  const scale = Math.min(...placed.map((each) => each.scale));
  const usable = placed.filter((each) => each.scale === scale);
  return usable.reduce((best, each) => (sign * each.amount > sign * best.amount ? each : best)).value;
}

function union(heads: readonly Head[]): Json {
  const lists = heads.map((head) => head.value).filter(isListOfCodes);
  return lists.length ? [...new Set(lists.flat())].sort(byCodePoint) : latest(heads);
}

function isListOfCodes(value: Json): value is string[] {
  return Array.isArray(value) && value.every((code) => typeof code === "string");
}

function join(heads: readonly Head[]): Json {
  const texts = heads.map((head) => head.value).filter((value) => typeof value === "string");
  return texts.length ? [...new Set(texts.reverse())].join(" | ") : latest(heads);
}

function leastFinished(heads: readonly Head[]): Json {
  const statuses = heads.map((head) => head.value);
  return LEAST_FINISHED_FIRST.find((status) => statuses.includes(status)) ?? latest(heads);
}

const CLOSING = new Map<string, Rule>([
  ["latest", latest],
  ["first", first],
  ["largest", (heads) => extreme(heads, 1)],
  ["smallest", (heads) => extreme(heads, -1)],
  ["union", union],
  ["join", join],
  ["least_finished", leastFinished],
]);

const TIME = "([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,3}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?";
const DATE = new RegExp(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T${TIME})?$`);
const CLOCK = new RegExp(`^${TIME}$`);
const [NONE, NUMBER, DAY, HOUR] = [0, 1, 2, 3];

/** A number; the milliseconds of a date or instant, of a time; scale 0: none of these. */
function onScale(value: Json): { scale: number; amount: number } {
  if (typeof value === "number") return { scale: NUMBER, amount: value };
  if (typeof value !== "string") return { scale: NONE, amount: 0 };
  const day = DATE.exec(value);
  if (day) {
    const [year, month, date] = day.slice(1, 4).map(Number);
    return { scale: DAY, amount: daysSince1970(year!, month!, date!) * 86_400_000 + milliseconds(day.slice(4)) };
  }
  const clock = CLOCK.exec(value);
  return clock ? { scale: HOUR, amount: milliseconds(clock.slice(1)) } : { scale: NONE, amount: 0 };
}

function milliseconds(parts: readonly (string | undefined)[]): number {
  const [hour, minute, second] = parts.slice(0, 3).map((part) => Number(part ?? 0));
  const offset = parts[4] ?? "Z";
  const minutes = offset === "Z" ? 0 : Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  const ahead = offset.startsWith("-") ? -minutes : minutes;
  return ((hour! * 60 + minute! - ahead) * 60 + second!) * 1000 + Number((parts[3] ?? "0").padEnd(3, "0"));
}

/** Civil day of the proleptic Gregorian calendar; counts years from March, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = year - (month <= 2 ? 1 : 0);
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + ofYear - 719_468;
}

/** The distinct strings among values that are not empty, sorted. */
export function distinctTexts(values: readonly Json[]): string[] {
  const texts = values.filter((value) => typeof value === "string" && value !== "") as string[];
  return [...new Set(texts)].sort(byCodePoint);
}
