/** How much a phone says at once. */
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import "fake-indexeddb/auto";
import { changeId, composeChange } from "../src/core/change";
import { namesOfTables, proofOf, unpack, type Packed, type Table } from "../src/core/packing";
import { isFailure, Wire, type Last } from "../src/core/wire";
import { known, Ledger, type Known } from "../src/phone/ledger";
import { Ahead } from "../src/phone/ahead";
import { batchOf, firstLimits } from "../src/phone/batch";
import { pushAll } from "../src/phone/outgoing";
import { Vault } from "../src/phone/vault";
import { compressed, type Count } from "./compressed";
import { failNextPut } from "./model_phone";

afterEach(() => vi.unstubAllGlobals());

let made = 0;

async function outboxOf(count: number): Promise<Ledger> {
  const bodies = Array.from({ length: count }, (_, index) => {
    const seq = index + 1;
    const set = { note: `${seq}`.padStart(6, "0").repeat(1500) };
    return composeChange({ record: `r${seq}`, form: "f", form_version: "1", device: "d", seq, at: seq, author: "a", seen: [], set });
  });
  return outboxWith(bodies);
}

async function outboxWith(bodies: string[]): Promise<Ledger> {
  const vault = await Vault.open(`outgoing-${++made}`);
  await vault.create("135790", "");
  const ledger = await Ledger.load(vault);
  const changes: Known[] = [];
  for (const body of bodies) changes.push(known(await changeId(body), { body, state: "waiting", generation: 0 })!);
  await ledger.commit({ changes });
  return ledger;
}

interface Said<C> { changes: C[]; tables?: Table[]; proof?: string; last?: Last }

async function said<C>(body: BodyInit): Promise<Said<C>> {
  const isPlain = typeof body === "string";
  return JSON.parse(isPlain ? body : await new Response(new Response(body).body!.pipeThrough(new DecompressionStream("gzip"))).text()) as Said<C>;
}

/** Answers at once. `most`: changes in one request. What it was given, request by request. */
function line(most = Infinity): number[] {
  const given: number[] = [];
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: BodyInit }) => {
    const { changes } = await said<unknown>(body);
    given.push(changes.length);
    if (changes.length > most) return new Response(JSON.stringify({ problem: "too_large", detail: "" }), { status: 413 });
    return new Response(JSON.stringify({ said: changes.map((_, place) => [place + 1, null, "interviewer", "mac"]), server: "e" }));
  });
  return given;
}

test("a line that answers soon is given more at a time, and none of it twice", async () => {
  const given = line();
  const pushed = await pushAll(await outboxOf(900), new Wire("http://x", "token"));
  expect(isFailure(pushed)).toBe(false);
  expect(given.reduce((sum, each) => sum + each)).toBe(900);
  expect(Math.max(...given)).toBeGreaterThan(2 * given[0]!);
});

test("what was too large once is not tried again", async () => {
  const given = line(60);
  await pushAll(await outboxOf(900), new Wire("http://x", "token"));
  expect(given.filter((each) => each > 60).length).toBeLessThanOrEqual(2);
  expect(given.filter((each) => each <= 60).reduce((sum, each) => sum + each)).toBe(900);
});

/** Rebuilds what is packed, as a server does; what it took, by id, and how often it could not. */
function rebuilding(): { taken: Map<string, string>; refused: number } {
  const server = { taken: new Map<string, string>(), refused: 0 };
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: BodyInit }) => {
    const { changes, tables = [], proof } = await said<string | Packed>(body);
    const names = namesOfTables(tables)!;
    const bodies = changes.map((each) => (typeof each === "string" ? each : unpack(each, tables[each[0]]!, names[each[0]]!)!));
    const ids = await Promise.all(bodies.map((each) => changeId(each)));
    if (proof !== undefined && proof !== (await proofOf(ids))) {
      server.refused++;
      return new Response(JSON.stringify({ problem: "bad_packing", detail: "" }), { status: 400 });
    }
    ids.forEach((id, place) => server.taken.set(id, bodies[place]!));
    return new Response(JSON.stringify({ server: "e", time: 1, max_seq: 1, results: ids.map((id, pos) => ({ id, result: "stored", pos, at: 1, role: "", mac: "" })) }));
  });
  return server;
}

