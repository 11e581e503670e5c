// Works out values, relevance and expressions of a form over answers, once per node and row. `evaluate.ts` says what
// it is asked for. The twin of schemas/engine.py.

import { answerFrom, valueOf } from "./answers";
import type { Json } from "./canonical";
import { draw } from "./chance";
import { candidates } from "./choices";
import { fromJson, toBoolean, toJson, toNumber, toText, type Value } from "./coerce";
import { Moment, parseMoment } from "./dates";
import { isQuestion, type Choice, type Expr, type Form, type FormNode, type Meta, type Text } from "./form";
import { Call, FUNCTIONS } from "./functions";
import { grouped } from "./grouping";
import { OPERATORS } from "./operators";
import { rowIds, Scope, shapeOf, type Shape } from "./scopes";

export type Answers = Readonly<Record<string, Json>>;

/** What an interview is evaluated with, from its `@env`: the same on every replica. */
export interface Context {
  now_ms: number;
  offset_min?: number;
  seed?: string | number;
  lang?: string;
  /** What `pulldata('@subject', …)` and its kind read. */
  sources?: Record<string, Record<string, Json>>;
  meta?: Record<string, Json>;
  /** Last-saved values, paths without rows. */
  last?: Record<string, Json>;
}

// What a repeat_count asks for beyond this is a slip of the finger.
const MOST_ROWS = 10_000;

/** Where an expression is evaluated: a row, the node whose value `.` is, the choice a filter looks at. */
export class Place {
  draws = 0;
  choice: Choice | null = null;

  constructor(
    readonly scope: Scope,
    readonly node = -1,
    readonly what = "",
  ) {}
}

export class Engine {
  readonly shape: Shape;
  readonly root = new Scope(null, -1, "", "", 0);
  private readonly offset_min: number;
  protected readonly rowIds: Map<string, string[]>;

  constructor(
    readonly form: Form,
    public answers: Answers,
    readonly context: Context,
  ) {
    this.shape = shapeOf(form);
    this.offset_min = context.offset_min ?? 0;
    this.rowIds = rowIds(answers);
    // In the compiler's order each expression finds what it reads already there: no deep recursion.
    for (const number of form.order ?? []) for (const scope of this.scopesOf(number, this.root)) this.workOut(number, scope);
  }

  protected workOut(number: number, scope: Scope): void {
    this.relevant(number, scope);
    this.value(number, scope);
  }

  // Rows

  /** The rows of `repeat` in `scope`; with a repeat_count only the first so many. */
  rowsOf(repeat: number, scope: Scope): Scope[] {
    const known = scope.rows.get(repeat);
    if (known) return known;
    const name = this.shape.leaves[repeat]!;
    let rows = scope.made.get(repeat);
    if (!rows) {
      rows = this.madeRows(repeat, scope).map((row, at) => new Scope(scope, repeat, name, row, at + 1));
      scope.made.set(repeat, rows);
    }
    // Before the count is read: a count that looks at its own rows finds them.
    scope.rows.set(repeat, rows);
    const wanted = this.wanted(repeat, scope);
    if (wanted !== null && wanted < rows.length) {
      rows = rows.slice(0, wanted);
      scope.rows.set(repeat, rows);
    }
    return rows;
  }

  /** The ids of its rows in `scope`, whatever its repeat_count says. */
  protected madeRows(repeat: number, scope: Scope): readonly string[] {
    return this.rowIds.get(scope.prefix + this.shape.leaves[repeat]!) ?? [];
  }

  /** How many rows its repeat_count asks for, at most MOST_ROWS; null where it has none. */
  protected wanted(repeat: number, scope: Scope): number | null {
    const node = this.form.nodes[repeat]!;
    if (node.k !== "repeat" || node.count === undefined || node.count === null) return null;
    const count = this.number(node.count, new Place(scope, repeat, "count"));
    return Number.isNaN(count) ? 0 : Math.trunc(Math.max(0, Math.min(count, MOST_ROWS)));
  }

  /** Every scope inside `within` where the node stands. */
  scopesOf(number: number, within: Scope): Scope[] {
    let found = [within];
    const chain = this.shape.chains[number]!;
    for (let depth = within.depth; depth < chain.length; depth++) {
      found = found.flatMap((scope) => this.rowsOf(chain[depth]!, scope));
    }
    return found;
  }

