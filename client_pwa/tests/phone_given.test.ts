/** What a phone is given by its areas, in pages. */
import { describe, expect, test, vi } from "vitest";
import { PIN, enrolled, newDatabase, server, start } from "./real_phones";

describe("what a phone is given", () => {
  test("more than it can hold is said, never ready; it goes on sending, and the rest comes when the areas shrink", async () => {
    const phone = await start(newDatabase(), { most: { changes: 2, weight: 1e6 } });
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
    const phone = await start(newDatabase());
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
    const phone = await start(newDatabase());
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
    const phone = await start(newDatabase());
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
