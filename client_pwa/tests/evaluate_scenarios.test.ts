// Whole interviews: the compiled questionnaire gives what an independent engine gave.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Json } from "../src/core/canonical";
import { numberText } from "../src/core/coerce";
import { MS_A_DAY, parseDay } from "../src/core/dates";
import { evaluate, type Context, type Evaluation } from "../src/core/evaluate";
import type { Form } from "../src/core/form";

type Answered = [string, Json][];
interface Scenario {
  today: string;
  sources: Record<string, Record<string, Json>>;
  head: Answered;
  members: Answered[];
  crops: Answered[];
  tail: Answered;
  expected: Record<string, string[]>;
  violations: string[];
}

const vectors = new URL("../../tests/vectors/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, vectors), "utf-8"));
const form = read("forms/living_conditions.json") as Form;
const names = readdirSync(new URL("scenarios/", vectors)).filter((name) => name.endsWith(".json"));

function answersOf(scenario: Scenario): Record<string, Json> {
  const answers = Object.fromEntries([...scenario.head, ...scenario.tail]);
  for (const [repeat, rows] of [["member", scenario.members], ["crop", scenario.crops]] as const) {
    rows.forEach((row, at) => {
      const prefix = `${repeat}/r${String(at).padStart(2, "0")}/`;
      answers[`${prefix}@row`] = true;
      for (const [name, value] of row) answers[prefix + name] = value;
    });
  }
  return answers;
}

/** Noon in Viet Nam on the scenario's day; defaults are taken at the opening. */
function interview(scenario: Scenario): Evaluation {
  const now_ms = parseDay(scenario.today)!.days * MS_A_DAY + MS_A_DAY / 2 - 7 * 3_600_000;
  const context: Context = { now_ms, offset_min: 420, sources: scenario.sources };
  const answers = answersOf(scenario);
  const opened = evaluate(form, answers, context);
  for (const path of Object.keys(opened.relevance)) answers[path] ??= opened.default(path);
  return evaluate(form, answers, context);
}

function workedOut(evaluation: Evaluation, name: string): string[] {
  const node = form.nodes.find((one) => one.name === name)!;
  const repeat = node.repeat === undefined ? null : form.nodes[node.repeat]!.path;
  const leaf = node.path.split("/").pop()!;
  const paths = repeat === null ? [node.path] : evaluation.rows(repeat).map((row) => `${repeat}/${row}/${leaf}`);
  return paths.map((path) => {
    const value = evaluation.values[path] ?? "";
    return typeof value === "number" ? numberText(value) : String(value);
  });
}

test("there are scenarios", () => {
  expect(names.length).toBeGreaterThanOrEqual(5);
});

test.each(names)("%s agrees with an independent engine", (name) => {
  const scenario = read(`scenarios/${name}`) as Scenario;
  const evaluation = interview(scenario);
  const found = Object.fromEntries(Object.keys(scenario.expected).map((key) => [key, workedOut(evaluation, key)]));
  expect(found).toEqual(scenario.expected);
  expect(evaluation.violations.map((violation) => violation.path)).toEqual(scenario.violations);
});