  /** The scope of a path or of a row (`member/r1`); a row that does not exist yet comes last. */
  scopeAt(path: string): Scope {
    if (!path.includes("/")) return this.root;
    const segments = path.split("/");
    let scope = this.root;
    for (let at = 0; at + 1 < segments.length; at += 2) {
      const repeat = this.nodeAt(segments.slice(0, at + 1).join("/"));
      if (repeat < 0) break;
      const rows = this.rowsOf(repeat, scope);
      const row = segments[at + 1]!;
      scope = rows.find((one) => one.row === row) ?? new Scope(scope, repeat, segments[at]!, row, rows.length + 1);
    }
    return scope;
  }

  /** The node of a path with row ids; -1 for none. */
  nodeAt(path: string): number {
    const plain = path.includes("/")
      ? path
          .split("/")
          .filter((_, at) => at % 2 === 0)
          .join("/")
      : path;
    return this.shape.numbers.get(plain) ?? -1;
  }

  // Values

  /** Of the node and everything around it. */
  relevant(number: number, scope: Scope): boolean {
    const known = scope.relevant.get(number);
    if (known !== undefined) return known;
    scope.relevant.set(number, true);
    const node = this.form.nodes[number]!;
    const parent = node.parent ?? -1;
    let result = parent < 0 || this.relevant(parent, scope.atDepth(this.shape.chains[parent]!.length));
    if (result && node.relevant !== undefined && node.relevant !== null) {
      result = this.holds(node.relevant, new Place(scope, number, "relevant"));
    }
    scope.relevant.set(number, result);
    return result;
  }

  /** The node's value as expressions read it: blank where it is not relevant. */
  value(number: number, scope: Scope): Value {
    const known = scope.values.get(number);
    if (known !== undefined) return known;
    scope.values.set(number, "");
    const result = this.relevant(number, scope) ? this.workedOut(number, scope) : "";
    scope.values.set(number, result);
    return result;
  }

  private workedOut(number: number, scope: Scope): Value {
    const node = this.form.nodes[number]!;
    // As in ODK a calculation is read as text, so that `${flag} = 'true'` means what it says.
    if (node.k === "calculate") return toText(this.calculated(number, scope));
    if (node.k === "meta") return this.metadata(node);
    if (!isQuestion(node)) return "";
    if (this.isCalculated(number, scope)) {
      return valueOf(node, answerFrom(node, this.calculated(number, scope), this.offset_min), this.offset_min);
    }
    return valueOf(node, this.answer(number, scope), this.offset_min);
  }

  /** The result of the node's calculation, with its own type. */
  private calculated(number: number, scope: Scope): Value {
    let known = scope.results.get(number);
    if (known === undefined) {
      const node = this.form.nodes[number]! as FormNode & { calculation?: Expr };
      known = this.evaluate(node.calculation ?? "", new Place(scope, number, "calculation"));
      scope.results.set(number, known);
    }
    return known;
  }

  /** A question with a calculation holds it until a person answers, and always where it is read only. */
  private isCalculated(number: number, scope: Scope): boolean {
    const node = this.form.nodes[number]!;
    if (!isQuestion(node) || node.calculation === undefined || node.calculation === null) return false;
    return this.answer(number, scope) === null || this.holds(node.readonly ?? false, new Place(scope, number, "readonly"));
  }

  /** What was answered; null for nothing. */
  answer(number: number, scope: Scope): Json {
    const given = this.answers[scope.prefix + this.shape.leaves[number]!];
    return given === undefined || given === "" || (Array.isArray(given) && given.length === 0) ? null : given;
  }

  private metadata(node: Meta): Value {
    const kind = node.kind ?? "start";
    if (kind === "today") return this.now().day();
    const given = this.context.meta?.[kind];
    if (given === undefined || given === null) return kind === "start" ? this.now() : "";
    if ((kind === "start" || kind === "end") && typeof given === "string") {
      const found = parseMoment(given, this.offset_min);
      return found ? new Moment(found.ms, this.offset_min) : given;
    }
    return fromJson(given);
  }

  now(): Moment {
    return new Moment(this.context.now_ms, this.offset_min);
  }

  /** The node's value as stored and exported; null where it is blank or not relevant. */
  jsonAt(number: number, scope: Scope): Json {
    if (!this.relevant(number, scope)) return null;
    const node = this.form.nodes[number]!;
    const value = this.value(number, scope);
    if (node.k === "calculate") return toJson(this.calculated(number, scope));
    if (node.k === "meta") return toJson(value);
    if (isQuestion(node) && this.isCalculated(number, scope)) {
      return answerFrom(node, this.calculated(number, scope), this.offset_min);
    }
    return toText(value) === "" ? null : this.answer(number, scope);
  }

  // Expressions

