import { isQuestion, type Calculate, type Expr, type Question } from "../core/form";
import { withoutRows } from "../core/paths";
import type { Violation } from "./api";
import type { Item, Sheet } from "./sheet";
import { t } from "./words";

/** Why answers don't fit together: what the form says, and the answers that it compares. */
export interface Reason { path: string; message: string; involved: Item[] }

const MOST = 12;
const REFERENCES = ["r", "R", "last"];

export function reasonOf(sheet: Sheet, violation: Violation): Reason {
  const node = sheet.node(violation.path);
  const asked = node && isQuestion(node) ? node : undefined;
  const message = asked?.constraint_message ? sheet.evaluation.text(asked.constraint_message, violation.path, sheet.lang) : "";
  const paths = new Set([violation.path]);
  if (asked?.constraint !== undefined) collect(sheet, asked.constraint, violation.path, paths, new Set());
  const involved = [...paths].slice(0, MOST).flatMap((path) => itemAt(sheet, path));
  return { path: violation.path, message: message || t("reason_plain"), involved };
}

function itemAt(sheet: Sheet, path: string): Item[] {
  const node = sheet.node(path);
  if (!node || !(isQuestion(node) || node.k === "calculate")) return [];
  const found: Question | Calculate = node;
  const value = sheet.evaluation.valueAt(path);
  return [{ path, node: found, label: sheet.label(path), value: value === null ? undefined : value }];
}

/** The answers that an expression at `path` reads; of a calculation, what it is made of. */
function collect(sheet: Sheet, expression: Expr, path: string, paths: Set<string>, known: Set<string>): void {
  if (!Array.isArray(expression)) return;
  const [operator, number] = expression;
  const node = typeof operator === "string" && REFERENCES.includes(operator) && typeof number === "number" ? sheet.form.nodes[number] : undefined;
  if (node && (isQuestion(node) || node.k === "calculate")) {
    for (const found of placesOf(sheet, node.path, path)) {
      if (known.has(found)) continue;
      known.add(found);
      if (isQuestion(node) || node.label) paths.add(found);
      if (node.k === "calculate" && node.calculation !== undefined) collect(sheet, node.calculation, found, paths, known);
    }
  }
  for (const part of expression) collect(sheet, part, path, paths, known);
}

/** Where a question is answered: in the row that `from` stands in, else in every row. */
function placesOf(sheet: Sheet, rowless: string, from: string): string[] {
  const parts = rowless.split("/");
  const around = from.split("/");
  let prefixes = [""];
  for (let depth = 0; depth < parts.length - 1; depth++) {
    const own = around.slice(0, 2 * depth + 2).join("/");
    prefixes = prefixes.flatMap((prefix) => {
      const repeat = prefix + parts[depth]!;
      if (withoutRows(own) === withoutRows(repeat) && own.startsWith(`${repeat}/`) && around.length > 2 * depth + 2) return [`${own}/`];
      return sheet.evaluation.rows(repeat).map((row) => `${repeat}/${row}/`);
    });
  }
  return prefixes.map((prefix) => prefix + parts.at(-1)!);
}
