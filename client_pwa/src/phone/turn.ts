/** One page of this phone is open at a time: two would write over each other's drafts. The newest wins. */
export class Turn {
  private letGo: (() => void) | null = null;

  /** `lost`: another page of this phone was unlocked. */
  constructor(private readonly lock: string, private readonly lost: () => void) {}

  take(): void {
    if (typeof navigator === "undefined" || !navigator.locks || this.letGo) return;
    const held = new Promise<void>((resolve) => {
      this.letGo = resolve;
    });
    navigator.locks
      .request(this.lock, { steal: true }, () => held)
      .catch(() => {
        this.letGo = null;
        this.lost();
      });
  }

  release(): void {
    this.letGo?.();
    this.letGo = null;
  }
}
