/** A commune of phones as they are, on a server process as it is, over a line that fails; and what must hold at its end. */
import { expect, vi } from "vitest";
import { canonical, type Json } from "../src/core/canonical";
import type { Collector } from "../src/phone/collector";
import type { Ledger } from "../src/phone/ledger";
import { PIN, copyOf, enrolled, newestDatabase, server, start } from "./real_phones";

/** What becomes of a request. `thin`: a page of this many changes at most. */
export type Fault = "none" | "lost before" | "lost after" | "twice" | "server killed" | `thin ${1 | 2 | 3}`;
interface Phone { name: string; database: string; area: string; collector: Collector }

const MOST_PHONES = 5;
/** A copy that finds out that it is one, and a server that was put back, each take a round more. */
const ROUNDS = 4;

export class Commune {
  readonly phones: Phone[] = [];
  log: string[] = [];
  /** What a screen said is saved: by phone, record and question, the answer as it stands in a change. */
  readonly saved = new Map<string, { record: string; text: string }>();
  /** Every change that any phone has ever shown, with its record. */
  readonly shown = new Map<string, string>();
  /** Households. What is about one goes with it, also what comes later. */
  readonly erased = new Set<string>();
  private readonly subjects = new Map<string, string>();
  private copies: string[] = [];
  private faults: Fault[] = [];
  private answers = 1_000_000;
  private isSyncing = false;

