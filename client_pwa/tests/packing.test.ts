import fc from "fast-check";
import { expect, test } from "vitest";
import vectors from "../../tests/vectors/packing.json";
import type { Json } from "../src/core/canonical";
import { composeChange, parseChange, type Change } from "../src/core/change";
import type { Form } from "../src/core/form";
import { namesOf, namesOfTables, Packer, unpack, type Packed, type Table } from "../src/core/packing";

const unspoken = (said: string | null): Packed | null => said === null ? null : (JSON.parse(said) as Packed);
const read = (body: string): Change => parseChange(body) as Change;
const rebuilt = (packed: (Packed | null)[], tables: Table[]): (string | null)[] => {
  const names = namesOfTables(tables)!;
  return packed.map((each) => each && unpack(each, tables[each[0]]!, names[each[0]]!));
};

/** As Python writes it, which leaves nothing out. */
const withMore = ([form, version, device, author, names, more = []]: Table): Table => [form, version, device, author, names, more];

test.each(vectors.packed)("both languages pack alike: $name", ({ bodies, tables, packed }) => {
  const packer = new Packer(() => undefined);
  const made = bodies.map((body) => unspoken(packer.pack(body, read(body))));
  expect(JSON.parse(JSON.stringify([packer.tables.map(withMore), made]))).toEqual([tables, packed]);
  expect(rebuilt(packed as Packed[], tables as unknown as Table[])).toEqual(bodies);
});

test.each(vectors.as_they_are)("neither language packs what cannot be rebuilt: $name", ({ body }) => {
  const change = parseChange(body);
  if (typeof change !== "string") expect(new Packer(() => undefined).pack(body, change)).toBeNull();
});

test.each(vectors.names)("both languages name what a form asks alike", ({ form, names }) => {
  expect(namesOf(form as unknown as Form)).toEqual(names);
});

const row = fc.constantFrom("r1", "m7k2", "đ", "a-b", "1");
const path = fc.oneof(
  fc.constantFrom("a", "b", "c", "tên", "@env", "@area", "@status", "@comment/k1", "7", "__proto__"),
  fc.tuple(fc.constantFrom("m", "n"), row, fc.constantFrom("x", "y", "@deleted")).map((parts) => parts.join("/")),
  fc.tuple(row, row, fc.constantFrom("x", "@row")).map(([first, second, name]) => `m/${first}/c/${second}/${name}`),
);
const scalar = fc.oneof(fc.string({ unit: "grapheme" }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null));
const value: fc.Arbitrary<Json> = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(fc.string(), scalar, { maxKeys: 3 }), fc.array(fc.array(scalar)));
const written = fc.record({
  set: fc.uniqueArray(fc.tuple(path, value), { maxLength: 8, selector: ([name]) => name }),
  device: fc.constantFrom("d1", "d2"),
  author: fc.constantFrom("u-han", "u-lan", "x".repeat(60)),
  seen: fc.array(fc.constantFrom("pX0u1bq2l8mM3y2k0zq7Wg", "q"), { maxLength: 2 }),
});

test("what is packed comes back as the exact text, whoever knows which names", () => {
  const namesKnown = fc.constantFrom<string[] | undefined>(undefined, ["@env", "@area", "a", "b", "m/x"], []);
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), namesKnown, (changes, known) => {
      const packer = new Packer(() => known);
      const bodies = changes.map(({ set, ...origin }, seq) =>
        composeChange({ record: "r", form: "f", form_version: "1", seq, at: 5, ...origin, set: Object.fromEntries(set) }));
      const packed = bodies.map((body) => unspoken(packer.pack(body, read(body))));
      const tables = packer.tables.map((table) => (known?.length && typeof table[4] !== "number" ? ([...table.slice(0, 4), known, table[5]] as unknown as Table) : table));
      expect(rebuilt(packed, tables)).toEqual(bodies.map((body, number) => (packed[number] ? body : null)));
    }),
    { numRuns: 200 },
  );
});

test("what no server packs gives no text, and ends", () => {
  const key = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.constantFrom("", "r1", "r1/s1", "/"), fc.constant(1e15));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 8 }), fc.array(scalar, { maxLength: 6 }), (keys, values) => {
      const table: Table = ["f", "1", "d", "u"];
      const text = unpack([0, "r", 1, 5, [], keys, values], table, ["a", "m/x", "@area"]);
      expect(text === null || text.startsWith('{"v":1,"record":"r"')).toBe(true);
    }),
    { numRuns: 200 },
  );
  expect(unpack([0, "r", 1, 5, [], [0, 1], ["x".repeat(300_000)]], ["f", "1", "d", "u"], ["a"])).toBeNull();
  expect(namesOfTables([["f", "1", "d", "u", 3]])).toBeNull();
});
