import { describe, expect, it } from "vitest";
import { parseMarkdown, plainText } from "../src/phone/markdown";

describe("a form's text", () => {
  it("shows bold, italics and lines", () => {
    expect(parseMarkdown("**Đọc to:**\nmột *hai*")).toEqual([
      [{ text: "Đọc to:", bold: true, italic: false }],
      [{ text: "một ", bold: false, italic: false }, { text: "hai", bold: false, italic: true }],
    ]);
  });
  it("leaves names with underscores and lone stars alone", () => {
    expect(plainText("wg_see_far 2 * 3 **")).toBe("wg_see_far 2 * 3 **");
  });
  it("shows lists, and links as links", () => {
    expect(plainText("- một\n- hai")).toBe("• một • hai");
    const [line] = parseMarkdown("Xem [trang này](https://thon.example/a) và [javascript](javascript:alert(1))");
    expect(line!.map((span) => [span.text, span.href])).toEqual([
      ["Xem ", undefined], ["trang này", "https://thon.example/a"], [" và [javascript](javascript:alert(1))", undefined],
    ]);
  });
  it("reads the tags for emphasis that other apps know", () => {
    expect(parseMarkdown('<b>Đọc</b><br><span style="color:red">to</span>')).toEqual([
      [{ text: "Đọc", bold: true, italic: false }],
      [{ text: "to", bold: false, italic: false }],
    ]);
  });
  it("takes HTML for text", () => {
    expect(plainText("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
  });
});
