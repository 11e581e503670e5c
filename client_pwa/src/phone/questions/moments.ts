import { formatDate, parseDate } from "../../ui/format";

/** How much of a date is asked: all of it, month and year, or the year. */
export type DayForm = "day" | "month" | "year";

const two = (value: number): string => String(value).padStart(2, "0");

/** This phone's date as `yyyy-mm-dd`. */
export function today(now: Date = new Date()): string {
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export function writeDay(iso: string, form: DayForm): string {
  if (iso === "") return "";
  const date = formatDate(iso);
  return form === "day" ? date : form === "month" ? date.slice(3) : date.slice(6);
}

/** What was typed as `yyyy-mm-dd` (the first day of a month or year asked for alone); null for no such day. */
export function readDay(typed: string, form: DayForm): string | null {
  const text = typed.trim();
  return parseDate(form === "day" ? text : form === "month" ? `01/${text}` : `01/01/${text}`);
}

/** A year or a month alone, where more is asked: which of the two, as it is read, and its first day; null for neither. */
export function readPart(typed: string): { form: DayForm; typed: string; iso: string } | null {
  const [year, month] = [readDay(typed, "year"), readDay(typed, "month")];
  if (year) return { form: "year", typed: writeDay(year, "year"), iso: year };
  return month ? { form: "month", typed: writeDay(month, "month"), iso: month } : null;
}

function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `14:05:00.000+07:00`, with this phone's offset today. */
export function isoTime([hour, minute]: [number, number]): string {
  return `${two(hour)}:${two(minute)}:00.000${offset(new Date())}`;
}

/** `2026-11-22T14:05:00.000+07:00`, with this phone's offset at that moment. */
export function isoDateTime(date: string, [hour, minute]: [number, number]): string {
  return `${date}T${two(hour)}:${two(minute)}:00.000${offset(new Date(`${date}T${two(hour)}:${two(minute)}:00`))}`;
}
