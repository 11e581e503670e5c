import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test } from "vitest";
import { changeId, composeChange } from "../src/core/change";
import type { Json, PullAnswer, Wire } from "../src/core/wire";
import { entryOf, letGo, MOST, pullAll, stretches } from "../src/phone/incoming";
import { known, Ledger, type ChangeState, type Draft } from "../src/phone/ledger";
import { batchOf, firstLimits } from "../src/phone/batch";
import { LEAST_BETWEEN_MS, pauseAfter } from "../src/phone/pulse";
import { Vault } from "../src/phone/vault";
import { INTERVIEW, PUBLISHED } from "./phone_forms";

const PAGE: PullAnswer = { server: "e1", time: 1, changes: [], carried: [], forget: [], erased: [], released: [], discarded: [], cursor: "c1", more: false };
const DRAFT: Draft = { record: "r1", form: "living", version: "1", round: "", subject: "", area: "A", seen: [], touched: { income: 1 }, initial: {}, env: null, isNew: false, author: "u", openedAt: 1, sealedAt: 1 };

let made = 0;
let name = "";
let ledger: Ledger;
beforeEach(async () => {
  name = `incoming-${++made}`;
  const vault = await Vault.open(name);
  await vault.create("135790", "");
  ledger = await Ledger.load(vault);
  ledger.catalogue.add(INTERVIEW);
  ledger.catalogue.publish(PUBLISHED);
});

async function body(record: string, set: Record<string, Json> = { income: 1 }): Promise<[string, string]> {
  const text = composeChange({ record, form: "living", form_version: "1", device: "d", seq: ++made, at: made, author: "u", seen: [], set });
  return [await changeId(text), text];
}

async function have(record: string, state: ChangeState, more: Record<string, Json> = {}): Promise<string> {
  const [id, text] = await body(record, { income: 1, ...more });
  const receipt = state === "confirmed" ? { pos: made, at: made, role: "interviewer", mac: "m" } : undefined;
  await ledger.commit({ changes: [known(id, { body: text, state, generation: 0, receipt, reason: state === "held" ? "scope" : undefined })!] });
  return id;
}

async function pulled(page: Partial<PullAnswer>): Promise<void> {
  await ledger.commit(entryOf(ledger, { ...PAGE, ...page }));
}

/** What is on disk. */
async function reloaded(): Promise<Ledger> {
  const vault = await Vault.open(name);
  await vault.unlock("135790");
  return Ledger.load(vault);
}

