/** One page of this phone is open at a time: two would write over each other's drafts. The newest wins. */

/** A page that sleeps in the background cannot say that it is done: it writes nothing any more either. */
const PATIENCE_MS = 3_000;

export class Turn {
  private letGo: (() => void) | null = null;
  private releasing: Promise<unknown> = Promise.resolve();

  /** `lost`: another page of this phone was unlocked. It must release, once what it began to write is written. */
  constructor(private readonly lock: string, private readonly lost: () => void) {}

  /** Resolves once the page before has written what it had begun: only then is what is on disk the truth. */
  async take(): Promise<void> {
    await this.releasing;
    if (typeof navigator === "undefined" || !navigator.locks || this.letGo) return;
    const { locks } = navigator;
    const held = new Promise<void>((resolve) => (this.letGo = resolve));
    await new Promise<void>((taken) => {
      const hold = (): Promise<void> => (taken(), held);
      locks.request(this.lock, { steal: true }, hold).catch(() => this.lost());
    });
    await new Promise<void>((settled) => {
      const hold = (): Promise<void> => (settled(), held);
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
      const writing = `${this.lock}-writing`;
      locks
        .request(writing, { signal: patience.signal }, () => (clearTimeout(timer), hold()))
        .catch(() => locks.request(writing, { steal: true }, hold))
        .catch(() => undefined);
    });
  }

  /** Lets the next page begin after `written`. */
  release(written: Promise<unknown> = Promise.resolve()): void {
    const { letGo } = this;
    this.letGo = null;
    if (letGo) this.releasing = written.catch(() => undefined).then(letGo);
  }
}