  evaluate(expression: Expr, place: Place): Value {
    if (typeof expression !== "object") return expression;
    if (expression === null) return "";
    const name = expression[0] as string;
    const operator = OPERATORS[name];
    if (operator) return operator(this, expression, place);
    const apply = FUNCTIONS[name];
    // A form newer than this app: blank, rather than an interview that stops.
    if (!apply) return "";
    const values: Value[] = [];
    for (let at = 1; at < expression.length; at++) values.push(this.evaluate(expression[at]!, place));
    return apply(new Call(values, this.offset_min, this.context.lang ?? ""));
  }

  number(expression: Expr, place: Place): number {
    return toNumber(this.evaluate(expression, place), this.offset_min);
  }

  textOf(expression: Expr, place: Place): string {
    return toText(this.evaluate(expression, place));
  }

  holds(expression: Expr, place: Place): boolean {
    return toBoolean(this.evaluate(expression, place));
  }

  /** The deepest row that the place and the node have in common. */
  private shared(number: number, place: Place): Scope {
    const chain = this.shape.chains[number]!;
    let scope = place.scope.atDepth(chain.length);
    while (scope.parent && scope.repeat !== chain[scope.depth - 1]) scope = scope.parent;
    return scope;
  }

  /** Whether the repeat that makes the node a set is relevant, with rows or without. */
  applies(number: number, place: Place): boolean {
    const scope = this.shared(number, place);
    return this.relevant(this.shape.chains[number]![scope.depth] ?? number, scope);
  }

  /** The scopes of a set: within the deepest row that place and node share; only what is relevant. */
  instances(number: number, place: Place): Scope[] {
    const found = this.scopesOf(number, this.shared(number, place)).filter((scope) => this.relevant(number, scope));
    return this.form.nodes[number]!.k === "repeat" ? found.flatMap((scope) => this.rowsOf(number, scope)) : found;
  }

  /** A text in `lang`, else in the form's language, else in any, with its expressions filled in. */
  written(text: Text | undefined, place: Place, lang: string): string {
    if (!text) return "";
    const filled = (code: string): Text[string] | undefined =>
      Object.hasOwn(text, code) && text[code]!.length > 0 ? text[code] : undefined;
    const code = [lang, this.form.default_language ?? "", "", ...Object.keys(text)].find((one) => filled(one) !== undefined) ?? "";
    const parts = filled(code) ?? "";
    if (typeof parts === "string") return parts;
    return parts.map((part) => (typeof part === "string" ? part : this.shown(part, place, code))).join("");
  }

  /** A value in a text; a number that is no year is grouped. */
  private shown(expression: Expr, place: Place, lang: string): string {
    const number = Array.isArray(expression) && expression[0] === "r" ? (expression[1] as number) : -1;
    const node = this.form.nodes[number];
    if (node && "k" in node && node.k !== "group" && node.k !== "repeat" && node.k !== "note" && node.unit !== "year") {
      const scope = place.scope.atDepth(this.shape.chains[number]!.length);
      const value = !this.relevant(number, scope) ? "" : node.k === "calculate" ? this.calculated(number, scope) : this.value(number, scope);
      if (typeof value === "number") return grouped(value, lang);
    }
    return this.textOf(expression, place);
  }

  choicesOf(list: string): Choice[] {
    const lists = this.form.lists ?? {};
    return Object.hasOwn(lists, list) ? lists[list]! : [];
  }

  /** The choices that the question's filter leaves, in the order of the list, or shuffled. */
  protected options(number: number, scope: Scope): Choice[] {
    const node = this.form.nodes[number];
    if (!node || (node.k !== "select_one" && node.k !== "select_multiple")) return [];
    const choices = this.choicesOf(node.list ?? "");
    const filter = node.choice_filter;
    const { shuffle } = node;
    const place = new Place(scope, number, "choice_filter");
    const left =
      filter === undefined || filter === null
        ? choices
        : candidates(choices, filter, (part) => this.evaluate(part, place)).filter((choice) => this.passes(choice, filter, place));
    if (shuffle === undefined || shuffle === null) return left;
    const own = `${this.context.seed ?? ""}|${scope.prefix}${this.shape.leaves[number]!}`;
    const key = shuffle === true ? own : this.textOf(shuffle, new Place(scope, number, "shuffle"));
    const drawn = left.map((choice): [number, Choice] => [draw(`${key}|${choice.name}`), choice]);
    return drawn.sort(([one], [other]) => one - other).map(([, choice]) => choice);
  }

  /** Whether a condition about a choice's columns holds. */
  passes(choice: Choice, condition: Expr, place: Place): boolean {
    const around = place.choice;
    place.choice = choice;
    try {
      return this.holds(condition, place);
    } finally {
      place.choice = around;
    }
  }
}
