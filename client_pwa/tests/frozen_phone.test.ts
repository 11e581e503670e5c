/** A phone three versions old still syncs. Where this fails, mend the server: `tests/frozen` is never changed. */
import "fake-indexeddb/auto";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { startPocket as startOld, type OldPhone } from "../../tests/frozen/phone.mjs";
import { startPocket } from "../src/phone/collector";
import { startEmbroidering, type Embroidering } from "./embroidering";
import { RealServer } from "./phone_server";

// Argon2id and a real server take their time on a small machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const PIN = "135790";
let server: RealServer;
let newer: Embroidering;
let made = 0;
const phones: { lock(): void }[] = [];

beforeAll(async () => {
  server = await RealServer.start();
  newer = await startEmbroidering(server.port);
});
afterAll(async () => {
  await newer.close();
  await server.remove();
});
afterEach(() => {
  for (const phone of phones.splice(0)) phone.lock();
});

interface Enrolling { enrol: OldPhone["enrol"]; choosePin: OldPhone["choosePin"]; sync: OldPhone["sync"]; lock(): void }

async function enrolled<P extends Enrolling>(phone: P, area: string, user: string): Promise<P> {
  phones.push(phone);
  const answer = await phone.enrol(server.invite(area, user), "old");
  if ("problem" in answer) throw new Error(answer.problem);
  await phone.choosePin(PIN, answer.users[0]!.id);
  expect((await phone.sync()).outcome).toBe("done");
  return phone;
}

const old = async (area = "A", user = "Han", base = server.base): Promise<OldPhone> => enrolled(await startOld({ database: `old-${++made}`, base }), area, user);
const today = async (area = "A", user = "Ba") => enrolled(await startPocket({ database: `today-${++made}`, base: server.base }), area, user);

interface Interviewing { openFor: OldPhone["openFor"]; households(): { code: string; record: string }[] }

async function interview<P extends Interviewing>(phone: P, code: string, wage: number): Promise<string> {
  const household = phone.households().find((line) => line.code === code)!;
  const open = await phone.openFor("living_conditions", household.record, "2026");
  await open.answerAll({ visit_outcome: "met", consent_main: "yes", inc_wage: wage });
  await open.close();
  return open.record;
}

const codes = (phone: OldPhone): string[] => phone.households().map((line) => line.code).sort();

test("it enrols, is ready, writes, locks, unlocks and syncs, and a phone of today has what it wrote", async () => {
  const phone = await old();
  expect(await phone.readiness()).toMatchObject({ forms: 2, formsWanted: 2, households: "complete", householdCount: 2 });
  expect(codes(phone)).toEqual(["TL-001", "TL-002"]);
  const record = await interview(phone, "TL-001", 120);
  expect(phone.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
  phone.lock();
  expect(await phone.unlock(PIN)).toBe(true);
  expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
  expect(phone.counts()).toMatchObject({ waiting: 0, confirmed: 1, held: 0 });
  expect((await (await today()).open(record)).answers["inc_wage"]).toBe(120);
});

test("it and a phone of today write one record, and both see the conflict", async () => {
  const [one, two] = [await old(), await today()];
  const record = await interview(one, "TL-002", 100);
  expect(await interview(two, "TL-002", 200)).toBe(record);
  for (const phone of [one, two, one]) expect((await phone.sync()).outcome).toBe("done");
  for (const phone of [one, two]) {
    const open = await phone.open(record);
    expect(open.conflicts).toContain("inc_wage");
    await open.close();
  }
});

test("what leaves its areas leaves it, and what enters them comes whole", async () => {
  const [here, there, wide] = [await old("A"), await old("B"), await today("X")];
  const open = await here.newHousehold("A");
  await open.answerAll({ head_name: "Ro Ong Pol", status: "active" });
  await open.submit();
  for (const phone of [here, wide]) await phone.sync();
  const moved = await wide.open(open.record);
  await moved.answerAll({ "@area": "B" });
  await moved.close();
  for (const phone of [wide, here, there]) expect((await phone.sync()).outcome).toBe("done");
  expect(here.households().map((line) => line.record)).not.toContain(open.record);
  expect(there.households().map((line) => line.record)).toContain(open.record);
});

test("it heals a server that was put back, and is healed by others", async () => {
  const [phone, other] = [await old(), await old("A", "Ba")];
  await server.kill();
  server.keepCopy("earlier");
  await server.serve();
  const record = await interview(phone, "TL-001", 777);
  await phone.sync();
  await server.kill();
  server.putBack("earlier");
  await server.serve();
  for (const one of [phone, other]) expect((await one.sync()).outcome).toBe("done");
  expect((await other.open(record)).answers["inc_wage"]).toBe(777);
  expect(phone.counts()).toMatchObject({ waiting: 0 });
});

test("it drops what was erased, though it wrote that itself, and can't bring it back", async () => {
  const [phone, late] = [await old(), await old()];
  const record = await interview(phone, "TL-002", 4321);
  await phone.sync();
  await late.sync();
  server.thon("erase", "TL-002", "--reason", "asked for it", "--yes");
  expect((await phone.sync()).outcome).toBe("done");
  expect(phone.records().map((line) => line.record)).not.toContain(record);
  expect(codes(phone)).toEqual(["TL-001"]);
  expect((await late.sync()).outcome).toBe("done");
  expect(codes(late)).toEqual(["TL-001"]);
});

test("a server that says more than it understands is understood", async () => {
  const phone = await old("A", "Han", newer.base);
  expect(newer.embroidered).toBeGreaterThan(3);
  const record = await interview(phone, "TL-001", 55);
  expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
  expect((await (await today()).open(record)).answers["inc_wage"]).toBe(55);
});

test("it takes a newer version of a form, and what it began under the former one is not lost", async () => {
  server.publishBox("1");
  const phone = await old();
  expect(phone.forms.map((form) => form.id)).toContain("box");
  const begun = await phone.openFor("box", null, null);
  await begun.answerAll({ head: "Ka Dột" });
  server.publishBox("2");
  expect((await phone.sync()).outcome).toBe("done");
  await begun.close();
  expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
  expect(phone.forms.find((form) => form.id === "box")?.version).toBe("2");
  const next = await phone.openFor("box", null, null);
  await next.answerAll({ head: "K'Brình", later: "of the new version" });
  await next.close();
  expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
  expect(phone.counts()).toMatchObject({ waiting: 0, held: 0 });
});
