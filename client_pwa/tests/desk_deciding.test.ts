import { describe, expect, test } from "vitest";
import type { Json } from "../src/core/canonical";
import { fold } from "../src/core/fold";
import type { ApartRow, DeskHead, FullRecord, HistoryEntry, Writer } from "../src/desk/api";
import { newestOf, people, wholeVersionOf, writesOf } from "../src/desk/decisions";
import { takingBackFromHistory, takingBackJustMade } from "../src/desk/undo";
import type { Writes } from "../src/desk/writes";

const RECORD = "r1";

/** A record's history as the desk is given it: everybody has seen what is named. */
class History {
  entries: HistoryEntry[] = [];

  write(author: string, set: Writes, seen: string[], role = "interviewer"): string {
    const id = `c${this.entries.length + 1}`;
    const at = 1000 * (this.entries.length + 1);
    this.entries.push({ id, author, author_name: author, role, device: `${author}-phone`, device_label: "", at, set, seen, is_erased: false });
    return id;
  }
  all(): string[] {
    return this.entries.map((entry) => entry.id);
  }
  decide(set: Writes): string {
    return this.write("hạnh", set, this.all(), "supervisor");
  }
  takeBack(id: string): void {
    const sets = takingBackFromHistory(this.shown(), this.entries.find((entry) => entry.id === id)!);
    const seen = this.all();
    for (const set of sets) this.write("hạnh", set, seen, "supervisor");
  }
  folded() {
    const stored = this.entries.map(({ id, at, role, author, device, set, seen }) => ({
      id, at, role, change: { v: 1, record: RECORD, form: "f", form_version: "1", device, seq: 0, at, author, seen, set },
    }));
    return fold(RECORD, stored, {});
  }
  shown(apart: ApartRow[] = []): FullRecord {
    const folded = this.folded();
    const conflicts = Object.fromEntries(Object.entries(folded.conflicts).map(([path, heads]) => [path, heads.map((head) => this.head(head.id, head.value))]));
    return { record: RECORD, history: this.entries, seen: folded.seen, values: folded.values, conflicts, apart, status: folded.status } as unknown as FullRecord;
  }
  head(id: string, value: Json): DeskHead {
    const { author, author_name, device, device_label, at, role } = this.entries.find((entry) => entry.id === id)!;
    return { id, author, author_name, device, device_label, at, role, value, had_seen: null, had_seen_any: false, seen_from: null, put_back: null };
  }
  /** Open questions with their values, newest first. */
  open(): Record<string, Json[]> {
    return Object.fromEntries(Object.entries(this.folded().conflicts).map(([path, heads]) => [path, heads.map((head) => head.value)]));
  }
}

function twoInterviews(): History {
  const history = new History();
  history.write("hân", { size: 4, wall: "wood", water: "well", "@status": "submitted" }, []);
  history.write("lan", { size: 5, wall: "brick", water: "well", "@status": "submitted" }, []);
  return history;
}

describe("taking a decision back", () => {
  test("the question is open again with all its values, the newest shown as before", () => {
    const history = twoInterviews();
    const before = history.open();
    const shown = history.folded().values;
    history.takeBack(history.decide({ size: 4, wall: "brick" }));
    expect(history.open()).toEqual(before);
    expect(history.folded().values).toEqual(shown);
  });

  test("just made and found in the history it writes the same", () => {
    const history = twoInterviews();
    const record = history.shown();
    const set = { size: 4, wall: "mud", "@comment/x": { text: "Hỏi lại" }, "@status": "returned" };
    const justMade = takingBackJustMade(record, set);
    const id = history.decide(set);
    expect(takingBackFromHistory(history.shown(), history.entries.find((entry) => entry.id === id)!)).toEqual(justMade);
    expect(justMade.at(-1)).toMatchObject({ "@comment/x": null, "@status": "submitted" });
  });

  test("what arrived meanwhile stays a candidate, and what was written over the decision stays", () => {
    const history = twoInterviews();
    const decision = history.decide({ size: 4, wall: "brick" });
    history.write("ka sa", { size: 6 }, []);
    history.write("hân", { wall: "leaf" }, [...history.all()]);
    history.takeBack(decision);
    expect(Object.keys(history.open())).toEqual(["size"]);
    expect([...history.open().size!].sort()).toEqual([4, 5, 6]);
    expect(history.folded().values.wall).toBe("leaf");
  });

  test("decided, taken back and decided again, it can be taken back once more", () => {
    const history = twoInterviews();
    const before = history.open();
    history.takeBack(history.decide({ size: 4, wall: "brick" }));
    const again = history.decide({ size: 5, wall: "wood" });
    expect(history.open()).toEqual({});
    history.takeBack(again);
    expect(history.open()).toEqual(before);
  });

  test("a correction gets its former value, an approval waits again, a hidden row comes back", () => {
    const history = new History();
    history.write("hân", { size: 4, "member/a/name": "Ka Một", "@status": "submitted" }, []);
    history.takeBack(history.decide({ size: 9, "member/a/@deleted": true, "@status": "approved" }));
    const { values, hidden_rows, status } = history.folded();
    expect([values.size, values["member/a/name"], hidden_rows, status]).toEqual([4, "Ka Một", [], "submitted"]);
  });

  test("what an interviewer wrote, and what took something back, is no decision to take back", () => {
    const history = twoInterviews();
    history.takeBack(history.decide({ size: 4 }));
    const offered = history.entries.filter((entry) => takingBackFromHistory(history.shown(), entry).length > 0);
    expect(offered).toEqual([]);
  });
});

describe("one person's whole version", () => {
  const row = (prefix: string, author: string): ApartRow => ({ prefix, known_to: [author], made_by: { author } as Writer });

  test("takes all their values and hides the rows that others made apart from theirs", () => {
    const record = twoInterviews().shown([row("member/a", "hân"), row("member/b", "lan"), row("plot/x", "lan")]);
    const plan = wholeVersionOf(record, "hân");
    expect(writesOf(plan)).toEqual({ size: 4, wall: "wood", "member/b/@deleted": true });
  });

  test("leaves open what the person did not answer", () => {
    const history = twoInterviews();
    history.write("sa", { wall: "mud" }, []);
    const plan = wholeVersionOf(history.shown(), "sa");
    expect([writesOf(plan), plan.left]).toEqual([{ wall: "mud" }, ["size"]]);
  });

  test("the newest of everything takes each question's newest value", () => {
    expect(writesOf(newestOf(twoInterviews().shown()))).toEqual({ size: 5, wall: "brick" });
  });

  test("people are named with the number of records in which they have a value", () => {
    const both = twoInterviews().shown();
    const history = new History();
    history.write("hân", { size: 1 }, []);
    history.write("sa", { size: 2 }, []);
    expect(people([both, history.shown()]).map(({ author, records }) => [author, records])).toEqual([["hân", 2], ["lan", 1], ["sa", 1]]);
  });
});
