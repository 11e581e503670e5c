import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en as deskEn } from "../src/desk/words/en";
import { vi as deskVi } from "../src/desk/words/vi";
import { en as phoneEn } from "../src/phone/words/en";
import { vi as phoneVi } from "../src/phone/words/vi";
import type { Phrase } from "../src/ui/i18n";

const SERVER = join(__dirname, "../../server");
const PHONE = join(__dirname, "../src/phone");

function textOf(folder: string, endings: RegExp): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf-8" }).filter((file) => endings.test(file) && !file.startsWith("words"));
  return files.map((file) => readFileSync(join(folder, file), "utf-8")).join("\n");
}

/** Every reason that the server can give for a hold. */
function reasonsOfHolds(): string[] {
  const source = readFileSync(join(SERVER, "intake.py"), "utf-8");
  const refusals = [...source.matchAll(/_Refusal\(([^)]*)/g)].map((found) => found[1]!.split(",")[0]!);
  const answers = [...source.matchAll(/^\s*reason = (.*)$/gm)].map((found) => found[1]!.split(" if ")[0]!);
  const named = [...refusals, ...answers].flatMap((text) => [...text.matchAll(/"(\w+)"/g)].map((found) => found[1]!));
  return [...new Set(named)].filter((reason) => reason !== "newer_version");
}

const places = (phrase: Phrase): string[] => {
  const all = typeof phrase === "string" ? [phrase] : Object.values(phrase);
  return [...new Set(all.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
};

test("every reason of a hold has a word for interviewer and supervisor, and no reason is stale", () => {
  const reasons = reasonsOfHolds().sort();
  expect(reasons).toEqual(expect.arrayContaining(["courier", "discarded", "newer_format", "not_a_change", "role"]));
  for (const words of [phoneVi, phoneEn]) {
    const known = Object.keys(words).filter((key) => key.startsWith("held.reason.")).map((key) => key.slice("held.reason.".length));
    expect(known.sort()).toEqual(reasons);
  }
  for (const words of [deskVi, deskEn]) for (const reason of reasons) expect(words).toHaveProperty(`hold_${reason}`);
});

test.each([["phone", phoneVi, phoneEn], ["desk", deskVi, deskEn]] as [string, Record<string, Phrase>, Record<string, Phrase>][])(
  "both languages of the %s fill in the same figures",
  (_place, vi, en) => {
    for (const [key, phrase] of Object.entries(vi)) {
      const [here, there] = [places(phrase), places(en[key]!)];
      // English may write "one household" for {n}.
      expect(here, key).toEqual(there);
    }
  },
);

test("every word of the phone is said on some screen", () => {
  const source = textOf(PHONE, /\.(ts|svelte)$/);
  const beginnings = [...source.matchAll(/`([a-z.]+\.)\$\{/g)].map((found) => found[1]!);
  const silent = Object.keys(phoneVi).filter((key) => !source.includes(`"${key}"`) && !source.includes(`'${key}'`) && !beginnings.some((beginning) => key.startsWith(beginning)));
  expect(silent).toEqual([]);
});
