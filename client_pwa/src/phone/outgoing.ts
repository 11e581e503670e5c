/** Pushing: batches that fit, halves where they do not, and what the answers mean. */
import { isFailure, type Failure, type PushAnswer, type SentChange, type Wire } from "../core/wire";
import type { Known, Ledger } from "./ledger";

const MOST_CHANGES = 1000;
/** Uncompressed, so that the compressed request is below 1 MiB whatever is in it. */
const MOST_BYTES = 1_000_000;

export interface Pushed { sent: number; maxSeq: number }

/** The first of these that fit into one request: at least one. */
export function batchOf(changes: Known[], mostChanges: number, mostBytes: number): Known[] {
  const batch: Known[] = [];
  let bytes = 0;
  for (const change of changes) {
    // A body is JSON inside JSON: quotes are escaped, letters outside ASCII take up to three bytes.
    bytes += change.body.length * 2 + 300;
    if (batch.length >= mostChanges || (batch.length > 0 && bytes > mostBytes)) break;
    batch.push(change);
  }
  return batch;
}

/** Sends the outbox until it is empty. `skipped` collects what the server finds too large even alone. */
export async function pushAll(ledger: Ledger, wire: Wire): Promise<Pushed | Failure> {
  const pushed: Pushed = { sent: 0, maxSeq: 0 };
  const skipped = new Set<string>();
  let mostChanges = MOST_CHANGES;
  let mostBytes = MOST_BYTES;
  for (;;) {
    const waiting = ledger.outbox().filter((change) => !skipped.has(change.id));
    if (waiting.length === 0) break;
    const batch = batchOf(waiting, mostChanges, mostBytes);
    const answer = await wire.push(batch.map((change) => spoken(change)), ledger.sync.last);
    if (isFailure(answer)) {
      if (answer.status !== 413) return answer;
      if (batch.length === 1) skipped.add(batch[0]!.id);
      mostChanges = Math.max(1, Math.floor(batch.length / 2));
      mostBytes = Math.max(1, mostBytes / 2);
      continue;
    }
    const settled = await settle(ledger, answer);
    pushed.sent += settled;
    pushed.maxSeq = Math.max(pushed.maxSeq, answer.max_seq);
    // An answer that settles nothing would be asked for again without end.
    if (settled === 0) return { problem: "bad_answer", detail: "The server answered for none of the changes.", status: 200 };
  }
  if (skipped.size > 0) return { problem: "too_large", detail: `${skipped.size} change(s) are too large for the server.`, status: 413 };
  return pushed;
}

function spoken(change: Known): string | SentChange {
  return change.receipt ? { body: change.body, receipt: change.receipt } : change.body;
}

/** Keeps what the server said of each change; answers how many it said anything of. */
async function settle(ledger: Ledger, answer: PushAnswer): Promise<number> {
  const { generation } = ledger.sync;
  const changes: Known[] = [];
  let pos = ledger.sync.last?.pos ?? 0;
  for (const result of answer.results) {
    const have = ledger.known.get(result.id);
    pos = Math.max(pos, result.pos ?? 0);
    if (!have) continue;
    if (result.result === "held") {
      changes.push({ ...have, state: result.reason === "discarded" ? "discarded" : "held", reason: result.reason, generation });
      continue;
    }
    const { pos: at_pos, at, role, mac } = result;
    const receipt = at_pos !== undefined && at !== undefined && mac !== undefined ? { pos: at_pos, at, role: role ?? "", mac } : have.receipt;
    changes.push({ ...have, state: "confirmed", reason: undefined, receipt, generation });
  }
  await ledger.commit({ changes, sync: { ...ledger.sync, last: { epoch: answer.server, pos } } });
  return changes.length;
}
