import { describe, expect, it } from "vitest";
import { formatDate, formatNumber, isHalfGrouped, moneyInWords, parseDate, parseNumber, parseTime } from "../src/ui/format";

describe("a typed number", () => {
  it.each([
    ["1.200.000", true, 1_200_000],
    ["1 200 000", true, 1_200_000],
    ["1.200.000,5", true, 1_200_000.5],
    ["42,5", true, 42.5],
    ["0.500", true, 0.5],
    ["1.5", true, 1.5],
    ["1.500", false, 1500],
    ["-7", false, -7],
    ["1984", false, 1984],
  ])("reads %s in Vietnamese (decimals: %s)", (typed, allowsDecimals, value) => {
    expect(parseNumber(typed, "vi", allowsDecimals)).toEqual({ kind: "number", value });
  });

  it("asks which is meant when a dot could group or divide", () => {
    expect(parseNumber("1.500", "vi", true)).toEqual({ kind: "ambiguous", whole: 1500, fraction: 1.5 });
    expect(parseNumber("1,500", "en", true)).toEqual({ kind: "ambiguous", whole: 1500, fraction: 1.5 });
  });

  it.each(["1,2,3", "12a", "1.50.000", "5e2", "+5", ","])("takes %s for no number", (typed) => {
    expect(parseNumber(typed, "vi", true)).toEqual({ kind: "invalid" });
  });

  it("does not read what may still become thousands", () => {
    expect(["1.", "1.5", "12.50", "-1.5"].filter((typed) => !isHalfGrouped(typed, "vi"))).toEqual([]);
    expect(["1", "0.5", "1.500", "1,5", "1.500.0", "1234.5", ""].filter((typed) => isHalfGrouped(typed, "vi"))).toEqual([]);
    expect(isHalfGrouped("1,5", "en")).toBe(true);
  });

  it("takes no fraction where a whole number is asked", () => {
    expect(parseNumber("2,5", "vi", false)).toEqual({ kind: "invalid" });
  });

  it("reads back what it writes", () => {
    for (const value of [0, 7, 1500, 1_200_000, -45_000]) {
      expect(parseNumber(formatNumber(value, "vi"), "vi", false)).toEqual({ kind: "number", value });
    }
  });
});

describe("money in words", () => {
  it.each([
    [1_200_000, "1,2 triệu đồng"],
    [120_000, "120 nghìn đồng"],
    [50_000_000, "50 triệu đồng"],
    [1_250_000_000, "1,25 tỷ đồng"],
    [1_234_567, "1 triệu 234 nghìn 567 đồng"],
    [500, "500 đồng"],
    [0, "0 đồng"],
  ])("%d is said exactly", (amount_vnd, words) => {
    expect(moneyInWords(amount_vnd, "vi")).toBe(words);
  });
});

describe("dates", () => {
  it.each(["22/11/2026", "22-11-2026", "22.11.2026", "22112026", " 22/11/2026 "])("reads %s", (typed) => {
    expect(parseDate(typed)).toBe("2026-11-22");
  });
  it.each(["31/02/2026", "2026", "22/11/26", "1/13/2026", ""])("knows no day %s", (typed) => {
    expect(parseDate(typed)).toBeNull();
  });
  it("writes day before month", () => {
    expect(formatDate("2026-11-02")).toBe("02/11/2026");
  });
  it("reads times as they are written", () => {
    expect([parseTime("14:05"), parseTime("14h05"), parseTime("1405"), parseTime("25:00")]).toEqual([[14, 5], [14, 5], [14, 5], null]);
  });
});
