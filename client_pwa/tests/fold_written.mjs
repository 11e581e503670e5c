// Writes change sets of its own making and the records that they fold to, one JSON per line: for tests/test_fold_twins.py.
// The arguments: a seed, and how many.
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { runnerImport } from "vite";

const core = (file) => fileURLToPath(new URL(`../src/core/${file}`, import.meta.url));
const load = async (file) => (await runnerImport(core(file), { configFile: false, logLevel: "error" })).module;
const { fold } = await load("fold.ts");
const { canonical } = await load("canonical.ts");
const { changeId, composeChange, parseChange } = await load("change.ts");

const RULES = { newest: "latest", oldest: "first", most: "largest", least: "smallest", all: "union", told: "join", boss: "supervisor", "m/most": "largest" };
const rows = fc.constantFrom("r1", "r2", "r3");
const numbers = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(0.1, -0, 1e16, 1e21, 1e-7, Number.MAX_SAFE_INTEGER), fc.double({ noNaN: true, noDefaultInfinity: true }));
const texts = fc.oneof(fc.constantFrom("", "a", "á", "a\u0301", "Ka Hân", "\ud83d\ude42", "2026-11-22", "x\u0000y"), fc.string({ unit: "grapheme", maxLength: 6 }));
const values = fc.oneof(numbers, texts, fc.boolean(), fc.constant(null), fc.uniqueArray(fc.constantFrom("b", "a", "z", "é"), { maxLength: 3 }).map((codes) => codes.sort()), fc.record({ sha256: fc.constant("0"), bytes: numbers }));
const answer = fc.tuple(fc.oneof(fc.constantFrom(...Object.keys(RULES).filter((path) => !path.includes("/")), "plain", "g.plain"), rows.map((row) => `m/${row}/most`), fc.tuple(rows, rows).map(([row, inner]) => `m/${row}/k/${inner}/q`)), values);
const system = fc.oneof(
  fc.tuple(fc.constantFrom("@area", "@round", "@subject", "@same_as"), fc.constantFrom("A", "B", "r0", null)),
  fc.tuple(fc.constant("@status"), fc.constantFrom("draft", "submitted", "returned", "approved")),
  fc.tuple(fc.oneof(fc.constant("@deleted"), rows.map((row) => `m/${row}/@deleted`)), fc.constantFrom(true, true, null)),
  fc.tuple(rows.map((row) => `m/${row}/@row`), fc.constant(true)),
  fc.tuple(rows.map((row) => `m/${row}/@same_as`), rows),
  fc.tuple(fc.constantFrom("@comment/c1", "@comment/c2"), fc.record({ text: texts, path: fc.constantFrom("plain", "m/r1/most") })),
);
const step = fc.record({
  author: fc.constantFrom("u-han", "u-ba", "u-sau"),
  role: fc.constantFrom("interviewer", "supervisor", "admin"),
  at: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, 1789640123456, 3786825600000)),
  // Which of the changes before it was shown.
  shown: fc.array(fc.nat(20), { maxLength: 8 }),
  set: fc.array(fc.oneof({ weight: 3, arbitrary: answer }, system), { minLength: 1, maxLength: 4 }),
});
const sets = fc.array(step, { minLength: 1, maxLength: 10 });

const [seed, count] = process.argv.slice(2).map(Number);
const lines = [];
for (const steps of fc.sample(sets, { seed, numRuns: count })) {
  const stored = [];
  for (const [number, { author, role, at, shown, set }] of steps.entries()) {
    const seen = new Set();
    // Whoever was shown a change was shown what that one's author had been shown, or the order is odd: both happen.
    for (const place of shown) if (place < number) seen.add(stored[place].id);
    const body = composeChange({ record: "r0", form: "f", form_version: "1", device: author, seq: number + 1, at, author, seen: [...seen].sort(), set: Object.fromEntries(set) });
    const change = parseChange(body);
    if (typeof change === "string") throw new Error(`${change}: ${body}`);
    stored.push({ id: await changeId(body), change, at, role, body });
  }
  const changes = stored.map(({ id, at, role, body }) => ({ id, at, role, body }));
  lines.push(JSON.stringify({ rules: RULES, changes, folded: canonical(fold("r0", stored, RULES)) }));
}
process.stdout.write(lines.join("\n") + "\n");
