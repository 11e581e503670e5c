/** Batches that are made before the line takes them: while the one before is under way, and while there is no line. */
import { batchOf, firstLimits, fits, raised, type Batch, type Limits } from "./batch";
import type { Known, Ledger } from "./ledger";

/** So long the next batch waits for the one before to go out first. */
const GOES_OUT_MS = 4;
/** What is compressed and not sent yet takes a quarter of a megabyte each. */
const MOST_BATCHES = 12;

export class Ahead {
  /** From the first of the outbox on; the last one may still be in the making. */
  private batches: Promise<Batch>[] = [];
  /** Of what is made while there is no line only the newest goes on. */
  private turn = 0;

  constructor(private readonly ledger: Ledger) {}

  /** Makes the batch behind the one that is under way. */
  begin(rest: Known[], limits: Limits): void {
    if (rest.length === 0 || this.batches.length > 0) return;
    this.batches.push(kept(new Promise((wake) => setTimeout(wake, GOES_OUT_MS)).then(() => batchOf(this.ledger, rest, limits))));
  }

  /** What was made, where it is still what the outbox begins with. */
  async take(waiting: Known[], limits: Limits): Promise<Batch> {
    this.turn++;
    const next = await this.batches.shift();
    if (next && fits(next, waiting, limits)) return next;
    next?.message.drop();
    this.drop();
    return batchOf(this.ledger, waiting, limits);
  }

  /** There is no line: makes all that a quick one would be given, so that the next need not wait for it. */
  async fill(): Promise<void> {
    const turn = ++this.turn;
    let limits = firstLimits();
    let waiting = this.ledger.outbox();
    let place = 0;
    for (; waiting.length > 0 && place < MOST_BATCHES && !this.ledger.isClosed; place++) {
      const made = await this.batches[place]?.catch(() => undefined);
      if (turn !== this.turn) return;
      const isFitting = made !== undefined && fits(made, waiting, limits);
      // Those behind it may fit behind what goes before them now.
      if (!isFitting) this.batches.splice(place, 0, kept(batchOf(this.ledger, waiting, limits)));
      const { changes } = await this.batches[place]!;
      if (turn !== this.turn) return;
      waiting = waiting.slice(changes.length);
      limits = raised(limits);
    }
    dropAll(this.batches.splice(place));
  }

  /** No answers stay in memory half compressed. */
  drop(): void {
    this.turn++;
    dropAll(this.batches.splice(0));
  }
}

/** Who takes it is told of its failure. */
function kept(batch: Promise<Batch>): Promise<Batch> {
  batch.catch(() => undefined);
  return batch;
}

function dropAll(batches: Promise<Batch>[]): void {
  for (const batch of batches) void batch.then(({ message }) => message.drop(), () => undefined);
}
