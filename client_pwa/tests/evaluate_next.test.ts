import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../src/core/canonical";
import { evaluate, type Answers, type Evaluation } from "../src/core/evaluate";
import { isQuestion, type Form, type FormNode } from "../src/core/form";

type Answered = [string, Json][];

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}`, import.meta.url), "utf8"));
const form = read("forms/living_conditions.json") as Form;
const interview = read("scenarios/poor_2026.json") as { head: Answered; members: Answered[]; tail: Answered };
const context = { now_ms: 1_794_880_800_000, offset_min: 420, lang: "vi" };
const ROWS = ["r1", "r2", "r3"];
const members = interview.members.slice(0, 3).flatMap((row, at) => row.map(([name, value]): [string, Json] => [`member/${ROWS[at]}/${name}`, value]));
const told: Answers = Object.fromEntries([...interview.head, ...members, ...interview.tail]);

/** Answers that a person may give to a question, and some that nobody should. */
function answersTo(node: FormNode): fc.Arbitrary<Json> {
  const codes = "list" in node ? (form.lists?.[node.list ?? ""] ?? []).map((choice) => choice.name) : [];
  if (node.k === "select_one" && codes.length > 0) return fc.constantFrom<Json>(...codes, null);
  if (node.k === "select_multiple" && codes.length > 0) return fc.subarray(codes);
  if (node.k === "number") return fc.constantFrom<Json>(0, 1, 2, 5, 17, 60, -1, null);
  if (node.k === "date") return fc.constantFrom<Json>("2026-11-01", "1980-02-29", null);
  return fc.constantFrom<Json>("a", "", null, true);
}

const saves: fc.Arbitrary<[string, Json]>[] = form.nodes.flatMap((node) => {
  if (!isQuestion(node)) return [];
  const paths = node.path.includes("/") ? ROWS.map((row) => node.path.replace("/", `/${row}/`)) : [node.path];
  return [fc.tuple(fc.constantFrom(...paths), answersTo(node))];
});
const marks = fc.tuple(fc.constantFrom(...ROWS.map((row) => `member/${row}/@row`), "member/r2/@deleted"), fc.constantFrom<Json>(true, null));
// These decide whether all the rest applies.
const turns = form.nodes.filter((node) => isQuestion(node) && ["outcome", "consent"].includes(node.meaning ?? "")).map((node) => fc.tuple(fc.constant(node.path), answersTo(node)));
const save = fc.oneof({ weight: 20, arbitrary: fc.oneof(...saves) }, { weight: 1, arbitrary: marks }, { weight: 2, arbitrary: fc.oneof(...turns) });

function seen(evaluation: Evaluation): unknown {
  return { values: evaluation.values, relevance: evaluation.relevance, violations: evaluation.violations, rows: evaluation.rows("member") };
}

test("going on from one answer to the next finds what starting afresh finds", () => {
  fc.assert(
    fc.property(fc.array(save, { minLength: 5, maxLength: 25 }), (steps) => {
      let answers = told;
      let evaluation = evaluate(form, answers, context);
      seen(evaluation);
      for (const [path, value] of steps) {
        answers = { ...answers, [path]: value };
        evaluation = evaluation.next(answers);
        expect(seen(evaluation)).toEqual(seen(evaluate(form, answers, context)));
      }
    }),
    { numRuns: 15 },
  );
});

test("an answer in one row leaves what was worked out of the other rows alone", () => {
  const evaluation = evaluate(form, told, context);
  const rowOf = (row: string) => evaluation.scopeAt(`member/${row}/m_name`);
  const others = [...rowOf("r2").values];
  const next = evaluation.next({ ...told, "member/r1/m_name": null });
  expect(next).toBe(evaluation);
  expect(next.violations.map((one) => one.path)).toContain("member/r1/m_name");
  expect([...rowOf("r2").values]).toEqual(others);
});
