import type { Json } from "../core/canonical";
import { evaluate, type Evaluation } from "../core/evaluate";
import { isQuestion, type Calculate, type Form, type FormNode, type Question, type Text } from "../core/form";
import { lastPart, withoutRows } from "../core/paths";
import { withNewNames } from "../core/renames";
import { formatDate, formatNumber } from "../ui/format";
import type { Lang } from "../ui/settings.svelte";
import type { Status } from "../ui/StatusMark.svelte";
import { unitWord } from "../ui/units";
import { shared } from "../ui/words";
import type { FullRecord } from "./api";
import { desk } from "./desk.svelte";
import { shortMoment } from "./times";
import { t, type Word } from "./words";

/** One answer of a record on the screen. */
export interface Item {
  path: string;
  node: Question | Calculate;
  label: string;
  value: Json | undefined;
}
/** A module of the form, or one row of a repeat: what is asked, and what is calculated. */
export interface Section {
  key: string;
  title: string;
  depth: number;
  asked: Item[];
  calculated: Item[];
}

const SYSTEM: Record<string, Word> = {
  "@status": "sys_status",
  "@area": "sys_area",
  "@round": "sys_round",
  "@subject": "sys_subject",
  "@deleted": "sys_deleted",
  "@same_as": "sys_same_as",
  "@comment": "sys_comment",
  "@env": "sys_env",
  "@row": "sys_row",
  "@from": "sys_from",
};
const STATUSES = ["new", "draft", "returned", "submitted", "approved", "held", "waiting"];

/** What a sheet is made of: a whole record, or what one change sets. */
export type Written = Pick<FullRecord, "values" | "answers" | "rows" | "context" | "conflicts" | "subject" | "subject_name">;

/** What a change would write, read as a record of its own. */
export function ofWrites(set: { [path: string]: Json }, at: number, subjectName: string): Written {
  const values = Object.fromEntries(Object.entries(set).filter(([path, value]) => value !== null && !lastPart(path).startsWith("@")));
  const context = { now_ms: at, offset_min: 420, seed: "", lang: "", sources: {}, meta: {} };
  return { values, answers: values, rows: [], context, conflicts: {}, subject: String(set["@subject"] ?? ""), subject_name: subjectName };
}

/** A record read with its form: labels, values in words, sections in the order of the questionnaire. */
export class Sheet {
  readonly evaluation: Evaluation;
  readonly record: Written;
  private readonly nodes = new Map<string, FormNode>();

  constructor(
    readonly form: Form,
    written: Written,
    readonly lang: Lang,
  ) {
    const record = { ...written, values: withNewNames(form, written.values) };
    this.record = record;
    const rows = Object.fromEntries(record.rows.map((path) => [path, true]));
    this.evaluation = evaluate(form, { ...rows, ...record.values }, { ...record.context, lang });
    for (const node of form.nodes) if (node.k !== "group" && node.k !== "note") this.nodes.set(node.path, node);
    for (const [old, name] of Object.entries(form.renames ?? {})) if (this.nodes.has(name)) this.nodes.set(old, this.nodes.get(name)!);
  }

  node(path: string): FormNode | undefined {
    return this.nodes.get(withoutRows(path));
  }

  private text(text: Text | undefined, path: string): string {
    return text ? this.evaluation.text(text, path, this.lang).replaceAll("**", "").trim() : "";
  }

  /** What is asked at a path, with the person or row it is about. */
  label(path: string): string {
    const system = SYSTEM[lastPart(path)];
    if (system) return path.startsWith("@") ? t(system) : `${this.rowTitle(path.slice(0, path.lastIndexOf("/")))} · ${t(system)}`;
    const node = this.node(path);
    if (!node) return path;
    const own = this.text(node.label, path) || node.name;
    const cut = path.lastIndexOf("/");
    return cut < 0 ? own : `${this.rowTitle(path.slice(0, cut))} · ${own}`;
  }

  /** A row by the person that it names, else by its number. */
  rowTitle(prefix: string): string {
    const repeat = prefix.slice(0, prefix.lastIndexOf("/"));
    const node = this.node(repeat);
    const label = node ? this.text(node.label, repeat) || node.name : repeat;
    const named = this.form.nodes.find((each) => "meaning" in each && each.meaning === "person_name" && each.path.startsWith(`${withoutRows(repeat)}/`));
    const name = named && this.record.values[`${prefix}/${named.path.slice(withoutRows(repeat).length + 1)}`];
    if (typeof name === "string") return name;
    const number = this.evaluation.rows(repeat).indexOf(prefix.slice(prefix.lastIndexOf("/") + 1)) + 1;
    return number > 0 ? t("row_n", { label, n: number }) : label;
  }

