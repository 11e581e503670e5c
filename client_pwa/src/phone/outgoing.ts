/** Pushing: batches that fit, halves where they do not, and what the answers mean. */
import type { Form } from "../core/form";
import { namesOf, Packer, proofOf } from "../core/packing";
import { Slices } from "../core/slices";
import { Begun, isFailure, type Failure, type Last, type PushAnswer, type PushResult, type ShortPushAnswer, type Wire } from "../core/wire";
import type { Known, Ledger } from "./ledger";

const MOST_CHANGES = 1000;
/** Before compression, with packed text counted twice: about 30 kB on the line, which is what a cut line loses. */
const FIRST_BYTES = 200_000;
/** A line that takes a batch within this time is given twice as much, up to half of what the server allows. */
const QUICK_MS = 2000;
const MOST_BYTES = 4_000_000;

/** So long the next batch waits for the one before to go out first. */
const GOES_OUT_MS = 4;

export interface Pushed { sent: number; maxSeq: number }
/** `packs`: the server has not said that it can't rebuild what is packed. */
export interface Limits { changes: number; bytes: number; packs: boolean }
/** One request, all but what is said of `last`; `isPacked` where some of its changes are. */
export interface Batch { changes: Known[]; isPacked: boolean; message: Begun }

/** The first of these that fit into one request: at least one. They are compressed while those behind them are packed. */
export async function batchOf(ledger: Ledger, waiting: Known[], limits: Limits): Promise<Batch> {
  const packer = new Packer((form, version) => namesFor(ledger.catalogue.version(form, version)));
  const changes: Known[] = [];
  const message = new Begun().add('{"changes":[');
  const slices = new Slices();
  let bytes = 0;
  for (const change of waiting) {
    if (changes.length >= limits.changes) break;
    if (slices.isOver) await slices.next();
    const packed = limits.packs ? packer.pack(change.body, change.change) : null;
    const said = spoken(packed ?? JSON.stringify(change.body), change);
    // Quotes in quotes compress to nothing; letters outside ASCII take up to three bytes.
    bytes += packed ? said.length * 2 : change.body.length * 2 + 300;
    if (changes.length > 0 && bytes > limits.bytes) break;
    message.add(changes.length > 0 ? `,${said}` : said);
    changes.push(change);
  }
  message.add("]");
  const { tables } = packer;
  const isPacked = tables.length > 0;
  if (isPacked) message.add(`,"tables":${JSON.stringify(tables)},"proof":"${await proofOf(changes.map(({ id }) => id))}"`);
  message.pause();
  return { changes, isPacked, message };
}

const told = new WeakMap<Form, string[]>();

/** Undefined: the form is not here, so its names must be spelled. */
function namesFor(form: Form | undefined): string[] | undefined {
  if (form && !told.has(form)) told.set(form, namesOf(form));
  return form && told.get(form);
}

/** As JSON. */
function spoken(body: string, { receipt }: Known): string {
  return receipt ? `{"body":${body},"receipt":${JSON.stringify(receipt)}}` : body;
}

/** Sends the outbox until it is empty. */
export async function pushAll(ledger: Ledger, wire: Wire): Promise<Pushed | Failure> {
  const ahead = new Ahead(ledger);
  try {
    return await pushEach(ledger, wire, ahead);
  } finally {
    // A phone may be locked in the middle: no answers stay in memory half compressed.
    ahead.drop();
  }
}

/** What the server said is written while the batch behind it is under way. */
async function pushEach(ledger: Ledger, wire: Wire, ahead: Ahead): Promise<Pushed | Failure> {
  const pushed: Pushed = { sent: 0, maxSeq: 0 };
  /** What the server finds too large even alone. */
  const skipped = new Set<string>();
  const limits: Limits = { changes: MOST_CHANGES, bytes: FIRST_BYTES, packs: true };
  let mostBytes = MOST_BYTES;
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
      ahead.drop();
      if (answer.status === 400 && batch.isPacked) {
        // It can't rebuild them, or is of before: as they are it takes them, or says what is wrong.
        limits.packs = false;
        continue;
      }
      if (answer.status !== 413) return answer;
      if (batch.changes.length === 1) skipped.add(batch.changes[0]!.id);
      limits.changes = Math.max(1, Math.floor(batch.changes.length / 2));
      limits.bytes = mostBytes = Math.max(1, limits.bytes / 2);
      continue;
    }
    if (performance.now() - began < QUICK_MS) limits.bytes = Math.min(limits.bytes * 2, mostBytes);
    pushed.maxSeq = Math.max(pushed.maxSeq, answer.max_seq ?? 0);
    answered = settle(ledger, answer, batch.changes);
  }
  if (skipped.size > 0) return { problem: "too_large", detail: `${skipped.size} change(s) are too large for the server.`, status: 413 };
  return pushed;
}

/** The batch after the one that is under way: packed and compressed while the server is at work. */
class Ahead {
  private next: Promise<Batch> | null = null;

  constructor(private readonly ledger: Ledger) {}

  begin(rest: Known[], limits: Limits): void {
    if (rest.length === 0) return;
    this.next = new Promise((wake) => setTimeout(wake, GOES_OUT_MS)).then(() => batchOf(this.ledger, rest, { ...limits }));
    this.next.catch(() => undefined);
  }

  /** What was prepared, where it is still what the outbox begins with. */
  async take(waiting: Known[], limits: Limits): Promise<Batch> {
    const next = await this.next;
    this.next = null;
    if (next?.changes.every((change, number) => change === waiting[number])) return next;
    next?.message.drop();
    return batchOf(this.ledger, waiting, limits);
  }

  drop(): void {
    void this.next?.then(({ message }) => message.drop(), () => undefined);
    this.next = null;
  }
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
