import type { Line } from "./api";
import { t } from "./words";

/** What a supervisor should look at in a record, in words, the weightiest first. */
export function attention(line: Line): string {
  const said: string[] = [];
  if (line.conflicts) said.push(t("attention_conflicts", { n: line.conflicts }));
  if (line.has_hold) said.push(t("attention_held"));
  if (line.flags.includes("edited_after_delete")) said.push(t("attention_edited"));
  if (line.flags.includes("changed_since_approval")) said.push(t("attention_changed"));
  if (line.duplicate_of) said.push(t("attention_duplicate", { code: line.duplicate_of }));
  if (line.flags.includes("inconsistent")) said.push(t("attention_inconsistent", { n: Math.max(1, line.violations) }));
  if (line.flags.includes("rows_to_compare")) said.push(t("attention_rows"));
  return said.join(" · ");
}
