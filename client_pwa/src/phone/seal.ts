/** What of a draft becomes a change, and what stays behind. Pure: the screen's fold and the draft are arguments. */
import { consentNode, nodeOf } from "../core/consent";
import type { Evaluation } from "../core/evaluate";
import type { FoldedRecord } from "../core/fold";
import type { Form } from "../core/form";
import { isSystem, lastPart, rowPrefixes } from "../core/paths";
import { consentIn, maySeal, saidAgain } from "./consent";
import type { Draft } from "./ledger";
import type { Answers } from "./pocket";

/** `leave`: as it stands. `submit`: without what does not apply, with status submitted. */
export type Purpose = "leave" | "submit";

export interface Sealing {
  /** What the change sets; empty: there is nothing to seal. */
  set: Answers;
  /** What stays in the draft: not yet consented to. */
  rest: Answers;
}

/** What the screen shows: the fold of what was seen, with the draft over it. No system paths, no removed rows. */
export function shownAnswers(shown: Answers, touched: Answers): Answers {
  const answers: Answers = { ...shown };
  const removed = new Set<string>();
  for (const [path, value] of Object.entries(touched)) {
    if (!path.startsWith("@") && !path.includes("/@")) {
      if (value === null) delete answers[path];
      else answers[path] = value;
    } else if (lastPart(path) === "@deleted" && value === true) removed.add(path.slice(0, -"/@deleted".length));
    // A row without answers is a row all the same.
    else if (lastPart(path) === "@row" && value === true) answers[path] = true;
  }
  if (removed.size === 0) return answers;
  const isIn = (path: string): boolean => rowPrefixes(path).some((row) => removed.has(row));
  return Object.fromEntries(Object.entries(answers).filter(([path]) => !isIn(path)));
}

export function sealing(purpose: Purpose, form: Form, draft: Draft, folded: FoldedRecord | undefined, evaluation: Evaluation, answers: Answers): Sealing {
  const touched = withoutRowsNobodySaw(draft.touched, folded);
  const applying = purpose === "submit" ? onlyWhatApplies(form, touched, folded, evaluation) : touched;
  const consent = consentIn(form, answers);
  const set: Answers = {};
  const rest: Answers = {};
  for (const [path, value] of Object.entries(applying)) (maySeal(form, path, consent) ? set : rest)[path] = value;
  const asked = form.nodes[consentNode(form)];
  if (consent === "declined" && asked && asked.path in set) Object.assign(set, { ...saidAgain(form, folded), ...set });
  const hasContent = Object.keys(set).length > 0;
  if (purpose === "submit") {
    set["@status"] = "submitted";
    if (folded?.deleted) set["@deleted"] = null;
    // The draft ends here; after a refusal nothing that was typed may linger on the phone either.
    return { set: { ...systemPaths(draft, folded), ...set }, rest: {} };
  }
  // Who answers what is deleted on her screen wants it back.
  if (hasContent && folded?.deleted && !("@deleted" in set)) set["@deleted"] = null;
  return { set: hasContent ? { ...systemPaths(draft, folded), ...set } : {}, rest: consent === "declined" ? {} : rest };
}

/** What a record is told once: where and about whom it is, and the moment of its first opening. */
function systemPaths(draft: Draft, folded: FoldedRecord | undefined): Answers {
  const set: Answers = {};
  const hasEnv = folded !== undefined && Object.keys(folded.env).length > 0;
  if (draft.env && !hasEnv) set["@env"] = draft.env;
  if (folded) return set;
  if (draft.area) set["@area"] = draft.area;
  if (draft.round) set["@round"] = draft.round;
  if (draft.subject) set["@subject"] = draft.subject;
  set["@status"] = "draft";
  return set;
}

/** A row made and removed within one draft was never there for anybody else. */
function withoutRowsNobodySaw(touched: Answers, folded: FoldedRecord | undefined): Answers {
  const removed = Object.keys(touched).filter((path) => path.endsWith("/@deleted") && touched[path] === true);
  const kept: Answers = {};
  const hidden = removed.map((path) => path.slice(0, -"@deleted".length));
  const known = Object.keys(folded?.heads ?? {});
  for (const [path, value] of Object.entries(touched)) {
    const row = hidden.find((prefix) => path.startsWith(prefix));
    const isRemoval = row !== undefined && path === `${row}@deleted`;
    const isKnown = row !== undefined && known.some((head) => head.startsWith(row));
    // The removal of a row offered from last round is a statement though nobody filled it in this year.
    const isOfferRefused = isRemoval && !Object.keys(touched).some((other) => other !== path && other.startsWith(row));
    if (row === undefined || isKnown || isOfferRefused) kept[path] = value;
  }
  return kept;
}

function onlyWhatApplies(form: Form, touched: Answers, folded: FoldedRecord | undefined, evaluation: Evaluation): Answers {
  const applies = (path: string): boolean => isSystem(path) || nodeOf(form, path) < 0 || evaluation.isRelevant(path);
  const set = Object.fromEntries(Object.entries(touched).filter(([path]) => applies(path)));
  for (const path of Object.keys(folded?.values ?? {})) {
    if (!applies(path)) set[path] = null;
  }
  return set;
}
