/** A phone that lies about locks itself. Time counts also while the page sleeps in the background. */
export const LOCK_AFTER_MS = 10 * 60_000;
const LOOK_EVERY_MS = 30_000;

export class Idle {
  private touchedAt: number;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** `lock` is called once per unlocking, at the first look after the time is over. */
  constructor(private readonly now: () => number, private readonly lock: () => void) {
    this.touchedAt = now();
  }

  begin(): void {
    this.end();
    this.touch();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  touch(): void {
    this.touchedAt = this.now();
  }

  /** Also when the page comes to the front: before anything can be read on it. */
  look(): void {
    if (this.timer === undefined || this.now() - this.touchedAt < LOCK_AFTER_MS) return;
    this.end();
    this.lock();
  }
}
