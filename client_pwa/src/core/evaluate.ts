// What a form says about answers: values, relevance, violations, texts, choices. All of it is pure. The twin of
// schemas/evaluate.py.

import { answerFrom } from "./answers";
import { same, type Json } from "./canonical";
import { toJson, toText } from "./coerce";
import { Engine, Place, type Answers, type Context } from "./engine";
import { isQuestion, type Choice, type Expr, type Form, type Question, type Text } from "./form";
import { isSystem, rowPrefixes } from "./paths";
import { readersOf } from "./readers";
import type { Scope } from "./scopes";

export type { Answers, Context } from "./engine";

/** An answer that breaks its constraint, a required one that is missing, or a repeat (`rows`) with fewer rows than its
 * repeat_count asks for. */
export interface Violation {
  path: string;
  kind: "constraint" | "required" | "rows";
  node: number;
}
type Verdict = Exclude<Violation["kind"], "rows">;

/** Answers seen through a form. Paths are those of answers; a path's row need not exist yet. */
export class Evaluation extends Engine {
  private kept: { values?: Record<string, Json>; relevance?: Record<string, boolean> } = {};
  private readonly violationsByScope = new Map<Scope, Violation[]>();
  /** The nodes of which `next` may have changed value, relevance, rows or verdict somewhere; null: it began afresh. */
  moved: ReadonlySet<number> | null = null;

  /** Path to every relevant value that is not blank: answers, calculations, metadata. */
  get values(): Readonly<Record<string, Json>> {
    if (this.kept.values) return this.kept.values;
    const found: Record<string, Json> = {};
    this.walk((number, scope) => {
      const value = this.jsonAt(number, scope);
      if (value !== null) found[this.pathOf(number, scope)] = value;
    });
    return (this.kept.values = found);
  }

  /** For every node of every row, groups and notes too. */
  get relevance(): Readonly<Record<string, boolean>> {
    if (this.kept.relevance) return this.kept.relevance;
    const found: Record<string, boolean> = {};
    this.walk((number, scope) => (found[this.pathOf(number, scope)] = this.relevant(number, scope)));
    return (this.kept.relevance = found);
  }

  /** In the order of the sheet, row by row. Blanks break no constraint, the irrelevant nothing. */
  get violations(): readonly Violation[] {
    return this.violationsIn(-1, this.root);
  }

  /** Of what stands inside a node of one scope; kept for whole scopes. */
  private violationsIn(around: number, scope: Scope): Violation[] {
    const known = around === scope.repeat ? this.violationsByScope.get(scope) : undefined;
    if (known) return known;
    const found: Violation[] = [];
    for (const number of this.shape.inside.get(around) ?? []) {
      const node = this.form.nodes[number]!;
      if (node.k === "repeat") {
        const isShort = node.count !== undefined && this.relevant(number, scope) && (this.wanted(number, scope) ?? 0) > this.madeRows(number, scope).length;
        if (isShort) found.push({ path: this.pathOf(number, scope), kind: "rows", node: number });
        for (const row of this.rowsOf(number, scope)) found.push(...this.violationsIn(number, row));
      } else if (this.shape.inside.has(number)) found.push(...this.violationsIn(number, scope));
      else if (isQuestion(node)) {
        const kind = this.verdict(node, number, scope);
        if (kind) found.push({ path: this.pathOf(number, scope), kind, node: number });
      }
    }
    if (around === scope.repeat) this.violationsByScope.set(scope, found);
    return found;
  }

  /** What is wrong with one answer. */
  violationAt(path: string): Violation["kind"] | null {
    const { node, scope } = this.place(path, "violation");
    const question = this.form.nodes[node];
    return question && isQuestion(question) ? this.verdict(question, node, scope) : null;
  }

  /** What is wrong inside of one row (`member/r1`), in the order of the sheet. */
  violationsOf(row: string): readonly Violation[] {
    const scope = this.scopeAt(row);
    return this.violationsIn(scope.repeat, scope);
  }

  private verdict(node: Question, number: number, scope: Scope): Verdict | null {
    let known = scope.verdicts.get(number);
    if (known === undefined) {
      known = this.relevant(number, scope) ? this.violationOf(node, number, scope) : null;
      scope.verdicts.set(number, known);
    }
    return known;
  }

