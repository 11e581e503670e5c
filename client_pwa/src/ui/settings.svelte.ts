/** Language and theme of this browser, and that the office stopped it: the only things kept outside the vault, and nothing personal. */
export type Lang = "vi" | "en";
export type Theme = "auto" | "sun";

const LANG_KEY = "thon.lang";
const THEME_KEY = "thon.theme";
const STOPPED_KEY = "thon.stopped";

function stored(key: string): string | null {
  // Storage may be switched off altogether; then the settings last as long as the page.
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

class Settings {
  #lang = $state<Lang>(stored(LANG_KEY) === "en" ? "en" : "vi");
  #theme = $state<Theme>(stored(THEME_KEY) === "sun" ? "sun" : "auto");

  get lang(): Lang {
    return this.#lang;
  }
  set lang(lang: Lang) {
    this.#lang = lang;
    store(LANG_KEY, lang);
    this.show();
  }
  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    store(THEME_KEY, theme);
    this.show();
  }
  /** The phone was revoked and emptied: whoever opens it later is told why. */
  get isStopped(): boolean {
    return stored(STOPPED_KEY) === "1";
  }
  set isStopped(isStopped: boolean) {
    store(STOPPED_KEY, isStopped ? "1" : "");
  }
  /** Puts language and theme on the page itself: `<html lang>` and the tokens follow. */
  show(): void {
    document.documentElement.lang = this.#lang;
    if (this.#theme === "sun") document.documentElement.dataset.theme = "sun";
    else delete document.documentElement.dataset.theme;
  }
}

export const settings = new Settings();
