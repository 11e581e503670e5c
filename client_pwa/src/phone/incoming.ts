/** Pulling: a page and its cursor are kept in one transaction. */
import { isFailure, type Failure, type PullAnswer, type Wire } from "../core/wire";
import { known, type ChangeRow, type Entry, type Known, type Ledger } from "./ledger";

/** From the cursor to the end. Answers how many changes came. `prepared`: before a page is kept, what its records need. */
export async function pullAll(ledger: Ledger, wire: Wire, prepared: (page: PullAnswer) => Promise<true | Failure>): Promise<number | Failure> {
  let received = 0;
  for (;;) {
    const { cursor, last, former } = ledger.sync;
    const page = await wire.pull(cursor, last, cursor ? "" : former);
    if (isFailure(page)) return page;
    const ready = await prepared(page);
    if (isFailure(ready)) return ready;
    await ledger.commit(entryOf(ledger, page));
    received += page.changes.length;
    if (!page.more) return received;
    if (page.cursor === cursor) return { problem: "bad_answer", detail: "The server's cursor does not move.", status: 200 };
  }
}

/** What a page means for this phone. */
export function entryOf(ledger: Ledger, page: PullAnswer): Entry {
  const { generation } = ledger.sync;
  const unread: { id: string; row: ChangeRow }[] = [];
  const changes = new Map<string, Known>();
  let pos = ledger.sync.last?.pos ?? 0;
  for (const { id, body, pos: at_pos, at, role, mac } of page.changes) {
    const row: ChangeRow = { body, state: "confirmed", generation, receipt: { pos: at_pos, at, role, mac } };
    const read = known(id, row);
    if (read) changes.set(id, read);
    else unread.push({ id, row });
    pos = Math.max(pos, at_pos);
  }
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
  const came = new Set(page.changes.map((change) => ledger.known.get(change.id)?.change.record ?? changes.get(change.id)?.change.record));
  const leaving = [...new Set([...ledger.sync.leaving.filter((record) => !came.has(record)), ...page.forget])];
  return {
    changes: [...changes.values()],
    unread,
    dropChanges: page.erased,
    dropDrafts: draftsOfErased(ledger, page.erased),
    carried: page.carried,
    // What is given whole is no longer carried: it moved to an open round.
    dropCarried: [...page.forget, ...came].filter((record): record is string => record !== undefined && ledger.carried.has(record) && !page.carried.some((copy) => copy.record === record)),
    people: peopleOf(ledger, page),
    sync: {
      ...ledger.sync,
      cursor: page.cursor,
      last: { epoch: page.server, pos },
      isComplete: ledger.sync.isComplete || !page.more,
      leaving,
      former: undefined,
    },
  };
}

/** Undefined: nobody new. */
function peopleOf(ledger: Ledger, page: PullAnswer): { [user: string]: string } | undefined {
  const isNew = Object.entries(page.people ?? {}).some(([user, name]) => ledger.people[user] !== name);
  return isNew ? { ...ledger.people, ...page.people } : undefined;
}

/** A draft goes with the record that it was about, once nothing else of that is left. */
function draftsOfErased(ledger: Ledger, erased: string[]): string[] {
  const gone = new Set(erased);
  const records = new Set(erased.map((id) => ledger.known.get(id)?.change.record).filter((record) => record !== undefined));
  return [...records].filter((record) => ledger.drafts.has(record) && ledger.changesOf(record).every((change) => gone.has(change.id)));
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
