import "fake-indexeddb/auto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { composeChange } from "../src/core/change";
import { Ledger } from "../src/phone/ledger";
import { copyDatabase, failNextPut, newPhone, Page, TOKEN, unlockedVault, type DiskFault } from "./model_phone";
import { ModelServer, type Fault } from "./model_server";
import { PUBLISHED, REGISTER } from "./phone_forms";

vi.setConfig({ testTimeout: 3_600_000 });
const RUNS = Number(process.env["FAST_CHECK_RUNS"] ?? 60);
/** Requests that a phone may need once the network holds: each change alone, each page alone, and the published. */
const REQUESTS_PER_ENTRY = 4;

const servers = new Map<string, { server: ModelServer; pages: Map<string, Page> }>();
beforeAll(() => {
  const areas = ["A", "B"].map((code) => ({ ...PUBLISHED.areas[0]!, code }));
  PUBLISHED.areas.splice(0, PUBLISHED.areas.length, ...areas);
  vi.stubGlobal("fetch", async (input: string, init: RequestInit) => {
    const url = new URL(input);
    const world = servers.get(url.port)!;
    const page = world.pages.get(url.hostname);
    await page?.step();
    const answer = await world.server.answer(input, init, page?.name ?? "");
    await page?.step();
    return answer;
  });
});
afterAll(() => void vi.unstubAllGlobals());

let worlds = 1000;
const RECORDS = ["r1", "r2", "r3"];
const PATHS = ["code", "head"];

/** What the screen has said, per phone: that it must never turn out to be untrue. */
interface Phone { name: string; page: Page; browser: string; saved: Map<string, string>; durable: Set<string> }

class World {
  readonly server = new ModelServer();
  readonly pages = new Map<string, Page>();
  readonly clock = { now: Date.UTC(2026, 10, 22, 8) };
  readonly port = String(++worlds);
  phones: Phone[] = [];
  values = 0;
  log: string[] = [];
  readonly erased = new Set<string>();
  private browsers = 0;

  static async make(): Promise<World> {
    const world = new World();
    servers.set(world.port, world);
    world.server.enrol(TOKEN, "k3f9x2ab", ["A"]);
    const name = `world-${world.port}-0`;
    await newPhone(name, "k3f9x2ab");
    await world.add(name);
    return world;
  }
  async add(name: string): Promise<void> {
    const browser = `${name}-${++this.browsers}`;
    const page = await Page.start(name, browser, this.clock);
    this.pages.set(this.host(page), page);
    this.phones.push({ name, page, browser, saved: new Map(), durable: new Set() });
  }
  host(page: Page): string { return `p${page.browser}.test`; }
  base(page: Page): string { return `http://${this.host(page)}:${this.port}`; }
  /** Once. */
  async copyPhone(): Promise<void> {
    if (this.phones.length > 1) return;
    const { name, page, saved } = this.phone(0);
    await page.ledger.vault.settled();
    await copyDatabase(name, `${name}-copy`);
    await this.add(`${name}-copy`);
    this.phones[1]!.saved = new Map(saved);
    this.server.delivered.set(`${name}-copy`, new Set(this.server.delivered.get(name)));
    await this.check(this.phones[1]!);
  }
  phone(number: number): Phone { return this.phones[number % this.phones.length]!; }
  value(prefix = ""): string { return `${prefix}${String(++this.values).padStart(5, "0")}`; }

  async sync(phone: Phone): Promise<void> {
    await phone.page.until(phone.page.sync(this.base(phone.page)));
  }
  async save(phone: Phone, record: string, path: string, value: string): Promise<void> {
    const { page } = phone;
    const saving = async (): Promise<void> => {
      const open = page.open?.record === record ? page.open : await page.show(record, "A");
      await open.answer(path, value);
      phone.saved.set(`${record}\n${path}`, value);
    };
    // A full disk, a lost turn: the screen does not say "saved" then.
    await page.until(saving().catch(() => undefined));
  }
  /** A browser that was killed, or a page that was closed, is opened again. */
  async reopen(phone: Phone): Promise<void> {
    if (!phone.page.isDead) phone.page.kill();
    await phone.page.ledger.vault.settled();
    phone.browser = `${phone.name}-${++this.browsers}`;
    phone.page = await Page.start(phone.name, phone.browser, this.clock);
    this.pages.set(this.host(phone.page), phone.page);
    await this.check(phone);
  }

