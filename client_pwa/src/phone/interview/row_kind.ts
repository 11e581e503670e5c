import type { Expr, Text } from "../../core/form";

/** Where a name was taken out: the brackets that held it, the marks that introduced it. */
const EMPTY_BRACKETS = /\(\s*\)|\[\s*\]/gu;
const EDGES = /^[\s:.,;–—-]+|[\s:.,;–—-]+$/gu;

/** What all rows of a repeat are called: its label without what `isOwn` says that each row tells of itself. */
export function sharedText(label: Text, isOwn: (part: Expr) => boolean): Text {
  const shared = (text: Text[string]): Text[string] => (typeof text === "string" ? text : text.filter((part) => typeof part === "string" || !isOwn(part)));
  return Object.fromEntries(Object.entries(label).map(([lang, text]) => [lang, shared(text)]));
}

/** The same as it stands within a sentence: the author's own first letter is small, unless it begins an abbreviation ("NCT"); names stay. */
export function withinSentence(label: Text): Text {
  const within = (text: Text[string]): Text[string] => {
    if (typeof text === "string") return lowered(text);
    const [first, ...rest] = text;
    return typeof first === "string" ? [lowered(first), ...rest] : text;
  };
  return Object.fromEntries(Object.entries(label).map(([lang, text]) => [lang, within(text)]));
}

/** What is left, without what dangles. */
export function tidied(text: string): string {
  return text.replace(EMPTY_BRACKETS, " ").replace(/\s+/gu, " ").replace(/\s+(?=[:.,;])/gu, "").replace(EDGES, "");
}

function lowered(text: string): string {
  const first = /\p{L}+/u.exec(text)?.[0] ?? "";
  const isShortened = first.length > 1 && first === first.toUpperCase();
  return isShortened ? text : text.replace(/\p{L}/u, (letter) => letter.toLowerCase());
}
