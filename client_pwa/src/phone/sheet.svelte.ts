import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { same } from "../core/canonical";
import type { Evaluation } from "../core/evaluate";
import type { Form, FormNode, Text } from "../core/form";
import { withoutRows } from "../core/paths";
import type { Json } from "../core/wire";
import { settings } from "../ui/settings.svelte";
import { plainText } from "./markdown";
import type { OpenRecord } from "./pocket";

/** An open record as the screens of an interview read it: everything follows each answer at once. */
export class Sheet {
  readonly open: OpenRecord;
  /** Fields that were left: only these show that their answer is refused. */
  readonly left = new SvelteSet<string>();
  /** Fields that Next asked for: only these show that an answer is missing. */
  readonly asked = new SvelteSet<string>();
  /** What was typed but is no value yet ("12/13/2020"), by path. */
  readonly unread = new SvelteMap<string, string>();
  /** Suggestions that were answered with "changed". */
  readonly changed = new SvelteSet<string>();
  #version = $state(0);
  #writing = $state(0);
  #failed = $state(false);
  #writes: Promise<unknown> = Promise.resolve();
  #flushers: (() => void)[] = [];
  readonly stop: () => void;
  readonly #numbers: Record<string, number>;

  constructor(open: OpenRecord) {
    this.open = open;
    this.#numbers = Object.fromEntries(open.form.nodes.map((node, number) => [node.path, number]));
    this.stop = open.subscribe(() => this.#version++);
  }

  get form(): Form {
    return this.open.form;
  }
  get evaluation(): Evaluation {
    void this.#version;
    return this.open.evaluation;
  }
  /** The record, read again after every change of it. */
  get live(): OpenRecord {
    void this.#version;
    return this.open;
  }
  /** "saved" is true only when every write so far is durable. */
  get isSaved(): boolean {
    return this.#writing === 0 && this.live.savedAt > 0 && !this.#failed;
  }
  get hasFailed(): boolean {
    return this.#failed;
  }

  node(number: number): FormNode {
    return this.form.nodes[number]!;
  }
  /** The node number of a path with rows, or -1. */
  numberOf(path: string): number {
    return this.#numbers[withoutRows(path)] ?? -1;
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
    this.#writing++;
    const run = work();
    this.#writes = Promise.allSettled([this.#writes, run]);
    this.#version++;
    try {
      await run;
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      console.error(error);
    } finally {
      this.#writing--;
      this.#version++;
    }
  }
  answer(path: string, value: Json): Promise<void> {
    this.unread.delete(path);
    return this.write(() => this.open.answer(path, value));
  }
  /** A widget that holds something not yet given (a word being typed, a stroke) hands it over when asked. */
  onFlush(flush: () => void): () => void {
    this.#flushers = [...this.#flushers, flush];
    return () => {
      this.#flushers = this.#flushers.filter((other) => other !== flush);
    };
  }
  /** Everything on the screen is given and on disk. */
  async settle(): Promise<void> {
    for (const flush of this.#flushers) flush();
    let waited: Promise<unknown> | undefined;
    while (waited !== this.#writes) {
      waited = this.#writes;
      await waited;
    }
  }
}
