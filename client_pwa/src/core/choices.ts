// Which choices a condition about their columns can hold for, without looking at all of them. The twin of
// schemas/choices.py.

import type { Value } from "./coerce";
import type { Choice, Expr } from "./form";

// A shorter list is looked through as fast.
const SHORTEST = 16;
const indexes = new WeakMap<readonly Choice[], Map<string, Map<string, Choice[]>>>();

/** Of these choices, in order, at least those that the condition holds for: where it demands `column = text` only those
 * with that text. `valueOf` works out an expression that reads no column. */
export function candidates(choices: Choice[], condition: Expr, valueOf: (expression: Expr) => Value): Choice[] {
  if (choices.length < SHORTEST) return choices;
  for (const [column, wanted] of demands(condition)) {
    const text = valueOf(wanted);
    // Two texts are equal as texts; anything else is compared as numbers.
    if (typeof text === "string") return withCell(choices, column, text);
  }
  return choices;
}

/** The choices with this text in a column (`name`, or an extra one), in order. */
export function withCell(choices: Choice[], column: string, text: string): Choice[] {
  let columns = indexes.get(choices);
  if (!columns) indexes.set(choices, (columns = new Map()));
  let byText = columns.get(column);
  if (!byText) {
    columns.set(column, (byText = new Map()));
    for (const choice of choices) {
      const own = choice.columns ?? {};
      const cell = column === "name" ? choice.name : Object.hasOwn(own, column) ? own[column]! : "";
      const same = byText.get(cell);
      if (same) same.push(choice);
      else byText.set(cell, [choice]);
    }
  }
  return byText.get(text) ?? [];
}

/** Column and expression of each `column = expression` without which the condition can't hold. */
function* demands(condition: Expr): Generator<[string, Expr]> {
  if (!Array.isArray(condition)) return;
  if (condition[0] === "and") for (const part of condition.slice(1)) yield* demands(part);
  if (condition[0] !== "=") return;
  for (const [cell, other] of [[condition[1]!, condition[2]!], [condition[2]!, condition[1]!]] as const) {
    if (isCell(cell) && !reads(other, ["col", "random", "uuid"])) yield [cell[1] as string, other];
  }
}

// A label is another text in another language.
function isCell(expression: Expr): expression is Expr[] {
  return Array.isArray(expression) && expression[0] === "col" && expression[1] !== "label";
}

function reads(expression: Expr, operators: string[]): boolean {
  return Array.isArray(expression) && (operators.includes(expression[0] as string) || expression.slice(1).some((part) => reads(part, operators)));
}
