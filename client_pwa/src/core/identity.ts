// Ids that are made where there is no server: of records and of rows. Time and chance are arguments.

const ROWS_SINCE = 1_577_836_800_000; // 2020-01-01
const ROW_TIME_DIGITS = 8; // milliseconds until 2109
const ROW_RANDOM_BYTES = 4;

function uuid(data: Uint8Array, version: number): string {
  const marked = data.slice(0, 16);
  marked[6] = (marked[6]! & 0x0f) | (version << 4);
  marked[8] = (marked[8]! & 0x3f) | 0x80;
  const text = [...marked].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

/** The UUIDv8 that every phone gives the record of these `one_per` values (RFC 9562, 5.8). */
export async function recordId(formId: string, values: readonly string[]): Promise<string> {
  const named = new TextEncoder().encode([formId, ...values].join("|"));
  return uuid(new Uint8Array(await crypto.subtle.digest("SHA-256", named)), 8);
}

/** A UUIDv7 of `ms` since 1970 and 10 random bytes (RFC 9562, 5.7). */
export function uuid7(ms: number, random: Uint8Array): string {
  const data = new Uint8Array(16);
  new DataView(data.buffer).setUint16(0, Math.floor(Math.max(0, ms) / 2 ** 32));
  new DataView(data.buffer).setUint32(2, Math.max(0, ms) % 2 ** 32);
  data.set(random.slice(0, 10), 6);
  return uuid(data, 7);
}

/** 12 characters that sort by time: `ms` since 1970 and 4 random bytes. */
export function rowId(ms: number, random: Uint8Array): string {
  const since = Math.min(Math.max(0, ms - ROWS_SINCE), 36 ** ROW_TIME_DIGITS - 1);
  const chance = [...random.slice(0, ROW_RANDOM_BYTES)].map((byte) => (byte % 36).toString(36)).join("");
  return since.toString(36).padStart(ROW_TIME_DIGITS, "0") + chance;
}
