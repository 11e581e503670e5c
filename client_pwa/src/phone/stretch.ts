/** Argon2id of a PIN. */
import { argon2id } from "hash-wasm";

export interface Stretch { salt: Uint8Array<ArrayBuffer>; memory_kib: number; passes: number; lanes: number }

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
