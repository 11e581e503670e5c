/** What may leave the draft before and after the household was asked. */
import { consentNode, isRefusal, standsAfterConsent } from "../core/consent";
import type { FoldedRecord } from "../core/fold";
import type { Form } from "../core/form";
import { isSystem } from "../core/paths";
import type { Answers } from "./pocket";

/** `missing`: not answered yet. A form without such a question needs none. */
export type Consent = "given" | "declined" | "missing" | "unasked";

export function consentIn(form: Form, answers: Answers): Consent {
  const number = consentNode(form);
  if (number < 0) return "unasked";
  const value = answers[form.nodes[number]!.path];
  if (value === undefined || value === null) return "missing";
  return isRefusal(value) ? "declined" : "given";
}

/** May this path be sealed while the answer to consent is `consent`? */
export function maySeal(form: Form, path: string, consent: Consent): boolean {
  return consent === "given" || consent === "unasked" || !standsAfterConsent(form, path);
}

const TOLD_ONCE = ["@area", "@round", "@subject", "@env"];

/** What the change that declines says once more. The server erases whole changes that say what stands after consent;
 * what else they said must not go with them. An open conflict stays for a supervisor. */
export function saidAgain(form: Form, folded: FoldedRecord | undefined): Answers {
  const paths = Object.keys(folded?.heads ?? {});
  if (!folded || !paths.some((path) => standsAfterConsent(form, path))) return {};
  const stands = (path: string): boolean => TOLD_ONCE.includes(path) || (!isSystem(path) && !standsAfterConsent(form, path));
  return Object.fromEntries(Object.entries(folded.values).filter(([path]) => stands(path) && !(path in folded.conflicts))) as Answers;
}
