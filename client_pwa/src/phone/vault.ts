/**
 * The phone's store, and the only file that opens IndexedDB. Every row is an AES-GCM envelope under a key from which no
 * name can be read; only the wrapped data key lies beside them. A write resolves when it is durable on disk.
 */
import { openDB, type IDBPDatabase } from "idb";
import { toBase64url } from "../core/base64url";
import { keysOf, randomBytes, unwrapByPin, wrapByPin, wrapForRecovery, type Keys, type PinWrap, type RecoveryWrap } from "./keyring";

export type Kind = "meta" | "change" | "word" | "draft" | "form" | "carried" | "file" | "media";

/** `bytes` go beside `value`, unencoded. */
export interface Put { kind: Kind; id: string; value: unknown; bytes?: ArrayBuffer }
export interface Name { kind: Kind; id: string }
export interface Row<T> { id: string; value: T; bytes: ArrayBuffer }

export class LockedError extends Error {
  constructor() {
    super("The vault is locked");
  }
}

const ROWS = "rows";
const KEYRING = "keyring";
const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Vault {
  private keys: Keys | null = null;
  // Writes to one row must land in the order in which they were asked for, though each is encrypted first.
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly name: string,
    private db: IDBPDatabase | null,
    private pinWrap: PinWrap | null,
  ) {}

  /** Throws when the database does not open; it is never deleted for that: the next start may succeed. */
  static async open(name = "thon"): Promise<Vault> {
    const vault = new Vault(name, null, null);
    const db = await vault.connection();
    vault.pinWrap = ((await db.get(KEYRING, "pin")) as PinWrap | undefined) ?? null;
    return vault;
  }

  get state(): "new" | "locked" | "open" {
    if (!this.pinWrap) return "new";
    return this.keys ? "open" : "locked";
  }

  private async connection(): Promise<IDBPDatabase> {
    if (this.db) return this.db;
    const lost = (): void => {
      this.db = null;
    };
    const db = await openDB(this.name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore(ROWS);
        fresh.createObjectStore(KEYRING);
      },
      // A newer version of the app, in another tab, waits for this connection.
      blocking: (_have, _want, event) => {
        (event.target as IDBDatabase).close();
        lost();
      },
      terminated: lost,
    });
    this.db = db;
    return db;
  }

  /** Once more on a fresh connection when the browser dropped the old one (iOS does in the background). */
  private async onConnection<T>(work: (db: IDBPDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connection());
    } catch (error) {
      const name = (error as DOMException).name;
      const isLost = name === "InvalidStateError" || (name === "UnknownError" && /connection/i.test(String(error)));
      if (!isLost) throw error;
      this.db = null;
      return work(await this.connection());
    }
  }

  /** The random id by which the server will know this phone: the same until it is wiped, also before there is a PIN. */
  async deviceId(fresh: () => string): Promise<string> {
    return this.onConnection(async (db) => {
      const transaction = db.transaction(KEYRING, "readwrite", { durability: "strict" });
      const id = ((await transaction.store.get("device")) as string | undefined) ?? fresh();
      void transaction.store.put(id, "device");
      await transaction.done;
      return id;
    });
  }

  /**
   * Makes a data key under `pin`, wrapped for `recoveryKey` too where the server gave one, and keeps `first` under it, all
   * in one transaction: a vault without its enrolment would strand the phone. It is then open.
   */
  async create(pin: string, recoveryKey: string, first: Put[] = []): Promise<void> {
    if (this.pinWrap) throw new Error("The vault exists already");
    const dataKey = randomBytes(32);
    const pinWrap = await wrapByPin(dataKey, pin);
    const recovery: RecoveryWrap | null = recoveryKey ? await wrapForRecovery(dataKey, recoveryKey) : null;
    const keys = await keysOf(dataKey);
    const sealed = await Promise.all(first.map((put) => this.seal(keys, put, plainText(put))));
    await this.onConnection(async (db) => {
      const transaction = db.transaction([ROWS, KEYRING], "readwrite", { durability: "strict" });
      // Another page may have made it since this one looked.
      if (await transaction.objectStore(KEYRING).get("pin")) throw new Error("The vault exists already");
      void transaction.objectStore(ROWS).clear();
      for (const [key, envelope] of sealed) void transaction.objectStore(ROWS).put(envelope, key);
      void transaction.objectStore(KEYRING).put(pinWrap, "pin");
      if (recovery) void transaction.objectStore(KEYRING).put(recovery, "recovery");
      await transaction.done;
    });
    this.pinWrap = pinWrap;
    this.keys = keys;
    dataKey.fill(0);
  }

  /** False: wrong PIN. */
  async unlock(pin: string): Promise<boolean> {
    if (!this.pinWrap) return false;
    const dataKey = await unwrapByPin(this.pinWrap, pin);
    if (!dataKey) return false;
    this.keys = await keysOf(dataKey);
    dataKey.fill(0);
    return true;
  }

  /** False: `old` is wrong. */
  async changePin(old: string, next: string): Promise<boolean> {
    const dataKey = this.pinWrap && (await unwrapByPin(this.pinWrap, old));
    if (!dataKey) return false;
    const pinWrap = await wrapByPin(dataKey, next);
    dataKey.fill(0);
    await this.onConnection(async (db) => {
      const transaction = db.transaction(KEYRING, "readwrite", { durability: "strict" });
      void transaction.store.put(pinWrap, "pin");
      await transaction.done;
    });
    this.pinWrap = pinWrap;
    return true;
  }

  /** Drops the keys. Writes already asked for still land. */
  lock(): void {
    this.keys = null;
  }

  private unlocked(): Keys {
    if (!this.keys) throw new LockedError();
    return this.keys;
  }

  /** Rows of one kind lie together: this says how many there are of each, not of what. */
  private prefix(keys: Keys, kind: Kind): Promise<string> {
    return digest(keys, kind, 9);
  }

  private async key(keys: Keys, { kind, id }: Name): Promise<string> {
    return (await this.prefix(keys, kind)) + (await digest(keys, `${kind}\n${id}`, 18));
  }

  async get<T>(kind: Kind, id: string): Promise<T | undefined> {
    return (await this.row<T>(kind, id))?.value;
  }

  async row<T>(kind: Kind, id: string): Promise<Row<T> | undefined> {
    const keys = this.unlocked();
    const key = await this.key(keys, { kind, id });
    const envelope = (await this.onConnection((db) => db.get(ROWS, key))) as ArrayBuffer | undefined;
    return envelope && openEnvelope<T>(keys, key, envelope);
  }

  /** Every row of a kind, in no order. */
  async all<T>(kind: Kind): Promise<Row<T>[]> {
    const keys = this.unlocked();
    const prefix = await this.prefix(keys, kind);
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [names, envelopes] = await this.onConnection(async (db) => {
      const store = db.transaction(ROWS).store;
      return Promise.all([store.getAllKeys(range), store.getAll(range)]);
    });
    return Promise.all(envelopes.map((envelope, index) => openEnvelope<T>(keys, String(names[index]), envelope as ArrayBuffer)));
  }

  /** All of it or nothing, in one transaction, begun after `begin`; resolves when it is on disk. */
  write(puts: Put[], deletes: Name[] = [], begin?: Promise<void>): Promise<void> {
    const keys = this.unlocked();
    // Taken down now: what the caller changes later belongs to a later write.
    const plain = puts.map((put) => ({ kind: put.kind, id: put.id, text: plainText(put) }));
    const work = this.tail.then(async () => {
      await begin;
      const sealed = await Promise.all(plain.map((row) => this.seal(keys, row, row.text)));
      const gone = await Promise.all(deletes.map((name) => this.key(keys, name)));
      await this.onConnection(async (db) => {
        const transaction = db.transaction(ROWS, "readwrite", { durability: "strict" });
        try {
          // What refuses a row ends the transaction, which says so.
          const asked = (request: Promise<unknown>): void => void request.catch(() => undefined);
          for (const key of gone) asked(transaction.store.delete(key));
          for (const [key, envelope] of sealed) asked(transaction.store.put(envelope, key));
          await transaction.done;
        } catch (error) {
          await undone(transaction);
          throw error;
        }
      });
    });
    this.tail = work.catch(() => undefined);
    return work;
  }

  /** Everything asked for so far is on disk, or was refused. */
  async settled(): Promise<void> {
    await this.tail;
  }

  private async seal(keys: Keys, name: Name, plain: Uint8Array<ArrayBuffer>): Promise<[string, ArrayBuffer]> {
    const key = await this.key(keys, name);
    return [key, await closeEnvelope(keys, key, plain)];
  }

  /** Empties the phone: rows and the wrapped keys, by order of the server. */
  async wipe(): Promise<void> {
    this.lock();
    await this.tail;
    await this.onConnection(async (db) => {
      const transaction = db.transaction([ROWS, KEYRING], "readwrite", { durability: "strict" });
      void transaction.objectStore(ROWS).clear();
      void transaction.objectStore(KEYRING).clear();
      await transaction.done;
    });
    this.pinWrap = null;
  }

  /** Waits for what was asked for, and lets go of the database. */
  async close(): Promise<void> {
    this.lock();
    await this.tail;
    this.db?.close();
    this.db = null;
  }
}

