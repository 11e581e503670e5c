// Dates as expressions know them: civil days since 1970, and instants with their recorded offset. The twin of
// schemas/dates.py: own calendar, so that both languages agree on every year.

export const MS_A_DAY = 86_400_000;
/** Beyond this a number is no day (years -100,000 to 100,000). */
export const MOST_DAYS = 36_524_250;

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const SHORT_DATE = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?=T|$)/;
const TIME = /^([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$/;

const ENGLISH = {
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  weekdays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};
const VIETNAMESE = {
  months: ENGLISH.months.map((_, month) => `Thg ${month + 1}`),
  weekdays: ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
};

const floorDiv = (a: number, b: number): number => Math.floor(a / b);
const modulo = (a: number, b: number): number => a - b * Math.floor(a / b);
const padded = (number: number, width: number): string => String(number).padStart(width, "0");

/** A civil day: days since 1970-01-01. */
export class Day {
  constructor(readonly days: number) {}

  day(): Day {
    return this;
  }
}

/** An instant in milliseconds since 1970 UTC, and the offset of the place where it was recorded. */
export class Moment {
  constructor(
    readonly ms: number,
    readonly offset_min: number,
  ) {}

  localMs(): number {
    return this.ms + this.offset_min * 60_000;
  }

  day(): Day {
    return new Day(floorDiv(this.localMs(), MS_A_DAY));
  }
}

/** Days since 1970-01-01 (the era arithmetic of Howard Hinnant's `days_from_civil`). */
export function daysFromCivil(civilYear: number, month: number, day: number): number {
  const year = month <= 2 ? civilYear - 1 : civilYear;
  const era = floorDiv(year, 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = floorDiv(153 * (month > 2 ? month - 3 : month + 9) + 2, 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + floorDiv(yearOfEra, 4) - floorDiv(yearOfEra, 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** [year, month, day], the inverse of `daysFromCivil`. */
export function civilFromDays(civilDays: number): [number, number, number] {
  const days = civilDays + 719_468;
  const era = floorDiv(days, 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = floorDiv(dayOfEra - floorDiv(dayOfEra, 1460) + floorDiv(dayOfEra, 36_524) - floorDiv(dayOfEra, 146_096), 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + floorDiv(yearOfEra, 4) - floorDiv(yearOfEra, 100));
  const shifted = floorDiv(5 * dayOfYear + 2, 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - floorDiv(153 * shifted + 2, 5) + 1];
}

/** `2026-11-22`; nothing for a day that the calendar does not have. */
export function parseDay(text: string): Day | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const days = daysFromCivil(year, month, day);
  const [y, m, d] = civilFromDays(days);
  return y === year && m === month && d === day ? new Day(days) : null;
}

/** `2026-1-9` as `2026-01-09`, whatever follows. */
export function withZeros(text: string): string {
  return text.replace(SHORT_DATE, (_, year: string, month: string, day: string) => `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
}

/** [milliseconds since local midnight, offset in minutes or null] of `14:05`, `14:05:00.000+07:00`… */
export function parseTime(text: string): [number, number | null] | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const ms = Number(((match[4] ?? "") + "000").slice(0, 3));
  return [((hour * 60 + minute) * 60 + second) * 1000 + ms, parseOffset(match[5])];
}

function parseOffset(zone: string | undefined): number | null {
  if (!zone) return null;
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith("-") ? 0 - minutes : minutes;
}

/** `2026-11-22T14:05:00.000+07:00`; a text without a zone was written at `offset_min`. */
export function parseMoment(text: string, offset_min: number): Moment | null {
  const at = text.indexOf("T");
  if (at < 0) return null;
  const day = parseDay(text.slice(0, at));
  const time = parseTime(text.slice(at + 1));
  if (!day || !time) return null;
  const zone = time[1] ?? offset_min;
  return new Moment(day.days * MS_A_DAY + time[0] - zone * 60_000, zone);
}

export function dayText(day: Day): string {
  const [year, month, date] = civilFromDays(day.days);
  return `${yearText(year)}-${padded(month, 2)}-${padded(date, 2)}`;
}

/** ISO with milliseconds and the recorded offset. */
export function momentText(moment: Moment): string {
  const offset = Math.abs(moment.offset_min);
  const zone = `${moment.offset_min < 0 ? "-" : "+"}${padded(floorDiv(offset, 60), 2)}:${padded(offset % 60, 2)}`;
  return `${dayText(moment.day())}T${clockText(modulo(moment.localMs(), MS_A_DAY))}${zone}`;
}

export function clockText(ms: number): string {
  const [hour, minute, second] = clock(ms);
  return `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}.${padded(ms % 1000, 3)}`;
}

function clock(ms: number): [number, number, number] {
  return [floorDiv(ms, 3_600_000), floorDiv(ms, 60_000) % 60, floorDiv(ms, 1000) % 60];
}

function yearText(year: number): string {
  return year >= 0 ? padded(year, 4) : `-${padded(-year, 4)}`;
}

/** The tokens %Y %y %m %n %b %d %e %a %H %h %M %S %3; names in `lang`, else in English. */
export function formatDate(value: Day | Moment, pattern: string, lang: string): string {
  const { days } = value.day();
  const time = value instanceof Day ? 0 : modulo(value.localMs(), MS_A_DAY);
  const [year, month, date] = civilFromDays(days);
  const [hour, minute, second] = clock(time);
  const names = lang === "vi" ? VIETNAMESE : ENGLISH;
  const tokens: Record<string, string> = {
    Y: yearText(year),
    y: padded(modulo(year, 100), 2),
    m: padded(month, 2),
    n: String(month),
    b: names.months[month - 1]!,
    d: padded(date, 2),
    e: String(date),
    a: names.weekdays[modulo(days + 4, 7)]!,
    H: padded(hour, 2),
    h: String(hour),
    M: padded(minute, 2),
    S: padded(second, 2),
    "3": padded(time % 1000, 3),
    "%": "%",
  };
  return pattern.replace(/%([^\n])/gu, (whole, token: string) => (Object.hasOwn(tokens, token) ? tokens[token]! : whole));
}

/** Whole months from `first` to `second`, towards zero; negative where `second` is earlier. */
export function monthsBetween(first: Day, second: Day): number {
  if (second.days < first.days) return 0 - monthsBetween(second, first);
  const [y1, m1, d1] = civilFromDays(first.days);
  const [y2, m2, d2] = civilFromDays(second.days);
  return (y2 - y1) * 12 + m2 - m1 - (d2 < d1 ? 1 : 0);
}
