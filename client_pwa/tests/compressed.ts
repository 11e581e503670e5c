/** What a page compresses, counted. */
import { vi } from "vitest";

export interface Count { open: number; begun: number }

/** How many bodies were begun to be compressed, and not yet ended or dropped. */
export function compressed(): Count {
  const count = { open: 0, begun: 0 };
  const Real = CompressionStream;
  vi.stubGlobal("CompressionStream", class {
    readonly readable: ReadableStream;
    readonly writable: WritableStream;
    constructor(format: CompressionFormat) {
      const real = new Real(format);
      const writer = real.writable.getWriter();
      count.open++;
      count.begun++;
      this.readable = real.readable;
      this.writable = new WritableStream<BufferSource>({
        write: (piece) => writer.write(piece),
        close: () => (count.open--, writer.close()),
        abort: (reason) => (count.open--, writer.abort(reason)),
      });
    }
  });
  return count;
}
