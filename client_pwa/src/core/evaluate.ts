// What a form says about answers: values, relevance, violations, texts, choices. All of it is pure. The twin of
// schemas/evaluate.py.

import { answerFrom } from "./answers";
import type { Json } from "./canonical";
import { toJson, toText } from "./coerce";
import { Engine, Place, type Answers, type Context } from "./engine";
import { isQuestion, type Choice, type Expr, type Form, type Question, type Text } from "./form";
import type { Scope } from "./scopes";

export type { Answers, Context } from "./engine";

/** An answer that breaks its constraint, or a required one that is missing. */
export interface Violation {
  path: string;
  kind: "constraint" | "required";
  node: number;
}

/** Answers seen through a form. Paths are those of answers; a path's row need not exist yet. */
export class Evaluation extends Engine {
  private kept: { values?: Record<string, Json>; relevance?: Record<string, boolean>; violations?: Violation[] } = {};

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
    if (this.kept.violations) return this.kept.violations;
    const found: Violation[] = [];
    this.walk((number, scope) => {
      const node = this.form.nodes[number]!;
      if (!isQuestion(node) || !this.relevant(number, scope)) return;
      const kind = this.violationOf(node, number, scope);
      if (kind) found.push({ path: this.pathOf(number, scope), kind, node: number });
    });
    return (this.kept.violations = found);
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

  private violationOf(node: Question, number: number, scope: Scope): Violation["kind"] | null {
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
    const isQuestionPath = path.split("/").length % 2 === 1;
    return new Place(this.scopeAt(path), isQuestionPath ? this.nodeAt(path) : -1, what);
  }

  private questionOf(place: Place): Question | null {
    const node = this.form.nodes[place.node];
    return node && isQuestion(node) ? node : null;
  }
}

/** Never throws for answers of a wrong type or for rows and paths that the form does not know. */
export function evaluate(form: Form, answers: Answers, context: Context): Evaluation {
  return new Evaluation(form, answers, context);
}
