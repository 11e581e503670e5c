// What of an expression is more than a function of values: operators, references, sets, lookups, chance. The twin of
// schemas/operators.py.

import { randomNumber, randomText, randomUuid } from "./chance";
import { candidates, withCell } from "./choices";
import { compared, fromJson, isEqual, toBoolean, toNumber, toText, type Value } from "./coerce";
import type { Engine, Place } from "./engine";
import { isQuestion, type Choice, type Expr } from "./form";

type Operator = (ev: Engine, e: Expr[], place: Place) => Value;

// Adding 0 turns -0 into 0.
const arithmetic =
  (apply: (left: number, right: number) => number): Operator =>
  (ev, e, place) =>
    apply(ev.number(e[1]!, place), ev.number(e[2]!, place)) + 0;

const comparison =
  (apply: (left: number, right: number) => boolean): Operator =>
  (ev, e, place) =>
    apply(...compared(ev.evaluate(e[1]!, place), ev.evaluate(e[2]!, place), ev.context.offset_min ?? 0));

function equal(ev: Engine, e: Expr[], place: Place): boolean {
  return isEqual(ev.evaluate(e[1]!, place), ev.evaluate(e[2]!, place), ev.context.offset_min ?? 0);
}

function reference(ev: Engine, e: Expr[], place: Place): Value {
  const number = e[1] as number;
  return ev.value(number, place.scope.atDepth(ev.shape.chains[number]!.length));
}

/** `.`: inside a node's own calculation what was answered there, elsewhere its value. */
function own(ev: Engine, _: Expr[], place: Place): Value {
  const node = ev.form.nodes[place.node];
  if (!node) return "";
  if (place.what === "calculation") return isQuestion(node) ? fromJson(ev.answer(place.node, place.scope)) : "";
  return ev.value(place.node, place.scope);
}

/** The values of set arguments; a reference counts only where it is relevant. */
function members(ev: Engine, e: Expr[], from: number, place: Place): Value[] {
  const found: Value[] = [];
  for (let at = from; at < e.length; at++) {
    const argument = e[at]!;
    const kind = Array.isArray(argument) ? argument[0] : "";
    const number = Array.isArray(argument) ? (argument[1] as number) : -1;
    if (kind === "R") {
      for (const scope of ev.instances(number, place)) found.push(ev.value(number, scope));
    } else if (kind === "r") {
      const scope = place.scope.atDepth(ev.shape.chains[number]!.length);
      if (ev.relevant(number, scope)) found.push(ev.value(number, scope));
    } else found.push(ev.evaluate(argument, place));
  }
  return found;
}

const isFilled = (value: Value): boolean => toText(value) !== "";

/** Of the members that are not blank; what is no number is, what is infinite not. */
function numbers(ev: Engine, e: Expr[], place: Place): number[] {
  const found = members(ev, e, 1, place).filter((value) => value !== "" && !Number.isNaN(value));
  return found.map((value) => toNumber(value, ev.context.offset_min ?? 0));
}

/** 0 over no rows; blank over a repeat that is not relevant, as anything that is not. */
function total(ev: Engine, e: Expr[], place: Place): number {
  const applies = e.every((part) => !Array.isArray(part) || part[0] !== "R" || ev.applies(part[1] as number, place));
  return applies ? numbers(ev, e, place).reduce((one, other) => one + other, 0) : NaN;
}

const extreme =
  (pick: (...found: number[]) => number): Operator =>
  (ev, e, place) => {
    const found = numbers(ev, e, place);
    return found.length > 0 ? found.reduce((one, other) => pick(one, other)) : NaN;
  };

function position(_: Engine, e: Expr[], place: Place): number {
  let { scope } = place;
  while (scope.parent && scope.repeat !== e[1]) scope = scope.parent;
  return scope.position;
}

/** 1-based; a repeat that is not named is the one around the place of use; blank out of range. */
function indexedRepeat(ev: Engine, e: Expr[], place: Place): Value {
  const number = e[1] as number;
  const indices = new Map<Expr, Expr>();
  for (let at = 2; at + 1 < e.length; at += 2) indices.set(e[at]!, e[at + 1]!);
  let scope = ev.root;
  for (const repeat of ev.shape.chains[number]!) {
    const index = indices.get(repeat);
    if (index === undefined) {
      const around = place.scope.atDepth(scope.depth + 1);
      if (around.repeat !== repeat || around.parent !== scope) return "";
      scope = around;
      continue;
    }
    const at = ev.number(index, place);
    const row = at >= 1 ? ev.rowsOf(repeat, scope)[Math.trunc(at) - 1] : undefined;
    if (!row) return "";
    scope = row;
  }
  return ev.value(number, scope);
}

