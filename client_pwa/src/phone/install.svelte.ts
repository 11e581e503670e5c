interface InstallPrompt extends Event { prompt(): Promise<unknown> }

/** The browser's own offer to put the app on the home screen; installed apps keep their data. */
class Installer {
  #offer = $state.raw<InstallPrompt | null>(null);

  constructor() {
    window.addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#offer = event as InstallPrompt;
    });
    window.addEventListener("appinstalled", () => (this.#offer = null));
  }
  get canInstall(): boolean {
    return this.#offer !== null;
  }
  async install(): Promise<void> {
    await this.#offer?.prompt();
    this.#offer = null;
    await navigator.storage?.persist?.();
  }
}

export const installer = new Installer();
