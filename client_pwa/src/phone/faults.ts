import type { Evaluation } from "../core/evaluate";
import type { Form, FormNode } from "../core/form";
import { isHidden, pagesOf, pathIn, type Page } from "./pages";
import type { Sheet } from "./sheet.svelte";
import { t } from "./words";

type Violation = Sheet["evaluation"]["violations"][number];

function sentence(sheet: Sheet, node: FormNode, path: string, kind: string): string {
  const isMissing = kind === "required";
  if (isMissing && sheet.suggestion(path) !== undefined) return t("suggest.unsure");
  if (!("required" in node || "constraint" in node || "required_message" in node || "constraint_message" in node)) return t("ask.required");
  const own = sheet.text(isMissing ? node.required_message : node.constraint_message, path);
  return own || t(isMissing ? "ask.required" : "ask.refused");
}

/** What the screen says is wrong with a question: a refused answer on leaving it, a missing one when Next asked. */
export function faultOf(sheet: Sheet, number: number, path: string): string {
  const wasAsked = sheet.asked.has(path);
  if (!wasAsked && !sheet.left.has(path)) return "";
  const unread = sheet.unread.get(path);
  if (unread !== undefined) return unread;
  const kind = sheet.evaluation.violationAt(path);
  if (!kind || (kind === "required" && !wasAsked)) return "";
  return sentence(sheet, sheet.node(number), path, kind);
}

/** Whether there is something to see: it applies, is not hidden, and is no repeat of which no row is wanted. */
function isSeen(form: Form, evaluation: Evaluation, number: number, prefix: string): boolean {
  const [node, path] = [form.nodes[number]!, pathIn(form, number, prefix)];
  if (isHidden(node) || !evaluation.isRelevant(path)) return false;
  return node.k !== "repeat" || evaluation.wantedRows(path) !== 0 || evaluation.rowsLeftOut(path).length > 0;
}

/** The pages that have something to show, with the numbers that `pagesOf` gives them. */
export function shownPages(sheet: Sheet, place: number, prefix: string): { page: Page; number: number }[] {
  return pagesOf(sheet.form, place)
    .map((page, number) => ({ page, number }))
    .filter(({ page }) => hasOnScreen(sheet, page, prefix));
}

export function hasOnScreen({ form, evaluation }: Sheet, page: Page, prefix: string): boolean {
  return page.nodes.some((node) => isSeen(form, evaluation, node, prefix));
}

/** Those of these nodes of one place that have something to show. */
export function seenOf<One extends { number: number }>({ form, evaluation }: Sheet, nodes: One[], prefix: string): One[] {
  return nodes.filter(({ number }) => isSeen(form, evaluation, number, prefix));
}

/** What is still wrong or missing on a page, rows of its repeats included. */
export function faultsOn(sheet: Sheet, page: Page, prefix: string): Violation[] {
  const own = new Set(page.nodes.map((node) => pathIn(sheet.form, node, prefix)));
  const rows = page.nodes.filter((node) => sheet.node(node).k === "repeat").map((node) => pathIn(sheet.form, node, prefix) + "/");
  return sheet.evaluation.violations.filter((one) => own.has(one.path) || rows.some((start) => one.path.startsWith(start)));
}

/** What is wrong or missing in one row (`member/m7k2`). */
export function faultsIn(sheet: Sheet, row: string): readonly Violation[] {
  return sheet.evaluation.violationsOf(row);
}