/** All or nothing, also where a row was refused before the transaction noticed. */
async function undone(transaction: { abort(): void; done: Promise<void> }): Promise<void> {
  try {
    transaction.abort();
  } catch {
    // It is over already.
  }
  await transaction.done.catch(() => undefined);
}

async function digest(keys: Keys, text: string, bytes: number): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", keys.names, encoder.encode(text));
  return toBase64url(new Uint8Array(mac, 0, bytes));
}

/** Length of head, head as JSON [id, value], bytes. */
function plainText(put: Put): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(JSON.stringify([put.id, put.value]));
  const tail = new Uint8Array(put.bytes ?? new ArrayBuffer(0));
  const plain = new Uint8Array(4 + head.length + tail.length);
  new DataView(plain.buffer).setUint32(0, head.length);
  plain.set(head, 4);
  plain.set(tail, 4 + head.length);
  return plain;
}

/** Envelope: iv, then AES-GCM, bound to the key it lies under. */
async function closeEnvelope(keys: Keys, key: string, plain: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: encoder.encode(key) }, keys.box, plain);
  const envelope = new Uint8Array(IV_BYTES + sealed.byteLength);
  envelope.set(iv);
  envelope.set(new Uint8Array(sealed), IV_BYTES);
  return envelope.buffer;
}

async function openEnvelope<T>(keys: Keys, key: string, envelope: ArrayBuffer): Promise<Row<T>> {
  const iv = new Uint8Array(envelope, 0, IV_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData: encoder.encode(key) };
  const plain = await crypto.subtle.decrypt(algorithm, keys.box, new Uint8Array(envelope, IV_BYTES));
  const length = new DataView(plain).getUint32(0);
  const [id, value] = JSON.parse(decoder.decode(new Uint8Array(plain, 4, length))) as [string, T];
  return { id, value, bytes: plain.slice(4 + length) };
}