  /** What is on the disk keeps every promise. */
  async check(phone: Phone): Promise<void> {
    const vault = await unlockedVault(phone.name);
    const disk = await Ledger.load(vault);
    await vault.close();
    const { server } = this;
    for (const known of disk.known.values()) {
      phone.durable.add(known.id);
      if (known.state === "confirmed") expect([known.id, server.ever.get(known.id)?.has(known.receipt?.pos ?? -1)], "law 18: never confirmed without a receipt of the server").toEqual([known.id, true]);
    }
    for (const id of phone.durable) expect([id, disk.known.has(id) || server.ever.has(id)], "law 18: nothing of the outbox is lost").toEqual([id, true]);
    for (const [place, value] of phone.saved) {
      const [record, path] = place.split("\n") as [string, string];
      // An erasure takes drafts too.
      if (this.erased.has(record)) continue;
      const sets = [...disk.known.values()].filter(({ change }) => change.record === record).map(({ change }) => change.set);
      const draft = disk.drafts.get(record);
      const isHere = [...sets, draft?.touched ?? {}].some((set) => digits(set[path]) >= digits(value));
      expect([place, value, isHere || server.received(record, path).some((each) => digits(each) >= digits(value))], "law 16: what was saved is here, or at the server").toEqual([place, value, true]);
    }
    const owed = server.owed(disk.enrolled.token, disk.sync.cursor) ?? [];
    const leaving = new Set(disk.sync.leaving);
    const missing = owed.filter((id) => !disk.known.has(id) && !leaving.has(server.recordOf(id)));
    expect(missing, "law 17: everything up to the cursor is here").toEqual([]);
    expect([...disk.records()].every((record) => disk.folded(record) || disk.drafts.has(record) || disk.changesOf(record).length > 0)).toBe(true);
  }

  /** Law 18: the network is back, nothing fails, and everything ends well. */
  async heal(): Promise<void> {
    failNextPut(null);
    this.server.faults = [];
    for (const phone of this.phones) {
      await this.reopen(phone);
      await this.settle(phone);
    }
    for (const phone of this.phones) {
      await this.settle(phone);
      await this.check(phone);
      const { ledger } = phone.page;
      expect(ledger.outbox(), "law 18: the outbox is empty").toEqual([]);
      expect(ledger.drafts.size).toBe(0);
      const here = new Set(ledger.known.keys());
      expect(this.server.given(ledger.enrolled.token).filter((id) => !here.has(id)), "law 17: every change of every record it is entitled to").toEqual([]);
      for (const id of phone.durable) expect([id, this.server.has(id) || this.server.erasedEver.has(id) || !here.has(id)], "law 19: the server has what the phone holds").toEqual([id, true]);
      const strange = ledger.records().filter((each) => this.server.delivered.get(phone.name)?.has(each) && !this.server.isGiven(ledger.enrolled.token, each));
      expect(strange.filter((each) => ledger.changesOf(each).every(({ state }) => state === "confirmed")), "law 21: what left the areas left the phone").toEqual([]);
    }
  }
  private async settle(phone: Phone): Promise<void> {
    // Who has something to say learns what the server knows of its id.
    await this.save(phone, "r1", "head", this.value());
    for (const draft of [...phone.page.ledger.drafts.keys()]) await (await phone.page.show(draft, "A")).close();
    await phone.page.close();
    const before = this.server.requests;
    // A copy that finds out that it is one, and a server that was put back, each take a round more.
    for (let round = 0; round < 3; round++) expect(await phone.page.sync(this.base(phone.page))).toMatchObject({ outcome: "done" });
    const { ledger } = phone.page;
    expect(this.server.maxSeq(ledger.device.id), "law 20: no phone goes on under the id of another").toBeLessThanOrEqual(ledger.device.seq);
    for (const each of ledger.known.values()) if (each.state === "held") expect([each.id, this.server.isOnHold(each.id)], "law 17: a decision reaches the phone").toEqual([each.id, true]);
    const most = 3 * (6 + REQUESTS_PER_ENTRY * (this.server.top + phone.page.ledger.known.size));
    expect(this.server.requests - before, "law 18: in a bounded number of requests").toBeLessThanOrEqual(most);
  }
}

