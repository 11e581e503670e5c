/** What is said of a change after its row was written is kept beside it. */
import fc from "fast-check";
import { openDB } from "idb";
import { expect, test } from "vitest";
import "fake-indexeddb/auto";
import { changeId, composeChange } from "../src/core/change";
import { known, Ledger, type ChangeRow, type Known } from "../src/phone/ledger";
import type { Word } from "../src/phone/said";
import { unlockedVault } from "./model_phone";

let made = 0;
const RECEIPT = { pos: 1, at: 2, role: "interviewer", mac: "m" };

async function fresh(): Promise<Ledger> {
  return Ledger.load(await unlockedVault(`said-${++made}`));
}

async function waiting(seq: number): Promise<Known> {
  const body = composeChange({ record: `r${seq % 3}`, form: "f", form_version: "1", device: "d", seq, at: seq, author: "a", seen: [], set: { a: seq } });
  return known(await changeId(body), { body, state: "waiting", generation: 0 })!;
}

const waitingUpTo = (count: number): Promise<Known[]> => Promise.all(Array.from({ length: count }, (_, seq) => waiting(seq + 1)));
const reloaded = (ledger: Ledger): Promise<Ledger> => Ledger.load(ledger.vault);
const rowsOf = (ledger: Ledger): object => JSON.parse(JSON.stringify([...ledger.known].sort(([a], [b]) => (a < b ? -1 : 1)))) as object;

async function envelopes(name: string): Promise<Map<string, string>> {
  const db = await openDB(name);
  const [keys, values] = [await db.getAllKeys("rows"), (await db.getAll("rows")) as ArrayBuffer[]];
  db.close();
  return new Map(keys.map((key, index) => [String(key), Buffer.from(values[index]!).toString("base64")]));
}

test("the server's word about many changes is one row, and none of theirs is written again", async () => {
  const ledger = await fresh();
  const changes = await waitingUpTo(50);
  await ledger.commit({ changes });
  const before = await envelopes(ledger.vault.name);
  await ledger.commit({ changes: changes.map((change) => ({ ...change, state: "confirmed", receipt: RECEIPT })) });
  const after = await envelopes(ledger.vault.name);
  expect([...before].filter(([key, envelope]) => after.get(key) !== envelope)).toEqual([]);
  expect(after.size).toBe(before.size + 1);
  expect([...(await reloaded(ledger)).known.values()].map(({ state, receipt }) => [state, receipt])).toEqual(changes.map(() => ["confirmed", RECEIPT]));
});

test("rows of which nothing counts any more go with the next commit after a start", async () => {
  const ledger = await fresh();
  const [first, second] = await waitingUpTo(2) as [Known, Known];
  await ledger.commit({ changes: [first, second] });
  for (const pos of [1, 2, 3]) await ledger.commit({ changes: [{ ...first, state: "confirmed", receipt: { ...RECEIPT, pos } }] });
  await ledger.commit({ changes: [{ ...second, state: "held", reason: "area" }] });
  const again = await reloaded(ledger);
  await again.commit({ dropChanges: [second.id] });
  expect((await again.vault.all<Word>("word")).flatMap(({ value }) => value.map(([id]) => id)).sort()).toEqual([first.id, second.id].sort());
  const last = await reloaded(again);
  await last.commit({});
  expect((await last.vault.all<Word>("word")).flatMap(({ value }) => value.map(([id]) => id))).toEqual([first.id]);
  expect(last.known.get(first.id)?.receipt?.pos).toBe(3);
});

test("what a page that slept writes after another one took its turn takes nothing from what that one was told", async () => {
  const slept = await fresh();
  const [first, second] = await waitingUpTo(2) as [Known, Known];
  await slept.commit({ changes: [first, second] });
  const awake = await Ledger.load(await unlockedVault(slept.vault.name));
  await awake.commit({ changes: [{ ...first, state: "held", reason: "area" }] });
  await slept.commit({ changes: [{ ...second, state: "confirmed", receipt: RECEIPT }] });
  const again = await reloaded(awake);
  expect([first, second].map(({ id }) => again.known.get(id)!.state)).toEqual(["held", "confirmed"]);
});

test("law 19: the newest position that was told is named, also where a page that slept wrote an older one", async () => {
  const ledger = await fresh();
  const [first, second, former] = await waitingUpTo(3) as [Known, Known, Known];
  const told = (change: Known, generation: number, pos: number): Known => ({ ...change, state: "confirmed", generation, receipt: { ...RECEIPT, pos } });
  const older = { ...ledger.sync, generation: 1, last: { epoch: "e", pos: 4 } };
  await ledger.commit({ changes: [told(former, 0, 90), told(first, 1, 4)], sync: older });
  await ledger.commit({ changes: [told(second, 1, 7)], sync: { ...older, last: { epoch: "e", pos: 7 } } });
  await ledger.vault.write([{ kind: "meta", id: "sync", value: older }]);
  // What the server before it said is not this one's.
  expect((await reloaded(ledger)).sync).toEqual({ ...older, last: { epoch: "e", pos: 7 } });
});

test("a row that says more than that it waits, as an older app writes it, counts before what was said earlier", async () => {
  const ledger = await fresh();
  const change = await waiting(1);
  await ledger.commit({ changes: [change] });
  await ledger.commit({ changes: [{ ...change, state: "confirmed", receipt: RECEIPT }] });
  const value: ChangeRow = { body: change.body, state: "discarded", generation: 0 };
  await ledger.vault.write([{ kind: "change", id: change.id, value }]);
  expect((await reloaded(ledger)).known.get(change.id)?.state).toBe("discarded");
});

type Said = Partial<ChangeRow> | "drop" | "again" | "start";
const WORDS: Said[] = [
  { state: "confirmed", receipt: RECEIPT },
  { state: "confirmed", receipt: { ...RECEIPT, pos: 9 }, generation: 1, isGiven: true },
  { state: "held", reason: "area" },
  { state: "held", reason: "area", receipt: RECEIPT },
  { state: "discarded" },
  { state: "waiting" },
  "drop", "again", "start",
];

test("law 1: after any start the phone knows what it knew, whatever was said of its changes and in which order", async () => {
  const all = await waitingUpTo(4);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.subarray([0, 1, 2, 3], { minLength: 1 }), fc.constantFrom(...WORDS)), { maxLength: 14 }), async (steps) => {
      let ledger = await fresh();
      await ledger.commit({ changes: all });
      for (const [which, said] of steps) {
        const named = which.map((index) => all[index]!);
        if (said === "start") ledger = await reloaded(ledger);
        else if (said === "drop") await ledger.commit({ dropChanges: named.map(({ id }) => id) });
        else {
          // One that went may be given again; the server speaks only of those that are here.
          const changes = said === "again" ? named.filter(({ id }) => !ledger.known.has(id)).map((change) => ({ ...change, state: "confirmed" as const, receipt: RECEIPT, isGiven: true }))
            : named.flatMap(({ id }) => ledger.known.get(id) ?? []).map((change) => ({ ...change, reason: undefined, ...said }));
          await ledger.commit({ changes });
        }
      }
      expect(rowsOf(await reloaded(ledger))).toEqual(rowsOf(ledger));
    }),
    // What was said before it went says nothing of what came again.
    { numRuns: 60, examples: [[[[[0], WORDS[0]!], [[0], "drop"], [[0], "again"], [[0], { state: "waiting" }]]]] },
  );
});
