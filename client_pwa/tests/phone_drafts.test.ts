import "fake-indexeddb/auto";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { changeId, composeChange } from "../src/core/change";
import type { Json } from "../src/core/wire";
import { suggestionsFor } from "../src/phone/carry";
import { known, Ledger, type Draft } from "../src/phone/ledger";
import { Lines } from "../src/phone/lines";
import { DraftedRecord } from "../src/phone/open_record";
import { Reader } from "../src/phone/reading";
import { Vault } from "../src/phone/vault";
import { INTERVIEW, PUBLISHED, REGISTER } from "./phone_forms";

const START = Date.UTC(2026, 10, 22, 8);
let made = 0;

/** An unlocked phone with two forms and one user, without any server. */
class Desk {
  clock = START;
  constructor(readonly name: string, readonly ledger: Ledger, readonly reader: Reader, readonly lines: Lines) {}

  static async on(name: string, vault: Vault): Promise<Desk> {
    const ledger = await Ledger.load(vault);
    for (const form of [REGISTER, INTERVIEW]) ledger.catalogue.add(form);
    ledger.catalogue.publish(PUBLISHED);
    ledger.device = { ...ledger.device, id: "k3f9x2ab" };
    ledger.enrolled = { ...ledger.enrolled, users: [{ id: "u-han", name: "Hân", role: "interviewer" }], user: "u-han" };
    const reader: Reader = new Reader(ledger, () => desk.clock);
    const desk: Desk = new Desk(name, ledger, reader, new Lines(ledger, reader));
    return desk;
  }

  static async fresh(): Promise<Desk> {
    const name = `drafts-${++made}`;
    const vault = await Vault.open(name);
    await vault.create("135790", "");
    return Desk.on(name, vault);
  }

  /** As after a reload: nothing of memory is left. */
  async reloaded(): Promise<Desk> {
    const vault = await Vault.open(this.name);
    expect(await vault.unlock("135790")).toBe(true);
    return Desk.on(this.name, vault);
  }

  draft(given: Partial<Draft> = {}): Draft {
    const env = { now: START, offset_min: 420, seed: "s", lang: "vi" };
    return { record: "r1", form: "living", version: "1", round: "2026", subject: "h1", area: "A", seen: [], touched: {}, initial: {}, env, isNew: true, author: "u-han", openedAt: START, sealedAt: START, ...given };
  }

  open(draft: Draft): DraftedRecord {
    const offer = suggestionsFor(this.ledger, this.reader, INTERVIEW, draft.subject, draft.round, draft.area);
    const here = { ledger: this.ledger, reader: this.reader, now: () => this.clock, onClosed: () => undefined, onSubmitted: () => undefined };
    return new DraftedRecord(here, INTERVIEW, draft, offer);
  }

  /** A change that came from another phone. */
  async arrives(record: string, set: Record<string, Json>, seen: string[] = [], form = "living", at = START): Promise<string> {
    const body = composeChange({ record, form, form_version: "1", device: "otherone", seq: ++made, at, author: "u-ba", seen, set });
    const id = await changeId(body);
    await this.ledger.commit({ changes: [known(id, { body, state: "confirmed", generation: 0, receipt: { pos: made, at, role: "interviewer", mac: "m" } })!] });
    return id;
  }

  get sealed(): { seen: string[]; set: Record<string, Json>; id: string; at: number; seq: number }[] {
    return [...this.ledger.known.values()].filter((change) => change.change.device === "k3f9x2ab").map(({ id, change }) => ({ ...change, id }));
  }
}

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.fresh();
});

const CONSENTED = { outcome: "met", consent: "yes" };

