/** Argon2id of a PIN. */
import { argon2id } from "hash-wasm";

export interface Stretch { salt: Uint8Array<ArrayBuffer>; memory_kib: number; passes: number; lanes: number }

/**
 * 32 MiB and 3 passes take about 0.1 s on a laptop and about a second on a phone with 2 GB of memory; more memory is
 * refused by some of them. A PIN of six digits so stretched keeps a finder busy for days, not for years: it protects
 * against the curious and the thief, not against a laboratory. The guide says so.
 */
export const BEARABLE = { memory_kib: 32 * 1024, passes: 3, lanes: 1 };

/** 32 bytes, the same for the same PIN and stretch. */
export async function stretch(pin: string, how: Stretch): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await argon2id({
    password: pin.normalize("NFC"),
    salt: how.salt,
    memorySize: how.memory_kib,
    iterations: how.passes,
    parallelism: how.lanes,
    hashLength: 32,
    outputType: "binary",
  });
  return new Uint8Array(bytes);
}