test("what looks as if it could be packed, and can't, goes as it is", async () => {
  const header = '{"v":1,"record":"r","form":"f","form_version":"1","device":"d","seq":1,"at":5,"author":"a","seen":[]';
  // A reader of JavaScript moves the second answer to the front; the double is read as another one of as many digits.
  const bodies = [`${header},"set":{"b":1,"7":2}}`, `${header},"set":{"b":0.12345678901234569}}`, `${header},"set":{"a":1}}`];
  const server = rebuilding();
  const ledger = await outboxWith(bodies);
  expect(await pushAll(ledger, new Wire("http://x", "token"))).toMatchObject({ sent: 3 });
  expect(server.refused).toBe(1);
  expect([...server.taken.values()].sort()).toEqual([...bodies].sort());
  expect(ledger.outbox()).toEqual([]);
});

test("while a large outbox is packed, others have their turn", async () => {
  const ledger = await outboxOf(900);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const batch = await batchOf(ledger, ledger.outbox(), { ...firstLimits(), bytes: 1e9 });
  clearInterval(timer);
  expect(batch.changes).toHaveLength(900);
  expect(turns).toBeGreaterThan(1);
  const { body } = await batch.message.ended("}");
  const { changes, tables, proof } = await said<Packed>(body);
  const names = namesOfTables(tables!)!;
  expect(changes.map((each) => unpack(each, tables![each[0]]!, names[each[0]]!))).toEqual(batch.changes.map((change) => change.body));
  expect(proof).toBe(await proofOf(batch.changes.map(({ id }) => id)));
});

test("of a phone that is locked meanwhile nothing stays prepared", async () => {
  const count = compressed();
  const ledger = await outboxOf(900);
  const given = line();
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (...request: Parameters<typeof fetch>) => {
    const answer = await fetch(...request);
    if (given.length === 2) ledger.close();
    return answer;
  });
  await expect(pushAll(ledger, new Wire("http://x", "token"))).rejects.toThrow();
  await vi.waitFor(() => expect(count).toEqual({ begun: 4, open: 0 }), 5000);
});

function noLine(): void {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("There is no network.")));
}

/** After a push that found no line, once all that waits was made ready. */
async function madeReady(ledger: Ledger, count: Count, batches: number): Promise<Ahead> {
  const ahead = new Ahead(ledger);
  noLine();
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ problem: "offline" });
  await vi.waitFor(() => expect(count.open).toBe(batches), 5000);
  return ahead;
}

test("without a line what waits is made ready, and the next line is given it as it is", async () => {
  const count = compressed();
  const ledger = await outboxOf(900);
  const ahead = await madeReady(ledger, count, 8);
  // The first went into the void.
  expect(count.begun).toBe(8 + 1);
  const given = line();
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ sent: 900 });
  expect(given).toHaveLength(8);
  expect(count).toEqual({ begun: 8 + 1, open: 0 });
});

test("what is ready is not made again with each sealed change and each time without a line", async () => {
  const count = compressed();
  const ledger = await outboxOf(900);
  const ahead = await madeReady(ledger, count, 8);
  const { begun } = count;
  await oneMore(ledger, "later", 5000);
  await pushAll(ledger, new Wire("http://x", "token"), ahead);
  await ahead.fill();
  // The first, which was sent, and the last, which has one more.
  expect(count).toEqual({ begun: begun + 2, open: 8 });
  const given = line();
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ sent: 901 });
  expect(given).toHaveLength(8);
});

test("a slow line is given no more at a time for what was made ready", async () => {
  const count = compressed();
  const ledger = await outboxOf(60);
  const ahead = await madeReady(ledger, count, 3);
  const given = line();
  const { fetch } = globalThis;
  let now = 0;
  vi.stubGlobal("fetch", (...request: Parameters<typeof fetch>) => ((now += 3000), fetch(...request)));
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ sent: 60 });
  clock.mockRestore();
  expect(Math.max(...given)).toBe(given[0]);
  expect(count.open).toBe(0);
});

test("no more than twelve requests are ready", async () => {
  const count = compressed();
  const ledger = await outboxWith([]);
  for (let at = 1; at <= 100; at++) await oneMore(ledger, `r${at}`, at, 250_000);
  const ahead = await madeReady(ledger, count, 12);
  const given = line();
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ sent: 100 });
  expect(given.length).toBeGreaterThan(12);
});

