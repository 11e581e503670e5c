import type { Json } from "../core/canonical";
import { composeChange, rowId } from "../core/change";
import { nextAt } from "../core/clock";
import { api, isFailure } from "./api";
import { desk, sentence } from "./desk.svelte";
import { clock } from "./times";
import { t, wordOr } from "./words";

export type Writes = { [path: string]: Json };

/** What became of a write, as a person reads it. `ids`: the changes that the server has. */
export interface WriteResult {
  isStored: boolean;
  said: string;
  ids: string[];
}
/** What was on the screen: the record and every change that it was folded from. */
export interface Shown {
  record: string;
  form: string;
  form_version: string;
  seen: string[];
  seen_at: number;
}

/** The bytes of one change by the signed-in person, who had been shown `shown.seen` and nothing else. `later`: ms
 * after the others that are composed at the same moment. */
export function compose(shown: Shown, set: Writes, later = 0): string {
  const { session } = desk;
  if (!session) throw new Error("nobody is signed in");
  return composeChange({
    record: shown.record,
    form: shown.form,
    form_version: shown.form_version,
    device: session.device,
    seq: desk.nextSeq(),
    at: nextAt([shown.seen_at], desk.now()) + later,
    author: session.user.id,
    seen: shown.seen,
    set,
  });
}

/** One change, or several that are all made from one screen: then none of them has been shown another. */
export async function write(shown: Shown, ...sets: Writes[]): Promise<WriteResult> {
  if (!desk.session) return { isStored: false, said: t("error_rights"), ids: [] };
  const results = await api.push(sets.map((set, number) => compose(shown, set, number)));
  void desk.refresh();
  if (isFailure(results)) return { isStored: false, said: t("write_failed", { reason: sentence(results) }), ids: [] };
  const held = results.find((result) => result.result === "held");
  const ids = results.filter((result) => result.result !== "held").map((result) => result.id);
  if (held) return { isStored: false, said: t("write_held", { reason: holdReason(held.reason ?? "") }), ids };
  return { isStored: true, said: t("write_stored", { time: clock(results[0]?.at ?? desk.now()) }), ids };
}

/** What the person had been shown once their own change was stored. */
export function afterOwn<T extends Shown>(shown: T, ids: string[], at = desk.now()): T {
  return { ...shown, seen: [...shown.seen, ...ids], seen_at: Math.max(shown.seen_at + 1, at) };
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
