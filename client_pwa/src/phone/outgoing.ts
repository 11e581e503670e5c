/** Pushing: batches that fit, halves where they do not, and what the answers mean. */
import { isFailure, type Failure, type Last, type PushAnswer, type PushResult, type ShortPushAnswer, type Wire } from "../core/wire";
import { Ahead } from "./ahead";
import { firstLimits, halved, raised } from "./batch";
import type { Known, Ledger } from "./ledger";

/** A line that takes a batch within this time is given twice as much. */
const QUICK_MS = 2000;

export interface Pushed { sent: number; maxSeq: number }

/** Sends the outbox until it is empty. Without a line, `ahead` goes on to make ready what waits. */
export async function pushAll(ledger: Ledger, wire: Wire, ahead = new Ahead(ledger)): Promise<Pushed | Failure> {
  let pushed: Pushed | Failure | null = null;
  try {
    return (pushed = await pushEach(ledger, wire, ahead));
  } finally {
    const hasLine = !pushed || !isFailure(pushed) || pushed.status !== 0;
    if (hasLine) ahead.drop();
    else ahead.fill().catch((error: unknown) => console.error(error));
  }
}

/** What the server said is written while the batch behind it is under way. */
async function pushEach(ledger: Ledger, wire: Wire, ahead: Ahead): Promise<Pushed | Failure> {
  const pushed: Pushed = { sent: 0, maxSeq: 0 };
  /** What the server finds too large even alone. */
  const skipped = new Set<string>();
  let limits = firstLimits();
  let answered: Answered | null = null;
  for (;;) {
    const waiting = ledger.outbox().filter((change) => !skipped.has(change.id) && !answered?.changes.has(change));
    if (waiting.length === 0 && !answered) break;
    const batch = waiting.length > 0 ? await ahead.take(waiting, limits) : null;
    const began = performance.now();
    // It has heard of positions that are not written yet; should the phone end here, it asks for them once more.
    const sending = batch && wire.pushBegun(batch.message, answered?.last ?? ledger.sync.last);
    sending?.catch(() => undefined);
    if (batch) ahead.begin(waiting.slice(batch.changes.length), limits);
    if (answered) {
      const settled = await answered.written;
      answered = null;
      // An answer that settles nothing would be asked for again without end.
      if (settled === 0) return { problem: "bad_answer", detail: "The server answered for none of the changes.", status: 200 };
      pushed.sent += settled;
    }
    if (!batch) continue;
    const answer = (await sending)!;
    if (isFailure(answer)) {
      if (answer.status === 400 && batch.isPacked) {
        // It can't rebuild them, or is of before: as they are it takes them, or says what is wrong.
        limits = { ...limits, packs: false };
        continue;
      }
      if (answer.status !== 413) return answer;
      if (batch.changes.length === 1) skipped.add(batch.changes[0]!.id);
      limits = halved(limits, batch);
      continue;
    }
    if (performance.now() - began < QUICK_MS) limits = raised(limits);
    pushed.maxSeq = Math.max(pushed.maxSeq, answer.max_seq ?? 0);
    answered = settle(ledger, answer, batch.changes);
  }
  if (skipped.size > 0) return { problem: "too_large", detail: `${skipped.size} change(s) are too large for the server.`, status: 413 };
  return pushed;
}

/** One for each change that the answer speaks of. */
function resultsOf(answer: PushAnswer | ShortPushAnswer, changes: Known[]): PushResult[] {
  if (!("said" in answer)) return answer.results;
  const { said } = answer;
  if (said.length !== changes.length) return [];
  return said.map((each, number): PushResult => {
    const { id, change } = changes[number]!;
    if (each.length === 2) return { id, result: "held", reason: each[0], pos: each[1] };
    const [pos, at, role, mac] = each;
    return { id, result: "stored", pos, at: at ?? change.at, role, mac };
  });
}

/** `written`: resolves to how many changes the server said anything of, once that is durable. */
interface Answered { changes: Set<Known>; last: Last; written: Promise<number> }

/** Keeps what the server said of each change. */
function settle(ledger: Ledger, answer: PushAnswer | ShortPushAnswer, pushed: Known[]): Answered {
  const { generation } = ledger.sync;
  const changes: Known[] = [];
  let pos = ledger.sync.last?.pos ?? 0;
  for (const result of resultsOf(answer, pushed)) {
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
  const last = { epoch: answer.server ?? ledger.sync.last?.epoch ?? "", pos };
  const written = ledger.commit({ changes, sync: { ...ledger.sync, last } }).then(() => changes.length);
  written.catch(() => undefined);
  return { changes: new Set(pushed), last, written };
}