  static async make(): Promise<Commune> {
    const commune = new Commune();
    for (const [name, area, user] of [["a", "A", "Han"], ["b", "B", "Ba"], ["x", "X", "Ba"]] as const)
      commune.phones.push({ name, area, collector: await enrolled(area, user), database: newestDatabase() });
    const line = globalThis.fetch;
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => commune.ask(line, String(input), init));
    return commune;
  }

  private async ask(line: typeof fetch, url: string, init?: RequestInit): Promise<Response> {
    const fault = url.includes("/api/") && this.isSyncing ? (this.faults.shift() ?? "none") : "none";
    if (fault === "lost before") throw new TypeError(fault);
    const thin = fault.startsWith("thin") && url.includes("/api/pull") ? `${url.includes("?") ? "&" : "?"}limit=${fault.at(-1)!}` : "";
    const asked = line(url + thin, init);
    if (fault === "server killed") await Promise.allSettled([asked, server.kill()]);
    const answer = await asked;
    if (fault === "none" || thin) return answer;
    const [head, body] = [{ status: answer.status, headers: answer.headers }, await answer.arrayBuffer()];
    if (fault === "twice") return line(url, init);
    if (fault === "lost after") throw new TypeError(fault);
    return new Response(body, head);
  }

  phone(number: number): Phone { return this.phones[number % this.phones.length]!; }
  private ledger(phone: Phone): Ledger { return phone.collector["inside"].ledger; }
  private value(): number { return ++this.answers; }

  async interview(number: number, household: number, closes: boolean): Promise<void> {
    const { name, collector } = this.phone(number);
    const lines = collector.households();
    if (lines.length === 0 || !collector.round) return;
    const open = await collector.openFor("living_conditions", lines[household % lines.length]!.record, collector.round.id);
    const value = this.value();
    await open.answerAll({ visit_outcome: "met", consent_main: "yes", inc_wage: value });
    this.saved.set(`${name} ${open.record}`, { record: open.record, text: `"inc_wage":${value}` });
    if (closes) await open.close();
  }

  async newHousehold(number: number, submits: boolean): Promise<void> {
    const { name, collector } = this.phone(number);
    if (collector.hamlets.length === 0) return;
    const open = await collector.newHousehold(collector.hamlets[0]!.code);
    const head = `Ka ${this.value()}`;
    await open.answerAll({ head_name: head, status: "active" });
    this.saved.set(`${name} ${open.record}`, { record: open.record, text: `"head_name":${JSON.stringify(head)}` });
    await (submits ? open.submit() : open.close());
  }

  async move(household: number, area: string): Promise<void> {
    const { collector } = this.phones.find((phone) => phone.area === "X")!;
    const lines = collector.households();
    if (lines.length === 0) return;
    const open = await collector.open(lines[household % lines.length]!.record);
    await open.answerAll({ "@area": area });
    await open.close();
  }

  /** `commits`: as many as its disk keeps of this sync, then the phone is shut, and opened again. */
  async sync(number: number, faults: Fault[] = [], commits?: number): Promise<void> {
    const phone = this.phone(number);
    [this.faults, this.isSyncing] = [[...faults], true];
    const wasShut = commits !== undefined;
    if (wasShut) this.shutAfter(phone, commits);
    const report = await phone.collector.sync().catch((error: unknown) => {
      if (!wasShut) throw error;
    });
    [this.faults, this.isSyncing] = [[], false];
    this.log.push(`  ${phone.name}: ${report?.outcome ?? "shut"} ${report?.problem?.problem ?? ""}`);
    expect(report?.problem?.problem, report?.problem?.detail).not.toBe("phone");
    if (!server.isUp) await server.serve();
    if (wasShut) await this.reopen(number);
  }

  /** What another phone said is on its way to the one that sees the whole commune when that is shut. */
  async cutShort(number: number, household: number, commits: number): Promise<void> {
    await this.interview(number, household, true);
    await this.sync(number);
    await this.sync(this.phones.findIndex(({ area }) => area === "X"), [], commits);
  }
  private shutAfter(phone: Phone, commits: number): void {
    const ledger = this.ledger(phone);
    const commit = ledger.commit.bind(ledger);
    let left = commits;
    ledger.commit = async (...entry) => {
      await commit(...entry);
      if (--left === 0) phone.collector.lock();
    };
  }

  async reopen(number: number): Promise<void> {
    const phone = this.phone(number);
    phone.collector.lock();
    phone.collector = await this.unlocked(phone.database);
  }
  private async unlocked(database: string): Promise<Collector> {
    const collector = await start(database);
    expect(await collector.unlock(PIN)).toBe(true);
    return collector;
  }

  async copyPhone(number: number): Promise<void> {
    if (this.phones.length === MOST_PHONES) return;
    const { name, area, database } = this.phone(number);
    const copy = await copyOf(database);
    this.phones.push({ name: `${name}'`, area, database: copy, collector: await this.unlocked(copy) });
  }

  assign(number: number, area: string): void {
    const phone = this.phone(number);
    const { deviceId } = phone.collector;
    // Who moves households sees the whole commune. A server that was put back may not know the newest id of a phone.
    if (phone.area !== "X" && server.thon("device", "list").includes(deviceId)) server.thon("device", "assign", deviceId, "--area", area);
  }

  async down(work: () => void): Promise<void> {
    await server.kill();
    work();
    await server.serve();
  }
  keepCopy(): void {
    const copy = `copy-${this.copies.length}-${this.value()}`;
    server.keepCopy(copy);
    this.copies.push(copy);
  }
  putBack(number: number): void {
    if (this.copies.length > 0) server.putBack(this.copies[number % this.copies.length]!);
  }
  /** A household with all that is about it. A copy from before is `thon restore`'s to put back, which erases again. */
  erase(household: number): void {
    const { records } = server.entitled();
    const households = Object.keys(records).filter((record) => records[record]!.includes('"form":"household"')).sort();
    const record = households[household % households.length]!;
    this.erased.add(record);
    server.thon("erase", record, "--reason", "x", "--yes");
    this.copies = [];
  }

  /** After each step: what a screen may have shown of it. */
  look(): void {
    for (const phone of this.phones) {
      const { known, drafts } = this.ledger(phone);
      for (const { id, state, change } of known.values()) if (state !== "discarded") this.shown.set(id, change.record);
      for (const { record, subject } of drafts.values()) this.subjects.set(record, subject);
      for (const { change } of known.values()) if (typeof change.set["@subject"] === "string") this.subjects.set(change.record, change.set["@subject"]);
    }
  }
  private isErased(record: string): boolean { return this.erased.has(record) || this.erased.has(this.subjects.get(record) ?? ""); }

  /** The line is whole again, and everything is said. */
  async heal(): Promise<void> {
    for (const phone of this.phones) for (const draft of [...this.ledger(phone).drafts.keys()]) await (await phone.collector.open(draft)).close();
    this.look();
    for (let round = 1; round <= ROUNDS; round++)
      for (const { name, area, collector } of this.phones) {
        let report = await collector.sync();
        if (report.problem?.problem === "unknown_token") {
          await collector.enrolAgain(server.invite(area, "Han", "Ba"), "again");
          report = await collector.sync();
        }
        this.log.push(`  ${name}: ${report.outcome} ${report.problem?.problem ?? ""}`);
        if (round === ROUNDS) expect([name, report], "law 18: every cursor reaches the end").toMatchObject([name, { outcome: "done", sent: 0, received: 0 }]);
      }
    await this.check();
  }

  private async check(): Promise<void> {
    await server.kill();
    expect(server.thon("verify"), "law 24").toContain(": 0 differences.");
    const there = server.entitled();
    const lost = [...this.shown].filter(([id, record]) => !(id in there.log) && !(id in there.on_hold) && !this.isErased(record));
    expect(lost, "laws 15, 19 and 20: every change that a phone has shown is at the server").toEqual([]);
    const said = there.bodies.join("\n");
    const unsaid = [...this.saved.values()].filter(({ record, text }) => !this.isErased(record) && !said.includes(text));
    expect(unsaid, "law 16: what was said to be saved is at the server").toEqual([]);
    for (const [number, { name }] of this.phones.entries()) {
      // From its disk, not from what was in memory.
      await this.reopen(number);
      const ledger = this.ledger(this.phone(number));
      expect([name, ledger.outbox(), [...ledger.drafts.keys()]], "law 18: the outbox is empty").toEqual([name, [], []]);
      const given = there.given[ledger.device.id]!;
      const confirmed = [...ledger.known.values()].filter(({ state }) => state === "confirmed");
      const here = confirmed.map(({ id, receipt }) => [id, receipt!.pos, receipt!.at, receipt!.role].join(" ")).sort();
      expect([name, here], "laws 17 and 21: it holds what it is given, with its receipts, and nothing else").toEqual([name, given.map((id) => [id, ...there.log[id]!].join(" ")).sort()]);
      const held = [...ledger.known.values()].filter(({ state }) => state === "held").map(({ id }) => [id, there.on_hold[id]]);
      expect(held.filter(([, state]) => state !== "held"), "law 17: a decision reaches the phone").toEqual([]);
      const open = new Set(held.map(([id]) => ledger.known.get(id!)!.change.record));
      for (const record of ledger.records().filter((each) => !open.has(each)))
        expect(canonical(ledger.folded(record) as unknown as Json), "law 1").toBe(there.records[record]);
    }
  }
}
