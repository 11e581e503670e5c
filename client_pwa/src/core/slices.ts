/** Long work in slices: between two of them goes what a person or the line is waiting for. */

/** What is compressed meanwhile goes on in steps, one after each slice: they must not be far apart. */
const SLICE_MS = 2;

export class Slices {
  private began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.began >= SLICE_MS;
  }

  /** Resolves after what came meanwhile was done. */
  async next(): Promise<void> {
    await new Promise<void>((wake) => {
      // A timer would wait 4 ms at the least.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (port1.close(), wake());
      port2.postMessage(null);
    });
    this.began = performance.now();
  }
}
