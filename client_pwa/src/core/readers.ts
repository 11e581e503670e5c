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
    for (const text of [label, hint, guidance, required_message, constraint_message]) noteAll(readers.shows, readByText(form, text), number);
    if (list !== undefined) noteAll(readers.shows, readByLabels(form, list), number);
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
  noteAll(readers, readBy(form, expression), reader);
}

function noteAll(readers: Map<number, ReadBy>, reads: Iterable<[number, boolean]>, reader: number): void {
  for (const [read, isElsewhere] of reads) {
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
  for (const choice of lists[list]!) yield* readByText(form, choice.label);
}

function* readByText(form: Form, text: Text | undefined): Generator<[number, boolean]> {
  for (const parts of Object.values(text ?? {})) {
    if (Array.isArray(parts)) for (const part of parts) yield* readBy(form, part);
  }
}
