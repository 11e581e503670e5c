import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { same } from "../core/canonical";
import type { Evaluation } from "../core/evaluate";
import type { Form, FormNode, Text } from "../core/form";
import { withoutRows } from "../core/paths";
import type { Json } from "../core/wire";
import { settings } from "../ui/settings.svelte";
import { plainText } from "./markdown";
import type { OpenRecord } from "./pocket";
import { Signals } from "./signals.svelte";

/** What all sheets of one open record share. */
class Desk {
  /** Fields that were left: only these show that their answer is refused. */
  readonly left = new SvelteSet<string>();
  /** Fields that Next asked for: only these show that an answer is missing. */
  readonly asked = new SvelteSet<string>();
  /** What was typed but is no value yet ("12/13/2020"), by path. */
  readonly unread = new SvelteMap<string, string>();
  /** Suggestions that were answered with "changed". */
  readonly changed = new SvelteSet<string>();
  /** Fields with something typed that was not given yet. */
  readonly typed = new SvelteSet<object>();
  readonly signals: Signals;
  readonly numbers: Record<string, number>;
  writes: Promise<unknown> = Promise.resolve();
  flushers: (() => void)[] = [];

  constructor(open: OpenRecord) {
    this.signals = new Signals(open);
    this.numbers = Object.fromEntries(open.form.nodes.map((node, number) => [node.path, number]));
  }
}

/** An open record as the screens of an interview read it: everything follows each answer at once. */
export class Sheet {
  readonly open: OpenRecord;
  readonly #desk: Desk;
  readonly #only: number;

  constructor(open: OpenRecord, desk = new Desk(open), only = -1) {
    this.open = open;
    this.#desk = desk;
    this.#only = only;
  }

  /** The same sheet for whoever shows this one node: told only of what that may show. */
  only(node: number): Sheet {
    return new Sheet(this.open, this.#desk, node);
  }

  get left(): Set<string> {
    return this.#desk.left;
  }
  get asked(): Set<string> {
    return this.#desk.asked;
  }
  get unread(): Map<string, string> {
    return this.#desk.unread;
  }
  get changed(): Set<string> {
    return this.#desk.changed;
  }
  get typed(): Set<object> {
    return this.#desk.typed;
  }
  get form(): Form {
    return this.open.form;
  }
  get evaluation(): Evaluation {
    return this.live.evaluation;
  }
  /** The record, read again after every change of it. */
  get live(): OpenRecord {
    this.#desk.signals.follow(this.#only);
    return this.open;
  }
  /** "saved" is true only when every write so far is durable. */
  get isSaved(): boolean {
    const { signals } = this.#desk;
    signals.followSaving();
    return this.typed.size === 0 && signals.writing === 0 && this.open.savedAt > 0 && !signals.failed;
  }
  get hasFailed(): boolean {
    return this.#desk.signals.failed;
  }
  stop(): void {
    this.#desk.signals.stop();
  }

  node(number: number): FormNode {
    return this.form.nodes[number]!;
  }
  /** The node number of a path with rows, or -1. */
  numberOf(path: string): number {
    return this.#desk.numbers[withoutRows(path)] ?? -1;
  }
  value(path: string): Json | undefined {
    return this.live.answers[path];
  }
  text(text: Text | undefined, path: string): string {
    return text ? this.evaluation.text(text, path, settings.lang) : "";
  }
  /** A label in one plain line. */
  title(node: FormNode, path: string): string {
    return plainText(this.text(node.label, path)) || node.name;
  }
  isShown(path: string): boolean {
    return this.evaluation.isRelevant(path);
  }
  /** Last round's answer, while neither confirmed nor changed. */
  suggestion(path: string): Json | undefined {
    const isOpen = this.value(path) === undefined && !this.changed.has(path);
    return isOpen ? (this.live.suggestions[path] ?? undefined) : undefined;
  }

  /** Is the answer last round's, confirmed and not touched since? */
  isTakenOver(path: string): boolean {
    const offered = this.live.suggestions[path];
    return offered !== undefined && !this.changed.has(path) && same(offered, this.value(path) ?? null);
  }

  /** Runs one write; what the screen says about saving follows it. */
  async write(work: () => Promise<unknown>): Promise<void> {
    const desk = this.#desk;
    const { signals } = desk;
    signals.writing++;
    const run = work();
    desk.writes = Promise.allSettled([desk.writes, run]);
    try {
      await run;
      signals.failed = false;
    } catch (error) {
      signals.failed = true;
      console.error(error);
    } finally {
      signals.writing--;
    }
  }
  answer(path: string, value: Json): Promise<void> {
    this.unread.delete(path);
    return this.write(() => this.open.answer(path, value));
  }
  /** What is being typed: all that follows from it is shown, nothing of it is kept yet. */
  preview(path: string, value: Json): void {
    this.unread.delete(path);
    this.open.preview(path, value);
  }
  /** A widget that holds something not yet given (a word being typed, a stroke) hands it over when asked. */
  onFlush(flush: () => void): () => void {
    const desk = this.#desk;
    desk.flushers = [...desk.flushers, flush];
    return () => {
      desk.flushers = desk.flushers.filter((other) => other !== flush);
    };
  }
  /** Everything on the screen is given and on disk. */
  async settle(): Promise<void> {
    const desk = this.#desk;
    for (const flush of desk.flushers) flush();
    let waited: Promise<unknown> | undefined;
    while (waited !== desk.writes) {
      waited = desk.writes;
      await waited;
    }
  }
}
