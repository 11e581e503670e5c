// What was answered under old names is carried over, as the server does it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Json } from "../src/core/canonical";
import type { Form } from "../src/core/form";
import { withNewNames } from "../src/core/renames";

interface Case {
  name: string;
  form: Partial<Form>;
  values: Record<string, Json>;
  expected: Record<string, Json>;
}

const cases = JSON.parse(readFileSync(new URL("../../tests/vectors/renames.json", import.meta.url), "utf-8")) as Case[];

test.each(cases)("$name", ({ form, values, expected }) => {
  const found = withNewNames({ id: "f", version: "1", title: "", languages: [], nodes: [], ...form }, values);
  const sorted = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  expect(JSON.stringify(Object.fromEntries(sorted))).toBe(JSON.stringify(expected));
});
