// Answers under the names that questions and choices had in an earlier version of their form; as
// schemas/renames.py.

import { byCodePoint, type Json } from "./canonical";
import type { Form } from "./form";
import { withoutRows } from "./paths";

type Values = Record<string, Json>;

/** The same values under the form's own names and codes. An answer stays under its old name where there is one
 * under the new name too, or under an older name that stands first in `renames`. */
export function withNewNames(form: Form, values: Values): Values {
  if (!form.renames && !form.recodes) return values;
  const moved = movedPaths(form, values);
  const gone = Object.keys(values).filter((path) => path.endsWith("/@deleted")).map((path) => path.slice(0, -"@deleted".length));
  const recoded = recodedQuestions(form);
  const found: [string, Json][] = [];
  for (const [path, value] of Object.entries(values)) {
    const name = moved.get(path) ?? path;
    // A row that was deleted under its new name hides what stands in it under the old one.
    if (name !== path && gone.some((row) => name.startsWith(row))) continue;
    const codes = recoded.get(withoutRows(name));
    found.push([name, codes ? withNewCodes(value, codes.codes, codes.isRanked) : value]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => byCodePoint(a, b)));
}

/** The values, and again under the old names of their questions: for those who ask by such a name. */
export function withOldNames(form: Form, values: Values): Values {
  const olds = Object.entries(form.renames ?? {}).filter(([, name]) => name in values);
  return { ...Object.fromEntries(olds.map(([old, name]) => [old, values[name]!])), ...values };
}

function movedPaths(form: Form, values: Values): Map<string, string> {
  const renames = new Map(Object.entries(form.renames ?? {}));
  const ranks = new Map([...renames.keys()].map((old, rank) => [old, rank]));
  const first = new Map<string, { rank: number; path: string }>();
  for (const path of Object.keys(values).sort(byCodePoint)) {
    const old = withoutRows(path).replace(/\/@row$/, "");
    const renamed = renames.get(old);
    if (renamed === undefined || path.endsWith("/@deleted")) continue;
    const name = named(path, renamed);
    if (name in values) continue;
    const rank = ranks.get(old)!;
    const before = first.get(name);
    if (!before || rank < before.rank) first.set(name, { rank, path });
  }
  return new Map([...first].map(([name, { path }]) => [path, name]));
}

/** `member/r1/age`, `person/years` -> `person/r1/years`. */
function named(path: string, name: string): string {
  const parts = path.split("/");
  name.split("/").forEach((part, at) => (parts[2 * at] = part));
  return parts.join("/");
}

function recodedQuestions(form: Form): Map<string, { codes: Map<string, string>; isRanked: boolean }> {
  const found = new Map<string, { codes: Map<string, string>; isRanked: boolean }>();
  if (!form.recodes) return found;
  for (const node of form.nodes) {
    const codes = node.k === "select_one" || node.k === "select_multiple" ? form.recodes[node.list ?? ""] : undefined;
    if (codes) found.set(node.path, { codes: new Map(Object.entries(codes)), isRanked: node.k === "select_multiple" && node.rank === true });
  }
  return found;
}

function withNewCodes(value: Json, codes: Map<string, string>, isRanked: boolean): Json {
  if (typeof value === "string") return codes.get(value) ?? value;
  if (!Array.isArray(value) || !value.every((code) => typeof code === "string")) return value;
  const renamed = [...new Set(value.map((code) => codes.get(code) ?? code))];
  return isRanked ? renamed : renamed.sort(byCodePoint);
}