  /** A value as a person reads it. */
  show(path: string, value: Json | undefined): string {
    if (value === null || value === undefined) return t("conflict_cleared");
    if (lastPart(path).startsWith("@")) return this.showSystem(lastPart(path), value);
    const node = this.node(path);
    if (node?.k === "select_one" || node?.k === "select_multiple") {
      return (Array.isArray(value) ? value : [value]).map((code) => this.choice(node.list ?? "", String(code), path)).join(", ");
    }
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    if (typeof value === "number") return this.number(node, value);
    if (node?.k === "geo" && Array.isArray(value)) return geo(value);
    if (typeof value === "string") return node?.k === "date" || /^\d{4}-\d{2}-\d{2}$/.test(value) ? dateText(value) : value;
    if (!Array.isArray(value) && typeof value.name === "string") return value.name;
    return Array.isArray(value) ? value.map(String).join(", ") : JSON.stringify(value);
  }

  private number(node: FormNode | undefined, value: number): string {
    const unit = (node && "unit" in node && node.unit) || "";
    const years = unit === "year" || (/year/.test(node?.name ?? "") && value > 1800 && value < 2200);
    const digits = years ? String(value) : formatNumber(value, this.lang);
    if (unit === "VND") return shared("money.dong", { amount: digits });
    return unit && !years ? `${digits} ${unitWord(unit, this.lang)}` : digits;
  }

  private choice(list: string, code: string, path: string): string {
    const choice = this.form.lists?.[list]?.find((each) => each.name === code);
    return (choice && this.text(choice.label, path)) || code;
  }

  private showSystem(part: string, value: Json): string {
    if (part === "@status" && typeof value === "string" && STATUSES.includes(value)) return shared(`status.${value as Status}`);
    if (part === "@area") return desk.areaName(String(value));
    if (part === "@round") return desk.roundTitle(String(value));
    if (part === "@comment" && typeof value === "object" && value && !Array.isArray(value)) return String(value.text ?? "");
    if (part === "@env" && typeof value === "object" && value && !Array.isArray(value)) return shortMoment(Number(value.now));
    if (part === "@subject" && value === this.record.subject) return this.record.subject_name || String(value);
    return typeof value === "boolean" ? t(value ? "yes" : "no") : String(value);
  }

  /** The questionnaire from top to bottom; what does not apply is left out. */
  sections(): Section[] {
    const sections: Section[] = [];
    for (let number = 0; number < this.form.nodes.length; number++) {
      const node = this.form.nodes[number]!;
      if (node.k === "repeat" && (node.repeat ?? -1) < 0) this.addRows(sections, number, "", 1);
      else if ((node.repeat ?? -1) < 0) this.add(this.sectionOf(sections, number), node, node.path);
    }
    const isAsked = (section: Section): boolean => section.asked.length > 0;
    return [...sections.filter(isAsked), ...sections.filter((section) => !isAsked(section) && section.calculated.length > 0)];
  }

  private addRows(sections: Section[], repeat: number, scope: string, depth: number): void {
    const node = this.form.nodes[repeat]!;
    const path = scope + (scope ? node.path.slice(withoutRows(scope).length) : node.path);
    for (const row of this.evaluation.rows(path)) {
      const prefix = `${path}/${row}`;
      const section: Section = { key: prefix, title: this.rowTitle(prefix), depth, asked: [], calculated: [] };
      sections.push(section);
      this.form.nodes.forEach((child, number) => {
        if ((child.repeat ?? -1) !== repeat) return;
        if (child.k === "repeat") this.addRows(sections, number, `${prefix}/`, depth + 1);
        else this.add(section, child, `${prefix}/${child.path.slice(node.path.length + 1)}`);
      });
    }
  }

  private add(section: Section, node: FormNode, path: string): void {
    if (node.k === "group" || node.k === "note" || node.k === "repeat" || node.k === "meta") return;
    const value = this.record.answers[path] ?? this.record.values[path];
    const item = { path, node, label: this.text(node.label, path) || node.name, value };
    if (node.k === "calculate") {
      if (value !== undefined) section.calculated.push(item);
    } else if (isQuestion(node) && (this.evaluation.isRelevant(path) || path in this.record.conflicts)) section.asked.push(item);
  }

  private sectionOf(sections: Section[], number: number): Section {
    let top = this.form.nodes[number]!;
    let at = number;
    while ((top.parent ?? -1) >= 0) {
      at = top.parent!;
      top = this.form.nodes[at]!;
    }
    const isGroup = top.k === "group";
    const key = isGroup ? `group-${at}` : "general";
    const known = sections.find((section) => section.key === key);
    if (known) return known;
    const title = isGroup ? this.text(top.label, top.path) || top.name : t("general_module");
    const section: Section = { key, title, depth: 0, asked: [], calculated: [] };
    sections.push(section);
    return section;
  }
}

function geo(value: Json[]): string {
  const [lat, lon, , accuracy] = value;
  if (typeof lat !== "number" || typeof lon !== "number") return value.map(String).join("; ");
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}${typeof accuracy === "number" ? ` (±${Math.round(accuracy)} m)` : ""}`;
}

function dateText(iso: string): string {
  const time = /^(?:\d{4}-\d{2}-\d{2}T)?(\d{2}:\d{2})/.exec(iso)?.[1];
  if (!/^\d{4}-/.test(iso)) return time ?? iso;
  return time ? `${formatDate(iso.slice(0, 10))} ${time}` : formatDate(iso);
}