function cell(ev: Engine, choice: Choice, column: string, place: Place): string {
  if (column === "name") return choice.name;
  if (column === "label") return ev.written(choice.label, place, ev.context.lang ?? "");
  const columns = choice.columns ?? {};
  return Object.hasOwn(columns, column) ? columns[column]! : "";
}

/** The first choice of which the condition is true. */
function lookup(ev: Engine, e: Expr[], place: Place): string {
  const choices = candidates(ev.choicesOf(e[1] as string), e[2]!, (part) => ev.evaluate(part, place));
  const found = choices.find((choice) => ev.passes(choice, e[2]!, place));
  return found ? cell(ev, found, e[3] as string, place) : "";
}

/** A field of a system source, or of the first row of an attached table whose key has that value. */
function pull(ev: Engine, e: Expr[], place: Place): Value {
  const source = e[1] as string;
  const first = ev.textOf(e[2]!, place);
  if (source.startsWith("@")) {
    const fields = ev.context.sources?.[source] ?? {};
    return Object.hasOwn(fields, first) ? fromJson(fields[first]) : "";
  }
  const [key, wanted] = [ev.textOf(e[3]!, place), ev.textOf(e[4]!, place)];
  const rows = ev.choicesOf(source);
  const near = key === "label" ? rows : withCell(rows, key, wanted);
  const found = near.find((row) => cell(ev, row, key, place) === wanted);
  return found ? cell(ev, found, first, place) : "";
}

/** The label of a code in the language of the interview. */
function choiceName(ev: Engine, e: Expr[], place: Place): string {
  const node = ev.form.nodes[e[2] as number];
  const code = ev.textOf(e[1]!, place);
  const choices = node && "list" in node ? ev.choicesOf(node.list ?? "") : [];
  const found = withCell(choices, "name", code)[0];
  return found ? ev.written(found.label, place, ev.context.lang ?? "") : "";
}

function keyOfDraw(ev: Engine, place: Place): string {
  place.draws += 1;
  const leaf = place.node >= 0 ? ev.shape.leaves[place.node]! : "";
  return `${ev.context.seed ?? ""}|${place.scope.prefix}${leaf}|${place.what}|${place.draws}`;
}

function uuid(ev: Engine, e: Expr[], place: Place): string {
  const key = keyOfDraw(ev, place);
  if (e.length < 2) return randomUuid(key);
  const length = ev.number(e[1]!, place);
  return length > 0 && length <= 1000 ? randomText(key, Math.trunc(length)) : "";
}

export const OPERATORS: Partial<Record<string, Operator>> = {
  r: reference,
  R: (ev, e, place) => members(ev, [e], 0, place)[0] ?? "",
  ".": own,
  pos: position,
  ix: indexedRepeat,
  col: (ev, e, place) => (place.choice ? cell(ev, place.choice, e[1] as string, place) : ""),
  lk: lookup,
  pull,
  "jr:choice-name": choiceName,
  last: (ev, e) => fromJson(ev.context.last?.[ev.form.nodes[e[1] as number]!.path]),
  once: (ev, e, place) => ev.evaluate(e[1]!, place),
  if: (ev, e, place) => ev.evaluate(ev.holds(e[1]!, place) ? e[2]! : e[3]!, place),
  and: (ev, e, place) => {
    for (let at = 1; at < e.length; at++) if (!ev.holds(e[at]!, place)) return false;
    return true;
  },
  or: (ev, e, place) => {
    for (let at = 1; at < e.length; at++) if (ev.holds(e[at]!, place)) return true;
    return false;
  },
  "=": equal,
  "!=": (ev, e, place) => !equal(ev, e, place),
  "<": comparison((left, right) => left < right),
  "<=": comparison((left, right) => left <= right),
  ">": comparison((left, right) => left > right),
  ">=": comparison((left, right) => left >= right),
  "+": arithmetic((left, right) => left + right),
  "-": arithmetic((left, right) => left - right),
  "*": arithmetic((left, right) => left * right),
  div: arithmetic((left, right) => left / right),
  mod: arithmetic((left, right) => (Number.isFinite(left) ? left % right : NaN)),
  neg: (ev, e, place) => 0 - ev.number(e[1]!, place),
  sum: total,
  min: extreme(Math.min),
  max: extreme(Math.max),
  count: (ev, e, place) => members(ev, e, 1, place).length,
  "count-non-empty": (ev, e, place) => members(ev, e, 1, place).filter(isFilled).length,
  join: (ev, e, place) => members(ev, e, 2, place).map(toText).join(ev.textOf(e[1]!, place)),
  today: (ev) => ev.now().day(),
  now: (ev) => ev.now(),
  random: (ev, _, place) => randomNumber(keyOfDraw(ev, place)),
  uuid,
  boolean: (ev, e, place) => toBoolean(ev.evaluate(e[1]!, place)),
};
