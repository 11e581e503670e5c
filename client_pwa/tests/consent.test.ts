// Which answers refuse, and what stands behind the question; tests/test_consent.py reads the same cases.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Json } from "../src/core/canonical";
import { isRefusal, standsAfterConsent } from "../src/core/consent";
import type { Form } from "../src/core/form";

interface Vectors { refusals: Json[]; consents: Json[]; form: Form; stands_after: string[]; stands_before: string[] }

const file = fileURLToPath(new URL("../../tests/vectors/consent.json", import.meta.url));
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

it("knows which answers refuse", () => {
  expect(vectors.refusals.filter((value) => !isRefusal(value))).toEqual([]);
  expect(vectors.consents.filter((value) => isRefusal(value))).toEqual([]);
});

it("knows what stands after consent", () => {
  expect(vectors.stands_after.filter((path) => !standsAfterConsent(vectors.form, path))).toEqual([]);
  expect(vectors.stands_before.filter((path) => standsAfterConsent(vectors.form, path))).toEqual([]);
});
