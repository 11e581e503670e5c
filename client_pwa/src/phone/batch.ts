/** What goes to the server in one request: as many changes as fit, packed and compressed. */
import type { Form } from "../core/form";
import { namesOf, Packer, proofOf } from "../core/packing";
import { Slices } from "../core/slices";
import { Begun } from "../core/wire";
import type { Known, Ledger } from "./ledger";

/** Before compression, with packed text counted twice: about 30 kB on the line, which is what a cut line loses. */
const FIRST_BYTES = 200_000;
const MOST_CHANGES = 1000;
/** Half of what the server allows. */
const MOST_BYTES = 4_000_000;

/** `packs`: the server has not said that it can't rebuild what is packed. `mostBytes`: `bytes` is never raised above it. */
export interface Limits { changes: number; bytes: number; mostBytes: number; packs: boolean }
/**
 * One request, all but what is said of `last`; `isPacked` where some of its changes are, `isWhole` where no more would
 * have fitted. `bytes`: as limits count them.
 */
export interface Batch { changes: Known[]; bytes: number; isPacked: boolean; isWhole: boolean; message: Begun }

/** For the first request on a line that nothing is known of. */
export function firstLimits(): Limits {
  return { changes: MOST_CHANGES, bytes: FIRST_BYTES, mostBytes: MOST_BYTES, packs: true };
}

/** For the request after one that the line took quickly. */
export function raised(limits: Limits): Limits {
  return { ...limits, bytes: Math.min(limits.bytes * 2, limits.mostBytes) };
}

/** After one that the server found too large. */
export function halved(limits: Limits, { changes }: Batch): Limits {
  const bytes = Math.max(1, limits.bytes / 2);
  return { ...limits, changes: Math.max(1, Math.floor(changes.length / 2)), bytes, mostBytes: bytes };
}

/** Is this batch what a line that takes so many bytes is to be given of these now? */
export function fits({ changes, bytes, isWhole }: Batch, waiting: Known[], limits: Limits): boolean {
  if (changes.length > 1 && bytes > limits.bytes) return false;
  return (isWhole || changes.length === waiting.length) && changes.every((change, number) => change === waiting[number]);
}

/** The first of these that fit into one request: at least one. They are compressed while those behind them are packed. */
export async function batchOf(ledger: Ledger, waiting: Known[], limits: Limits): Promise<Batch> {
  const packer = new Packer((form, version) => namesFor(ledger.catalogue.version(form, version)));
  const changes: Known[] = [];
  const message = new Begun().add('{"changes":[');
  const slices = new Slices();
  let bytes = 0;
  let isWhole = false;
  for (const change of waiting) {
    isWhole = changes.length >= limits.changes;
    if (isWhole) break;
    if (slices.isOver) await slices.next();
    const packed = limits.packs ? packer.pack(change.body, change.change) : null;
    const said = spoken(packed ?? JSON.stringify(change.body), change);
    // Quotes in quotes compress to nothing; letters outside ASCII take up to three bytes.
    const size = packed ? said.length * 2 : change.body.length * 2 + 300;
    isWhole = changes.length > 0 && bytes + size > limits.bytes;
    if (isWhole) break;
    bytes += size;
    message.add(changes.length > 0 ? `,${said}` : said);
    changes.push(change);
  }
  message.add("]");
  const { tables } = packer;
  const isPacked = tables.length > 0;
  if (isPacked) message.add(`,"tables":${JSON.stringify(tables)},"proof":"${await proofOf(changes.map(({ id }) => id))}"`);
  message.pause();
  return { changes, bytes, isPacked, isWhole, message };
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
