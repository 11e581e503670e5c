/** The little Markdown that form authors use: bold, italic, headings, lists, links and line breaks; never HTML. */
export interface Span { text: string; bold: boolean; italic: boolean; href?: string }
export type Line = Span[];

const BOLD = /(\*\*|__)(\S|\S.*?\S)\1/u;
const ITALIC = /(^|[^\w*])([*_])([^\s*_]|[^\s*_][^*_]*?\S)\2(?![\w*])/u;
const LINK = /\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/u;
// What authors write for emphasis in other apps; any other tag stays as it was typed.
const MARKS: [RegExp, string][] = [
  [/<br\s*\/?>/giu, "\n"],
  [/<\/?(?:b|strong)>/giu, "**"],
  [/<\/?(?:i|em)>/giu, "*"],
  [/<\/?(?:span|font|u|p|div|center|small|big)(?:\s[^<>]*)?>/giu, ""],
];

function emphasised(text: string, bold: boolean): Span[] {
  const match = ITALIC.exec(text);
  if (!match) return text === "" ? [] : [{ text, bold, italic: false }];
  const before = text.slice(0, match.index) + match[1]!;
  return [
    ...(before === "" ? [] : [{ text: before, bold, italic: false }]),
    { text: match[3]!, bold, italic: true },
    ...emphasised(text.slice(match.index + match[0].length), bold),
  ];
}

function spans(text: string, bold: boolean): Span[] {
  const link = LINK.exec(text);
  if (link) {
    const [before, after] = [text.slice(0, link.index), text.slice(link.index + link[0].length)];
    return [...spans(before, bold), { text: link[1]!, bold, italic: false, href: link[2]! }, ...spans(after, bold)];
  }
  const match = BOLD.exec(text);
  if (!match) return emphasised(text, bold);
  return [
    ...emphasised(text.slice(0, match.index), bold),
    ...emphasised(match[2]!, true),
    ...spans(text.slice(match.index + match[0].length), bold),
  ];
}

/** One entry per line, blank lines as empty entries; unknown marks stay as they were typed. */
export function parseMarkdown(text: string): Line[] {
  const plain = MARKS.reduce((left, [tag, mark]) => left.replace(tag, mark), text);
  return plain
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => {
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      return heading ? spans(heading[1]!, true) : spans(line.replace(/^\s*[-*]\s+(?=\S)/u, "• "), false);
    });
}

const MOST_KEPT = 2000;
const kept = new Map<string, string>();

/** The text without its marks, for titles and labels. */
export function plainText(text: string): string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const plain = withoutMarks(text);
  kept.set(text, plain);
  return plain;
}

function withoutMarks(text: string): string {
  return parseMarkdown(text)
    .map((line) => line.map((span) => span.text).join(""))
    .join(" ")
    .trim();
}