  /** The same form over other answers, with the work for what the difference touches only. This evaluation is used up: it
   * may be the one that is given back. */
  next(answers: Answers): Evaluation {
    const changed = pathsThatDiffer(this.answers, answers);
    if (changed.some((path) => this.movesRows(path, answers))) return new Evaluation(this.form, answers, this.context);
    this.answers = answers;
    const [touched, judged] = [new Set<number>(), new Set<number>()];
    for (const path of changed) {
      const number = this.nodeAt(path);
      if (number < 0) continue;
      const scope = this.madeScopeAt(path);
      touched.add(number);
      if (scope) this.forget(number, scope, touched, judged);
    }
    this.kept = {};
    this.moved = new Set([...touched, ...judged]);
    const { ranks } = readersOf(this.form);
    const again = [...touched].filter((number) => ranks.has(number)).sort((one, other) => ranks.get(one)! - ranks.get(other)!);
    for (const number of again) for (const scope of this.scopesOf(number, this.root)) this.workOut(number, scope);
    return this;
  }

  /** Whether there may be other rows with these answers. */
  private movesRows(path: string, answers: Answers): boolean {
    if (!path.includes("/")) return false;
    if (path.endsWith("/@deleted") || path.endsWith("/@row")) return true;
    for (const prefix of rowPrefixes(path)) {
      const at = prefix.lastIndexOf("/");
      if (!this.rowIds.get(prefix.slice(0, at))?.includes(prefix.slice(at + 1))) return true;
      if ((answers[path] ?? null) === null && !isInhabited(prefix, answers)) return true;
    }
    return false;
  }

  /** What was worked out of a node in one scope, and of all that reads it. `touched` gets the nodes, `judged` those of
   * which only the verdict is open again. */
  private forget(first: number, within: Scope, touched: Set<number>, judged: Set<number>): void {
    const { flows, judges } = readersOf(this.form);
    const waiting: [number, Scope][] = [[first, within]];
    const seen = new Map<Scope, Set<number>>();
    const drop = (number: number, scope: Scope): void => {
      const known = seen.get(scope);
      if (known?.has(number)) return;
      if (known) known.add(number);
      else seen.set(scope, new Set([number]));
      waiting.push([number, scope]);
    };
    while (waiting.length > 0) {
      const [number, scope] = waiting.pop()!;
      touched.add(number);
      for (const map of [scope.values, scope.results, scope.relevant, scope.rows]) map.delete(number);
      this.forgetVerdict(number, scope);
      for (const [reader, isElsewhere] of flows.get(number) ?? []) {
        for (const at of this.readingScopes(reader, number, isElsewhere ? this.root : scope)) drop(reader, at);
      }
      for (const [reader, isElsewhere] of judges.get(number) ?? []) {
        judged.add(reader);
        for (const at of this.readingScopes(reader, number, isElsewhere ? this.root : scope)) this.forgetVerdict(reader, at);
      }
      for (const inner of this.shape.inside.get(number) ?? []) for (const at of this.madeScopes(inner, scope)) drop(inner, at);
    }
  }

  private forgetVerdict(number: number, scope: Scope): void {
    scope.verdicts.delete(number);
    for (let at: Scope | null = scope; at; at = at.parent) this.violationsByScope.delete(at);
  }

  /** Where a node that reads another one, in this scope, stands. */
  private readingScopes(reader: number, read: number, scope: Scope): Scope[] {
    const [own, other] = [this.shape.chains[reader]!, this.shape.chains[read]!];
    let shared = 0;
    while (shared < other.length && own[shared] === other[shared]) shared++;
    return this.madeScopes(reader, scope.atDepth(shared));
  }

  /** Null where nobody asked for these rows yet: nothing was worked out of them. */
  private madeScopeAt(path: string): Scope | null {
    if (!path.includes("/")) return this.root;
    const segments = path.split("/");
    let scope: Scope | undefined = this.root;
    for (let at = 0; at + 1 < segments.length && scope; at += 2) {
      const repeat = this.nodeAt(segments.slice(0, at + 1).join("/"));
      scope = scope.made.get(repeat)?.find((row) => row.row === segments[at + 1]);
    }
    return scope ?? null;
  }

  /** As `scopesOf`, among the rows that were made. */
  private madeScopes(number: number, within: Scope): Scope[] {
    let found = [within];
    for (const repeat of this.shape.chains[number]!.slice(within.depth)) found = found.flatMap((scope) => scope.made.get(repeat) ?? []);
    return found;
  }

  /** What lists show for the record; blank where the form does not say. */
  get instanceName(): string {
    return this.textOf(this.form.instance_name ?? "", new Place(this.root, -1, "instance_name"));
  }

  isRelevant(path: string): boolean {
    const number = this.nodeAt(path);
    return number >= 0 && this.relevant(number, this.scopeAt(path));
  }

  /** One value as in `values`, null for a blank. */
  valueAt(path: string): Json {
    const number = this.nodeAt(path);
    return number >= 0 ? this.jsonAt(number, this.scopeAt(path)) : null;
  }

