// In a page with both engines: what opening a form costs each, and one answer with all that follows from it. No screen.
const SOME = { text: "Ka", int: "2", decimal: "2.5", date: "2026-11-02" };
const WAYS = { fetchFormAttachment: async () => new Response("", { status: 404 }), missingResourceBehavior: "BLANK" };

async function theirForm(xform) {
  const { loadForm } = await import("/their_engine.js");
  const form = await loadForm(xform, WAYS);
  if (form.status === "failure") throw new Error(String(form.error?.message ?? form.error));
  return form;
}

/** ms from the XForm to a form that takes answers; the script is loaded before. */
async function openTheirs(xform) {
  await import("/their_engine.js");
  const started = performance.now();
  const form = await theirForm(xform);
  form.createInstance();
  return performance.now() - started;
}

/** ms from the bytes of the compiled form to all values, relevance and violations. */
async function openOurs(text, context) {
  const { evaluate } = await import("/our_engine.js");
  const started = performance.now();
  const form = JSON.parse(text);
  const evaluation = evaluate(form, {}, context);
  void [evaluation.values, evaluation.relevance, evaluation.violations];
  return performance.now() - started;
}

function leavesOf(node, found = []) {
  for (const child of node.currentState.children ?? []) {
    if (child.nodeType === "input" || child.nodeType === "select") found.push(child);
    else if (!child.nodeType.startsWith("repeat")) leavesOf(child, found);
  }
  return found;
}

/** ms of each of at most `most` answers outside of repeats. */
async function answerTheirs(xform, most) {
  const { root } = (await theirForm(xform)).createInstance();
  const took = [];
  for (const leaf of leavesOf(root)) {
    if (took.length === most) break;
    const state = leaf.currentState;
    if (!state.relevant || state.readonly) continue;
    const give = theirAnswer(leaf);
    if (!give) continue;
    const started = performance.now();
    give();
    void root.validationState.violations.length;
    took.push(performance.now() - started);
  }
  return took;
}

function theirAnswer(leaf) {
  if (leaf.nodeType === "select") {
    const first = leaf.currentState.valueOptions[0];
    return first && (() => leaf.selectValues([first.value]));
  }
  const value = SOME[leaf.valueType === "string" ? "text" : leaf.valueType];
  return value && (() => leaf.setValue(value));
}

/** ms of each of at most `most` answers outside of repeats. */
async function answerOurs(text, context, most) {
  const { evaluate } = await import("/our_engine.js");
  const form = JSON.parse(text);
  let answers = {};
  let evaluation = evaluate(form, answers, context);
  const took = [];
  for (const node of form.nodes) {
    if (took.length === most) break;
    if ((node.repeat ?? -1) >= 0 || !evaluation.isRelevant(node.path) || evaluation.readonly(node.path)) continue;
    const value = ourAnswer(node, evaluation);
    if (value === undefined) continue;
    answers = { ...answers, [node.path]: value };
    const started = performance.now();
    evaluation = evaluation.next(answers);
    void evaluation.violations.length;
    took.push(performance.now() - started);
  }
  return took;
}

function ourAnswer(node, evaluation) {
  if (node.k === "select_one" || node.k === "select_multiple") {
    const first = evaluation.choices(node.path)[0];
    return first && (node.k === "select_one" ? first.name : [first.name]);
  }
  if (node.k === "text") return (node.kind ?? "text") === "text" ? "Ka" : undefined;
  if (node.k === "number") return (node.kind ?? "integer") === "range" ? undefined : 2;
  return node.k === "date" && (node.kind ?? "date") === "date" ? "2026-11-02" : undefined;
}

Object.assign(window, { openOurs, openTheirs, answerOurs, answerTheirs });
