/** What may leave the draft before and after the household was asked. */
import type { Form } from "../core/form";
import { withoutRows } from "../core/paths";
import type { Json } from "../core/wire";
import type { Answers } from "./pocket";

const REFUSALS = new Set(["no", "false", "0", "khong", "không", "refused", "declined"]);

/** `missing`: not answered yet. A form without such a question needs none. */
export type Consent = "given" | "declined" | "missing" | "unasked";

export function consentIn(form: Form, answers: Answers): Consent {
  const number = consentNode(form);
  if (number < 0) return "unasked";
  const value = answers[form.nodes[number]!.path];
  if (value === undefined || value === null) return "missing";
  return isRefusal(value) ? "declined" : "given";
}

function isRefusal(value: Json): boolean {
  return value === false || (typeof value === "string" && REFUSALS.has(value.toLowerCase())) || value === 0;
}

function consentNode(form: Form): number {
  return form.nodes.findIndex((node) => "meaning" in node && node.meaning === "consent");
}

/** The question (or, for `member/r1/@row`, the repeat) that a path belongs to; -1: none of this form. */
export function nodeOf(form: Form, path: string): number {
  const plain = withoutRows(path);
  const place = plain.includes("/@") ? plain.slice(0, plain.lastIndexOf("/@")) : plain;
  return form.nodes.findIndex((node) => node.path === place && node.k !== "group" && node.k !== "note");
}

/** May this path be sealed while the answer to consent is `consent`? */
export function maySeal(form: Form, path: string, consent: Consent): boolean {
  if (consent === "given" || consent === "unasked" || path.startsWith("@")) return true;
  const number = nodeOf(form, path);
  const asked = consentNode(form);
  return number >= 0 && (number < asked || number === asked);
}
