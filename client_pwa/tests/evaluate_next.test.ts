import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { same, type Json } from "../src/core/canonical";
import { evaluate, type Answers, type Evaluation } from "../src/core/evaluate";
import { withWhatShowsThem } from "../src/core/readers";
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

/** All that a screen may show of a node in each row, by path. */
function shownOf(evaluation: Evaluation): Map<string, [number, unknown]> {
  const shown = new Map<string, [number, unknown]>();
  form.nodes.forEach((node, number) => {
    // A screen shows what there is of a repeat: its own rows.
    const repeat = node.path.split("/")[0]!;
    const paths = node.path.includes("/") ? evaluation.rows(repeat).map((row) => node.path.replace("/", `/${row}/`)) : [node.path];
    for (const path of paths) {
      const texts = [node.label, node.hint, "constraint_message" in node ? node.constraint_message : undefined].map((text) => evaluation.text(text, path));
      const judged = [evaluation.violationAt(path), evaluation.required(path), evaluation.readonly(path)];
      const choices = evaluation.choices(path).map((choice) => [choice.name, evaluation.text(choice.label, path)]);
      shown.set(path, [number, structuredClone([evaluation.isRelevant(path), evaluation.valueAt(path), texts, judged, choices])]);
    }
  });
  return shown;
}

test("whatever looks different after an answer is among the nodes that are told of it", () => {
  fc.assert(
    fc.property(fc.array(save, { minLength: 5, maxLength: 15 }), (steps) => {
      let answers = told;
      let evaluation = evaluate(form, answers, context);
      for (const [path, value] of steps) {
        const before = shownOf(evaluation);
        answers = { ...answers, [path]: value };
        evaluation = evaluation.next(answers);
        if (!evaluation.moved) continue;
        const following = withWhatShowsThem(form, [...evaluation.moved, evaluation.nodeAt(path)]);
        const after = shownOf(evaluation);
        const other = [...after].filter(([at, [, now]]) => !same(now as Json, before.get(at)?.[1] as Json));
        expect(other.filter(([, [number]]) => !following.has(number)).map(([at]) => at)).toEqual([]);
      }
    }),
    { numRuns: 10 },
  );
});

test("what is wrong in a row and with one answer is what is wrong in the whole", () => {
  fc.assert(
    fc.property(fc.array(save, { minLength: 1, maxLength: 10 }), (steps) => {
      const evaluation = evaluate(form, { ...told, ...Object.fromEntries(steps) }, context);
      const { violations } = evaluation;
      for (const one of violations) expect(evaluation.violationAt(one.path)).toBe(one.kind);
      for (const row of evaluation.rows("member")) {
        expect(evaluation.violationsOf(`member/${row}`)).toEqual(violations.filter((one) => one.path.startsWith(`member/${row}/`)));
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
