/** The data key of the vault, and how it is wrapped: by the PIN, and by the server's recovery public key. */
import { fromBase64url } from "../core/base64url";
import type { Stretch } from "./stretch";

type Bytes = Uint8Array<ArrayBuffer>;

/** What an unlocked phone has in memory; neither key can be read out. */
export interface Keys {
  /** AES-GCM, for rows. */
  box: CryptoKey;
  /** HMAC, for the names under which rows lie. */
  names: CryptoKey;
}

export interface PinWrap extends Stretch { iv: Bytes; wrapped: Bytes }

/** Opened by the holder of the recovery private key: ECDH with `ephemeral`, HKDF-SHA-256, AES-GCM. */
export interface RecoveryWrap { recipient: Bytes; ephemeral: Bytes; iv: Bytes; wrapped: Bytes }

export const RECOVERY_INFO = "thon recovery 1";

const encoder = new TextEncoder();

/**
 * 32 MiB and 3 passes take about 0.1 s on a laptop and about a second on a phone with 2 GB of memory; more memory is
 * refused by some of them. A PIN of six digits so stretched keeps a finder busy for days, not for years: it protects
 * against the curious and the thief, not against a laboratory. The guide says so.
 */
const BEARABLE = { memory_kib: 32 * 1024, passes: 3, lanes: 1 };

export function randomBytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** The keys of a data key. */
export async function keysOf(dataKey: Bytes): Promise<Keys> {
  const root = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveKey"]);
  const derive = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(info) });
  return {
    box: await crypto.subtle.deriveKey(derive("thon rows 1"), root, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    names: await crypto.subtle.deriveKey(derive("thon names 1"), root, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]),
  };
}

function stretchInWorker(pin: string, how: Stretch): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./keyring.worker.ts", import.meta.url), { type: "module" });
    const done = (finish: () => void): void => {
      worker.terminate();
      finish();
    };
    worker.onmessage = (event: MessageEvent<{ key?: Bytes; error?: string }>) => {
      const { key, error } = event.data;
      done(() => (key ? resolve(key) : reject(new Error(error))));
    };
    worker.onerror = (event) => done(() => reject(new Error(event.message)));
    worker.postMessage({ pin, stretch: how });
  });
}

async function pinKey(pin: string, how: Stretch, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  // Old browsers have no module workers: a frozen second is better than a phone that never opens.
  const here = async (): Promise<Bytes> => (await import("./stretch")).stretch(pin, how);
  const stretched = typeof Worker === "undefined" ? await here() : await stretchInWorker(pin, how).catch(here);
  return crypto.subtle.importKey("raw", stretched, "AES-GCM", false, [usage]);
}

export async function wrapByPin(dataKey: Bytes, pin: string): Promise<PinWrap> {
  const how: Stretch = { salt: randomBytes(16), ...BEARABLE };
  const key = await pinKey(pin, how, "encrypt");
  const iv = randomBytes(12);
  return { ...how, iv, wrapped: new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, dataKey)) };
}

/** Null: the PIN is wrong. */
export async function unwrapByPin(wrap: PinWrap, pin: string): Promise<Bytes | null> {
  const key = await pinKey(pin, wrap, "decrypt");
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: wrap.iv }, key, wrap.wrapped));
  } catch {
    return null;
  }
}

/** `recoveryKey`: base64url of the uncompressed P-256 point. */
export async function wrapForRecovery(dataKey: Bytes, recoveryKey: string): Promise<RecoveryWrap> {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const recipient = fromBase64url(recoveryKey);
  const theirs = await crypto.subtle.importKey("raw", recipient, curve, false, []);
  const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const root = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: ephemeral, info: encoder.encode(RECOVERY_INFO) },
    root,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const iv = randomBytes(12);
  const wrapped = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, dataKey));
  return { recipient, ephemeral, iv, wrapped };
}
