import { expect, it } from "vitest";
import type { Expr, Text } from "../src/core/form";
import { sharedText, tidied, withinSentence } from "../src/phone/interview/row_kind";

const NAME: Expr = ["r", 3];
const HEAD: Expr = ["r", 0];
const isOwn = (part: Expr): boolean => part === NAME;

/** As a sentence shows it where the household's head is Ka Mộc. */
function kindOf(label: Text[string]): string {
  const { vi } = withinSentence(sharedText({ vi: label }, isOwn));
  return tidied(typeof vi === "string" ? vi : vi!.map((part) => (part === HEAD ? "Ka Mộc" : String(part))).join(""));
}

it.each([
  ["Thành viên hộ", "thành viên hộ"],
  [["Con đi học: ", NAME], "con đi học"],
  [["Con đi học – ", NAME, " (", NAME, ")"], "con đi học"],
  [[NAME, ". Con của ", HEAD], "con của Ka Mộc"],
  [[HEAD, ": Ruộng"], "Ka Mộc: Ruộng"],
  [["Vụ ", NAME, " của nhà này:"], "vụ của nhà này"],
  ["NCT trong hộ", "NCT trong hộ"],
  ["Ô đất", "ô đất"],
  ["Đất ở Đạ K'Nàng", "đất ở Đạ K'Nàng"],
  [[NAME], ""],
] as [Text[string], string][])("the rows of %j are within a sentence called %s", (label, kind) => {
  expect(kindOf(label)).toBe(kind);
});
