/** One phone of the model: the real ledger, vault, syncer and open record, whose pages can be killed at any await. */
import { openDB } from "idb";
import { Wire } from "../src/core/wire";
import type { Keys } from "../src/phone/keyring";
import { Ledger, type Draft } from "../src/phone/ledger";
import { DraftedRecord } from "../src/phone/open_record";
import { Reader } from "../src/phone/reading";
import type { SyncReport } from "../src/phone/pocket";
import { Syncer } from "../src/phone/syncer";
import { Turn } from "../src/phone/turn";
import { Vault } from "../src/phone/vault";
import { REGISTER } from "./phone_forms";

export const TOKEN = "token";
const START = Date.UTC(2026, 10, 22, 8);
const NEVER = new Promise<never>(() => undefined);

/** What a disk may do to the next write that has at least one row. */
export type DiskFault = "abort" | "quota";
let diskFault: DiskFault | null = null;

/** Once: IndexedDB itself fails, in the middle of a transaction. */
export function failNextPut(fault: DiskFault | null): void {
  diskFault = fault;
}

const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>): ReturnType<typeof put> {
  const fault = diskFault;
  diskFault = null;
  if (fault === "quota") throw new DOMException("Full", "QuotaExceededError");
  const request = put.apply(this, args);
  // Once every row of it was taken: a disk says no at the end.
  if (fault === "abort") queueMicrotask(() => this.transaction.abort());
  return request;
};

/** Argon2id takes its time, and gives the same keys each time. */
interface Unlockable { keys: Keys | null }

let template: Promise<{ keys: Keys }> | null = null;
async function keysOfTemplate(): Promise<Keys> {
  template ??= (async () => {
    const vault = await Vault.open("model-template");
    await vault.create("135790", "");
    return { keys: (vault as unknown as Unlockable).keys! };
  })();
  return (await template).keys;
}

export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = await openDB(from);
  const target = await openDB(to, 1, { upgrade: (fresh) => ["rows", "keyring"].forEach((store) => fresh.createObjectStore(store)) });
  for (const store of ["rows", "keyring"]) {
    const [keys, values] = [await source.getAllKeys(store), await source.getAll(store)];
    for (const [index, key] of keys.entries()) await target.put(store, values[index], key);
  }
  source.close();
  target.close();
}

export async function unlockedVault(name: string): Promise<Vault> {
  const keys = await keysOfTemplate();
  const vault = await Vault.open(name);
  (vault as unknown as Unlockable).keys = keys;
  return vault;
}

/** A page of the phone in a browser that may be killed: from then on nothing that it began goes on. */
export class Page {
  open: DraftedRecord | null = null;
  isLocked = false;
  /** Durable writes and network answers until it is killed; Infinity: it lives. */
  private stepsLeft = Infinity;
  private die: () => void = () => undefined;
  readonly death = new Promise<"killed">((resolve) => (this.die = () => resolve("killed")));
  isDead = false;
  private base = "";
  private readonly syncer: Syncer;

  private constructor(readonly name: string, readonly browser: string, readonly ledger: Ledger, readonly reader: Reader, private readonly turn: Turn, readonly clock: { now: number }) {
    this.syncer = this.syncerOf(ledger);
  }

  static async start(name: string, browser: string, clock: { now: number }): Promise<Page> {
    let page: Page | null = null;
    const turn = new Turn(`${browser}-open`, () => page?.lock());
    await turn.take();
    const vault = await unlockedVault(name);
    const ledger = await Ledger.load(vault);
    const reader = new Reader(ledger, () => clock.now);
    page = new Page(name, browser, ledger, reader, turn, clock);
    page.mortal(vault);
    return page;
  }

  /** As `Collector.lock`. */
  lock(): void {
    this.isLocked = true;
    this.ledger.close();
    this.syncer.end();
    this.ledger.vault.lock();
    this.turn.release(this.ledger.vault.settled());
    this.open = null;
  }

  killAfter(steps: number): void {
    this.stepsLeft = steps;
  }
  kill(): void {
    this.isDead = true;
    this.turn.release();
    this.die();
  }
  /** Resolves in a living page only. */
  async step(): Promise<void> {
    if (!this.isDead && this.stepsLeft-- <= 0) this.kill();
    if (this.isDead) await NEVER;
  }

  private mortal(vault: Vault): void {
    const write = vault.write.bind(vault);
    vault.write = async (...args) => {
      await this.step();
      await write(...args);
      await this.step();
    };
  }

  /** What the page does, or that it was killed over it. */
  until<T>(work: Promise<T>): Promise<T | "killed"> {
    return Promise.race([work, this.death]);
  }

  sync(base: string): Promise<SyncReport> {
    this.base = base;
    return this.syncer.run();
  }

  /** As a collector's: what it made ready while there was no line is there with the next. */
  private syncerOf(ledger: Ledger): Syncer {
    return new Syncer(ledger, {
      lock: `${this.browser}-sync`,
      now: () => this.clock.now,
      wire: (token) => new Wire(this.base, token),
      sealDue: async () => this.open?.sealIfOlder(10 * 60_000),
      isOpen: (record) => this.open !== null && (record === "" || this.open.record === record),
      sealAll: async () => this.open?.close(),
      wipe: () => Promise.resolve(),
    });
  }

  /** As `Collector.open`, or begun. */
  async show(record: string, area: string): Promise<DraftedRecord> {
    await this.close();
    const { ledger } = this;
    const seen = ledger.presentIn(record).map((change) => change.id);
    const blank: Draft = {
      record, form: REGISTER.id, version: REGISTER.version, round: "", subject: "", area, seen, touched: {}, initial: {}, author: "u-han",
      env: { now: START, offset_min: 420, seed: "s", lang: "vi" }, isNew: seen.length === 0, openedAt: this.clock.now, sealedAt: this.clock.now,
    };
    const onClosed = (): void => void (this.open = null);
    const here = { ledger, reader: this.reader, now: () => this.clock.now, onClosed, onSubmitted: () => undefined };
    return (this.open = new DraftedRecord(here, REGISTER, ledger.drafts.get(record) ?? blank, { answers: {}, rows: [], roundTitle: "" }));
  }

  async close(): Promise<void> {
    await this.open?.close();
  }
}

/** A new phone with this device id, enrolled. */
export async function newPhone(name: string, device: string): Promise<void> {
  await keysOfTemplate();
  await copyDatabase("model-template", name);
  const vault = await unlockedVault(name);
  await vault.write([
    { kind: "meta", id: "device", value: { id: device, seq: 0, newHouseholds: 0, former: [] } },
    { kind: "meta", id: "enrolled", value: { token: TOKEN, deviceKey: "k", areas: ["A"], users: [{ id: "u-han", name: "Hân", role: "interviewer" }], user: "u-han" } },
  ]);
  await vault.close();
}
