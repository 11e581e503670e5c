/** What a record begins with that nobody has written on yet. */
import { recordId, uuid7 } from "../core/change";
import type { Form } from "../core/form";
import type { Json } from "../core/wire";
import { randomBytes } from "./keyring";
import type { Draft, Env } from "./ledger";

/** The same on every phone where the form is filled once for these values. */
export async function idOf(form: Form, values: Record<string, Json>, now: number): Promise<string> {
  const parts = (form.one_per ?? []).map((name) => String(values[name] ?? ""));
  if (parts.length === 0 || parts.includes("")) return uuid7(now, randomBytes(10));
  return recordId(form.id, parts);
}

export function blank(record: string, { id, version }: Form, author: string, now: number): Draft {
  return { record, form: id, version, round: "", subject: "", area: "", seen: [], touched: {}, initial: {}, env: null, isNew: false, author, openedAt: now, sealedAt: now };
}

export function envAt(now: number, lang: string): Env {
  return { now, offset_min: -new Date(now).getTimezoneOffset(), seed: uuid7(now, randomBytes(10)), lang };
}
