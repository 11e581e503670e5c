/** Pulling: a page and its cursor are kept in one transaction. */
import { changeId } from "../core/change";
import { namesOfTables, proofOf, unpack } from "../core/packing";
import { isFailure, type Failure, type PackedPage, type PullAnswer, type PulledChange, type Wire } from "../core/wire";
import { filesNamedIn, known, type ChangeRow, type Entry, type Full, type Known, type Ledger, type Missing } from "./ledger";

/** What an unlocked phone with 2 GB of memory still carries: everything is in memory, folded when it is looked at. */
export const MOST: Capacity = { changes: 40_000, weight: 120_000_000 };
export interface Capacity { changes: number; weight: number }

/** What pulling needs of the phone around it. */
export interface Receiver {
  ledger: Ledger;
  wire: Wire;
  most: Capacity;
  isOpen: (record: string) => boolean;
  /** Before a page is kept: fetches what its records need. True: what was here did not do. */
  prepare: (page: PullAnswer) => Promise<boolean | Failure>;
}

/** From the cursor to the end. Answers how many changes came. */
export async function pullAll(receiver: Receiver): Promise<number | Failure> {
  const { ledger, wire } = receiver;
  let received = 0;
  let canUnpack = true;
  for (;;) {
    const { cursor, last, former } = ledger.sync;
    const given = await wire.pull(cursor, last, cursor ? "" : former, stretches(ledger.notGiven().map((change) => change.receipt.pos)), canUnpack);
    if (isFailure(given)) return given;
    const page = await unpacked("next" in given ? { ...NOTHING, server: last?.epoch ?? "", cursor: given.next, ...given } : given);
    canUnpack = page !== null;
    if (!page) continue;
    const isNews = await receiver.prepare(page);
    if (isFailure(isNews)) return isNews;
    const full = await keep(receiver, page);
    if (full) return { problem: full === "many" ? "phone_full" : "disk_full", detail: "This phone is given more than it can hold.", status: 200 };
    received += page.changes.length;
    // What was published after this page may concern areas that it was not made for.
    if (!page.more && !isNews) return received;
    if (page.more && page.cursor === cursor) return { problem: "bad_answer", detail: "The server's cursor does not move.", status: 200 };
  }
}

const NOTHING = { time: 0, changes: [], carried: [], forget: [], erased: [], released: [], discarded: [], more: false };

/** With every change as it is; null where one can't be rebuilt. */
async function unpacked(page: PullAnswer & Partial<PackedPage>): Promise<PullAnswer | null> {
  const { packed = [], tables = [], proof } = page;
  if (packed.length === 0) return page;
  const names = namesOfTables(tables);
  const bodies = packed.map(([, , , , each]) => (names?.[each[0]] ? unpack(each, tables[each[0]]!, names[each[0]]!) : null));
  if (!bodies.every((body) => body !== null)) return null;
  const ids = await Promise.all(bodies.map((body) => changeId(body)));
  if ((await proofOf(ids)) !== proof) return null;
  const rebuilt = packed.map(([pos, at, role, mac, each], number): PulledChange => ({ id: ids[number]!, pos, at: at ?? each[3], role, mac, body: bodies[number]! }));
  return { ...page, changes: [...page.changes, ...rebuilt] };
}

const MOST_STRETCHES = 40;

/** As `12-15.17`. Of many stretches the newest: what is not said only comes once more. */
export function stretches(positions: number[]): string {
  const made: [number, number][] = [];
  for (const pos of [...positions].sort((a, b) => a - b)) {
    const open = made.at(-1);
    if (open && open[1] === pos - 1) open[1] = pos;
    else made.push([pos, pos]);
  }
  return made.slice(-MOST_STRETCHES).map(([first, upto]) => (first === upto ? `${first}` : `${first}-${upto}`)).join(".");
}

/** Null: kept, with its cursor. A page for which there is no room stays at the server, and the cursor before it. */
async function keep({ ledger, most, isOpen }: Receiver, page: PullAnswer): Promise<Full | null> {
  if (!hasRoom(ledger, page, most)) {
    // What leaves with this page may make the room for it.
    await ledger.commit({ sync: { ...ledger.sync, leaving: [...new Set([...ledger.sync.leaving, ...page.forget])] } });
    await letGo(ledger, isOpen);
    if (!hasRoom(ledger, page, most)) return sayFull(ledger, "many");
  }
  try {
    await ledger.commit(entryOf(ledger, page));
    return null;
  } catch (error) {
    if ((error as DOMException).name !== "QuotaExceededError") throw error;
    return sayFull(ledger, "disk");
  }
}

function hasRoom(ledger: Ledger, page: PullAnswer, most: Capacity): boolean {
  const fresh = page.changes.filter((change) => !ledger.known.has(change.id));
  if (fresh.length === 0) return true;
  return ledger.known.size + fresh.length <= most.changes && ledger.weight + fresh.reduce((sum, change) => sum + change.body.length, 0) <= most.weight;
}

async function sayFull(ledger: Ledger, full: Full): Promise<Full> {
  const sync = { ...ledger.sync, full, isComplete: false };
  // Where not even this fits, the page on the screen knows it all the same.
  await ledger.commit({ sync }).catch(() => {
    ledger.sync = sync;
    ledger.tell([]);
  });
  return full;
}

