import { languageLoaded } from "../ui/i18n";
import { settings, type Lang, type Theme } from "../ui/settings.svelte";
import type { Pocket } from "./pocket";

/** The pocket as screens read it: whatever a screen takes from `pocket` is taken again after any change. */
class Phone {
  #pocket: Pocket | null = null;
  #version = $state(0);

  start(pocket: Pocket): void {
    this.#pocket = pocket;
    pocket.set({ lang: settings.lang, theme: settings.theme });
    pocket.subscribe(() => {
      this.#version++;
      if (pocket.state === "revoked") settings.isStopped = true;
    });
    this.#version++;
  }

  /** The one Pocket of the page; reading it makes the reader follow every later change. */
  get pocket(): Pocket {
    if (this.#version < 0 || !this.#pocket) throw new Error("the pocket was not started");
    return this.#pocket;
  }
  get hasStarted(): boolean {
    return this.#version > 0;
  }

  async setLang(lang: Lang): Promise<void> {
    await languageLoaded(lang);
    settings.lang = lang;
    this.#pocket?.set({ lang });
  }
  setTheme(theme: Theme): void {
    settings.theme = theme;
    this.#pocket?.set({ theme });
  }
}

export const phone = new Phone();
