/** Consent of the household: which answers refuse it, and what stands behind the question. */
import type { Json } from "./canonical";
import type { Form } from "./form";
import { withoutRows } from "./paths";

const REFUSALS = new Set(["no", "false", "0", "khong", "không", "refused", "declined"]);

/** Whether this answer to the question says no. An empty one says nothing. */
export function isRefusal(value: Json): boolean {
  return typeof value === "string" ? REFUSALS.has(value.toLowerCase()) : value === false || value === 0;
}

/** The number of the question with meaning `consent`; -1: the form asks for none. */
export function consentNode(form: Form): number {
  return form.nodes.findIndex((node) => "meaning" in node && node.meaning === "consent");
}

/** The question (or, for `member/r1/@row`, the repeat) that a path belongs to; -1: none of this form. */
export function nodeOf(form: Form, path: string): number {
  const plain = withoutRows(path);
  const place = plain.includes("/@") ? plain.slice(0, plain.lastIndexOf("/")) : plain;
  return form.nodes.findIndex((node) => node.path === place && node.k !== "group" && node.k !== "note");
}

/** Whether this may only be kept of a household that consented. What the form does not know counts too; system
 * paths of the record (`@status`, `@area`…) say nothing about the household. */
export function standsAfterConsent(form: Form, path: string): boolean {
  const asked = consentNode(form);
  if (asked < 0 || path.startsWith("@")) return false;
  const number = nodeOf(form, path);
  return number < 0 || number > asked;
}
