// Folds the cases that come in, one JSON per line, and writes each record's canonical text: for tests/test_laws_fold.py.
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const core = (file) => fileURLToPath(new URL(`../src/core/${file}`, import.meta.url));
const load = async (file) => (await runnerImport(core(file), { configFile: false, logLevel: "error" })).module;
const { fold } = await load("fold.ts");
const { canonical } = await load("canonical.ts");
const { changeId, composeChange, parseChange } = await load("change.ts");

const lines = (await text(process.stdin)).split("\n").filter(Boolean);
const answers = [];
for (const line of lines) {
  const { record, rules, changes } = JSON.parse(line);
  const stored = [];
  for (const { body, at, role } of changes) {
    const change = parseChange(body);
    if (typeof change === "string") throw new Error(`${change}: ${body}`);
    stored.push({ id: await changeId(body), change, at, role, again: composeChange(change) });
  }
  answers.push(canonical({ folded: fold(record, stored, rules), composed: stored.map((item) => item.again) }));
}
process.stdout.write(answers.join("\n") + "\n");