const digits = (value: unknown): number => (typeof value === "string" ? Number(value.replace(/\D/g, "")) : -1);

type Model = Record<string, never>;
class Step implements fc.AsyncCommand<Model, World> {
  constructor(private readonly name: string, private readonly go: (world: World) => Promise<void> | void) {}
  check(): boolean { return true; }
  async run(_model: Model, world: World): Promise<void> {
    world.log.push(this.name);
    world.clock.now += 60_000;
    await this.go(world);
  }
  toString(): string { return this.name; }
}

const record = fc.constantFrom(...RECORDS);
const path = fc.constantFrom(...PATHS);
const who = fc.nat(1);
const area = fc.constantFrom("A", "B");
const faults = fc.array(fc.constantFrom<Fault>("packed otherwise", "none", "lost before", "lost after", "twice", "cut", "page of a proxy", "too large"), { minLength: 1, maxLength: 5 });

function other(world: World, of: string, set: Record<string, string>): Promise<void> {
  const seen = world.server.seenOf(of);
  return world.server.write(composeChange({ record: of, form: REGISTER.id, form_version: "1", device: "otherone", seq: ++world.values, at: world.clock.now, author: "u-ba", seen, set }));
}

const steps = [
  fc.tuple(who, record, path, fc.boolean()).map(([n, r, p, isOdd]) => new Step(`phone ${n} saves ${r} ${p}${isOdd ? ", to be held" : ""}`, (world) => world.save(world.phone(n), r, p, world.value(isOdd ? "hold" : "")))),
  fc.tuple(who, fc.boolean()).map(([n, submits]) => new Step(`phone ${n} ${submits ? "submits" : "closes"}`, async (world) => {
    const { page } = world.phone(n);
    await page.until((submits ? page.open?.submit() : page.close())?.catch(() => undefined) ?? Promise.resolve());
  })),
  who.map((n) => new Step(`phone ${n} syncs`, (world) => world.sync(world.phone(n)))),
  fc.tuple(who, faults).map(([n, list]) => new Step(`phone ${n} syncs over ${list.join(", ")}`, (world) => {
    world.server.faults = [...list];
    return world.sync(world.phone(n));
  })),
  fc.tuple(who, record, path).map(([n, r, p]) => new Step(`phone ${n} saves ${r} ${p} and closes while it syncs`, async (world) => {
    const phone = world.phone(n);
    const syncing = world.sync(phone);
    await world.save(phone, r, p, world.value());
    await phone.page.until(phone.page.close().catch(() => undefined));
    await syncing;
  })),
  fc.tuple(who, fc.nat(14), record, path).map(([n, after, r, p]) => new Step(`phone ${n} is killed after ${after} awaits of a sync and a save of ${r} ${p}`, async (world) => {
    const phone = world.phone(n);
    phone.page.killAfter(after);
    const syncing = world.sync(phone);
    await world.save(phone, r, p, world.value());
    await phone.page.until(phone.page.close().catch(() => undefined));
    await syncing;
    await world.reopen(phone);
  })),
  fc.tuple(who, path, fc.nat(6)).map(([n, p, after]) => new Step(`phone ${n} is killed after ${after} awaits of a sync that brings a household's ${p}`, async (world) => {
    const phone = world.phone(n);
    await world.sync(phone);
    // Nothing of it waits here, so that nearly every await is one of the page's.
    await other(world, `r-${world.value()}`, { [p]: world.value(), "@area": world.server.areaFor(phone.page.ledger.enrolled.token) });
    phone.page.killAfter(after);
    await world.sync(phone);
    await world.reopen(phone);
  })),
  fc.tuple(who, fc.constantFrom<DiskFault>("abort", "quota"), record, path, fc.boolean()).map(([n, fault, r, p, isKilled]) => new Step(`phone ${n} saves ${r} ${p} and syncs over a disk that says ${fault}${isKilled ? ", and is killed" : ""}`, async (world) => {
    const phone = world.phone(n);
    failNextPut(fault);
    const syncing = world.sync(phone);
    await world.save(phone, r, p, world.value());
    await syncing;
    failNextPut(null);
    if (isKilled) await world.reopen(phone);
  })),
  fc.tuple(who, record, path).map(([n, r, p]) => new Step(`phone ${n} saves ${r} ${p} on a disk that undoes it, and is killed`, async (world) => {
    const phone = world.phone(n);
    failNextPut("abort");
    await world.save(phone, r, p, world.value());
    failNextPut(null);
    await world.reopen(phone);
  })),
  fc.tuple(who, record, path).map(([n, r, p]) => new Step(`phone ${n} is opened in a second tab while it saves ${r} ${p}`, async (world) => {
    const phone = world.phone(n);
    const before = phone.page;
    const saving = world.save(phone, r, p, world.value());
    phone.page = await Page.start(phone.name, phone.browser, world.clock);
    world.pages.set(world.host(phone.page), phone.page);
    await saving;
    expect(before.isLocked).toBe(true);
    await world.check(phone);
  })),
  fc.constant(new Step("a phone is copied", (world) => world.copyPhone())),
  fc.tuple(record, path, fc.option(area, { nil: undefined })).map(([r, p, a]) => new Step(`another phone writes ${r} ${p}${a ? ` into ${a}` : ""}`, (world) => other(world, r, { [p]: world.value(), ...(a ? { "@area": a } : {}) }))),
  fc.constantFrom<string[]>(["A"], ["B"], ["A", "B"]).map((areas) => new Step(`the areas of the phone are ${areas.join()}`, (world) => world.server.assign(areas))),
  fc.constantFrom("released" as const, "discarded" as const).map((kind) => new Step(`a change on hold is ${kind}`, (world) => void world.server.decide(kind))),
  fc.tuple(who, path).map(([n, p]) => new Step(`phone ${n} writes a household's ${p} outside its areas, and that is released`, async (world) => {
    const phone = world.phone(n);
    world.server.assign(["B"]);
    await world.save(phone, `r-${world.value()}`, p, world.value());
    await phone.page.until(phone.page.close());
    await world.sync(phone);
    while (world.server.decide("released"));
  })),
  fc.constant(new Step("the server is copied", (world) => world.server.keepCopy())),
  fc.constant(new Step("the server is put back", (world) => world.server.putBack())),
  fc.constant(new Step("the server starts again", (world) => world.server.restart())),
  record.map((r) => new Step(`answers of ${r} are carried`, (world) => world.server.carry(r))),
  record.map((r) => new Step(`${r} is erased`, (world) => {
    if (world.server.seenOf(r).length === 0) return;
    world.server.erase(r);
    world.erased.add(r);
  })),
];