test("a server that can't rebuild what is packed is given none of what was made ready so", async () => {
  const header = '{"v":1,"record":"r","form":"f","form_version":"1","device":"d","at":5,"author":"a","seen":[]';
  const odd = `"set":{"a":"${"a".repeat(70_000)}","7":2}}`;
  const bodies = [1, 2, 3, 4, 5, 6].map((seq) => `${header.replace('"at"', `"seq":${seq},"at"`)},${odd}`);
  const ledger = await outboxWith(bodies);
  const ahead = await madeReady(ledger, compressed(), 3);
  const server = rebuilding();
  expect(await pushAll(ledger, new Wire("http://x", "token"), ahead)).toMatchObject({ sent: 6 });
  expect(server.refused).toBe(1);
});

test("of what was made ready nothing stays where the phone is locked, or the server refuses", async () => {
  const count = compressed();
  const ledger = await outboxOf(300);
  const ahead = await madeReady(ledger, count, 5);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { status: 403 })));
  await pushAll(ledger, new Wire("http://x", "token"), ahead);
  await vi.waitFor(() => expect(count.open).toBe(0));
  noLine();
  await pushAll(ledger, new Wire("http://x", "token"), ahead);
  ledger.close();
  ahead.drop();
  await vi.waitFor(() => expect(count.open).toBe(0));
  await ahead.fill();
  expect(count.open).toBe(0);
});

test("a full disk under the next batch ends the push, and the next one sends again what was not written", async () => {
  const ledger = await outboxOf(300);
  const given = line();
  failNextPut("quota");
  await expect(pushAll(ledger, new Wire("http://x", "token"))).rejects.toThrow("Full");
  await vi.waitFor(() => expect(given).toHaveLength(2));
  expect(ledger.outbox()).toHaveLength(300);
  expect(await pushAll(ledger, new Wire("http://x", "token"))).toMatchObject({ sent: 300 });
  const again = await Ledger.load(ledger.vault);
  expect(again.outbox()).toHaveLength(0);
});

test("what can't be compressed fails once", async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  vi.stubGlobal("CompressionStream", class extends TransformStream {
    constructor() {
      super({ transform: () => Promise.reject(new Error("no room")) });
    }
  });
  await expect(pushAll(await outboxOf(60), new Wire("http://x", "token"))).rejects.toThrow("no room");
  await new Promise((wake) => setTimeout(wake, 50));
  process.off("unhandledRejection", hear);
  expect(unheard).toEqual([]);
});

test("a full disk and a next batch that can't be compressed are one failure", async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  const ledger = await outboxOf(300);
  line();
  const Real = CompressionStream;
  let begun = 0;
  vi.stubGlobal("CompressionStream", class {
    constructor(format: CompressionFormat) {
      return begun++ === 0 ? new Real(format) : (new TransformStream({ transform: () => Promise.reject(new Error("no room")) }) as CompressionStream);
    }
  });
  failNextPut("quota");
  await expect(pushAll(ledger, new Wire("http://x", "token"))).rejects.toThrow("Full");
  await new Promise((wake) => setTimeout(wake, 50));
  process.off("unhandledRejection", hear);
  expect(unheard).toEqual([]);
});

test("law 19: each batch names the newest position that was heard, also while that is being written", async () => {
  const named: unknown[] = [];
  let pos = 0;
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: BodyInit }) => {
    const { changes, last } = await said<unknown>(body);
    named.push([last?.pos ?? 0, pos]);
    const positions = changes.map(() => ++pos);
    // What the server had already has an older position than what is before it.
    return new Response(JSON.stringify({ said: positions.reverse().map((each) => [each, null, "interviewer", "mac"]), server: "e" }));
  });
  await pushAll(await outboxOf(300), new Wire("http://x", "token"));
  expect(named.length).toBeGreaterThan(2);
  for (const [last, heard] of named as [number, number][]) expect(last).toBe(heard);
});

test("what was discarded is known as such when it is said again", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ server: "e", said: [["discarded", 1], ["area", 2]] }))));
  const ledger = await outboxOf(2);
  await pushAll(ledger, new Wire("http://x", "token"));
  const again = await Ledger.load(ledger.vault);
  expect([...again.known.values()].sort((a, b) => a.change.seq - b.change.seq).map(({ state }) => state)).toEqual(["discarded", "held"]);
});

test("a server that does not answer for each of the changes is not asked without end", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ server: "e", said: [[1, null, "interviewer", "mac"]] }))));
  const ledger = await outboxOf(3);
  expect(await pushAll(ledger, new Wire("http://x", "token"))).toMatchObject({ problem: "bad_answer" });
  expect(ledger.outbox()).toHaveLength(3);
});

