import { isQuestion, type Expr, type Text } from "../../core/form";
import type { Json } from "../../core/wire";
import { plainText } from "../markdown";
import { isHidden, pathIn } from "../pages";
import { shownValue } from "../shown";
import type { Sheet } from "../sheet.svelte";
import { t } from "../words";
import { sharedText, tidied, withinSentence } from "./row_kind";

const CHOICES_BELOW = 2;
const FEW_CHOICES = 6;
const MOST_AT_ONCE = 100;

/** A row on its card: the answer that names it, and the next few. */
export interface Card { row: string; name: string; more: string; nameNode: number }

/** A label without the explanation that stands behind it in brackets: cards are small. */
export function brief(label: string): string {
  return label.replace(/\s*\([^()]*\)\s*$/, "");
}

function questionsOf(sheet: Sheet, repeat: number): number[] {
  return sheet.form.nodes.flatMap((node, number) => (node.repeat === repeat && isQuestion(node) ? [number] : []));
}

/** What all rows of the repeat at `path` are called; "": its label only names each. */
export function kindOf(sheet: Sheet, repeat: number, path: string): string {
  return tidied(plainText(sheet.text(sharedOf(sheet, repeat), path)));
}

/** The same within a sentence. */
export function kindWithin(sheet: Sheet, repeat: number, path: string): string {
  return tidied(plainText(sheet.text(withinSentence(sharedOf(sheet, repeat)), path))) || t("rows.kind");
}

function sharedOf(sheet: Sheet, repeat: number): Text {
  const { label, path } = sheet.node(repeat);
  return sharedText(label ?? {}, (part) => nodesRead(part).some((number) => sheet.node(number).path.startsWith(`${path}/`)));
}

function nodesRead(part: Expr): number[] {
  if (!Array.isArray(part)) return [];
  return part[0] === "r" || part[0] === "R" ? [Number(part[1])] : part.slice(1).flatMap(nodesRead);
}

/** The card of `row` ("member/m7k2"), from its answers or, for a row of last round, from the suggestions. */
export function cardOf(sheet: Sheet, repeat: number, row: string): Card {
  const read = (path: string): Json | undefined => sheet.value(path) ?? sheet.live.suggestions[path];
  const questions = questionsOf(sheet, repeat);
  const named = questions.find((number) => (sheet.node(number) as { meaning?: string }).meaning === "person_name");
  const answered = questions.filter((number) => read(pathIn(sheet.form, number, `${row}/`)) !== undefined);
  const nameNode = named !== undefined && answered.includes(named) ? named : (answered[0] ?? -1);
  const say = (number: number): string => {
    const path = pathIn(sheet.form, number, `${row}/`);
    return shownValue(sheet, sheet.node(number), path, read(path));
  };
  const choices = answered.filter((number) => number !== nameNode && sheet.node(number).k === "select_one" && !isUsual(sheet, number, row, read));
  const figure = figureOf(sheet, repeat, row) || answered.filter((number) => number !== nameNode && ["number", "date"].includes(sheet.node(number).k)).map(say)[0];
  const words = choices.slice(0, CHOICES_BELOW).map((number) => brief(say(number)));
  return { row, nameNode, name: nameNode < 0 ? "" : say(nameNode), more: [...words, figure].filter(Boolean).join(" · ") };
}

/** A status of this year that is as usual (the first of its list) says nothing on a card. */
function isUsual(sheet: Sheet, number: number, row: string, read: (path: string) => Json | undefined): boolean {
  const node = sheet.node(number);
  if (node.k !== "select_one" || node.carry) return false;
  return read(pathIn(sheet.form, number, `${row}/`)) === sheet.form.lists?.[node.list ?? ""]?.[0]?.name;
}

/** The first calculated figure with a unit, as an age is. */
function figureOf(sheet: Sheet, repeat: number, row: string): string {
  for (const [number, node] of sheet.form.nodes.entries()) {
    if (node.repeat !== repeat || node.k !== "calculate" || !node.unit) continue;
    const path = pathIn(sheet.form, number, `${row}/`);
    const value = sheet.evaluation.valueAt(path);
    if (typeof value === "number") return shownValue(sheet, node, path, value);
  }
  return "";
}

/** The question that says what became of a carried row: the first required choice that last round does not answer. */
export function questionOfFate(sheet: Sheet, repeat: number, row: string): number {
  return questionsOf(sheet, repeat).find((number) => {
    const node = sheet.node(number);
    const path = pathIn(sheet.form, number, `${row}/`);
    if (node.k !== "select_one" || node.carry || sheet.live.suggestions[path] !== undefined) return false;
    return node.required === true && node.relevant === undefined && (sheet.form.lists?.[node.list ?? ""]?.length ?? 0) <= FEW_CHOICES;
  }) ?? -1;
}

/** How many rows the form asks for that are neither made nor offered from last round; 0 where it does not say how many. */
export function rowsMissing(sheet: Sheet, path: string): number {
  const { evaluation, live } = sheet;
  return Math.max(0, (evaluation.wantedRows(path) ?? 0) - evaluation.rows(path).length - live.suggestedRows(path).length);
}

/** Makes what is missing next: one row to ask about, or all at once where nothing is asked in them. Its path; "": none to open. */
export async function makeRow(sheet: Sheet, repeat: number, path: string): Promise<string> {
  const inside = sheet.form.nodes.filter((node) => node.path.startsWith(`${sheet.node(repeat).path}/`));
  const isAsking = inside.some((node) => node.k === "note" || node.k === "repeat" || (isQuestion(node) && !isHidden(node)));
  const many = isAsking ? 1 : Math.min(rowsMissing(sheet, path), MOST_AT_ONCE);
  let row = "";
  await sheet.write(async () => {
    for (let made = 0; made < many; made++) row = await sheet.open.addRow(path);
  });
  if (!isAsking || !row) return "";
  return row.startsWith(`${path}/`) ? row : `${path}/${row}`;
}