async function inWorld(go: (world: World, phone: Phone) => Promise<void>): Promise<void> {
  const world = await World.make();
  try {
    await go(world, world.phone(0));
    await world.heal();
  } finally {
    for (const phone of world.phones) await phone.page.ledger.vault.close();
    servers.delete(world.port);
  }
}

test("law 16: nothing is said to be saved that the disk undid", () => inWorld(async (world, phone) => {
  for (const each of PATHS) {
    failNextPut("abort");
    await world.save(phone, "r1", each, world.value());
    failNextPut(null);
    await world.reopen(phone);
  }
  expect(phone.saved.size).toBe(0);
}));

test("law 18: of an outbox too large for one request each part waits for its own answer", () => inWorld(async (world, phone) => {
  for (const each of RECORDS) {
    await world.save(phone, each, "head", world.value());
    await phone.page.close();
  }
  world.server.faults = ["too large", "none", "lost before"];
  await world.sync(phone);
  await world.check(phone);
  expect(phone.page.ledger.outbox()).toHaveLength(RECORDS.length - 1);
}));

test("law 18: what a server cannot rebuild it is sent as it is, and a page that the phone cannot rebuild comes as it is", () => inWorld(async (world, phone) => {
  const { server } = world;
  const say = async (): Promise<void> => {
    await world.save(phone, "r1", "head", world.value());
    await phone.page.close();
  };
  await say();
  server.faults = ["packed otherwise"];
  await world.sync(phone);
  expect([server.packedPushes, phone.page.ledger.outbox()]).toEqual([0, []]);
  await say();
  await world.sync(phone);
  expect([server.packedPushes, phone.page.ledger.outbox()]).toEqual([1, []]);
  server.keepCopy();
  await other(world, "r2", { head: world.value(), "@area": "A" });
  await world.sync(phone);
  // Everything is said and pulled again: first packed, then as it is.
  server.putBack();
  const before = [server.packedPushes, server.packedPages];
  server.faults = Array.from({ length: 20 }, () => "packed otherwise" as const);
  await world.sync(phone);
  expect([server.packedPushes, server.packedPages]).toEqual([before[0], before[1]! + 1]);
  expect(phone.page.ledger.changesOf("r2").map((change) => change.generation)).toEqual([phone.page.ledger.sync.generation]);
}));

