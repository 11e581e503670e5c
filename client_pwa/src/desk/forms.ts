import type { Form } from "../core/form";
import { t, wordOr } from "./words";

/** What the server says of forms and of a workbook. */
export interface FormVersion { version: string; url: string; at: number }
export interface FormLine { id: string; title: string; versions: FormVersion[]; rounds: string[] }
export interface Problem { message: string; sheet?: string; row?: number; column?: string; suggestion?: string; severity?: "warning" }
export interface Difference {
  kind: string;
  weight?: "decide" | "refused";
  path?: string;
  row?: number;
  what?: string;
  was?: string;
  now?: string;
  languages?: string[];
}
export interface CheckedForm { problems: Problem[]; differences: Difference[] | null; form: Form | null; is_taken: boolean }
export interface SentFile { name: string; data: string }
export interface GivenWorkbook { workbook: SentFile; attached: SentFile[]; agreed: boolean }
export interface PublishedForm { id: string; version: string; title: string; url: string }

/** What the limits of the wire leave for files, which are sent in base64. */
export const MOST_BYTES = 5_500_000;

export async function sent(file: File): Promise<SentFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name.normalize("NFC"), data: btoa(text) };
}

/** A difference as a sentence in the language on the screen. */
export function differenceText(difference: Difference, form: Form | null): string {
  const { kind, weight, what = "", was = "", now = "", path = "" } = difference;
  const blank = t("forms_nothing");
  const languages = (difference.languages ?? []).filter(Boolean).map((code) => form?.language_names?.[code] ?? code).join(", ");
  const isWider = kind === "type" && was === "integer" && now === "decimal";
  const special = isWider ? "_wider" : kind === "removed" && now ? "_elsewhere" : weight === "refused" ? "_refused" : "";
  const named = kind === "text" || kind === "rule" || kind === "setting" || kind === "form_setting" ? wordOr(`column_${what}`, "forms_column", { what }) : what;
  const params = { path, what: named, was: was || blank, now: now || blank, languages: languages ? ` (${languages})` : "" };
  const key = `diff_${kind}`;
  return wordOr(key + special, "diff_other", params) === t("diff_other", params) ? wordOr(key, "diff_other", params) : wordOr(key + special, "diff_other", params);
}
