import "fake-indexeddb/auto";
import { existsSync } from "node:fs";
import { openDB } from "idb";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startPocket, type Collector } from "../src/phone/collector";
import type { FileValue, OpenRecord } from "../src/phone/pocket";
import { RealServer } from "./phone_server";

// Argon2id and a real server take their time on a small machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
const PIN = "135790";
let server: RealServer;
let made = 0;
const phones: Collector[] = [];

beforeAll(async () => {
  server = await RealServer.start();
});
afterAll(() => server.remove());
afterEach(() => {
  vi.restoreAllMocks();
  for (const phone of phones.splice(0)) phone.lock();
});

async function start(database: string): Promise<Collector> {
  const phone = await startPocket({ database, base: server.base });
  phones.push(phone);
  return phone;
}

/** Enrolled, with everything of its area on it. */
async function enrolled(area = "A", user = "Han"): Promise<Collector> {
  const phone = await start(`phone-${++made}`);
  const answer = await phone.enrol(server.invite(area, user), "test");
  if ("problem" in answer) throw new Error(answer.problem);
  await phone.choosePin(PIN, answer.users[0]!.id);
  expect((await phone.sync()).outcome).toBe("done");
  return phone;
}

/** The interview of a household in the open round, with these answers, left open. */
async function interview(phone: Collector, code: string, answers: Record<string, string | number>): Promise<OpenRecord> {
  const household = phone.households().find((line) => line.code === code)!;
  const open = await phone.openFor("living_conditions", household.record, phone.round!.id);
  await open.answerAll({ visit_outcome: "met", consent_main: "yes", ...answers });
  return open;
}

