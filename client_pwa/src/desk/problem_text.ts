import { problems } from "./words/problems";

interface Known { pattern: RegExp; text: string }

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The most words first: "{} is not a number." fits, too, into what says more. */
const known: Known[] = Object.entries(problems)
  .sort(([one], [other]) => other.replaceAll("{}", "").length - one.replaceAll("{}", "").length)
  .map(([template, text]) => ({ pattern: new RegExp(`^${template.split("{}").map(escaped).join("(.*?)")}$`, "s"), text }));

const PLACE = / \(character (\d+)\)\.$/;
const BETWEEN_SENTENCES = /(?<=[.?]) (?=[A-Z])/;

function whole(sentence: string): string | null {
  for (const { pattern, text } of known) {
    const found = pattern.exec(sentence);
    if (found) return text.replace(/\{(\d)\}/g, (_, number: string) => found[Number(number)] ?? "");
  }
  return null;
}

/** What the compiler says, in Vietnamese; what is not known stays as it is. */
export function problemInVietnamese(said: string): string {
  const place = PLACE.exec(said)?.[1];
  const sentence = place ? said.replace(PLACE, ".") : said;
  const parts = sentence.split(BETWEEN_SENTENCES);
  const text = whole(sentence) ?? parts.map((part) => whole(part) ?? part).join(" ");
  return place ? `${text.replace(/\.$/, "")} (ký tự ${place}).` : text;
}
