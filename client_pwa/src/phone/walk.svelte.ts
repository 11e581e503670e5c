import { isQuestion } from "../core/form";
import { rowPrefixes } from "../core/paths";
import { settings } from "../ui/settings.svelte";
import { faultsOn, hasOnScreen, shownPages } from "./faults";
import { pagesOf, pathIn, rowOf, type Page } from "./pages";
import { tidied } from "./interview/row_kind";
import { brief, cardOf, kindOf, kindWithin, rowsMissing } from "./interview/rows";
import { formTitle } from "./titles";
import type { Sheet } from "./sheet.svelte";
import { t } from "./words";

/** A place on the way through an interview: a page of the form, or of the row that `prefix` names. */
export interface Step { prefix: string; page: number }
export type View = "page" | "summary" | "returned";

const LONGEST_NEXT = 30;

/** "a/r1/b/r2/" lies in a row of "a/r1/b". */
const repeatOf = (prefix: string): string => prefix.slice(0, -1).split("/").slice(0, -1).join("/");

// A long title would make the bar grow, and everything above it jump.
function nextTo(title: string): string {
  const short = brief(title);
  return short.length <= LONGEST_NEXT ? t("next.to", { title: short }) : t("next");
}

/** The way through one interview: which page of which row, forwards, backwards and straight to a question. */
export class Walk {
  readonly sheet: Sheet;
  view = $state<View>("page");
  /** The row that was removed last: it can be put back as long as its cards are looked at. */
  removed = $state.raw<{ row: string; name: string } | null>(null);
  trail = $state.raw<Step[]>([{ prefix: "", page: 0 }]);

