import type { Json } from "../core/wire";
import type { FormNode } from "../core/form";
import { formatDate, formatNumber } from "../ui/format";
import { settings } from "../ui/settings.svelte";
import { plainText } from "./markdown";
import { isYear, unitWord } from "../ui/units";
import type { Sheet } from "./sheet.svelte";
import { t } from "./words";

function choiceLabel(sheet: Sheet, node: FormNode, path: string, code: Json): string {
  const choices = node.k === "select_one" || node.k === "select_multiple" ? (sheet.form.lists?.[node.list ?? ""] ?? []) : [];
  const choice = choices.find((one) => one.name === code);
  return choice ? plainText(sheet.text(choice.label, path)) || choice.name : String(code);
}

function moment(text: string): string {
  return text.includes("T") ? `${formatDate(text)} ${text.slice(11, 16)}` : /^\d\d:/.test(text) ? text.slice(0, 5) : formatDate(text);
}

/** An answer as people read it: labels for codes, grouped numbers, dates dd/mm/yyyy. */
export function shownValue(sheet: Sheet, node: FormNode, path: string, value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (node.k === "select_multiple" && Array.isArray(value)) return value.map((code) => choiceLabel(sheet, node, path, code)).join(", ");
  if (node.k === "select_one") return choiceLabel(sheet, node, path, value);
  if (node.k === "date" && typeof value === "string") return moment(value);
  if (node.k === "acknowledge") return t("ack.yes");
  if (node.k === "geo" && Array.isArray(value)) {
    const point = (Array.isArray(value[0]) ? value[value.length - 1] : value) as number[];
    return `${formatNumber(point[0]!, settings.lang, 5)} · ${formatNumber(point[1]!, settings.lang, 5)}`;
  }
  if (node.k === "file" && typeof value === "object" && !Array.isArray(value)) return String(value.name);
  if (typeof value === "number" && "unit" in node) {
    const unit = node.unit ?? "";
    return `${isYear(unit) ? value : formatNumber(value, settings.lang)} ${unitWord(unit, settings.lang)}`.trim();
  }
  return typeof value === "number" ? formatNumber(value, settings.lang) : String(value);
}
