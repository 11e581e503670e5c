import { settings, type Lang } from "./settings.svelte";

/** One sentence, or one per plural category of `Intl.PluralRules`, chosen by the parameter `n`. */
export type Phrase = string | { one?: string; other: string };
export type Params = Record<string, string | number>;
/** What a second language must give: the same keys as the first, no fewer and no more. */
export type Catalogue<First> = { readonly [Key in keyof First]: Phrase };

const rules: Record<Lang, Intl.PluralRules> = { vi: new Intl.PluralRules("vi"), en: new Intl.PluralRules("en") };

function pick(phrase: Phrase, lang: Lang, params: Params): string {
  if (typeof phrase === "string") return phrase;
  return (rules[lang].select(Number(params.n)) === "one" ? phrase.one : undefined) ?? phrase.other;
}

/** The phrase with `{name}` filled in. */
export function fill(phrase: Phrase, lang: Lang, params: Params = {}): string {
  return pick(phrase, lang, params).replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

const loaders: (() => Promise<void>)[] = [];

/**
 * A typed `t(key, params)` over both languages; it follows the language setting wherever a screen reads it. English may be
 * given as what loads it: then `languageLoaded` comes before the setting, or the words stay Vietnamese.
 */
export function translator<First extends Record<string, Phrase>>(vi: First, en: Catalogue<First> | (() => Promise<Catalogue<First>>)) {
  let english: Catalogue<First> | undefined;
  if (typeof en === "function") {
    loaders.push(async () => {
      english ??= await en();
    });
  } else english = en;
  return (key: keyof First & string, params: Params = {}): string =>
    settings.lang === "en" && english ? fill(english[key], "en", params) : fill(vi[key]!, "vi", params);
}

/** Resolves once every word of this language is there. Rejects where it cannot be loaded. */
export async function languageLoaded(lang: Lang): Promise<void> {
  if (lang === "en") await Promise.all(loaders.map((load) => load()));
}
