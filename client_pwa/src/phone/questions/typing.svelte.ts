import { onDestroy } from "svelte";
import type { Sheet } from "../sheet.svelte";

const PAUSE_MS = 500;

/**
 * The text of a typed field. All follows what is typed at once; it is given after a pause and on leaving. While the field has the focus its
 * text is the typist's alone, so composed letters (Telex, VNI) are never rewritten.
 */
export class Typing {
  text = $state("");
  #isMine = false;
  #isComposing = false;
  #isGiven = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #sheet: Sheet;
  readonly #give: (text: string) => void;
  readonly #preview: (text: string) => void;

  /** `preview` is told of each letter, `give` of what is to be kept. */
  constructor(sheet: Sheet, shown: () => string, give: (text: string) => void, preview: (text: string) => void = () => undefined) {
    this.#sheet = sheet;
    this.#give = give;
    this.#preview = preview;
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
    this.#sheet.typed.add(this);
    clearTimeout(this.#timer);
    if (this.#isComposing) return;
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
    this.#preview(this.text);
  };
  /** Gives what was typed since the last time. */
  flush = (): void => {
    clearTimeout(this.#timer);
    if (this.#isGiven) return;
    this.#isGiven = true;
    this.#give(this.text);
    this.#sheet.typed.delete(this);
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