describe("a phone and its server", () => {
  test("a wrong code is said to be unknown, and the phone stays new", async () => {
    const phone = await start(`phone-${++made}`);
    expect(await phone.enrol("AAAA-AAAA", "test")).toMatchObject({ problem: "code_unknown" });
    expect(phone.state).toBe("new");
  });

  test("the same phone may enrol again with the same code when the answer was lost", async () => {
    const phone = await start(`phone-${++made}`);
    const code = server.invite("A", "Han");
    const first = await phone.enrol(code, "test");
    expect(await phone.enrol(code, "test")).toEqual(first);
    const other = await start(`phone-${++made}`);
    expect(await other.enrol(code, "test")).toMatchObject({ problem: "code_used" });
  });

  test("after enrolment forms, areas, round and the households of its hamlet are there, and only those", async () => {
    const phone = await enrolled("A");
    expect(phone.households().map((line) => [line.code, line.name, line.areaName])).toEqual([["TL-001", "K'Brình", "Thôn A"], ["TL-002", "Ka Dột", "Thôn A"]]);
    expect(phone.forms.map((form) => form.id).sort()).toEqual(["household", "living_conditions"]);
    expect(phone.hamlets.map((area) => area.code)).toEqual(["A"]);
    expect(phone.round?.title).toBe("Năm 2026");
    expect(await phone.readiness()).toMatchObject({ forms: 2, formsWanted: 2, households: "complete", householdCount: 2 });
  });

  test("a sync with nothing to do is one request, and something published is fetched once", async () => {
    const phone = await enrolled("A");
    const asked = vi.spyOn(globalThis, "fetch");
    const paths = async (): Promise<string[]> => {
      asked.mockClear();
      expect((await phone.sync()).outcome).toBe("done");
      return asked.mock.calls.map(([url]) => new URL(String(url)).pathname.replace(/\/[0-9a-f]{32}$/, "/…")).sort();
    };
    expect(await paths()).toEqual(["/api/pull"]);
    server.thon("round", "open", "2027", "--title", "Năm 2027", "--form", "living_conditions", "--from", "2027-09-01", "--to", "2027-12-31", "--year", "2027");
    expect(await paths()).toEqual(["/api/areas", "/api/forms", "/api/pull", "/api/pull", "/api/rounds"]);
    expect(phone.round?.title).toBe("Năm 2027");
    server.thon("round", "close", "2027");
    expect(await paths()).toContain("/api/rounds");
    expect(phone.round?.title).toBe("Năm 2026");
    expect(await paths()).toEqual(["/api/pull"]);
    asked.mockRestore();
  });

  test("what is answered while the server is dead waits, and is confirmed once it has a receipt", async () => {
    const phone = await enrolled();
    await server.kill();
    await (await interview(phone, "TL-001", { interview_lang: "vi" })).close();
    expect(await phone.sync()).toMatchObject({ outcome: "offline" });
    expect(phone.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
    await server.serve();
    expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
    expect(phone.counts()).toMatchObject({ waiting: 0, confirmed: 1, held: 0 });
  });

  test("two phones that never met write one record, and both see the conflict", async () => {
    const [one, two] = [await enrolled("A", "Han"), await enrolled("A", "Ba")];
    const first = await interview(one, "TL-002", { inc_wage: 100 });
    const second = await interview(two, "TL-002", { inc_wage: 200 });
    expect(first.record).toBe(second.record);
    await first.close();
    await second.close();
    for (const phone of [one, two, one]) expect((await phone.sync()).outcome).toBe("done");
    for (const phone of [one, two]) {
      const open = await phone.open(first.record);
      expect(open.conflicts).toContain("inc_wage");
      await open.close();
    }
  });

  test("a new household gets a provisional code and reaches the other phone of the hamlet", async () => {
    const [one, two] = [await enrolled("A"), await enrolled("A", "Ba")];
    const open = await one.newHousehold("A");
    await open.answerAll({ head_name: "Ro Ong Pol", status: "active" });
    await open.submit();
    await one.sync();
    await two.sync();
    expect(two.searchHouseholds("ro ong").map((line) => [line.code, line.status])).toEqual([[`NEW-${one.deviceId}-1`, "submitted"]]);
  });

  test("a locked phone shows nothing and does not sync; the PIN brings everything back", async () => {
    const phone = await enrolled();
    await (await interview(phone, "TL-001", {})).close();
    phone.lock();
    expect(phone.state).toBe("locked");
    expect(() => phone.households()).toThrow("locked");
    expect(await phone.unlock("000000")).toBe(false);
    expect(await phone.unlock(PIN)).toBe(true);
    expect(phone.households().map((line) => line.code)).toContain("TL-001");
  });

  test("a photo that no answer speaks of never leaves, and does not stay either", async () => {
    const phone = await enrolled();
    const open = await interview(phone, "TL-001", {});
    const file = await phone.saveFile(new Uint8Array([1, 2, 3]).buffer, "nhà.jpg", "image/jpeg");
    await open.close();
    await phone.sync();
    expect(await phone.readFile(file.sha256)).toBeNull();
  });

  test("a photo that the server lost with what it was put back from is given to it again, and only that", async () => {
    const phone = await enrolled();
    const photo = (name: string): Promise<FileValue> => phone.saveFile(new TextEncoder().encode(`${name} ${made}`).buffer as ArrayBuffer, `${name}.jpg`, "image/jpeg");
    const shown = async (code: string, file: FileValue): Promise<void> => {
      const open = await interview(phone, code, {});
      await open.answer("photo_house", file);
      await open.close();
    };
    // Two at once: both wait to be sent.
    const [first, kept] = await Promise.all([photo("first"), photo("kept")]);
    await shown("TL-001", first);
    await shown("TL-002", kept);
    await phone.sync();
    await server.kill();
    server.keepCopy("copy");
    await server.serve();
    const lost = await photo("lost");
    await shown("TL-001", lost);
    await phone.sync();
    await server.kill();
    server.putBack("copy");
    await server.serve();
    const asked = vi.spyOn(globalThis, "fetch");
    await phone.sync();
    expect(asked.mock.calls.filter(([, init]) => init?.method === "PUT").map(([url]) => String(url).split("/").at(-1))).toEqual([lost.sha256]);
    asked.mockRestore();
    const other = await enrolled("A", "Ba");
    for (const { sha256 } of [kept, lost]) expect(await other.readFile(sha256)).not.toBeNull();
  });

  test("a file that no server takes keeps no other from going, and is told as waiting", async () => {
    const phone = await enrolled();
    const large = await phone.saveFile(new ArrayBuffer(11 << 20), "phim.mp4", "video/mp4");
    const small = await phone.saveFile(new TextEncoder().encode(`small ${made}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
    for (const [code, file] of [["TL-001", large], ["TL-002", small]] as const) {
      const open = await interview(phone, code, {});
      await open.answer("photo_house", file);
      await open.close();
    }
    expect(phone.counts().files).toBe(2);
    await phone.sync();
    expect(phone.counts()).toMatchObject({ waiting: 0, files: 1 });
    const asked = vi.spyOn(globalThis, "fetch");
    await phone.sync();
    expect(asked.mock.calls.filter(([, init]) => init?.method === "PUT")).toEqual([]);
    asked.mockRestore();
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(small.sha256)).not.toBeNull();
  });

  test("a photo waits until the server itself says that it has it", async () => {
    const phone = await enrolled();
    const photo = await phone.saveFile(new TextEncoder().encode(`photo ${made}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
    const open = await interview(phone, "TL-001", {});
    await open.answer("photo_house", photo);
    await open.close();
    const line = globalThis.fetch;
    for (const page of ["<p>Đăng nhập Wi-Fi</p>", "{}"]) {
      const said = vi.spyOn(globalThis, "fetch");
      said.mockImplementation((url, init) => (init?.method === "PUT" || (String(url).endsWith("/missing") && page === "{}") ? Promise.resolve(new Response(page)) : line(url, init)));
      await phone.sync();
      said.mockRestore();
      expect(phone.counts().files).toBe(1);
    }
    await phone.sync();
    expect(phone.counts().files).toBe(0);
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(photo.sha256)).not.toBeNull();
  });

  test("a file leaves after the answer that speaks of it", async () => {
    const phone = await enrolled();
    const bytes = new TextEncoder().encode(`photo ${made}`).buffer as ArrayBuffer;
    const open = await interview(phone, "TL-001", {});
    const file = await phone.saveFile(bytes, "nhà.jpg", "image/jpeg");
    await phone.sync();
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(file.sha256)).toBeNull();
    await open.answer("photo_house", file);
    await open.close();
    await phone.sync();
    expect(new Uint8Array((await other.readFile(file.sha256)) ?? [])).toEqual(new Uint8Array(bytes));
  });
});

/** Of the interviews of this round, by household code. */
async function wages(phone: Collector): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const line of phone.households().filter(({ code }) => code === "TL-001" || code === "TL-002")) {
    const open = await phone.openFor("living_conditions", line.record, "2026");
    found.push(open.answers["inc_wage"]);
    await open.close();
  }
  return found;
}

