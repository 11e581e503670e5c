// Expressions and forms mean what the guide says: the cases that both languages read.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Json } from "../src/core/canonical";
import { evaluate, type Context, type Evaluation } from "../src/core/evaluate";
import type { Expr, Form } from "../src/core/form";

type Answers = Record<string, Json>;
interface Case {
  about: string;
  form?: string;
  answers?: string | Answers;
  context?: Partial<Context>;
  expr?: Expr;
  at?: string;
  [expected: string]: unknown;
}
interface Vectors {
  context: Context;
  forms: Record<string, Form>;
  answers: Record<string, Answers>;
  cases: Case[];
}

const vectors = JSON.parse(readFileSync(new URL("../../tests/vectors/evaluate.json", import.meta.url), "utf-8")) as Vectors;

function evaluated({ form = "plain", answers = {}, context = {} }: Partial<Case>): Evaluation {
  const given = typeof answers === "string" ? vectors.answers[answers]! : answers;
  return evaluate(vectors.forms[form]!, given, { ...vectors.context, ...context });
}

/** What the case speaks of, as the evaluation gives it. */
function observed(one: Case): Record<string, unknown> {
  const found = evaluated(one);
  const seen: Record<string, unknown> = {};
  if ("gives" in one) seen["gives"] = found.expr(one.expr!, one.at);
  if ("values" in one) seen["values"] = found.values;
  if ("violations" in one) seen["violations"] = found.violations.map(({ path, kind }) => [path, kind]);
  if ("instance_name" in one) seen["instance_name"] = found.instanceName;
  if ("texts" in one) {
    seen["texts"] = (one["texts"] as [number, string, string, string][]).map(([node, path, lang]) => [
      node,
      path,
      lang,
      found.text(found.form.nodes[node]!.label, path, lang),
    ]);
  }
  const asked: Record<string, (path: string) => unknown> = {
    has: (path) => found.valueAt(path),
    relevance: (path) => found.relevance[path],
    rows: (path) => found.rows(path),
    wanted: (path) => found.wantedRows(path),
    left_out: (path) => found.rowsLeftOut(path),
    choices: (path) => found.choices(path).map((choice) => choice.name),
    defaults: (path) => found.default(path),
    readonly: (path) => found.readonly(path),
    required: (path) => found.required(path),
  };
  for (const [what, ask] of Object.entries(asked)) {
    if (what in one) seen[what] = Object.fromEntries(Object.keys(one[what] as object).map((path) => [path, ask(path)]));
  }
  return seen;
}

test.each(vectors.cases.map((one) => [`${one.about} ${JSON.stringify(one.expr ?? "")}`, one] as const))("%s", (_, one) => {
  const seen = observed(one);
  expect(Object.keys(seen)).not.toHaveLength(0);
  expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((key) => [key, one[key]])));
});

test("what is relevant is said of every node of every row", () => {
  const found = evaluated({ form: "rep", answers: "rows" });
  expect(Object.keys(found.relevance)).toEqual(expect.arrayContaining(Object.keys(found.values)));
  for (const [path, value] of Object.entries(found.relevance)) expect(found.isRelevant(path)).toBe(value);
});

test("a long chain of calculations is no deep recursion", () => {
  const steps = 20_000;
  const nodes: Form["nodes"] = [{ k: "number", name: "q0", path: "q0" }];
  for (let at = 1; at < steps; at++) nodes.push({ k: "calculate", name: `q${at}`, path: `q${at}`, calculation: ["+", ["r", at - 1], 1] });
  const form: Form = { id: "chain", version: "1", title: "", languages: [""], nodes, order: [...nodes.keys()] };
  expect(evaluate(form, { q0: 1 }, { now_ms: 0 }).values[`q${steps - 1}`]).toBe(steps);
});
