// Where an expression stands: the record itself, or one row of a repeat, with what was worked out there. The twin of
// schemas/scopes.py.

import { byCodePoint, type Json } from "./canonical";
import type { Value } from "./coerce";
import type { Form } from "./form";

export class Scope {
  readonly depth: number;
  /** Begins the paths of its answers (`member/r1/`). */
  readonly prefix: string;
  // By node number: what was worked out already.
  readonly values = new Map<number, Value>();
  readonly results = new Map<number, Value>();
  readonly relevant = new Map<number, boolean>();
  readonly rows = new Map<number, Scope[]>();
  readonly verdicts = new Map<number, "constraint" | "required" | null>();
  /** Of each repeat every row that was made, beyond its count too. */
  readonly made = new Map<number, Scope[]>();

  /** `position` is 1 for the first row. */
  constructor(
    readonly parent: Scope | null,
    readonly repeat: number,
    leaf: string,
    readonly row: string,
    readonly position: number,
  ) {
    this.depth = parent ? parent.depth + 1 : 0;
    this.prefix = parent ? `${parent.prefix}${leaf}/${row}/` : "";
  }

  atDepth(depth: number): Scope {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    let scope: Scope = this;
    while (scope.depth > depth && scope.parent) scope = scope.parent;
    return scope;
  }
}

/** What can be said of a form before any answer. */
export interface Shape {
  /** For every node the repeats around it, outermost first. */
  chains: number[][];
  /** For every node the last part of its path. */
  leaves: string[];
  /** For every node (-1: none) the nodes directly inside it, in order. */
  inside: Map<number, number[]>;
  /** Path without rows to node. */
  numbers: Map<string, number>;
}

const shapes = new WeakMap<Form, Shape>();

export function shapeOf(form: Form): Shape {
  let shape = shapes.get(form);
  if (shape) return shape;
  shape = { chains: [], leaves: [], inside: new Map(), numbers: new Map() };
  for (const [number, node] of form.nodes.entries()) {
    const { parent = -1, repeat = -1, path } = node;
    shape.chains.push(repeat >= 0 ? [...shape.chains[repeat]!, repeat] : []);
    shape.leaves.push(path.slice(path.lastIndexOf("/") + 1));
    shape.numbers.set(path, number);
    const siblings = shape.inside.get(parent);
    if (siblings) siblings.push(number);
    else shape.inside.set(parent, [number]);
  }
  shapes.set(form, shape);
  return shape;
}

/** Repeat path with the rows above it (`member`, `a/r1/b`) to its row ids in order; no deleted ones. */
export function rowIds(answers: Readonly<Record<string, Json>>): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const gone = new Set<string>();
  for (const path of Object.keys(answers)) {
    const value = answers[path];
    if (value === null || value === undefined || !path.includes("/")) continue;
    const segments = path.split("/");
    const name = segments[segments.length - 1]!;
    if (name === "@deleted" && value === true) gone.add(path.slice(0, -"/@deleted".length));
    if (name.startsWith("@") && !(name === "@row" && value === true)) continue;
    let repeat = "";
    for (let at = 1; at < segments.length - 1; at += 2) {
      repeat = repeat === "" ? segments[0]! : `${repeat}/${segments[at - 2]}/${segments[at - 1]}`;
      const rows = found.get(repeat);
      if (rows) rows.add(segments[at]!);
      else found.set(repeat, new Set([segments[at]!]));
    }
  }
  const sorted = new Map<string, string[]>();
  for (const [repeat, rows] of found) {
    sorted.set(repeat, [...rows].filter((row) => !gone.has(`${repeat}/${row}`)).sort(byCodePoint));
  }
  return sorted;
}
