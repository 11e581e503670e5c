// Which nodes of a form read which: what one answer may change. Only phones ask: the server evaluates whole records.

import type { Choice, Expr, Form, FormNode } from "./form";
import { shapeOf } from "./scopes";

/** Reader to whether it may read it in other rows than its own: by `indexed-repeat`. */
type ReadBy = Map<number, boolean>;

export interface Readers {
  /** Node to the nodes whose value, relevance or rows are worked out from it. */
  flows: Map<number, ReadBy>;
  /** Node to the nodes of which only the verdict (required, constraint) is worked out from it. */
  judges: Map<number, ReadBy>;
  /** Node to its place in the compiler's order. */
  ranks: Map<number, number>;
}

type Columns = Partial<Record<"relevant" | "calculation" | "readonly" | "count" | "required" | "constraint", Expr>>;

const known = new WeakMap<Form, Readers>();

export function readersOf(form: Form): Readers {
  let readers = known.get(form);
  if (readers) return readers;
  readers = { flows: new Map(), judges: new Map(), ranks: new Map((form.order ?? []).map((number, rank) => [number, rank])) };
  for (const [number, node] of form.nodes.entries()) {
    const { relevant, calculation, readonly, count, required, constraint } = node as FormNode & Columns;
    for (const expression of [relevant, calculation, readonly, count]) note(readers.flows, form, expression, number);
    for (const expression of [required, constraint]) note(readers.judges, form, expression, number);
  }
  known.set(form, readers);
  return readers;
}

function note(readers: Map<number, ReadBy>, form: Form, expression: Expr | undefined, reader: number): void {
  for (const [read, isElsewhere] of readBy(form, expression)) {
    let all = readers.get(read);
    if (!all) readers.set(read, (all = new Map()));
    all.set(reader, isElsewhere || (all.get(reader) ?? false));
  }
}

/** The nodes that an expression reads, and whether in any row; of a set also the repeats that make it one. */
function* readBy(form: Form, expression: Expr | undefined): Generator<[number, boolean]> {
  if (!Array.isArray(expression)) return;
  const [operator, first] = expression as [string, Expr];
  if (operator === "r" || operator === "R" || operator === "ix") {
    const read = [first as number, ...(operator === "r" ? [] : shapeOf(form).chains[first as number]!)];
    for (const number of read) yield [number, operator === "ix"];
  }
  if (operator === "lk" || operator === "pull") yield* readByLabels(form, first as string);
  if (operator === "jr:choice-name") {
    const node = form.nodes[expression[2] as number];
    if (node && "list" in node) yield* readByLabels(form, node.list ?? "");
  }
  for (const part of expression.slice(1)) yield* readBy(form, part);
}

/** Labels of choices may hold expressions. */
function* readByLabels(form: Form, list: string): Generator<[number, boolean]> {
  const lists: Record<string, Choice[]> = form.lists ?? {};
  if (!Object.hasOwn(lists, list)) return;
  for (const choice of lists[list]!) {
    for (const parts of Object.values(choice.label ?? {})) {
      if (Array.isArray(parts)) for (const part of parts) yield* readBy(form, part as Expr);
    }
  }
}