/** `length`: of its answer, in characters. */
async function oneMore(ledger: Ledger, record: string, at: number, length = 1): Promise<void> {
  const body = composeChange({ record, form: "f", form_version: "1", device: "d", seq: at, at, author: "a", seen: [], set: { a: "a".repeat(length) } });
  await ledger.commit({ changes: [known(await changeId(body), { body, state: "waiting", generation: 0 })!] });
}

/** What may happen while a request is under way; the phone is saved on, or something leaves it. */
const MEANWHILE = {
  nothing: async (): Promise<void> => undefined,
  later: (ledger: Ledger, number: number): Promise<void> => oneMore(ledger, `later${number}`, 5000 + number),
  // By a clock that was put back: it goes before what is prepared.
  earlier: (ledger: Ledger, number: number): Promise<void> => oneMore(ledger, `earlier${number}`, 1000 - number),
  // The first of what is prepared.
  left: async (ledger: Ledger, _number: number, sent: number): Promise<void> => {
    await ledger.commit({ dropChanges: ledger.outbox().slice(sent, sent + 1).map(({ id }) => id) });
  },
};
type Meanwhile = keyof typeof MEANWHILE;

test("whatever happens while batches are packed ahead, each change gets its own receipt", async () => {
  const kinds = fc.constantFrom("answered", "answered", "lost", "refused", "failed");
  const meanwhiles = fc.constantFrom(...(Object.keys(MEANWHILE) as Meanwhile[]));
  const pauses = fc.constantFrom(0, 15, 30);
  const event = fc.tuple(kinds, meanwhiles, pauses);
  const between = fc.tuple(meanwhiles, pauses);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 8 }), fc.array(between, { maxLength: 8 }), fc.integer({ min: 1, max: 7 }), async (events, betweens, most) => {
      const ledger = await outboxWith([]);
      const ahead = new Ahead(ledger);
      // One of them in the first request, three in the second where the line is quick, six in the third.
      for (let at = 1001; at <= 1012; at++) await oneMore(ledger, `r${at}`, at, 60_000);
      const positions = new Map<string, number>();
      const coming = [...events];
      // What was sent though it had left, and proofs of something else.
      const unexpected: string[] = [];
      let number = 0;
      vi.stubGlobal("fetch", async (_url: string, { body }: { body: BodyInit }) => {
        const { changes, tables, proof } = await said<Packed | string>(body);
        const names = namesOfTables(tables ?? [])!;
        const ids = await Promise.all(changes.map((each) => changeId(typeof each === "string" ? each : unpack(each, tables![each[0]]!, names[each[0]]!)!)));
        unexpected.push(...ids.filter((id) => !ledger.known.has(id)));
        const [kind, meanwhile, ms] = coming.shift() ?? ["answered", "nothing", 0];
        await MEANWHILE[meanwhile](ledger, ++number, ids.length);
        await new Promise((wake) => setTimeout(wake, ms));
        if (changes.length > most) return new Response("{}", { status: 413 });
        if (kind === "refused") return new Response("{}", { status: 400 });
        if (kind === "failed") return new Response("{}", { status: 500 });
        for (const id of ids) positions.set(id, positions.get(id) ?? positions.size + 1);
        if (kind === "lost") throw new TypeError("The line broke.");
        const results = ids.map((id) => ({ id, result: "stored", pos: positions.get(id), at: 1, role: "", mac: id }));
        if (proof === undefined) return new Response(JSON.stringify({ server: "e", time: 1, max_seq: 1, results }));
        if (proof !== (await proofOf(ids))) unexpected.push(proof);
        return new Response(JSON.stringify({ said: results.map(({ pos, at, role, mac }) => [pos, at, role, mac]) }));
      });
      const pausing = [...betweens];
      while (ledger.outbox().length > 0) {
        await pushAll(ledger, new Wire("http://x", "token"), ahead);
        const [meanwhile, ms] = pausing.shift() ?? ["nothing", 0];
        await MEANWHILE[meanwhile](ledger, ++number, 0);
        await new Promise((wake) => setTimeout(wake, ms));
      }
      expect(unexpected).toEqual([]);
      for (const { id, state, receipt } of ledger.known.values()) expect([state, receipt?.pos, receipt?.mac]).toEqual(["confirmed", positions.get(id), id]);
    }),
    { numRuns: 8, examples: [[[["answered", "nothing", 0], ["answered", "nothing", 0], ["answered", "left", 30]], [], 5], [[["lost", "nothing", 0], ["lost", "nothing", 0]], [["left", 30], ["earlier", 0]], 7]] },
  );
}, 60_000);