describe("a record begun by mistake", () => {
  test("that was never sealed is dropped and comes back by undo, until the screen is left", async () => {
    const phone = await enrolled("B");
    const open = await interview(phone, "TL-003", { inc_wage: 5 });
    const gone = (): boolean => phone.records().every((line) => line.record !== open.record);
    expect(phone.removal(open.record)).toBe("draft");
    const before = phone.counts().waiting;
    await open.remove();
    expect([gone(), phone.counts().waiting]).toEqual([true, before - 1]);
    await phone.undoRemoval();
    expect(gone()).toBe(false);
    await phone.remove(open.record);
    phone.endRemoval();
    await phone.undoRemoval();
    expect(gone()).toBe(true);
    expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 0 });
    const household = phone.households().find((line) => line.code === "TL-003")!;
    const early = await phone.openFor("living_conditions", household.record, phone.round!.id);
    await early.answerAll({ visit_outcome: "met" });
    await early.remove();
    await phone.undoRemoval();
    await (await phone.open(early.record)).close();
    await phone.remove(early.record);
    expect(phone.deleted().map((line) => line.record)).toEqual([early.record]);
    phone.endRemoval();
    const again = await interview(phone, "TL-003", {});
    expect(again.answers["inc_wage"]).toBeUndefined();
  });

  test("that was sealed is deleted by an ordinary change, listed as deleted, and restored with all its answers on every phone", async () => {
    const [one, two] = [await enrolled("A"), await enrolled("A", "Ba")];
    const open = await interview(one, "TL-002", { inc_wage: 6 });
    await open.close();
    await one.sync();
    expect(one.removal(open.record)).toBe("sealed");
    // What was touched and not sealed yet is deleted, and comes back, with the rest.
    const later = await one.open(open.record);
    await later.answerAll({ inc_wage: 7 });
    await later.remove();
    const deleted = (phone: Collector): string[] => phone.deleted().map((line) => line.record);
    expect([deleted(one), one.removal(open.record), one.line(open.record)]).toEqual([[open.record], null, null]);
    for (const phone of [one, two]) expect((await phone.sync()).outcome).toBe("done");
    expect([deleted(two), two.counts().held]).toEqual([[open.record], 0]);
    await two.restore(open.record);
    for (const phone of [two, one]) expect((await phone.sync()).outcome).toBe("done");
    expect([deleted(one), one.counts().held, (await one.open(open.record)).answers["inc_wage"]]).toEqual([[], 0, 7]);
    await one.remove(open.record);
    await one.undoRemoval();
    expect(deleted(one)).toEqual([]);
    // Who answers what is deleted wants it back.
    await one.remove(open.record);
    one.endRemoval();
    expect(deleted(one)).toEqual([open.record]);
    await (await interview(one, "TL-002", { inc_wage: 8 })).close();
    expect(deleted(one)).toEqual([]);
  });

  test("a household goes only where it was made on this phone and nothing is about it", async () => {
    const phone = await enrolled("A");
    expect(phone.households().map((line) => phone.removal(line.record))).not.toContain("draft");
    expect(phone.removal(phone.households().find((line) => line.code === "TL-001")!.record)).toBeNull();
    const born = await phone.newHousehold("A");
    await born.answerAll({ head_name: "Ka Nhầm", status: "active" });
    await born.close();
    expect(phone.removal(born.record)).toBe("sealed");
    const about = await phone.openFor("living_conditions", born.record, phone.round!.id);
    await about.answerAll({ visit_outcome: "met", consent_main: "yes" });
    expect(phone.removal(born.record)).toBeNull();
    await about.remove();
    phone.endRemoval();
    await phone.remove(born.record);
    expect(phone.line(born.record)).toBeNull();
    await phone.undoRemoval();
    expect(phone.line(born.record)).not.toBeNull();
  });

  test("a household begun while an answer is being written shares its code with none", async () => {
    const phone = await enrolled("A");
    const visit = await phone.openFor("living_conditions", phone.households()[0]!.record, phone.round!.id);
    // Before there is a consent: nothing of it is sealed when the next is begun.
    const written = visit.answer("inc_wage", 5);
    const first = await phone.newHousehold("A");
    await written;
    await first.answer("head_name", "Ka Một");
    const second = await phone.newHousehold("A");
    expect(second.record).not.toBe(first.record);
    await second.close();
  });
});