describe("a pulled page", () => {
  test("law 17: is kept together with its cursor", async () => {
    const [id, text] = await body("r1");
    await pulled({ changes: [{ id, body: text, pos: 7, at: 5, role: "interviewer", mac: "m" }], more: true });
    const again = await reloaded();
    expect(again.sync).toMatchObject({ cursor: "c1", last: { epoch: "e1", pos: 7 }, isComplete: false });
    expect(again.folded("r1")!.values).toEqual({ income: 1 });
  });

  test("law 17: of a phone killed after any write is there with its cursor, or neither is", async () => {
    const [id, text] = await body("r1");
    const page: PullAnswer = { ...PAGE, changes: [{ id, body: text, pos: 7, at: 5, role: "interviewer", mac: "m" }] };
    const wire = { pull: () => Promise.resolve(page) } as unknown as Wire;
    const write = ledger.vault.write.bind(ledger.vault);
    for (const writes of [0, 1, 2]) {
      let left = writes;
      ledger.vault.write = (puts, deletes): Promise<void> => (left-- > 0 ? write(puts, deletes) : Promise.reject(new Error("killed")));
      await pullAll({ ledger, wire, most: MOST, isOpen: () => false, prepare: () => Promise.resolve(false) }).catch(() => undefined);
      const again = await reloaded();
      expect([writes, again.sync.cursor === "c1"]).toEqual([writes, again.known.has(id)]);
    }
    expect((await reloaded()).known.has(id)).toBe(true);
  });

  test("that brings an own change back gives it its receipt", async () => {
    const id = await have("r1", "waiting");
    await pulled({ changes: [{ id, body: ledger.known.get(id)!.body, pos: 7, at: 5, role: "supervisor", mac: "m" }] });
    expect(ledger.outbox()).toEqual([]);
    expect(ledger.stored(ledger.known.get(id)!)).toMatchObject({ at: 5, role: "supervisor" });
  });

  test("law 17: leaves out what this phone wrote and has a receipt for, until it is about to let go of that", async () => {
    await ledger.commit({ device: { ...ledger.device, id: "d" } });
    for (const record of ["r1", "r2", "r3"]) await have(record, "confirmed");
    await have("r4", "waiting");
    const said: string[] = [];
    const wire = { pull: (...asked: string[]) => (said.push(asked[3]!), Promise.resolve({ ...PAGE, had: [[made - 3, made - 2]] })) } as unknown as Wire;
    const receiver = { ledger, wire, most: MOST, isOpen: (): boolean => false, prepare: (): Promise<boolean> => Promise.resolve(false) };
    await ledger.commit({ sync: { ...ledger.sync, leaving: ["r3"] } });
    await pullAll(receiver);
    await pullAll(receiver);
    expect(said).toEqual([`${made - 3}-${made - 2}`, ""]);
    expect([...(await reloaded()).known.values()].filter((change) => change.isGiven).map(({ change }) => change.record).sort()).toEqual(["r1", "r2"]);
    expect(ledger.sync.last).toEqual({ epoch: "e1", pos: made - 2 });
  });

  test("is asked for without the oldest of what is here, where that is scattered", () => {
    expect(stretches([17, 13, 12, 14])).toBe("12-14.17");
    expect(stretches(Array.from({ length: 90 }, (_, number) => number * 2)).split(".")).toHaveLength(40);
  });

  test("names who wrote it, for good", async () => {
    await pulled({ people: { "u-sau": "Bà Sáu" } });
    await pulled({ people: { "u-ba": "Ka Ba" } });
    await pulled({});
    expect([ledger, await reloaded()].map((each) => ["u-sau", "u-ba", "u-none"].map((user) => each.nameOf(user)))).toEqual([["Bà Sáu", "Ka Ba", ""], ["Bà Sáu", "Ka Ba", ""]]);
  });

  test("with the history of a record that was carried drops the copy", async () => {
    const copy = { record: "r1", form: "living", round: "2025", subject: "h1", answers: { income: 1 } };
    await pulled({ carried: [copy] });
    const [id, text] = await body("r1");
    await pulled({ changes: [{ id, body: text, pos: 7, at: 5, role: "interviewer", mac: "m" }] });
    expect(ledger.carried.size).toBe(0);
    expect((await reloaded()).carried.size).toBe(0);
  });

  test("that discards a held change takes it out of the record, not off the phone", async () => {
    const id = await have("r1", "held");
    expect(ledger.folded("r1")).toBeDefined();
    await pulled({ discarded: [id] });
    expect(ledger.folded("r1")).toBeUndefined();
    expect((await reloaded()).known.get(id)!.state).toBe("discarded");
  });

  test("law 17: that releases a held change without its receipt makes the phone ask again", async () => {
    const id = await have("r1", "held");
    await pulled({ released: [id] });
    expect(ledger.outbox().map((change) => change.id)).toEqual([id]);
  });

  test("that erases takes the bytes, also unsent ones, and the draft of what is gone whole", async () => {
    const [sent, unsent] = [await have("r1", "confirmed"), await have("r1", "waiting")];
    await ledger.commit({ drafts: [DRAFT] });
    await pulled({ erased: [sent] });
    expect(ledger.drafts.has("r1")).toBe(true);
    await pulled({ erased: [unsent] });
    const again = await reloaded();
    expect([again.known.size, again.drafts.size]).toEqual([0, 0]);
  });

  test("that erases a household takes its photos, sent or not, and the draft of an interview about it", async () => {
    const photo = (letter: string): Json => ({ sha256: letter.repeat(64), name: "a.jpg", type: "image/jpeg", bytes: 1 });
    const sent = await have("r1", "confirmed", { photo: photo("a") });
    await have("r2", "confirmed", { photo: photo("b") });
    for (const letter of ["a", "b"]) await ledger.commit({ file: { sha256: letter.repeat(64), type: "image/jpeg", bytes: new ArrayBuffer(1) } });
    await ledger.commit({ drafts: [{ ...DRAFT, record: "r3", subject: "r1" }, { ...DRAFT, record: "r4", subject: "r2" }] });
    await pulled({ erased: [sent] });
    expect([...ledger.drafts.keys()]).toEqual(["r4"]);
    expect((await ledger.vault.all("file")).map((row) => row.id)).toEqual(["b".repeat(64)]);
  });

  test("law 22: of a format that this app cannot read is kept for one that can", async () => {
    await pulled({ changes: [{ id: "x".repeat(22), body: '{"v":2}', pos: 7, at: 5, role: "interviewer", mac: "m" }] });
    expect(ledger.known.size).toBe(0);
    const rows = await ledger.vault.all<{ body: string }>("change");
    expect(rows.map((row) => row.value.body)).toEqual(['{"v":2}']);
  });
});

