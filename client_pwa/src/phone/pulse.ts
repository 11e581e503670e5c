/** When to sync: promptly on opening, focus, network and submit, and by button; by itself never faster than once a minute. */
import type { SyncReport } from "./pocket";

export const LEAST_BETWEEN_MS = 60_000;
const FLUTTER_MS = 3_000;
const IDLE_BETWEEN_MS = 5 * 60_000;
const MOST_BETWEEN_MS = 30 * 60_000;

/** How long after an attempt the next may begin by itself. `failures`: in a row. */
export function pauseAfter(failures: number): number {
  return failures === 0 ? LEAST_BETWEEN_MS : Math.min(MOST_BETWEEN_MS, LEAST_BETWEEN_MS * 2 ** (failures - 1));
}

export class Pulse {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private begunAt = -Infinity;
  private failures = 0;
  private running: Promise<SyncReport> | null = null;
  private isStopped = false;
  private isWanted = false;

  /** `rested`: told whenever a round is over, also when it failed. */
  constructor(private readonly run: () => Promise<SyncReport>, private readonly now: () => number, private readonly rested: () => void = () => undefined) {}

  get isRunning(): boolean {
    return this.running !== null;
  }

  /** By button: at once. Joins a round that is under way. */
  ask(): Promise<SyncReport> {
    this.running ??= this.beat().finally(() => {
      this.running = null;
      this.rested();
    });
    return this.running;
  }

  /** She submitted, came back to the app, or the network returned: at once, also after failures. A flutter of these is one. */
  prompt(): void {
    this.failures = 0;
    this.isWanted = true;
    this.schedule(Math.max(0, this.begunAt + FLUTTER_MS - this.now()));
  }

  /** For good: a round under way ends, no other follows. */
  stop(): void {
    this.isStopped = true;
    this.cancel();
  }

  private cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async beat(): Promise<SyncReport> {
    this.cancel();
    this.begunAt = this.now();
    this.isWanted = false;
    const report = await this.run();
    const isOver = report.outcome === "locked" || report.outcome === "revoked";
    this.failures = report.outcome === "done" || report.outcome === "busy" ? 0 : this.failures + 1;
    // What was submitted while this round ran is in none of its batches.
    if (!isOver) this.schedule(this.isWanted ? FLUTTER_MS : this.failures === 0 ? IDLE_BETWEEN_MS : pauseAfter(this.failures));
    return report;
  }

  private schedule(in_ms: number): void {
    this.cancel();
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.ask(), in_ms);
  }
}