  constructor(sheet: Sheet) {
    this.sheet = sheet;
    const { status, comments } = sheet.open;
    if (status === "returned" && comments.length > 0) this.view = "returned";
    else if (status === "submitted" || status === "approved") this.view = "summary";
    this.trail = [{ prefix: "", page: this.#firstOpenPage() }];
  }

  get step(): Step {
    return this.trail[this.trail.length - 1]!;
  }
  get pages(): Page[] {
    return pagesOf(this.sheet.form, this.#placeOf(this.step.prefix));
  }
  get page(): Page {
    return this.pages[this.step.page] ?? { kind: "questions", title: -1, nodes: [] };
  }
  get isInRow(): boolean {
    return this.trail.length > 1;
  }
  /** The page numbers of this row (or of the form) that have something to show. */
  get shown(): number[] {
    return shownPages(this.sheet, this.#placeOf(this.step.prefix), this.step.prefix).map(({ number }) => number);
  }
  /** How far in the whole form. Parts that do not apply count: which these are, answers still decide, and a total that moves tells nothing. */
  get progress(): { part: number; parts: number } {
    return { part: this.trail[0]!.page + 1, parts: Math.max(1, pagesOf(this.sheet.form, -1).length) };
  }
  /** The row that is open, as "member/m7k2". */
  get row(): string {
    return this.step.prefix.slice(0, -1);
  }
  /** What the rows of this repeat are called, within a sentence. */
  get rowKind(): string {
    return kindWithin(this.sheet, this.#placeOf(this.step.prefix), repeatOf(this.step.prefix));
  }
  rowName(row: string): string {
    return cardOf(this.sheet, this.#placeOf(`${row}/`), row).name;
  }

  titleOf(page: Page, prefix: string): string {
    if (page.title < 0) return this.#titleOutsideGroups(page);
    const path = pathIn(this.sheet.form, page.title, prefix);
    const node = this.sheet.node(page.title);
    if (page.kind === "repeat") return kindOf(this.sheet, page.title, path) || this.sheet.title(node, path);
    // "Child: ${name}" before there is a name.
    const title = node.k === "repeat" ? tidied(this.sheet.title(node, path)) : this.sheet.title(node, path);
    // The same of "1. ${name}".
    return /\p{L}/u.test(title) || prefix === "" ? title : `${kindOf(this.sheet, this.#placeOf(prefix), repeatOf(prefix))} ${title}`.replace(/[.\s]+$/, "");
  }
  /** The page that a question stands on. */
  pageOf(path: string): Page | undefined {
    const number = this.sheet.numberOf(path);
    return pagesOf(this.sheet.form, this.#placeOf(rowOf(path))).find((page) => page.nodes.includes(number));
  }
  get nextPage(): Page | undefined {
    const { page, prefix } = this.step;
    return this.pages.slice(page + 1).find((one) => hasOnScreen(this.sheet, one, prefix));
  }

  /** The repeat of this page that asks for more rows than there are. */
  get unmade(): { number: number; path: string } | undefined {
    const { page, step, sheet } = this;
    const repeats = page.nodes.filter((number) => sheet.node(number).k === "repeat");
    const all = repeats.map((number) => ({ number, path: pathIn(sheet.form, number, step.prefix) }));
    return all.find(({ path }) => sheet.isShown(path) && rowsMissing(sheet, path) > 0);
  }
  /** What "next" leads to. While answers are missing nobody can say which page comes next: it may depend on them. */
  get nextWord(): string {
    const following = this.nextPage;
    if (this.unmade) return t("next");
    if (following) return nextTo(this.titleOf(following, this.step.prefix));
    if (!this.isPageDone && this.page.kind === "questions") return t("next");
    return this.isInRow ? t("rows.back") : t("next.to", { title: t("summary.title") });
  }

  /** Nothing on this page is missing or refused. */
  get isPageDone(): boolean {
    return faultsOn(this.sheet, this.page, this.step.prefix).length === 0;
  }
  /** The paths of this page that Next asks for: all that is shown, rows left out (they have pages of their own). */
  faults(): string[] {
    const { page, step, sheet } = this;
    const every = page.nodes.map((node) => pathIn(sheet.form, node, step.prefix));
    const own = every.filter((_, at) => sheet.node(page.nodes[at]!).k !== "repeat");
    const wrong = faultsOn(sheet, page, step.prefix).map((one) => one.path);
    for (const path of own) sheet.asked.add(path);
    return own.filter((path) => wrong.includes(path) || (sheet.unread.has(path) && sheet.isShown(path)));
  }
  /** The first question, in a row that is there, where what was typed is no value yet: nobody has said that it is to stay blank. */
  get unread(): string | undefined {
    const { sheet } = this;
    const isThere = (row: string): boolean => sheet.evaluation.rows(row.slice(0, row.lastIndexOf("/"))).includes(row.slice(row.lastIndexOf("/") + 1));
    return [...sheet.unread.keys()].find((path) => sheet.isShown(path) && rowPrefixes(path).every(isThere));
  }
  /** One page on: within the row, back to its cards after the last, or to the summary at the end. */
  next(): void {
    const number = this.shown.find((other) => other > this.step.page);
    if (number !== undefined) this.#stand({ ...this.step, page: number });
    else if (this.isInRow) this.trail = this.trail.slice(0, -1);
    else this.view = "summary";
  }
  /** One page back; false: this was the first. */
  back(): boolean {
    const before = this.shown.filter((other) => other < this.step.page);
    if (before.length > 0) this.#stand({ ...this.step, page: before[before.length - 1]! });
    else if (this.isInRow) this.trail = this.trail.slice(0, -1);
    else return false;
    return true;
  }
  /** Out of the row to its cards. */
  leaveRow(): void {
    this.trail = this.trail.slice(0, -1);
  }
  openRow(row: string): void {
    const prefix = `${row}/`;
    const first = shownPages(this.sheet, this.#placeOf(prefix), prefix)[0];
    this.trail = [...this.trail, { prefix, page: first?.number ?? 0 }];
  }
  openPage(number: number): void {
    this.trail = [{ prefix: "", page: number }];
    this.view = "page";
  }
  /** Straight to a question, through the rows that hold it. */
  goTo(path: string): void {
    const segments = path.split("/");
    const trail: Step[] = [];
    for (let length = 1; length <= segments.length; length += 2) {
      const part = segments.slice(0, length).join("/");
      const prefix = rowOf(part);
      const number = this.sheet.numberOf(part);
      const page = pagesOf(this.sheet.form, this.#placeOf(prefix)).findIndex((one) => one.nodes.includes(number));
      if (page < 0) break;
      trail.push({ prefix, page });
    }
    if (trail.length > 0) this.trail = trail;
    this.view = "page";
  }

  /** The form's own name, but for questions that stand behind other pages. */
  #titleOutsideGroups(page: Page): string {
    const { form } = this.sheet;
    const isBehind = !page.nodes.includes(pagesOf(form, -1)[0]?.nodes[0] ?? -1) && page.nodes.some((number) => isQuestion(form.nodes[number]!));
    return isBehind ? t("page.others") : formTitle(form, settings.lang);
  }
  #stand(step: Step): void {
    this.trail = [...this.trail.slice(0, -1), step];
  }
  #placeOf(prefix: string): number {
    return prefix === "" ? -1 : this.sheet.numberOf(prefix.slice(0, -1));
  }
  #firstOpenPage(): number {
    const shown = shownPages(this.sheet, -1, "");
    const hasAnswers = Object.keys(this.sheet.open.answers).length > 0;
    const open = hasAnswers ? shown.find(({ page }) => faultsOn(this.sheet, page, "").length > 0) : undefined;
    return (open ?? shown[0])?.number ?? 0;
  }
}
