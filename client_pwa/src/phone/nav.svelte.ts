import type { OpenRecord } from "./pocket";

/** Where the interviewer is. Nothing of it is written anywhere: addresses never name a household. */
export type Place =
  | { screen: "home" }
  | { screen: "menu" }
  | { screen: "sync" }
  | { screen: "pin" }
  | { screen: "again" }
  | { screen: "new" }
  | { screen: "others" }
  | { screen: "household"; household: string }
  | { screen: "interview"; open: OpenRecord };

type Handler = () => boolean;

/** The stack of screens, in step with the browser's own back button. */
class Navigation {
  #places = $state.raw<Place[]>([{ screen: "home" }]);
  #handlers: Handler[] = [];

  constructor() {
    window.addEventListener("popstate", () => this.#back());
  }

  get place(): Place {
    return this.#places[this.#places.length - 1]!;
  }

  go(place: Place): void {
    this.#places = [...this.#places, place];
    history.pushState({ depth: this.#places.length }, "");
  }
  /** Takes the present screen's place: back leads to where it came from. */
  replace(place: Place): void {
    this.#places = [...this.#places.slice(0, -1), place];
  }
  back(): void {
    if (this.#places.length > 1) history.back();
  }
  home(): void {
    this.#places = [{ screen: "home" }];
  }
  /** A screen with steps of its own may take the back button; it answers whether it did. */
  onBack(handler: Handler): () => void {
    this.#handlers = [...this.#handlers, handler];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handler);
    };
  }

  #back(): void {
    const handler = this.#handlers[this.#handlers.length - 1];
    if (handler?.()) {
      history.pushState({ depth: this.#places.length }, "");
      return;
    }
    if (this.#places.length > 1) this.#places = this.#places.slice(0, -1);
  }
}

export const nav = new Navigation();