describe("what a phone is given", () => {
  test("more than it can hold is said, never ready; it goes on sending, and the rest comes when the areas shrink", async () => {
    const phone = await startPocket({ database: `phone-${++made}`, base: server.base, most: { changes: 2, weight: 1e6 } });
    phones.push(phone);
    const answer = await phone.enrol(server.invite("X", "Han"), "test");
    if ("problem" in answer) throw new Error(answer.problem);
    await phone.choosePin(PIN, answer.users[0]!.id);
    expect(await phone.sync()).toMatchObject({ outcome: "problem", problem: { problem: "phone_full" } });
    expect(await phone.readiness()).toMatchObject({ households: "loading", full: "many", ready: false });
    const born = await phone.newHousehold("A");
    await born.answerAll({ head_name: "Ka Đầy", status: "active" });
    await born.submit();
    expect(await phone.sync()).toMatchObject({ outcome: "problem", problem: { problem: "phone_full" }, sent: 1 });
    expect(phone.counts()).toMatchObject({ waiting: 0, confirmed: 1 });
    server.thon("area", "load", server.path("more.csv"));
    server.thon("device", "assign", phone.deviceId, "--area", "C");
    expect((await phone.sync()).outcome).toBe("done");
    expect(await phone.readiness()).toMatchObject({ households: "complete", full: null });
  });

  test("a first pull cut between pages goes on where it was, and is complete only at its end", async () => {
    const phone = await start(`phone-${++made}`);
    const answer = await phone.enrol(server.invite("X", "Han"), "test");
    if ("problem" in answer) throw new Error(answer.problem);
    const asked: string[] = [];
    const real = globalThis.fetch;
    let pulls = 0;
    const thin = vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      const url = String(input);
      if (!url.includes("/api/pull")) return real(input, init);
      asked.push(url);
      if (++pulls % 2 === 0) return Promise.reject(new TypeError("the line broke"));
      return real(`${url}${url.includes("?") ? "&" : "?"}limit=1`, init);
    });
    await phone.choosePin(PIN, answer.users[0]!.id);
    const seen: number[] = [];
    for (;;) {
      const { outcome } = await phone.sync();
      const { households, householdCount, ready } = await phone.readiness();
      expect([households, ready]).toEqual([outcome === "done" ? "complete" : "loading", false]);
      seen.push(householdCount);
      if (outcome === "done") break;
      expect(outcome).toBe("offline");
    }
    thin.mockRestore();
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(seen.length).toBeGreaterThan(2);
    expect(asked.filter((url) => !url.includes("cursor=")).length).toBe(1);
    const other = await enrolled("X");
    expect(phone.households().map((line) => line.code)).toEqual(other.households().map((line) => line.code));
  });

  test("law 21: areas that change in the middle of the very first pull leave nothing of the former ones, nor what was written there before it", async () => {
    const phone = await start(`phone-${++made}`);
    const answer = await phone.enrol(server.invite("X", "Han"), "test");
    if ("problem" in answer) throw new Error(answer.problem);
    const real = globalThis.fetch;
    let pulls = 0;
    const thin = vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      const url = String(input);
      if (!url.includes("/api/pull")) return real(input, init);
      // Forms come down and what is written goes up before the first page; later one page does.
      return ++pulls === 2 ? real(`${url}${url.includes("?") ? "&" : "?"}limit=2`, init) : Promise.reject(new TypeError("the line broke"));
    });
    await phone.choosePin(PIN, answer.users[0]!.id);
    expect((await phone.sync()).outcome).toBe("offline");
    const born = await phone.newHousehold("B");
    await born.answerAll({ head_name: "Ka Sớm", status: "active" });
    await born.submit();
    expect(await phone.sync()).toMatchObject({ outcome: "offline" });
    expect(pulls).toBe(3);
    expect(phone.counts()).toMatchObject({ waiting: 0, confirmed: 1 });
    expect((await phone.readiness()).households).toBe("loading");
    const early = phone.households().length;
    expect(early).toBeGreaterThan(1);
    server.thon("device", "assign", phone.deviceId, "--area", "A");
    thin.mockRestore();
    expect((await phone.sync()).outcome).toBe("done");
    expect(new Set(phone.households().map((line) => line.area))).toEqual(new Set(["A"]));
    expect(phone.line(born.record)).toBeNull();
    const other = await enrolled("A");
    expect(phone.households().map((line) => line.code)).toEqual(other.households().map((line) => line.code));
    expect((await enrolled("B")).households().map((line) => line.name)).toContain("Ka Sớm");
  });

  test("law 21: what was written and sent before the very first pull leaves with the areas too", async () => {
    const phone = await start(`phone-${++made}`);
    const answer = await phone.enrol(server.invite("B", "Han"), "test");
    if ("problem" in answer) throw new Error(answer.problem);
    const real = globalThis.fetch;
    const deaf = vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => (String(input).includes("/api/pull") ? Promise.reject(new TypeError("the line broke")) : real(input, init)));
    await phone.choosePin(PIN, answer.users[0]!.id);
    expect((await phone.sync()).outcome).toBe("offline");
    const born = await phone.newHousehold("B");
    await born.answerAll({ head_name: "Ka Trước", status: "active" });
    await born.submit();
    expect((await phone.sync()).outcome).toBe("offline");
    expect(phone.counts()).toMatchObject({ waiting: 0, confirmed: 1 });
    deaf.mockRestore();
    server.thon("device", "assign", phone.deviceId, "--area", "A");
    expect((await phone.sync()).outcome).toBe("done");
    expect(phone.line(born.record)).toBeNull();
    expect(phone.households().map((line) => line.area)).not.toContain("B");
  });

  test("a hamlet given later is still arriving while the others stay ready to work with", async () => {
    const phone = await enrolled("A");
    const before = phone.households().length;
    expect(await phone.readiness()).toMatchObject({ households: "complete", arriving: [] });
    server.thon("device", "assign", phone.deviceId, "--area", "A", "--area", "B");
    const real = globalThis.fetch;
    let pages = 0;
    const thin = vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      const url = String(input);
      if (url.includes("/api/pull") && ++pages > 1) return Promise.reject(new TypeError("the line broke"));
      return real(url.includes("/api/pull") ? `${url}&limit=1` : input, init);
    });
    expect((await phone.sync()).outcome).toBe("offline");
    const { households, arriving } = await phone.readiness();
    expect([households, arriving.map((area) => area.name)]).toEqual(["complete", ["Thôn B"]]);
    expect(phone.households().length).toBeGreaterThanOrEqual(before);
    thin.mockRestore();
    expect((await phone.sync()).outcome).toBe("done");
    expect(await phone.readiness()).toMatchObject({ arriving: [] });
    expect(phone.households().map((line) => line.areaName)).toContain("Thôn B");
  });
});

