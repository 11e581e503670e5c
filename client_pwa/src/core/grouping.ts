// Numbers in texts, grouped as the language of the text writes them. The twin of schemas/grouping.py.

import { toText } from "./coerce";

// Years, codes and house numbers have up to four digits and are read as they are.
const LEAST_DIGITS = 5;
const DOTS = new Set("vi es pt de id it nl tr da km lo".split(" "));
const SPACES = new Set("fr ru uk pl cs sv nb fi bg".split(" "));

/** `1234567.5` is `1.234.567,5` in Vietnamese; from five digits before the point on. Blank for NaN. */
export function grouped(number: number, lang: string): string {
  const shown = toText(number);
  const sign = shown.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = shown.slice(sign.length).split(".");
  const [mark, point] = DOTS.has(lang) ? [".", ","] : SPACES.has(lang) ? ["\u00a0", ","] : [",", "."];
  const groups = whole.length < LEAST_DIGITS ? [whole] : (whole.match(/^\d{1,2}(?=(?:\d{3})+$)|\d{3}/g) ?? []);
  return sign + groups.join(mark) + (fraction ? point + fraction : "");
}
