// Paths: `name`; in a repeat `repeat/row/name`; nested `a/row/b/row/name`; system paths begin their last part
// with `@` (`@status`, `member/m7k2/@deleted`, `@comment/<id>`).

const LONGEST_PATH = 512;

/** The question that a path answers: `member/m7k2/m_age` -> `member/m_age`; `@comment/x` -> `@comment`. */
export function withoutRows(path: string): string {
  return path
    .split("/")
    .filter((_, index) => index % 2 === 0)
    .join("/");
}

/** The rows that hold a path, outermost first: `a/r/b/s/name` -> [`a/r`, `a/r/b/s`]. */
export function rowPrefixes(path: string): string[] {
  if (path.startsWith("@")) return [];
  const parts = path.split("/");
  const prefixes: string[] = [];
  for (let end = 2; end < parts.length; end += 2) prefixes.push(parts.slice(0, end).join("/"));
  return prefixes;
}

/** `age` of `member/m7k2/age`; `@comment` of every comment. */
export function lastPart(path: string): string {
  return path.startsWith("@comment/") ? "@comment" : path.slice(path.lastIndexOf("/") + 1);
}

export function isSystem(path: string): boolean {
  return path.startsWith("@") || lastPart(path).startsWith("@");
}

/** Names and rows are not empty, contain no control character and only the last name begins with `@`. */
export function isWellFormed(path: string): boolean {
  const parts = path.split("/");
  if (codePoints(path) > LONGEST_PATH || parts.includes("") || /[\x00-\x1f\x7f]/.test(path)) return false;
  if (path.startsWith("@")) return parts.length <= 2;
  return parts.length % 2 === 1 && !parts.slice(0, -1).some((part) => part.startsWith("@"));
}

function codePoints(text: string): number {
  return text.length <= LONGEST_PATH ? text.length : [...text].length;
}
