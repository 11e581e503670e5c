// The fold against written cases; tests/test_fold.py reads the same, and compares both on generated changes.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { canonical, type Json } from "../src/core/canonical";
import { changeId, composeChange, parseChange, recordId, rowId, uuid7 } from "../src/core/change";
import { nextAt } from "../src/core/clock";
import { answers, fold, history, type FoldedRecord, type Stored } from "../src/core/fold";
import { rowPrefixes, withoutRows } from "../src/core/paths";
import { representative } from "../src/core/same_as";
import { searchKey } from "../src/core/text";

interface FoldCase {
  name: string;
  rules: Record<string, string>;
  changes: { id: string; at: number; author: string; role: string; seen: string[]; set: Record<string, Json> }[];
  expect: Record<string, Json>;
}

interface ChangeVectors {
  parse: { name: string; body: string; expect: string | Record<string, Json> }[];
  ids: { body: string; id: string }[];
  numbers: { json: string; text: string }[];
  search_keys: { text: string; key: string }[];
  record_ids: { form: string; values: string[]; record: string }[];
  same_as: { edges: Record<string, string[]>; deleted: string[]; representatives: Record<string, string> }[];
  clock: { seen: number[]; wall: number; at: number }[];
}

const vectors = (file: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../tests/vectors/${file}`, import.meta.url)), "utf8"));
const folds: FoldCase[] = vectors("fold.json").fold;
const changes: ChangeVectors = vectors("fold_change.json");

function storedOf(one: FoldCase): Stored[] {
  return one.changes.map(({ id, at, role, author, seen, set }) => {
    const header = { v: 1, record: "r1", form: "f", form_version: "1", device: "d", seq: 1 };
    return { id, at, role, change: { ...header, at, author, seen, set } };
  });
}

describe("law 1: a case folds as written", () => {
  it.each(folds.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const record = fold("r1", storedOf(one), one.rules);
    const got: Record<string, unknown> = {};
    for (const key of Object.keys(one.expect)) {
      got[key] = key === "conflicts" ? idsByPath(record) : record[key as keyof FoldedRecord];
    }
    expect(canonical(got)).toBe(canonical(one.expect));
  });
});

it("compares thousands of rows made apart", () => {
  const header = { v: 1, record: "r1", form: "f", form_version: "1", device: "d", seq: 1, author: "u" };
  const numbers = Array.from({ length: 9_000 }, (_, number) => number);
  const change = (id: string, at: number, seen: string[], set: Record<string, Json>): Stored => ({
    id, at, role: "", change: { ...header, at, seen, set },
  });
  const made = ["b", "c"].map((id) => change(id, 1, [], Object.fromEntries(numbers.map((n) => [`a/${id}${n}/x`, 1]))));
  const told = numbers.slice(1).map((n): [string, Json] => [`a/b${n}/@same_as`, `b${n}`]);
  const record = fold("r1", [...made, change("d", 2, ["b", "c"], Object.fromEntries(told))], {});
  expect(record.places.rows_to_compare).toEqual(["a/b0", ...numbers.map((n) => `a/c${n}`).sort()]);
});

function idsByPath(record: FoldedRecord): Record<string, string[]> {
  const conflicts = Object.entries(record.conflicts);
  return Object.fromEntries(conflicts.map(([path, heads]) => [path, heads.map((head) => head.id)]));
}

describe("law 1: a body is read or refused as written", () => {
  it.each(changes.parse.map((one) => [one.name, one] as const))("%s", (_, one) => {
    for (const body of [one.body, new TextEncoder().encode(one.body)]) {
      const change = parseChange(body);
      if (typeof one.expect === "string" || typeof change === "string") {
        expect(change).toBe(one.expect);
        continue;
      }
      const got = Object.fromEntries(Object.keys(one.expect).map((key) => [key, change[key as keyof typeof change]]));
      expect(canonical(got)).toBe(canonical(one.expect));
    }
  });

  it("refuses bytes that are no text or too many", () => {
    expect(parseChange(Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe("not_utf8");
    expect(parseChange(" ".repeat(256 * 1024 + 1))).toBe("too_large");
    expect(parseChange(" ".repeat(256 * 1024))).toBe("not_json");
    expect(parseChange("[".repeat(100_000))).toBe("too_deep");
  });
});

describe("law 1: ids, numbers, keys and clocks are as written", () => {
  it("ids", async () => {
    for (const { body, id } of changes.ids) expect(await changeId(body)).toBe(id);
    for (const { form, values, record } of changes.record_ids) expect(await recordId(form, values)).toBe(record);
    expect(uuid7(0x0192f3c87d7e, Uint8Array.from({ length: 10 }, (_, index) => index))).toBe(
      "0192f3c8-7d7e-7001-8203-040506070809",
    );
    expect(rowId(1_789_640_123_456, Uint8Array.of(0, 1, 10, 35)) < rowId(1_789_640_123_457, new Uint8Array(4))).toBe(true);
    expect(rowId(0, new Uint8Array(4))).toHaveLength(12);
  });
  it("numbers and search keys", () => {
    for (const { json, text } of changes.numbers) expect(canonical(JSON.parse(json))).toBe(text);
    for (const { text, key } of changes.search_keys) expect(searchKey(text)).toBe(key);
  });
  it("representatives and clocks", () => {
    for (const { edges, deleted, representatives } of changes.same_as) {
      expect(Object.fromEntries(representative(edges, new Set(deleted)))).toEqual(representatives);
    }
    for (const { seen, wall, at } of changes.clock) expect(nextAt(seen, wall)).toBe(at);
  });
  it("paths", () => {
    expect(withoutRows("a/r/b/s/name")).toBe("a/b/name");
    expect(withoutRows("@comment/k")).toBe("@comment");
    expect(rowPrefixes("a/r/b/s/name")).toEqual(["a/r", "a/r/b/s"]);
    expect(rowPrefixes("@comment/k")).toEqual([]);
  });
});

it("a composed change is read back as it was meant", () => {
  const set = { q: 1e16, name: "a\u0301", none: "", list: [], "m/r1/age": 3 };
  const header = { record: "r1", form: "f", form_version: "1", device: "d1", seq: 1, at: 5, author: "u", seen: ["x"] };
  const body = composeChange({ ...header, set });
  expect(body).toBe(
    '{"v":1,"record":"r1","form":"f","form_version":"1","device":"d1","seq":1,"at":5,"author":"u",' +
      '"seen":["x"],"set":{"q":1e+16,"name":"á","none":null,"list":null,"m/r1/age":3}}',
  );
  expect(parseChange(body)).toEqual({ v: 1, ...header, set: { ...set, name: "á", none: null, list: null } });
});

it("answers leave out system paths, and the history lists every change", () => {
  const one = folds.find((each) => each.name.startsWith("a row's deletion hides its values"))!;
  const stored = storedOf(one);
  expect(answers(fold("r1", stored, {}))).toEqual({ "m/r2/age": 6 });
  expect(history(stored.reverse()).map((entry) => entry.id)).toEqual(["a1", "b1"]);
});
