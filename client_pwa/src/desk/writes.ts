import type { Json } from "../core/canonical";
import { composeChange, rowId } from "../core/change";
import { nextAt } from "../core/clock";
import { api, isFailure } from "./api";
import { desk, sentence } from "./desk.svelte";
import { clock } from "./times";
import { t, wordOr } from "./words";

/** What became of a write, as a person reads it. */
export interface WriteResult {
  isStored: boolean;
  said: string;
}
/** What was on the screen: the record and every change that it was folded from. */
export interface Shown {
  record: string;
  form: string;
  form_version: string;
  seen: string[];
  seen_at: number;
}

/** One change by the signed-in person, who had been shown `shown.seen` and nothing else. */
export async function write(shown: Shown, set: { [path: string]: Json }): Promise<WriteResult> {
  const { session } = desk;
  if (!session) return { isStored: false, said: t("error_rights") };
  const change = composeChange({
    record: shown.record,
    form: shown.form,
    form_version: shown.form_version,
    device: session.device,
    seq: desk.nextSeq(),
    at: nextAt([shown.seen_at], desk.now()),
    author: session.user.id,
    seen: shown.seen,
    set,
  });
  const result = await api.push(change);
  void desk.refresh();
  if (isFailure(result)) return { isStored: false, said: t("write_failed", { reason: sentence(result) }) };
  if (result.result === "held") return { isStored: false, said: t("write_held", { reason: holdReason(result.reason ?? "") }) };
  return { isStored: true, said: t("write_stored", { time: clock(result.at ?? desk.now()) }) };
}

/** The path of a new comment. */
export function commentPath(): string {
  return `@comment/${rowId(desk.now(), crypto.getRandomValues(new Uint8Array(4)))}`;
}

export function comment(text: string, path = ""): Json {
  const written = text.trim().normalize("NFC");
  return path ? { text: written, path } : { text: written };
}

export function holdReason(reason: string): string {
  return wordOr(`hold_${reason}`, "hold_other", { reason });
}
