import { describe, expect, it } from "vitest";
import { readPart } from "../src/phone/questions/moments";
import { area_m2, closed, corners, length_m, parsePoint, type Point } from "../src/phone/questions/places";
import { moneyInWords, numberInWords } from "../src/ui/format";

// 100 m by 200 m at 12 degrees north.
const NORTH = 100 / 111_195.08;
const EAST = 200 / (111_195.08 * Math.cos((12 * Math.PI) / 180));
const at = (north: number, east: number): Point => [12 + north * NORTH, 108 + east * EAST, 0, 0];
const FIELD = [at(0, 0), at(0, 1), at(1, 1), at(1, 0)];

describe("points that were walked", () => {
  it("are measured in metres", () => {
    expect(length_m(FIELD)).toBeCloseTo(500, 0);
    expect(area_m2(FIELD)).toBeCloseTo(20_000, -1);
    expect(area_m2(closed(FIELD))).toBeCloseTo(20_000, -1);
  });
  it("close from three corners on, and open again to the same", () => {
    expect(closed(FIELD.slice(0, 2))).toEqual(FIELD.slice(0, 2));
    expect(closed(FIELD.slice(0, 3))).toEqual([...FIELD.slice(0, 3), FIELD[0]]);
    for (const count of [1, 2, 3, 4]) expect(corners(closed(FIELD.slice(0, count)))).toEqual(FIELD.slice(0, count));
  });
  it.each([
    ["12,03125; 108,4405", "vi"], ["12.03125, 108.4405", "vi"], ["12,03125 108,4405", "vi"], ["12.03125,108.4405", "en"],
  ] as const)("%s is read in %s", (typed, lang) => {
    expect(parsePoint(typed, lang)).toEqual([12.03125, 108.4405, 0, 0]);
  });
  it.each(["", "12", "91; 108", "12; 181", "a; b", "1; 2; 3"])("%s is no place", (typed) => {
    expect(parsePoint(typed, "vi")).toBeNull();
  });
});

describe("what was typed where a whole date is wanted", () => {
  it("may be a year or a month alone", () => {
    expect(readPart("1984")).toEqual({ form: "year", typed: "1984", iso: "1984-01-01" });
    expect(readPart("5/1984")).toEqual({ form: "month", typed: "05/1984", iso: "1984-05-01" });
    expect(readPart("30/2/1984")).toBeNull();
  });
});

it("large numbers are read back as money is, without the dong", () => {
  expect(numberInWords(1_200_000, "vi")).toBe("1,2 triệu");
  expect(numberInWords(-2_000_000, "en")).toBe("−2 million");
  expect(moneyInWords(-2_000_000, "vi")).toBe("−2 triệu đồng");
});