describe("an open record", () => {
  test("nothing is sealed where nothing was touched", async () => {
    await desk.open(desk.draft()).close();
    expect(desk.sealed).toEqual([]);
    expect(desk.ledger.records()).toEqual([]);
  });

  test("leaving seals one change with exactly what was touched and what a new record must say", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll({ ...CONSENTED, income: 1200000 });
    await open.answer("income", 900000);
    await open.close();
    expect(desk.sealed).toHaveLength(1);
    expect(desk.sealed[0]!.set).toEqual({
      "@env": { now: START, offset_min: 420, seed: "s", lang: "vi" },
      "@area": "A",
      "@round": "2026",
      "@subject": "h1",
      "@status": "draft",
      outcome: "met",
      consent: "yes",
      income: 900000,
    });
    expect(desk.ledger.drafts.size).toBe(0);
  });

  test("an answer is shown at once in a row of any name that another sender may have given it", async () => {
    const first = await desk.arrives("r1", { "@round": "2026", "@subject": "h1", ...CONSENTED, "member/ka@lat/@row": true });
    const open = desk.open(desk.draft({ seen: [first], isNew: false }));
    await open.answer("member/ka@lat/m_name", "Ka Dột");
    expect(open.answers["member/ka@lat/m_name"]).toBe("Ka Dột");
  });

  test("law 16: what was saved is there after the page was killed, sealed or not", async () => {
    await desk.open(desk.draft()).answerAll({ ...CONSENTED, income: 5 });
    const after = await desk.reloaded();
    expect(after.ledger.drafts.get("r1")!.touched).toEqual({ ...CONSENTED, income: 5 });
    await after.open(after.ledger.drafts.get("r1")!).close();
    const again = await after.reloaded();
    expect([...again.ledger.known.values()][0]!.change.set).toMatchObject({ income: 5 });
    expect(again.ledger.drafts.size).toBe(0);
    expect(again.ledger.device.seq).toBe(1);
  });

  test("law 8: what arrives behind the screen is not seen, and becomes a conflict", async () => {
    const first = await desk.arrives("r1", { ...CONSENTED, income: 100 });
    const open = desk.open(desk.draft({ seen: [first], isNew: false }));
    const behind = await desk.arrives("r1", { income: 200 }, [first], "living", START + 5);
    expect(open.answers["income"]).toBe(100);
    await open.answer("income", 300);
    await open.close();
    expect(desk.sealed[0]!.seen).toEqual([first]);
    const folded = desk.ledger.folded("r1")!;
    expect(folded.conflicts["income"]!.map((head) => head.value).sort()).toEqual([200, 300]);
    const shown = desk.open(desk.draft({ seen: [first, behind, desk.sealed[0]!.id], isNew: false }));
    expect(shown.conflicts).toEqual(["income"]);
    await shown.answer("income", 250);
    await shown.close();
    expect(desk.ledger.folded("r1")!.conflicts).toEqual({});
  });

  test("law 8: the author's own changes since opening are seen", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll(CONSENTED);
    desk.clock += 11 * 60_000;
    await open.sealIfOlder(10 * 60_000);
    await open.answer("income", 7);
    await open.close();
    const [first, second] = desk.sealed;
    expect(second!.seen).toEqual([first!.id]);
    expect(second!.set).toEqual({ income: 7 });
    expect(second!.at).toBeGreaterThan(first!.at);
  });

  test("a sync does not seal what was sealed a moment ago", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll({ ...CONSENTED, income: 7 });
    desk.clock += 9 * 60_000;
    await open.sealIfOlder(10 * 60_000);
    expect(desk.sealed).toEqual([]);
  });

  test("law 12: a phone in 1970 writes after what it has seen", async () => {
    const first = await desk.arrives("r1", CONSENTED);
    desk.clock = 5;
    const open = desk.open(desk.draft({ seen: [first], isNew: false }));
    await open.answer("income", 1);
    await open.close();
    expect(desk.sealed[0]!.at).toBe(START + 1);
  });

  test("confirming the same value is a statement", async () => {
    const first = await desk.arrives("r1", { ...CONSENTED, income: 100, "@env": { now: 1 } });
    const open = desk.open(desk.draft({ seen: [first], isNew: false, env: null }));
    await open.answer("income", 100);
    await open.close();
    expect(desk.sealed[0]!.set).toEqual({ income: 100 });
  });
});

