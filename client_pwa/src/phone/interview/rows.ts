import type { FormNode } from "../../core/form";
import type { Json } from "../../core/wire";
import { pathIn } from "../pages";
import { shownValue } from "../shown";
import type { Sheet } from "../sheet.svelte";

const WORDS_BELOW = 3;
const FEW_CHOICES = 6;

/** A row on its card: the answer that names it, and the next few. */
export interface Card { row: string; name: string; more: string; nameNode: number }

/** A label without the explanation that stands behind it in brackets: cards are small. */
export function brief(label: string): string {
  return label.replace(/\s*\([^()]*\)\s*$/, "");
}

function questionsOf(sheet: Sheet, repeat: number): number[] {
  return sheet.form.nodes.flatMap((node, number) => (node.repeat === repeat && "required" in withDefaults(node) ? [number] : []));
}

// A form leaves out what is at its default: whether a node is a question is told by its kind.
function withDefaults(node: FormNode): object {
  const isAsked = !["group", "repeat", "note", "calculate", "meta"].includes(node.k);
  return isAsked ? { required: true } : {};
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
  const rest = answered.filter((number) => number !== nameNode && ["select_one", "number", "date", "text"].includes(sheet.node(number).k));
  return { row, nameNode, name: nameNode < 0 ? "" : say(nameNode), more: rest.slice(0, WORDS_BELOW).map((number) => brief(say(number))).join(" · ") };
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