describe("accidents", () => {
  test("law 19: a server put back to an earlier state is healed by the phones", async () => {
    const [one, two] = [await enrolled("A"), await enrolled("A", "Ba")];
    await server.kill();
    server.keepCopy("earlier");
    await server.serve();
    await (await interview(one, "TL-001", { inc_wage: 777 })).close();
    await one.sync();
    expect(one.counts().waiting).toBe(0);
    await server.kill();
    server.putBack("earlier");
    await server.serve();
    await one.sync();
    await two.sync();
    const line = two.households().find((household) => household.code === "TL-001")!;
    const open = await two.openFor("living_conditions", line.record, "2026");
    expect(Object.values(open.answers)).toContain(777);
    expect(one.counts()).toMatchObject({ waiting: 0 });
  });

  test("law 21: what left while the server was put back and the areas changed goes, but nothing that waits, is on hold or in a draft", async () => {
    const phone = await enrolled("X");
    const within = (area: string): string[] => phone.households().filter((line) => line.area === area).map((line) => line.record);
    const kept = within("A");
    const lost = within("B")[0]!;
    await server.kill();
    server.keepCopy("before-assign");
    await server.serve();
    // The server that is put back will not know this one; it is in the hamlet that the phone loses.
    const born = await phone.newHousehold("B");
    await born.answerAll({ head_name: "Ka Mới", status: "active" });
    await born.submit();
    await phone.sync();
    expect(phone.counts()).toMatchObject({ waiting: 0, held: 0 });
    await server.kill();
    server.putBack("before-assign");
    server.thon("device", "assign", phone.deviceId, "--area", "A");
    await server.serve();
    // Half an interview about a household of the lost hamlet, and a change that will be on hold.
    const open = await phone.openFor("living_conditions", lost, phone.round!.id);
    await open.answerAll({ visit_outcome: "met" });
    for (let round = 0; round < 2; round++) expect((await phone.sync()).outcome).toBe("done");
    const have = (): string[] => phone.households().map((line) => line.record);
    expect(have()).toEqual(kept);
    expect(phone.line(open.record)).not.toBeNull();
    await open.close();
    expect((await phone.sync()).outcome).toBe("done");
    expect(phone.counts()).toMatchObject({ waiting: 0, held: 1 });
    expect(phone.line(open.record)?.held).toBe(1);
    expect(have()).toEqual(kept);
  });

  test("law 21: a record goes that the server which was put back never had in the areas of the phone", async () => {
    const phone = await enrolled("A");
    await server.kill();
    server.keepCopy("before-birth");
    await server.serve();
    const born = await phone.newHousehold("A");
    await born.answerAll({ head_name: "Ka Sinh", status: "active" });
    await born.submit();
    for (let round = 0; round < 2; round++) await phone.sync();
    expect(phone.line(born.record)).not.toBeNull();
    await server.kill();
    server.putBack("before-birth");
    // Before the phone comes back its hamlet is another one: what it brings lies nowhere that it may read.
    server.thon("device", "assign", phone.deviceId, "--area", "B");
    await server.serve();
    for (let round = 0; round < 2; round++) expect((await phone.sync()).outcome).toBe("done");
    expect(phone.counts()).toMatchObject({ waiting: 0 });
    expect(phone.line(born.record)).toBeNull();
    expect(phone.households().every((line) => line.area === "B")).toBe(true);
  });

  test("law 19: a phone whose new id the put back server does not know goes on from its old one, and loses nothing", async () => {
    const one = await enrolled("A");
    await server.kill();
    server.keepCopy("before-renewal");
    await server.serve();
    const copy = `phone-${++made}`;
    await copyDatabase(`phone-${made - 1}`, copy);
    const two = await start(copy);
    expect(await two.unlock(PIN)).toBe(true);
    for (const code of ["TL-001", "TL-002"]) await (await interview(one, code, { inc_wage: 1 })).close();
    await one.sync();
    await (await interview(two, "TL-001", { inc_wage: 2 })).close();
    for (let round = 0; round < 2; round++) expect((await two.sync()).outcome).toBe("done");
    expect(two.deviceId).not.toBe(one.deviceId);
    await (await interview(two, "TL-002", { inc_wage: 3 })).close();
    await two.sync();
    await server.kill();
    server.putBack("before-renewal");
    await server.serve();
    await (await interview(two, "TL-001", { inc_wage: 4 })).close();
    const renewed = two.deviceId;
    for (let round = 0; round < 2; round++) expect((await two.sync()).outcome).toBe("done");
    expect(two.deviceId).toBe(renewed);
    expect(two.counts()).toMatchObject({ waiting: 0, held: 0 });
    await one.sync();
    const line = one.households().find((household) => household.code === "TL-001")!;
    expect((await one.openFor("living_conditions", line.record, "2026")).answers["inc_wage"]).toBe(4);
  });

  test("law 19: a phone that the put back server does not know is enrolled again by a new code, and loses nothing", async () => {
    await server.kill();
    server.keepCopy("before-enrolment");
    await server.serve();
    const one = await enrolled("A");
    const name = `phone-${made}`;
    const id = one.deviceId;
    await (await interview(one, "TL-001", { inc_wage: 11 })).close();
    await one.sync();
    await server.kill();
    server.putBack("before-enrolment");
    await server.serve();
    await (await interview(one, "TL-002", { inc_wage: 12 })).close();
    const draft = await interview(one, "TL-001", { inc_wage: 13 });
    expect(await one.sync()).toMatchObject({ outcome: "problem", problem: { problem: "unknown_token" } });
    expect(one.isStranger).toBe(true);
    expect(await one.enrolAgain("AAAA-AAAA", "test")).toMatchObject({ problem: "code_unknown" });
    const code = server.invite("A", "Han");
    // The answer is lost on the way, and the same code does all the same.
    const real = globalThis.fetch;
    const lossy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const answer = await real(input, init);
      if (String(input).includes("/api/enrol")) throw new TypeError("the line broke");
      return answer;
    });
    expect(await one.enrolAgain(code, "test")).toMatchObject({ problem: "offline" });
    lossy.mockRestore();
    expect(await one.enrolAgain(code, "test")).toBeNull();
    expect(one.isStranger).toBe(false);
    await draft.close();
    expect((await one.sync()).outcome).toBe("done");
    expect([one.deviceId, one.counts()]).toMatchObject([id, { waiting: 0, held: 0 }]);
    one.lock();
    const again = await start(name);
    expect(await again.unlock(PIN)).toBe(true);
    const two = await enrolled("A", "Ba");
    expect(await wages(two)).toEqual([13, 12]);
    expect(await wages(again)).toEqual([13, 12]);
  });

  test("law 19: of two copies that nobody knows any more the later one becomes a new phone, and what it can't prove is on hold until it is released", async () => {
    await server.kill();
    server.keepCopy("before-copies");
    await server.serve();
    const one = await enrolled("A");
    await (await interview(one, "TL-001", { inc_wage: 21 })).close();
    await one.sync();
    const copy = `phone-${++made}`;
    await copyDatabase(`phone-${made - 1}`, copy);
    const two = await start(copy);
    expect(await two.unlock(PIN)).toBe(true);
    await server.kill();
    server.putBack("before-copies");
    await server.serve();
    await (await interview(two, "TL-002", { inc_wage: 22 })).close();
    expect(await one.enrolAgain(server.invite("A", "Han"), "one")).toBeNull();
    expect((await one.sync()).outcome).toBe("done");
    expect(await two.enrolAgain(server.invite("A", "Han"), "two")).toBeNull();
    expect((await two.sync()).outcome).toBe("done");
    expect(two.deviceId).not.toBe(one.deviceId);
    expect(two.counts()).toMatchObject({ waiting: 0, held: 1 });
    expect(two.records().flatMap((line) => line.heldReasons)).toEqual(["courier"]);
    await server.kill();
    server.releaseAll();
    await server.serve();
    for (const phone of [two, one]) expect((await phone.sync()).outcome).toBe("done");
    expect(two.counts()).toMatchObject({ waiting: 0, held: 0 });
    expect(await wages(one)).toEqual([21, 22]);
    await (await interview(two, "TL-001", { inc_wage: 23 })).close();
    for (const phone of [two, one]) expect((await phone.sync()).outcome).toBe("done");
    expect(two.counts()).toMatchObject({ waiting: 0, held: 0 });
    expect(await wages(one)).toEqual([23, 22]);
  });

  test("law 20: two phones that go on from one copied store lose nothing", async () => {
    const one = await enrolled("A");
    await (await interview(one, "TL-001", {})).close();
    await one.sync();
    const copy = `phone-${++made}`;
    await copyDatabase(`phone-${made - 1}`, copy);
    const two = await start(copy);
    expect(await two.unlock(PIN)).toBe(true);
    expect(two.deviceId).toBe(one.deviceId);
    // More than the copy will have written when it first speaks to the server.
    for (const inc_wage of [1, 4]) await (await interview(one, "TL-002", { inc_wage })).close();
    await one.sync();
    await (await interview(two, "TL-002", { inc_wage: 2 })).close();
    expect((await two.sync()).outcome).toBe("done");
    await (await interview(two, "TL-001", { inc_wage: 3 })).close();
    for (const phone of [two, one, two]) expect((await phone.sync()).outcome).toBe("done");
    expect(two.deviceId).not.toBe(one.deviceId);
    const values = new Set<unknown>();
    for (const phone of [one, two]) {
      expect(phone.counts()).toMatchObject({ waiting: 0, held: 0 });
      for (const line of phone.records()) values.add((await phone.open(line.record)).answers["inc_wage"]);
    }
    expect(values).toContain(3);
  });

  test("a revoked phone sends what it has, then empties itself", async () => {
    const phone = await enrolled("A");
    await (await interview(phone, "TL-001", {})).close();
    server.thon("device", "revoke", phone.deviceId);
    expect(await phone.sync()).toMatchObject({ outcome: "revoked", sent: 1 });
    expect(phone.state).toBe("revoked");
    const db = await openDB(`phone-${made}`);
    expect(await db.count("rows")).toBe(0);
    expect(await db.count("keyring")).toBe(0);
    db.close();
  });

  test("a revoked phone whose line breaks keeps what it could not send, photos too, and empties itself the next time", async () => {
    const phone = await enrolled("A");
    const open = await interview(phone, "TL-001", {});
    const photo = await phone.saveFile(new TextEncoder().encode(`last ${made}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
    await open.answer("photo_house", photo);
    await open.close();
    server.thon("device", "revoke", phone.deviceId);
    const fetched = globalThis.fetch;
    for (const broken of ["POST /api/push", `PUT /api/files/${photo.sha256}`]) {
      const line = vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => {
        const isBroken = `${init?.method ?? "GET"} ${new URL(String(url)).pathname}` === broken;
        return isBroken ? Promise.reject(new TypeError("the line broke")) : fetched(url, init);
      });
      expect(await phone.sync()).toMatchObject({ outcome: "offline" });
      line.mockRestore();
      expect(phone.state).not.toBe("revoked");
    }
    expect(await phone.sync()).toMatchObject({ outcome: "revoked" });
    expect(phone.state).toBe("revoked");
    expect(existsSync(server.path(`data/files/${photo.sha256.slice(0, 2)}/${photo.sha256}`))).toBe(true);
  });

  test("an interview ends with the version that it was begun with; what it said is read under the new names", async () => {
    server.publishBox("1");
    const phone = await enrolled();
    const open = await phone.openFor("box", null, null, "A");
    await open.answer("head", "K'Brình");
    server.publishRenamedBox("2");
    expect((await phone.sync()).outcome).toBe("done");
    expect([phone.form("box")!.version, open.form.version]).toEqual(["2", "1"]);
    // The browser was killed: what was said so far is said in the words of then, and goes on in those of now.
    await copyDatabase(`phone-${made}`, `phone-${made + 1}`);
    const later = await start(`phone-${++made}`);
    expect(await later.unlock(PIN)).toBe(true);
    const resumed = await later.open(open.record);
    expect([resumed.form.version, resumed.answers]).toEqual(["2", { leader: "K'Brình" }]);
    await open.answer("head", "Ka Dột");
    await open.submit();
    expect((await phone.sync()).outcome).toBe("done");
    await resumed.close();
    expect((await later.sync()).outcome).toBe("done");
    const again = await later.open(open.record);
    expect([again.form.version, again.answers]).toEqual(["2", { leader: "Ka Dột" }]);
    await again.close();
    expect(server.thon("verify")).toContain("0 differences");
  });
});

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = await openDB(from);
  const target = await openDB(to, 1, {
    upgrade(fresh) {
      for (const store of ["rows", "keyring"]) fresh.createObjectStore(store);
    },
  });
  for (const store of ["rows", "keyring"]) {
    const [keys, values] = [await source.getAllKeys(store), await source.getAll(store)];
    for (const [index, key] of keys.entries()) await target.put(store, values[index], key);
  }
  source.close();
  target.close();
}
