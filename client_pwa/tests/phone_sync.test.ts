/** A phone and its server, and records begun by mistake. */
import { describe, expect, test, vi } from "vitest";
import { type Collector } from "../src/phone/collector";
import { compressed } from "./compressed";
import { PIN, enrolled, interview, newDatabase, server, start } from "./real_phones";

describe("a phone and its server", () => {
  test("a wrong code is said to be unknown, and the phone stays new", async () => {
    const phone = await start(newDatabase());
    expect(await phone.enrol("AAAA-AAAA", "test")).toMatchObject({ problem: "code_unknown" });
    expect(phone.state).toBe("new");
  });

  test("the same phone may enrol again with the same code when the answer was lost", async () => {
    const phone = await start(newDatabase());
    const code = server.invite("A", "Han");
    const first = await phone.enrol(code, "test");
    expect(await phone.enrol(code, "test")).toEqual(first);
    const other = await start(newDatabase());
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

  test("what waits without a line is made ready at once, and of a locked phone nothing stays ready", async () => {
    const phone = await enrolled();
    await server.kill();
    const count = compressed();
    const open = await interview(phone, "TL-001", {});
    // Less is not worth beginning before it is sent.
    await open.comment("Nước ngập đến cửa. ".repeat(6000));
    await open.close();
    const ready = async (): Promise<void> => {
      expect(await phone.sync()).toMatchObject({ outcome: "offline" });
      await vi.waitFor(() => expect(count.open).toBe(1));
    };
    await ready();
    phone.lock();
    await vi.waitFor(() => expect(count.open).toBe(0));
    await phone.unlock(PIN);
    await ready();
    const { begun } = count;
    await server.serve();
    expect(await phone.sync()).toMatchObject({ outcome: "done", sent: 1 });
    expect(count).toEqual({ begun, open: 0 });
    vi.unstubAllGlobals();
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
});

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
