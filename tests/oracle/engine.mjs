// Answers forms with an independent engine. One JSON object a line on stdin: `xform`, `now` in ms, `language`, and
// `rounds`, each a list of steps; one line out: for every round, key to what the engine says of that node. A key is the
// path of a node with the places of its rows: `g/member[2]/name`. A step is ["answer", key, value] or, for a repeat
// without a count, ["rows", key, how many]. The zone is that of TZ.
import { JSDOM } from "jsdom";
import { createInterface } from "node:readline";

let now = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length > 0) super(...parts);
    else super(now);
  }
  static now() {
    return now;
  }
};
const { window } = new JSDOM("<html></html>");
for (const name of Object.getOwnPropertyNames(window)) if (/^[A-Z]/.test(name) && !(name in globalThis)) globalThis[name] = window[name];
globalThis.document = window.document;
globalThis.__dirname = import.meta.dirname;
const engine = await import("@getodk/xforms-engine");

const WAYS = { fetchFormAttachment: async () => new Response("", { status: 404 }), missingResourceBehavior: "BLANK" };
const nameOf = (node) => node.currentState.reference.split("/").pop().replace(/\[\d+\]$/, "");

/** Key to node; of a repeat the range, of a row nothing but what is in it. */
function nodesOf(node, prefix = "", found = new Map()) {
  for (const child of node.currentState.children ?? []) {
    const key = prefix + nameOf(child);
    found.set(key, child);
    if (child.nodeType.startsWith("repeat-range")) {
      child.currentState.children.forEach((row, at) => nodesOf(row, `${key}[${at + 1}]/`, found));
    } else nodesOf(child, `${key}/`, found);
  }
  return found;
}

function setRows(range, wanted) {
  const have = range.currentState.children.length;
  if (wanted > have) range.addInstances(have - 1, wanted - have);
  else if (wanted < have) range.removeInstances(wanted, have - wanted);
}

function give(node, answer) {
  if (node.nodeType === "select") node.selectValues(Array.isArray(answer) ? answer : [answer]);
  else node.setValue(answer);
}

function said(nodes) {
  const all = {};
  for (const [key, node] of nodes) {
    const { relevant, required, readonly, instanceValue, valueOptions, label, children } = node.currentState;
    all[key] = {
      relevant,
      required,
      readonly,
      value: instanceValue ?? "",
      violation: node.validationState?.violation?.condition ?? "",
      choices: Array.isArray(valueOptions) ? valueOptions.map((option) => option.value) : null,
      label: label?.asString ?? "",
      rows: node.nodeType.startsWith("repeat-range") ? children.length : null,
    };
  }
  return all;
}

function answered(form, steps, language) {
  const { root } = form.createInstance();
  const wanted = root.languages?.find((one) => one.language === language);
  if (wanted && !wanted.isSyntheticDefault) root.setLanguage(wanted);
  const failed = [];
  let nodes = nodesOf(root);
  for (const [what, key, value] of steps) {
    try {
      if (what === "rows") setRows(nodes.get(key), value);
      else give(nodes.get(key) ?? (nodes = nodesOf(root)).get(key), value);
    } catch (error) {
      failed.push([key, String(error.message)]);
    }
    if (what === "rows") nodes = nodesOf(root);
  }
  return { said: said(nodesOf(root)), failed };
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  now = job.now;
  const form = await engine.loadForm(job.xform, WAYS);
  if (form.status === "failure") console.log(JSON.stringify({ refused: String(form.error?.message ?? form.error) }));
  else console.log(JSON.stringify({ answers: job.rounds.map((steps) => answered(form, steps, job.language)) }));
}
