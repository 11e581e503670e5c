// Evaluates the cases that come in, one JSON per line, and writes each result's canonical text: for
// tests/evaluating.py.
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const core = (file) => fileURLToPath(new URL(`../src/core/${file}`, import.meta.url));
const load = async (file) => (await runnerImport(core(file), { configFile: false, logLevel: "error" })).module;
const { evaluate } = await load("evaluate.ts");
const { canonical } = await load("canonical.ts");
const { isMatch } = await load("patterns.ts");

function observe({ form, answers, context, pattern, texts, expressions, changes = [] }) {
  if (pattern !== undefined) return texts.map((one) => isMatch(pattern, one));
  const found = evaluate(form, answers, context);
  if (expressions !== undefined) return expressions.map(([expression, path]) => found.expr(expression, path));
  const first = seen(found, form);
  return { ...first, differing: differing(found, { form, answers, context, changes }) };
}

/** The changes after which going on differs from starting afresh. */
function differing(found, { form, answers, context, changes }) {
  let [evaluation, now] = [found, answers];
  return changes.filter((change) => {
    now = { ...now, ...change };
    evaluation = evaluation.next(now);
    return canonical(seen(evaluation, form)) !== canonical(seen(evaluate(form, now, context), form));
  });
}

function seen(found, form) {
  return {
    values: found.values,
    relevance: found.relevance,
    violations: found.violations,
    name: found.instanceName,
    defaults: Object.keys(found.relevance).map((path) => found.default(path)),
    offered: Object.keys(found.relevance).map((path) => found.choices(path).map((choice) => choice.name)),
    texts: Object.keys(found.relevance).map((path) => found.text(form.nodes[0].label, path)),
  };
}

const lines = (await text(process.stdin)).split("\n").filter(Boolean);
process.stdout.write(lines.map((line) => canonical(observe(JSON.parse(line)))).join("\n") + "\n");