  /** Row ids in order (`member`, `a/r1/b`). */
  rows(repeatPath: string): string[] {
    const number = this.nodeAt(repeatPath);
    if (this.form.nodes[number]?.k !== "repeat") return [];
    return this.rowsOf(number, this.scopeAt(repeatPath)).map((row) => row.row);
  }

  /** How many rows its repeat_count asks for; null where it has none. */
  wantedRows(repeatPath: string): number | null {
    const number = this.nodeAt(repeatPath);
    return number >= 0 ? this.wanted(number, this.scopeAt(repeatPath)) : null;
  }

  /** The ids of rows that are more than its repeat_count asks for, in order. */
  rowsLeftOut(repeatPath: string): string[] {
    const number = this.nodeAt(repeatPath);
    if (this.form.nodes[number]?.k !== "repeat") return [];
    const scope = this.scopeAt(repeatPath);
    return this.madeRows(number, scope).slice(this.rowsOf(number, scope).length);
  }

  /** `text` at `path` in `lang` (the interview's if none), its `${…}` filled in. */
  text(text: Text | undefined, path = "", lang = ""): string {
    return this.written(text, this.place(path, "text"), lang || (this.context.lang ?? ""));
  }

  /** What the question offers there. */
  choices(path: string): Choice[] {
    return this.options(this.nodeAt(path), this.scopeAt(path));
  }

  /** Any expression as if it stood at `path` (a question or a row); null for a blank. */
  expr(expression: Expr, path = ""): Json {
    return toJson(this.evaluate(expression, this.place(path, "expression")));
  }

  isTrue(expression: Expr, path = ""): boolean {
    return this.holds(expression, this.place(path, "expression"));
  }

  /** The answer that the question begins with, null for none. */
  default(path: string): Json {
    const place = this.place(path, "default");
    const node = this.questionOf(place);
    if (!node || node.default === undefined || node.default === null) return null;
    return answerFrom(node, this.evaluate(node.default, place), this.context.offset_min ?? 0);
  }

  readonly(path: string): boolean {
    const place = this.place(path, "readonly");
    return this.holds(this.questionOf(place)?.readonly ?? false, place);
  }

  required(path: string): boolean {
    const place = this.place(path, "required");
    return this.holds(this.questionOf(place)?.required ?? false, place);
  }

  private violationOf(node: Question, number: number, scope: Scope): Verdict | null {
    if (toText(this.value(number, scope)) === "") {
      return this.holds(node.required ?? false, new Place(scope, number, "required")) ? "required" : null;
    }
    const { constraint } = node;
    if (constraint === undefined || constraint === null) return null;
    return this.holds(constraint, new Place(scope, number, "constraint")) ? null : "constraint";
  }

  /** Every node of every row, in the order of the sheet; a repeat before its rows. */
  private walk(visit: (number: number, scope: Scope) => void, around = -1, scope = this.root): void {
    for (const number of this.shape.inside.get(around) ?? []) {
      visit(number, scope);
      if (this.form.nodes[number]!.k === "repeat") {
        for (const row of this.rowsOf(number, scope)) this.walk(visit, number, row);
      } else if (this.shape.inside.has(number)) this.walk(visit, number, scope);
    }
  }

  private pathOf(number: number, scope: Scope): string {
    return scope.prefix + this.shape.leaves[number]!;
  }

  private place(path: string, what: string): Place {
    // `member/r1` is a row, not a question: no node's own value.
    const isQuestionPath = !path.includes("/") || path.split("/").length % 2 === 1;
    return new Place(this.scopeAt(path), isQuestionPath ? this.nodeAt(path) : -1, what);
  }

  private questionOf(place: Place): Question | null {
    const node = this.form.nodes[place.node];
    return node && isQuestion(node) ? node : null;
  }
}

function pathsThatDiffer(before: Answers, after: Answers): string[] {
  const isOther = (path: string): boolean => before[path] !== after[path] && !same(before[path] ?? null, after[path] ?? null);
  return [...Object.keys(after).filter(isOther), ...Object.keys(before).filter((path) => !(path in after) && isOther(path))];
}

/** A row is there as long as it has its mark or an answer. */
function isInhabited(row: string, answers: Answers): boolean {
  if (answers[`${row}/@row`] === true) return true;
  const inside = Object.keys(answers).filter((path) => path.startsWith(`${row}/`) && !isSystem(path));
  return inside.some((path) => (answers[path] ?? null) !== null);
}

/** Never throws for answers of a wrong type or for rows and paths that the form does not know. */
export function evaluate(form: Form, answers: Answers, context: Context): Evaluation {
  return new Evaluation(form, answers, context);
}
