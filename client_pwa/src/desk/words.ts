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

/** A person as the desk names them: what the server's own commands wrote has no name. */
export function nameOf(person: { author_name: string }): string {
  return person.author_name === "system" ? t("author_system") : person.author_name;
}
