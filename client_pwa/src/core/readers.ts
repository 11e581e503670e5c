// Which nodes of a form read which: what one answer may change. Only phones ask: the server evaluates whole records.

import type { Choice, Expr, Form, FormNode, Text } from "./form";
import { shapeOf } from "./scopes";

/** Reader to whether it may read it in other rows than its own: by `indexed-repeat`. */
type ReadBy = Map<number, boolean>;

export interface Readers {
  /** Node to the nodes whose value, relevance or rows are worked out from it. */
  flows: Map<number, ReadBy>;
  /** Node to the nodes of which only the verdict (required, constraint) is worked out from it. */
  judges: Map<number, ReadBy>;
  /** Node to the nodes whose texts or choices are worked out from it. */
  shows: Map<number, ReadBy>;
  /** Node to its place in the compiler's order. */
  ranks: Map<number, number>;
}

type Columns = Partial<Record<"relevant" | "calculation" | "readonly" | "count" | "required" | "constraint" | "choice_filter" | "shuffle", Expr>>;
type Texts = Partial<Record<"label" | "hint" | "guidance" | "required_message" | "constraint_message", Text>> & { list?: string };

const known = new WeakMap<Form, Readers>();

export function readersOf(form: Form): Readers {
  let readers = known.get(form);
  if (readers) return readers;
  readers = { flows: new Map(), judges: new Map(), shows: new Map(), ranks: new Map((form.order ?? []).map((number, rank) => [number, rank])) };
  for (const [number, node] of form.nodes.entries()) {
    const { relevant, calculation, readonly, count, required, constraint, choice_filter, shuffle } = node as FormNode & Columns;
    for (const expression of [relevant, calculation, readonly, count]) note(readers.flows, form, expression, number);
    for (const expression of [required, constraint]) note(readers.judges, form, expression, number);
    note(readers.shows, form, choice_filter, number);
    note(readers.shows, form, shuffle, number);
    const { label, hint, guidance, required_message, constraint_message, list } = node as FormNode & Texts;
    const shown = addTo(readers.shows, number);
    for (const text of [label, hint, guidance, required_message, constraint_message]) eachReadByText(form, text, shown);
    if (list !== undefined) eachReadByLabels(form, list, shown);
  }
  known.set(form, readers);
  return readers;
}

/** These nodes, and those whose texts or choices are worked out from one of them. */
export function withWhatShowsThem(form: Form, nodes: number[]): ReadonlySet<number> {
  const { shows } = readersOf(form);
  return new Set([...nodes, ...nodes.flatMap((node) => [...(shows.get(node)?.keys() ?? [])])]);
}

function note(readers: Map<number, ReadBy>, form: Form, expression: Expr | undefined, reader: number): void {
  eachRead(form, expression, addTo(readers, reader));
}

function addTo(readers: Map<number, ReadBy>, reader: number): Found {
  return (read, isElsewhere) => {
    let all = readers.get(read);
    if (!all) readers.set(read, (all = new Map()));
    all.set(reader, isElsewhere || (all.get(reader) ?? false));
  };
}

/** Told each node that is read, and whether in any row. */
type Found = (read: number, isElsewhere: boolean) => void;

/** The nodes that an expression reads; of a set also the repeats that make it one. */
function eachRead(form: Form, expression: Expr | undefined, found: Found): void {
  if (!Array.isArray(expression)) return;
  const [operator, first] = expression as [string, Expr];
  if (operator === "r") found(first as number, false);
  if (operator === "R" || operator === "ix") {
    for (const number of [first as number, ...shapeOf(form).chains[first as number]!]) found(number, operator === "ix");
  }
  if (operator === "lk" || operator === "pull") eachReadByLabels(form, first as string, found);
  if (operator === "jr:choice-name") {
    const node = form.nodes[expression[2] as number];
    if (node && "list" in node) eachReadByLabels(form, node.list ?? "", found);
  }
  for (let at = 1; at < expression.length; at++) eachRead(form, expression[at], found);
}

const moving = new WeakMap<Choice[], Choice[]>();

/** Labels of choices may hold expressions. */
function eachReadByLabels(form: Form, list: string, found: Found): void {
  const lists: Record<string, Choice[]> = form.lists ?? {};
  if (!Object.hasOwn(lists, list)) return;
  const choices = lists[list]!;
  let filled = moving.get(choices);
  if (!filled) moving.set(choices, (filled = choices.filter((choice) => Object.values(choice.label ?? {}).some(Array.isArray))));
  for (const choice of filled) eachReadByText(form, choice.label, found);
}

function eachReadByText(form: Form, text: Text | undefined, found: Found): void {
  for (const parts of Object.values(text ?? {})) {
    if (Array.isArray(parts)) for (const part of parts) eachRead(form, part, found);
  }
}
