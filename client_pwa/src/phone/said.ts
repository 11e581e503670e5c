/**
 * What is said of changes after their rows were written: of all that one commit speaks of in one row, so that no body is
 * sealed and written again for it. The newest counts, and only of changes whose own row says no more than that they wait.
 */
import type { ChangeRow, Known, SyncState } from "./ledger";
import type { Name, Put, Row } from "./vault";

/** By id of the change, all of its row but the body. */
export type Word = [string, Omit<ChangeRow, "body">][];

export class Said {
  /** Changes whose row says only that they wait. */
  private readonly waiting = new Set<string>();
  private newest = 0;
  /** Rows of which nothing counts any more: the next commit takes them away. */
  private spent: Name[] = [];

  /** The rows with what was said of them last. */
  read(rows: Row<ChangeRow>[], words: Row<Word>[]): Row<ChangeRow>[] {
    const last = new Map<string, { number: string; said: Word[number][1] }>();
    words.sort((a, b) => Number(a.id) - Number(b.id));
    for (const { id: number, value } of words) for (const [id, said] of value) last.set(id, { number, said });
    this.newest = Number(words.at(-1)?.id ?? 0);
    const counting = new Set<string>();
    const read = rows.map((row) => {
      this.note(row.id, row.value);
      const word = this.waiting.has(row.id) ? last.get(row.id) : undefined;
      if (!word) return row;
      counting.add(word.number);
      return { ...row, value: { ...row.value, ...word.said } };
    });
    this.spent = words.filter(({ id }) => !counting.has(id)).map(({ id }) => ({ kind: "word", id }));
    return read;
  }

  puts(changes: Known[]): Put[] {
    const word: Word = [];
    const puts: Put[] = [];
    for (const { id, body, state, generation, receipt, reason, isGiven } of changes) {
      const said = { state, generation, receipt, reason, isGiven };
      if (this.waiting.has(id)) word.push([id, said]);
      else puts.push({ kind: "change", id, value: { body, ...said } });
    }
    // A page that sleeps may yet write its own, and counted from the same one.
    if (word.length > 0) puts.push({ kind: "word", id: `${(this.newest += 1 + Math.random())}`, value: word });
    return puts;
  }

  /** Once: what no longer says anything. */
  deletes(): Name[] {
    return this.spent.splice(0);
  }

  /** Of a change whose row was written or read. */
  note(id: string, { state, receipt }: ChangeRow): void {
    if (state === "waiting" && !receipt) this.waiting.add(id);
  }

  dropped(id: string): void {
    this.waiting.delete(id);
  }
}

/** A page that slept may have written an older one: the newest position that this server told is what the receipts say. */
export function heardOf(sync: SyncState | undefined, changes: Known[]): SyncState | undefined {
  if (!sync?.last) return sync;
  const told = changes.map(({ generation, receipt }) => (generation === sync.generation && receipt?.pos) || 0);
  return { ...sync, last: { ...sync.last, pos: told.reduce((most, pos) => Math.max(most, pos), sync.last.pos) } };
}