test("law 18: of a long outbox each batch is packed while the one before is under way, and said once", () => inWorld(async (world, phone) => {
  for (const each of ["r1", "r2", "r3", "r1", "r2", "r3"]) {
    await world.save(phone, each, "head", world.value());
    await phone.page.close();
  }
  world.server.faults = ["too large", "too large", "none", "packed otherwise"];
  await world.sync(phone);
  expect(phone.page.ledger.outbox()).toEqual([]);
  const seqs = [...phone.page.ledger.known.values()].sort((a, b) => a.receipt!.pos - b.receipt!.pos).map(({ change }) => change.seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
}));

test("law 20: what a phone and its copy wrote under one number are two changes on both", () => inWorld(async (world) => {
  await world.copyPhone();
  for (const phone of world.phones) {
    await world.save(phone, "r1", "head", world.value());
    await phone.page.close();
  }
  for (const phone of [...world.phones, ...world.phones]) await world.sync(phone);
  for (const { page } of world.phones) expect(page.ledger.changesOf("r1")).toHaveLength(2);
}));

test("law 21: what lies in no area at a server that was put back leaves the phone", () => inWorld(async (world, phone) => {
  world.server.keepCopy();
  await other(world, "r2", { head: world.value(), "@area": "A" });
  await world.sync(phone);
  // What said where it lies is erased; what was said since is all that the phone can bring back.
  world.server.erase("r2");
  world.erased.add("r2");
  await other(world, "r2", { code: world.value() });
  await world.sync(phone);
  expect(phone.page.ledger.changesOf("r2")).toHaveLength(1);
  world.server.putBack();
  await world.sync(phone);
  expect(phone.page.ledger.changesOf("r2")).toEqual([]);
}));

test("laws 16, 17, 18, 19, 20 and 21 hold on the phone's own store, whatever happens to it", async () => {
  const counts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 30, size: "+1" }), async (commands) => {
      const world = await World.make();
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
        await world.heal();
      } finally {
        for (const step of world.log) counts.set(step.replace(/\d+|r\d/g, "…"), (counts.get(step.replace(/\d+|r\d/g, "…")) ?? 0) + 1);
        for (const phone of world.phones) await phone.page.ledger.vault.close();
        servers.delete(world.port);
      }
    }),
    { numRuns: RUNS, includeErrorInReport: true, endOnFailure: "FAST_CHECK_END" in process.env, ...(process.env["FAST_CHECK_SEED"] ? { seed: Number(process.env["FAST_CHECK_SEED"]), path: process.env["FAST_CHECK_PATH"] } : {}) },
  );
});
