import { translator } from "../ui/i18n";
import { en } from "./words/en";
import { vi } from "./words/vi";

/** The desk's own words. */
export const t = translator(vi, en);
export type Word = keyof typeof vi;

/** A word whose key is put together at run time; `otherwise` where there is none. */
export function wordOr(key: string, otherwise: Word, params: Record<string, string | number> = {}): string {
  return t(key in vi ? (key as Word) : otherwise, params);
}
