import type { Lang } from "./settings.svelte";
import { fill } from "./i18n";
import { en } from "./words/en";
import { vi } from "./words/vi";

const MARKS: Record<Lang, { group: string; decimal: string }> = {
  vi: { group: ".", decimal: "," },
  en: { group: ",", decimal: "." },
};

// To make one takes a slow phone longer than a frame.
const writers = new Map<string, Intl.NumberFormat>();

/** A number as people write it: thousands grouped, at most `decimals` places, no exponent. */
export function formatNumber(value: number, lang: Lang, decimals = 6): string {
  const key = `${lang} ${decimals}`;
  let writer = writers.get(key);
  if (!writer) writers.set(key, (writer = new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-GB", { maximumFractionDigits: decimals })));
  return writer.format(value);
}

/** What was typed: a number, nothing, two numbers it could mean, or no number at all. */
export type TypedNumber =
  | { kind: "number"; value: number }
  | { kind: "blank" }
  | { kind: "ambiguous"; whole: number; fraction: number }
  | { kind: "invalid" };

function isGrouped(text: string, mark: string): boolean {
  const groups = text.split(mark);
  return /^\d{1,3}$/.test(groups[0]!) && groups.slice(1).every((group) => /^\d{3}$/.test(group));
}

function number(text: string): TypedNumber {
  return /^\d+(\.\d+)?$|^\.\d+$/.test(text) ? { kind: "number", value: Number(text) } : { kind: "invalid" };
}

function unsigned(text: string, lang: Lang, allowsDecimals: boolean): TypedNumber {
  const { group, decimal } = MARKS[lang];
  const [whole = "", ...fractions] = text.split(decimal);
  if (fractions.length > 1 || (fractions.length === 1 && !allowsDecimals)) return { kind: "invalid" };
  if (!whole.includes(group)) return number([whole, ...fractions].join("."));
  const isOneMark = whole.split(group).length === 2 && fractions.length === 0;
  if (isGrouped(whole, group) && !(isOneMark && whole.startsWith("0"))) {
    const joined = whole.split(group).join("");
    if (!isOneMark || !allowsDecimals) return number([joined, ...fractions].join("."));
    return { kind: "ambiguous", whole: Number(joined), fraction: Number(whole.replace(group, ".")) };
  }
  return isOneMark && allowsDecimals ? number(whole.replace(group, ".")) : { kind: "invalid" };
}

/**
 * Reads a typed number. Vietnamese: dots or spaces group thousands and the comma is decimal; `1.500` where decimals
 * are allowed could be either and is given back as ambiguous.
 */
export function parseNumber(typed: string, lang: Lang, allowsDecimals: boolean): TypedNumber {
  const text = typed.trim().replace(/[\s\u00a0\u202f]/g, "").replace(/^[\u2212\u2013]/, "-");
  if (text === "") return { kind: "blank" };
  const isNegative = text.startsWith("-");
  const read = unsigned(isNegative ? text.slice(1) : text, lang, allowsDecimals);
  if (!isNegative) return read;
  if (read.kind === "number") return { kind: "number", value: -read.value };
  return read.kind === "ambiguous" ? { ...read, whole: -read.whole, fraction: -read.fraction } : read;
}

/** Could what is being typed still become thousands? `1.5` may be on its way to `1.500`. */
export function isHalfGrouped(typed: string, lang: Lang): boolean {
  const [whole = "", ...groups] = typed.trim().replace(/^[-\u2212\u2013]/, "").split(MARKS[lang].group);
  return groups.length === 1 && /^[1-9]\d{0,2}$/.test(whole) && /^\d{0,2}$/.test(groups[0]!);
}

const STEPS = [
  ["money.billion", 1e9, 1e6],
  ["money.million", 1e6, 1e3],
  ["money.thousand", 1e3, 1e3],
] as const;

/** Money read back: 1200000 is "1,2 triệu đồng". */
export function moneyInWords(amount_vnd: number, lang: Lang): string {
  const words = lang === "en" ? en : vi;
  return (amount_vnd < 0 ? "−" : "") + fill(words["money.dong"], lang, { amount: numberInWords(Math.abs(amount_vnd), lang) });
}

/** 1200000 is "1,2 triệu". Exact: what three decimals cannot say is said in smaller units. */
export function numberInWords(amount: number, lang: Lang): string {
  const words = lang === "en" ? en : vi;
  const parts: string[] = [];
  let rest = Math.abs(amount);
  for (const [key, size, finest] of STEPS) {
    if (rest < size) continue;
    const isExact = rest % finest === 0;
    const count = isExact ? rest / size : Math.floor(rest / size);
    parts.push(fill(words[key], lang, { amount: formatNumber(count, lang, 3) }));
    rest = isExact ? 0 : rest % size;
  }
  if (rest > 0 || parts.length === 0) parts.push(formatNumber(rest, lang));
  return (amount < 0 ? "−" : "") + parts.join(" ");
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-22` as 22/11/2026, in both languages; anything else is given back as it is. */
export function formatDate(iso: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  return match ? `${match[3]}/${match[2]}/${match[1]}` : iso;
}

/** A moment on this device's clock: 22/11/2026 14:05. */
export function formatMoment(at_ms: number): string {
  const at = new Date(at_ms);
  return `${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()} ${formatTime(at_ms)}`;
}

/** The time of day of a moment on this device's clock: 14:05. */
export function formatTime(at_ms: number): string {
  const at = new Date(at_ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** dd/mm/yyyy (also with dots, dashes, spaces, or as eight digits) as `yyyy-mm-dd`; null for no such day. */
export function parseDate(typed: string): string | null {
  const match = /^(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})$|^(\d{2})(\d{2})(\d{4})$/.exec(typed.trim());
  if (!match) return null;
  const [day, month, year] = [Number(match[1] ?? match[4]), Number(match[2] ?? match[5]), Number(match[3] ?? match[6])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return `${year}-${two(month)}-${two(day)}`;
}

/** 14:05, 14.05, 14h05 or 1405 as [14, 5]; null for no such time. */
export function parseTime(typed: string): [number, number] | null {
  const match = /^(\d{1,2})(?:[:.h](\d{2}))?$|^(\d{2})(\d{2})$/.exec(typed.trim());
  if (!match) return null;
  const [hour, minute] = [Number(match[1] ?? match[3]), Number(match[2] ?? match[4] ?? 0)];
  return hour < 24 && minute < 60 ? [hour, minute] : null;
}

/** "5 kB", "1,2 MB". */
export function formatBytes(bytes: number, lang: Lang): string {
  return bytes < 1e6 ? `${formatNumber(Math.ceil(bytes / 1000), lang, 0)} kB` : `${formatNumber(bytes / 1e6, lang, 1)} MB`;
}