describe("a locked phone", () => {
  test("takes no answer on a screen that was left open", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll(CONSENTED);
    desk.ledger.close();
    await expect(open.answer("income", 1)).rejects.toThrow("locked");
    expect((await desk.reloaded()).ledger.drafts.get("r1")!.touched).toEqual(CONSENTED);
  });
});

describe("consent", () => {
  test("before it is answered only what stands before it leaves the draft", async () => {
    const draft = desk.draft();
    const open = desk.open(draft);
    await open.answerAll({ outcome: "met", income: 100 });
    await open.close();
    expect(desk.sealed[0]!.set).toMatchObject({ outcome: "met" });
    expect(desk.sealed[0]!.set).not.toHaveProperty("income");
    expect((await desk.reloaded()).ledger.drafts.get("r1")!.touched).toEqual({ income: 100 });
  });

  test("declined, nothing that stands after it is ever sealed, and nothing lingers", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll({ ...CONSENTED, income: 100 });
    await open.answer("consent", "no");
    await open.submit();
    expect(desk.sealed[0]!.set).toMatchObject({ outcome: "met", consent: "no", "@status": "submitted" });
    expect(desk.sealed[0]!.set).not.toHaveProperty("income");
    expect((await desk.reloaded()).ledger.drafts.size).toBe(0);
  });

  test("declined after something was sealed, it says again what stands before, since the server erases whole changes", async () => {
    const first = await desk.arrives("r1", { "@area": "A", "@round": "2026", "@subject": "h1", "@status": "draft", ...CONSENTED, income: 100 });
    const open = desk.open(desk.draft({ seen: [first], isNew: false, env: null }));
    await open.answer("consent", "no");
    await open.submit();
    expect(desk.sealed[0]!.set).toEqual({ "@area": "A", "@round": "2026", "@subject": "h1", outcome: "met", consent: "no", "@status": "submitted" });
  });

  test("an open conflict is not closed by declining", async () => {
    const first = await desk.arrives("r1", { ...CONSENTED, income: 100 });
    const other = await desk.arrives("r1", { outcome: "absent" });
    const open = desk.open(desk.draft({ seen: [first, other], isNew: false, env: null }));
    await open.answer("consent", "no");
    await open.submit();
    expect(desk.sealed[0]!.set).not.toHaveProperty("outcome");
  });

  test("a visit without an interview needs none", async () => {
    const open = desk.open(desk.draft());
    await open.answer("outcome", "absent");
    await open.submit();
    expect(desk.sealed[0]!.set).toMatchObject({ outcome: "absent", "@status": "submitted" });
  });

  test("no sealed change ever holds an answer that the household had not agreed to", async () => {
    const step = fc.constantFrom<[string, Json]>(["outcome", "met"], ["outcome", "absent"], ["consent", "yes"], ["consent", "no"], ["consent", null], ["income", 1], ["land", "yes"]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 8 }), async (steps) => {
        const open = desk.open(desk.draft({ record: `r${++made}` }));
        let consent: Json = null;
        for (const [[path, value], seals] of steps) {
          const before = desk.sealed.length;
          await open.answer(path, value);
          if (path === "consent") consent = value;
          if (seals) await open.sealIfOlder(0);
          const sealed = desk.sealed.slice(before).flatMap((change) => Object.keys(change.set));
          if (consent !== "yes") expect(sealed.filter((name) => name === "income" || name === "land")).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("the same household twice", () => {
  const lists = (): unknown => desk.lines.register().map(({ record, code, interviewStatus, attempts, duplicates }) => ({ record, code, interviewStatus, attempts, duplicates: duplicates.map((each) => each.record) }));

  test("is listed once, with the interviews about either; taken back, everything is as before", async () => {
    await desk.arrives("h1", { code: "1", head: "Ka Hân", "@area": "A" }, [], "register");
    await desk.arrives("h2", { code: "2", head: "K'Hân", "@area": "A" }, [], "register");
    await desk.arrives("i2", { outcome: "met", "@subject": "h2", "@round": "2026", "@status": "submitted" });
    const before = lists();
    expect(before).toMatchObject([{ record: "h1", interviewStatus: "none" }, { record: "h2", interviewStatus: "submitted" }]);
    const told = await desk.arrives("h2", { "@same_as": "h1" }, [], "register");
    expect(lists()).toMatchObject([{ record: "h1", interviewStatus: "submitted", duplicates: ["h2"] }]);
    expect(desk.lines.others().map((line) => line.subject)).toEqual(["h1"]);
    expect(desk.lines.search("k'hân").map((line) => line.record)).toEqual(["h1"]);
    await desk.arrives("i1", { outcome: "met", "@subject": "h1", "@round": "2026", "@status": "approved" }, [], "living", START - 9);
    expect(lists()).toMatchObject([{ record: "h1", interviewStatus: "approved" }]);
    expect(desk.lines.register()[0]!.interview!.record).toBe("i1");
    await desk.arrives("h2", { "@same_as": null }, [told], "register");
    expect(lists()).toMatchObject([{ record: "h1", interviewStatus: "approved" }, { record: "h2", interviewStatus: "submitted", duplicates: [] }]);
  });

  test("of which only one is here, or which is deleted, stays on the list", async () => {
    await desk.arrives("h2", { code: "2", "@area": "A", "@same_as": "h1" }, [], "register");
    expect(desk.lines.register().map((line) => line.record)).toEqual(["h2"]);
    const born = await desk.arrives("h1", { code: "1", "@area": "A" }, [], "register");
    expect(desk.lines.register().map((line) => line.record)).toEqual(["h1"]);
    await desk.arrives("h1", { "@deleted": true }, [born], "register");
    expect(desk.lines.register().map((line) => line.record)).toEqual(["h2"]);
  });
});

describe("submitting", () => {
  test("leaves out what does not apply, and clears it where an earlier change set it", async () => {
    const first = await desk.arrives("r1", { ...CONSENTED, land: "yes", land_area: 300 });
    const open = desk.open(desk.draft({ seen: [first], isNew: false, env: null }));
    await open.answerAll({ land_area: 400, land: "no" });
    expect(open.answers["land_area"]).toBe(400);
    await open.submit();
    expect(desk.sealed[0]!.set).toMatchObject({ land: "no", land_area: null, "@status": "submitted" });
    expect(desk.ledger.folded("r1")!.values).not.toHaveProperty("land_area");
  });

  test("a draft keeps what does not apply at the moment", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll({ ...CONSENTED, land: "no", land_area: 400 });
    await open.close();
    expect(desk.sealed[0]!.set).toMatchObject({ land_area: 400 });
  });
});

describe("rows", () => {
  test("a row made and removed within one draft was never there", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll(CONSENTED);
    const row = await open.addRow("member");
    await open.answer(`${row}/m_name`, "Ka Dột");
    expect(open.evaluation.rows("member")).toHaveLength(1);
    await open.removeRow(row);
    expect(open.evaluation.rows("member")).toEqual([]);
    await open.close();
    expect(Object.keys(desk.sealed[0]!.set).filter((path) => path.startsWith("member"))).toEqual([]);
  });

  test("a removed row is hidden with its answers, and comes back whole", async () => {
    const first = await desk.arrives("r1", { ...CONSENTED, "member/m1/m_name": "Ka Dột" });
    const open = desk.open(desk.draft({ seen: [first], isNew: false }));
    await open.removeRow("member/m1");
    expect(open.answers).not.toHaveProperty("member/m1/m_name");
    await open.close();
    expect(desk.ledger.folded("r1")!.hidden_rows).toEqual(["member/m1"]);
    const again = desk.open(desk.draft({ seen: [first, desk.sealed[0]!.id], isNew: false }));
    await again.restoreRow("member/m1");
    expect(again.answers["member/m1/m_name"]).toBe("Ka Dột");
    await again.close();
    expect(desk.ledger.folded("r1")!.values["member/m1/m_name"]).toBe("Ka Dột");
  });
});

describe("last round", () => {
  const last = { ...CONSENTED, income: 100, "member/m1/m_name": "Ka Dột", "member/m1/m_here": "yes", "member/m2/m_name": "Ya Tiong", "member/m2/m_here": "no" };

  test("suggests carried answers in their own rows, but not who has gone; nothing is an answer until confirmed", async () => {
    await desk.arrives("old", { ...last, "@round": "2025", "@subject": "h1" });
    const open = desk.open(desk.draft());
    expect(open.suggestions).toEqual({ "member/m1/m_name": "Ka Dột" });
    expect(open.suggestionRound).toBe("Năm 2025");
    expect(open.suggestedRows("member")).toEqual(["member/m1"]);
    expect(open.answers).toEqual({});
    await open.answerAll(CONSENTED);
    await open.confirmRow("member/m1");
    expect(open.suggestedRows("member")).toEqual([]);
    await open.close();
    expect(desk.sealed[0]!.set).toMatchObject({ "member/m1/@row": true, "member/m1/m_name": "Ka Dột" });
  });

  test("refusing an offered row is a statement that other phones see", async () => {
    await desk.arrives("old", { ...last, "@round": "2025", "@subject": "h1" });
    const open = desk.open(desk.draft());
    await open.answerAll(CONSENTED);
    await open.confirmRow("member/m1");
    await open.removeRow("member/m1");
    expect(open.suggestedRows("member")).toEqual([]);
    await open.close();
    expect(desk.sealed[0]!.set).toMatchObject({ "member/m1/@deleted": true });
    expect(desk.sealed[0]!.set).not.toHaveProperty("member/m1/m_name");
  });

  test("a read-only copy serves as well", async () => {
    const answers = { "member/m1/m_name": "Ka Dột", "member/m3/@row": true };
    await desk.ledger.commit({ carried: [{ record: "old", form: "living", round: "2025", subject: "h1", answers }] });
    const open = desk.open(desk.draft());
    expect(open.suggestions).toEqual({ "member/m1/m_name": "Ka Dột" });
    expect(open.suggestedRows("member")).toEqual(["member/m1", "member/m3"]);
  });
});

describe("lists", () => {
  test("a household shows its interview, the visits made in vain and the next one", async () => {
    await desk.arrives("h1", { "@area": "A", code: "TL-001", head: "K'Brình" }, [], "register");
    const about = { "@round": "2026", "@subject": "h1", "@area": "A" };
    const one = await desk.arrives("r1", { ...about, outcome: "absent", "@status": "submitted" });
    await desk.arrives("r1", { outcome: "absent", next_visit: "2026-12-01" }, [one]);
    const [line] = desk.lines.register();
    expect(line).toMatchObject({ name: "K'Brình", code: "TL-001", areaName: "Thôn A", interviewStatus: "submitted", outcome: "absent", attempts: 2, nextVisit: "2026-12-01" });
  });

  test("are searched without diacritics, and likely the same names are found", async () => {
    await desk.arrives("h1", { "@area": "A", code: "TL-001", head: "Hà Thị Thương" }, [], "register");
    await desk.arrives("h2", { "@area": "A", code: "TL-002", head: "K’Brình" }, [], "register");
    expect(desk.lines.search("ha thuong").map((line) => line.code)).toEqual(["TL-001"]);
    expect(desk.lines.search("k'brinh").map((line) => line.code)).toEqual(["TL-002"]);
    expect(desk.lines.similar("Ha Thi Thuong").map((line) => line.code)).toEqual(["TL-001"]);
  });

  test("count from receipts only", async () => {
    const open = desk.open(desk.draft());
    await open.answerAll(CONSENTED);
    expect(desk.lines.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
    await open.close();
    expect(desk.lines.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
    const [change] = [...desk.ledger.known.values()];
    await desk.ledger.commit({ changes: [{ ...change!, state: "confirmed", receipt: { pos: 1, at: START, role: "interviewer", mac: "m" } }] });
    expect(desk.lines.counts()).toMatchObject({ waiting: 0, confirmed: 1 });
    await desk.ledger.commit({ sync: { ...desk.ledger.sync, generation: 1 } });
    expect(desk.lines.counts()).toMatchObject({ waiting: 1, confirmed: 0 });
  });
});