/** What a page means for this phone. */
export function entryOf(ledger: Ledger, page: PullAnswer): Entry {
  const { generation } = ledger.sync;
  const unread: { id: string; row: ChangeRow }[] = [];
  const changes = new Map<string, Known>();
  let pos = ledger.sync.last?.pos ?? 0;
  for (const { id, body, pos: at_pos, at, role, mac } of page.changes) {
    const row: ChangeRow = { body, state: "confirmed", generation, receipt: { pos: at_pos, at, role, mac }, isGiven: true };
    const read = known(id, row);
    if (read) changes.set(id, read);
    else unread.push({ id, row });
    pos = Math.max(pos, at_pos);
  }
  const own = ledger.notGiven();
  const had = page.had ?? [];
  for (const change of own.filter(({ receipt }) => had.some(([first, upto]) => first <= receipt.pos && receipt.pos <= upto))) {
    if (!changes.has(change.id)) changes.set(change.id, { ...change, isGiven: true });
    pos = Math.max(pos, change.receipt.pos);
  }
  const given = [...changes.values()].map(({ change }) => change.record);
  for (const id of page.discarded) {
    const have = ledger.known.get(id);
    if (have && !changes.has(id)) changes.set(id, { ...have, state: "discarded", generation });
  }
  for (const id of page.released) {
    const have = ledger.known.get(id);
    // Its receipt comes with the change; should it not, asking again brings it.
    if (have && !changes.has(id) && have.state !== "confirmed") changes.set(id, { ...have, state: "waiting", reason: undefined });
  }
  for (const id of page.erased) changes.delete(id);
  const came = new Set<string | undefined>(given);
  const missing = stillMissing(ledger.sync.missing, page, came);
  // Everything came that this phone is given: no server can say what another one had given.
  const missed = page.more || !missing ? { whole: [], carried: [] } : missing;
  const leaving = [...new Set([...ledger.sync.leaving.filter((record) => !came.has(record)), ...page.forget, ...missed.whole])];
  return {
    changes: [...changes.values()],
    unread,
    dropChanges: page.erased,
    dropDrafts: draftsOfErased(ledger, page.erased),
    ...filesOfErased(ledger, page.erased),
    carried: page.carried,
    // What is given whole is no longer carried: it moved to an open round.
    dropCarried: [...page.forget, ...missed.carried, ...came].filter((record): record is string => record !== undefined && ledger.carried.has(record) && !page.carried.some((copy) => copy.record === record)),
    people: peopleOf(ledger, page),
    sync: {
      ...ledger.sync,
      cursor: page.cursor,
      last: { epoch: page.server, pos },
      isComplete: ledger.sync.isComplete || !page.more,
      heard: page.more ? ledger.sync.heard : own.reduce((most, { receipt }) => Math.max(most, receipt.pos), ledger.sync.heard ?? 0),
      completeAreas: page.more ? ledger.sync.completeAreas : ledger.catalogue.areas.map((area) => area.code),
      full: null,
      leaving,
      former: undefined,
      missing: page.more ? missing : undefined,
    },
  };
}

function stillMissing(missing: Missing | undefined, page: PullAnswer, came: Set<string | undefined>): Missing | undefined {
  if (!missing) return undefined;
  const copied = new Set(page.carried.map((copy) => copy.record));
  return {
    whole: missing.whole.filter((record) => !came.has(record)),
    carried: missing.carried.filter((record) => !copied.has(record)),
  };
}

/** Undefined: nobody new. */
function peopleOf(ledger: Ledger, page: PullAnswer): { [user: string]: string } | undefined {
  const isNew = Object.entries(page.people ?? {}).some(([user, name]) => ledger.people[user] !== name);
  return isNew ? { ...ledger.people, ...page.people } : undefined;
}

/** A draft goes with its record, and with the household that it is about, once nothing else of that is left. */
function draftsOfErased(ledger: Ledger, erased: string[]): string[] {
  const gone = new Set(erased);
  const records = erased.map((id) => ledger.known.get(id)?.change.record).filter((record) => record !== undefined);
  const empty = new Set(records.filter((record) => ledger.changesOf(record).every((change) => gone.has(change.id))));
  return [...ledger.drafts.values()].filter((draft) => empty.has(draft.record) || empty.has(draft.subject)).map((draft) => draft.record);
}

/** Photos go with the last change or draft that names them, sent or not. */
function filesOfErased(ledger: Ledger, erased: string[]): Pick<Entry, "dropFiles" | "filesDone"> {
  const gone = new Set(erased);
  const named = new Set(erased.flatMap((id) => filesNamedIn(ledger.known.get(id)?.body ?? "")));
  if (named.size === 0) return {};
  const lost = new Set(draftsOfErased(ledger, erased));
  const left = [
    ...[...ledger.known.values()].filter((change) => !gone.has(change.id)).map((change) => change.body),
    ...[...ledger.drafts.values()].filter((draft) => !lost.has(draft.record)).map((draft) => JSON.stringify(draft.touched)),
  ];
  const dropFiles = [...named].filter((file) => !left.some((text) => text.includes(file)));
  return { dropFiles, filesDone: dropFiles };
}

/** Drops what left the areas of this phone, once nothing of it is unsent and no draft of it is open. */
export async function letGo(ledger: Ledger, isOpen: (record: string) => boolean): Promise<void> {
  const { leaving } = ledger.sync;
  if (leaving.length === 0) return;
  const unsent = new Set(ledger.outbox().map((change) => change.change.record));
  const safe = leaving.filter((record) => !unsent.has(record) && !ledger.drafts.has(record) && !isOpen(record));
  if (safe.length === 0) return;
  await ledger.commit({
    dropChanges: safe.flatMap((record) => ledger.changesOf(record).map((change) => change.id)),
    sync: { ...ledger.sync, leaving: leaving.filter((record) => !safe.includes(record)) },
  });
}
