// Answers forms with an independent engine. One JSON object a line on stdin: `xform`, and `rounds`, each a list of
// [reference, answer]; one line out: for every round, reference to what the engine says of it.
import { JSDOM } from "jsdom";
import { createInterface } from "node:readline";

const { window } = new JSDOM("<html></html>");
for (const name of Object.getOwnPropertyNames(window)) if (/^[A-Z]/.test(name) && !(name in globalThis)) globalThis[name] = window[name];
globalThis.document = window.document;
globalThis.__dirname = import.meta.dirname;
const engine = await import("@getodk/xforms-engine");

const inner = (reference) => reference.split("/").slice(2).join("/");

function nodesOf(node, found = new Map()) {
  for (const child of node.currentState.children ?? []) {
    if (child.nodeType.startsWith("repeat")) continue;
    found.set(inner(child.currentState.reference), child);
    nodesOf(child, found);
  }
  return found;
}

function give(node, answer) {
  if (node.nodeType === "select") node.selectValues(Array.isArray(answer) ? answer : [answer]);
  else node.setValue(answer);
}

function said(nodes) {
  const all = {};
  for (const [name, node] of nodes) {
    const { relevant, instanceValue } = node.currentState;
    all[name] = [relevant, instanceValue ?? "", node.validationState?.violation?.condition ?? ""];
  }
  return all;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { xform, rounds } = JSON.parse(line);
  const form = await engine.loadForm(xform, { fetchFormAttachment: async () => new Response("", { status: 404 }), missingResourceBehavior: "BLANK" });
  if (form.status === "failure") {
    console.log(JSON.stringify({ refused: String(form.error?.message ?? form.error) }));
    continue;
  }
  const answers = rounds.map((steps) => {
    const nodes = nodesOf(form.createInstance().root);
    const failed = [];
    for (const [name, answer] of steps) {
      try {
        give(nodes.get(name), answer);
      } catch (error) {
        failed.push([name, String(error.message)]);
      }
    }
    return { said: said(nodes), failed };
  });
  console.log(JSON.stringify({ answers }));
}