describe("a record that left the areas of the phone", () => {
  test("law 21: goes when nothing of it is unsent and no draft of it is open, and not before", async () => {
    const unsent = await have("r1", "waiting");
    await have("r1", "confirmed");
    await pulled({ forget: ["r1"] });
    await letGo(ledger, () => false);
    expect(ledger.records()).toEqual(["r1"]);
    await ledger.commit({ changes: [{ ...ledger.known.get(unsent)!, state: "confirmed" }], drafts: [DRAFT] });
    await letGo(ledger, () => false);
    expect(ledger.records()).toEqual(["r1"]);
    await ledger.commit({ dropDrafts: ["r1"] });
    await letGo(ledger, (record) => record === "r1");
    expect(ledger.records()).toEqual(["r1"]);
    await letGo(ledger, () => false);
    expect((await reloaded()).records()).toEqual([]);
  });

  test("law 21: stays when it came back in the meantime", async () => {
    await have("r1", "confirmed");
    await ledger.commit({ drafts: [DRAFT] });
    await pulled({ forget: ["r1"] });
    const [id, text] = await body("r1");
    await pulled({ changes: [{ id, body: text, pos: 9, at: 5, role: "interviewer", mac: "m" }] });
    await ledger.commit({ dropDrafts: ["r1"] });
    await letGo(ledger, () => false);
    expect(ledger.records()).toEqual(["r1"]);
  });
});

describe("the outbox", () => {
  test("law 19: after the server was put back holds everything, with receipts", async () => {
    const ids = [await have("r1", "confirmed"), await have("r2", "held")];
    expect(ledger.outbox()).toEqual([]);
    await ledger.commit({ sync: { ...ledger.sync, generation: 1 } });
    expect(new Set(ledger.outbox().map((change) => change.id))).toEqual(new Set(ids));
  });

  test("is sent in batches that fit, at least one change each", async () => {
    for (let index = 0; index < 5; index++) await have(`r${index}`, "waiting");
    expect((await batchOf(ledger, ledger.outbox(), { ...firstLimits(), changes: 3, bytes: 1e6 })).changes).toHaveLength(3);
    expect((await batchOf(ledger, ledger.outbox(), { ...firstLimits(), bytes: 1 })).changes).toHaveLength(1);
  });
});

test("after failures the pauses grow, and never fall below a minute", () => {
  const pauses = [0, 1, 2, 3, 20].map(pauseAfter);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(Math.min(...pauses)).toBe(LEAST_BETWEEN_MS);
  expect(Math.max(...pauses)).toBe(30 * LEAST_BETWEEN_MS);
});
