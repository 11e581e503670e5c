import { fill, type Catalogue } from "./i18n";
import type { Lang } from "./settings.svelte";

/** Units as forms name them, as people read them beside a figure; others are shown as the form writes them. */
const vi = {
  VND: "đồng", m2: "m²", km: "km", m: "m", ha: "ha", minutes: "phút", years: "tuổi", months: "tháng", days: "ngày công",
  head: "con", persons: "người", households: "hộ", visits: "lượt", year: "",
} as const;
const en: Catalogue<typeof vi> = {
  VND: "dong", m2: "m²", km: "km", m: "m", ha: "ha", minutes: "minutes", years: "years", months: "months", days: "days",
  head: "head", persons: "persons", households: "households", visits: "visits", year: "",
};

export function unitWord(unit: string, lang: Lang): string {
  return unit in vi ? fill((lang === "en" ? en : vi)[unit as keyof typeof vi], lang) : unit;
}

export const isMoney = (unit: string): boolean => unit === "VND";
/** Years are names of years, not amounts: 1984 is never written 1.984. */
export const isYear = (unit: string): boolean => unit === "year";
