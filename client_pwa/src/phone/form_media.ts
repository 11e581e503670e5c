/** What forms show beside their words: pictures, sounds, films. Kept in the vault like the forms themselves. */
import type { Form, FormFile } from "../core/form";
import { isFailure, type Wire } from "../core/wire";
import { sha256Hex } from "./sha256";
import type { Name, Vault } from "./vault";

const KEPT = "media";

/** The files of these forms that are not on the phone, and those that it keeps. */
export async function mediaState(vault: Vault, forms: Form[]): Promise<{ wanted: string[]; missing: string[]; kept: string[] }> {
  const wanted = [...new Set(forms.flatMap((form) => Object.values(form.files ?? {}).map((file) => file.sha256)))];
  const kept = (await vault.get<string[]>("meta", KEPT)) ?? [];
  return { wanted, kept, missing: wanted.filter((sha256) => !kept.includes(sha256)) };
}

/** Fetches what is missing, one by one; ends at the first that does not come. True: something came or went. */
export async function fetchMedia(vault: Vault, wire: Wire, forms: Form[], mayDrop: boolean): Promise<boolean> {
  const { wanted, missing, kept: before } = await mediaState(vault, forms);
  const kept = new Set(before);
  for (const sha256 of missing) {
    const bytes = await wire.formFile(sha256);
    // A captive portal answers with a page of its own.
    if (isFailure(bytes) || (await sha256Hex(bytes)) !== sha256) break;
    kept.add(sha256);
    await vault.write([{ kind: "media", id: sha256, value: null, bytes }, { kind: "meta", id: KEPT, value: [...kept] }]);
  }
  const gone: Name[] = mayDrop ? before.filter((sha256) => !wanted.includes(sha256)).map((id) => ({ kind: "media", id })) : [];
  for (const { id } of gone) kept.delete(id);
  if (gone.length > 0) await vault.write([{ kind: "meta", id: KEPT, value: [...kept] }], gone);
  return gone.length > 0 || kept.size > before.length;
}

/** The bytes, from the vault or, with a network, from the server; null: not here. */
export async function readMedia(vault: Vault, wire: Wire, sha256: string): Promise<ArrayBuffer | null> {
  const row = await vault.row("media", sha256);
  if (row) return row.bytes;
  const answer = await wire.formFile(sha256);
  return isFailure(answer) ? null : answer;
}

/** Of several languages the file in this one, else in the form's, else any; "": none. */
export function mediaName(form: Form, media: Record<string, unknown> | undefined, kind: string, lang: string): string {
  const names = media?.[kind];
  if (typeof names === "string") return names;
  if (!names || typeof names !== "object" || Array.isArray(names)) return "";
  const byLanguage = names as Record<string, unknown>;
  const name = byLanguage[lang] ?? byLanguage[form.default_language ?? ""] ?? Object.values(byLanguage)[0];
  return typeof name === "string" ? name : "";
}

/** What the form gives under this name; undefined where it was published without. */
export function fileOf(form: Form, name: string): FormFile | undefined {
  return form.files?.[name];
}
