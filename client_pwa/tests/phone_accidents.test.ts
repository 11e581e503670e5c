/** Servers put back, phones copied, restored and shut out. */
import { existsSync } from "node:fs";
import { openDB } from "idb";
import { describe, expect, test, vi } from "vitest";
import { type Collector } from "../src/phone/collector";
import { PIN, copyOfNewest, enrolled, interview, newestDatabase, server, start } from "./real_phones";

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
    const copy = await copyOfNewest();
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
    const name = newestDatabase();
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
    const copy = await copyOfNewest();
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
    const copy = await copyOfNewest();
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
    const db = await openDB(newestDatabase());
    expect(await db.count("rows")).toBe(0);
    expect(await db.count("keyring")).toBe(0);
    db.close();
  });

  test("a revoked phone whose line breaks keeps what it could not send, photos too, and empties itself the next time", async () => {
    const phone = await enrolled("A");
    const open = await interview(phone, "TL-001", {});
    const photo = await phone.saveFile(new TextEncoder().encode(`last ${newestDatabase()}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
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
    const later = await start(await copyOfNewest());
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
