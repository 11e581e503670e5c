import { onDestroy } from "svelte";
import type { Sheet } from "../sheet.svelte";

const PAUSE_MS = 500;

/**
 * The text of a typed field. What is typed is given after a pause and on leaving; while the field has the focus its
 * text is the typist's alone, so composed letters (Telex, VNI) are never rewritten.
 */
export class Typing {
  text = $state("");
  #isMine = false;
  #isComposing = false;
  #isGiven = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #give: (text: string) => void;

  constructor(sheet: Sheet, shown: () => string, give: (text: string) => void) {
    this.#give = give;
    this.text = shown();
    $effect(() => {
      const next = shown();
      if (!this.#isMine) this.text = next;
    });
    const stop = sheet.onFlush(() => this.flush());
    onDestroy(() => {
      stop();
      this.flush();
    });
  }

  focus = (): void => {
    this.#isMine = true;
  };
  compose = (): void => {
    this.#isComposing = true;
  };
  composed = (): void => {
    this.#isComposing = false;
    this.type();
  };
  type = (): void => {
    this.#isMine = true;
    this.#isGiven = false;
    clearTimeout(this.#timer);
    if (!this.#isComposing) this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  };
  /** Gives what was typed since the last time. */
  flush = (): void => {
    clearTimeout(this.#timer);
    if (this.#isGiven) return;
    this.#isGiven = true;
    this.#give(this.text);
  };
  blur = (): void => {
    this.#isComposing = false;
    this.flush();
    this.#isMine = false;
  };
  /** Puts a text there on the typist's behalf, and gives it. */
  put = (text: string): void => {
    this.text = text;
    this.#isGiven = false;
    this.flush();
  };
}
