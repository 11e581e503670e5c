import "fake-indexeddb/auto";
import { openDB } from "idb";
import { describe, expect, test } from "vitest";
import { fromBase64url, toBase64url } from "../src/core/base64url";
import { RECOVERY_INFO, type RecoveryWrap } from "../src/phone/keyring";
import { LockedError, Vault } from "../src/phone/vault";

let made = 0;
const fresh = (): string => `vault-${++made}`;

async function raw(name: string): Promise<{ rows: [string, ArrayBuffer][]; keyring: unknown[] }> {
  const db = await openDB(name);
  const keys = await db.getAllKeys("rows");
  const values = await db.getAll("rows");
  const keyring = await db.getAll("keyring");
  db.close();
  return { rows: keys.map((key, index) => [String(key), values[index] as ArrayBuffer]), keyring };
}

describe("vault", () => {
  test("a page that was opened before there was a PIN makes no second vault over the first", async () => {
    const name = fresh();
    const [first, second] = [await Vault.open(name), await Vault.open(name)];
    await first.create("135790", "");
    await first.write([{ kind: "draft", id: "r1", value: { head: "K'Brình" } }]);
    await expect(second.create("246802", "")).rejects.toThrow("exists already");
    const again = await Vault.open(name);
    expect(await again.unlock("135790")).toBe(true);
    expect((await again.all("draft")).map((row) => row.id)).toEqual(["r1"]);
  });

  test("the raw database shows no name, no answer, no record id", async () => {
    const name = fresh();
    const vault = await Vault.open(name);
    await vault.create("135790", "");
    await vault.write([{ kind: "change", id: "record-of-K'Brình", value: { set: { head_name: "K'Brình", income: 1200000 } } }]);
    const { rows, keyring } = await raw(name);
    expect(rows).toHaveLength(1);
    const seen = rows.map(([key, bytes]) => key + Buffer.from(bytes).toString("latin1")).join() + JSON.stringify(keyring);
    for (const secret of ["Brình", "Br\u00c3", "head_name", "1200000", "record-of", "135790", "change"]) expect(seen).not.toContain(secret);
  });

  test("equal rows give unequal envelopes", async () => {
    const name = fresh();
    const vault = await Vault.open(name);
    await vault.create("135790", "");
    await vault.write([{ kind: "meta", id: "a", value: 1 }]);
    const first = (await raw(name)).rows[0]![1];
    await vault.write([{ kind: "meta", id: "a", value: 1 }]);
    const second = (await raw(name)).rows[0]![1];
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(false);
  });

  test("a wrong PIN does not open it, the right one does, after a restart too", async () => {
    const name = fresh();
    const vault = await Vault.open(name);
    expect(vault.state).toBe("new");
    await vault.create("135790", "");
    await vault.write([{ kind: "draft", id: "r", value: { income: 5 } }]);
    await vault.close();
    const again = await Vault.open(name);
    expect(again.state).toBe("locked");
    expect(await again.unlock("135791")).toBe(false);
    await expect(again.get("draft", "r")).rejects.toThrow(LockedError);
    expect(await again.unlock("135790")).toBe(true);
    expect(await again.get("draft", "r")).toEqual({ income: 5 });
  });

  test("locked, it neither reads nor writes", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    vault.lock();
    expect(vault.state).toBe("locked");
    await expect(vault.all("change")).rejects.toThrow(LockedError);
    expect(() => vault.write([{ kind: "meta", id: "a", value: 1 }])).toThrow(LockedError);
  });

  test("a new PIN replaces the old one and keeps the rows", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    await vault.write([{ kind: "meta", id: "a", value: "kept" }]);
    expect(await vault.changePin("000000", "246802")).toBe(false);
    expect(await vault.changePin("135790", "246802")).toBe(true);
    vault.lock();
    expect(await vault.unlock("135790")).toBe(false);
    expect(await vault.unlock("246802")).toBe(true);
    expect(await vault.get("meta", "a")).toBe("kept");
  });

  test("a lock while a write waits for the screen loses nothing of it", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    let paint = (): void => undefined;
    const written = vault.write([{ kind: "draft", id: "r", value: 1 }], [], new Promise<void>((resolve) => (paint = resolve)));
    vault.lock();
    paint();
    await written;
    expect(await vault.unlock("135790")).toBe(true);
    expect(await vault.get("draft", "r")).toBe(1);
  });

  test("a write that waits for the screen keeps what it was given, and its place before later ones", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    let paint = (): void => undefined;
    const begin = new Promise<void>((resolve) => (paint = resolve));
    const answers = { income: 1 };
    const first = vault.write([{ kind: "draft", id: "r", value: answers }, { kind: "draft", id: "s", value: answers }], [], begin);
    answers.income = 2;
    const second = vault.write([{ kind: "draft", id: "r", value: answers }]);
    expect(await vault.all("draft")).toEqual([]);
    paint();
    await Promise.all([first, second]);
    expect((await vault.row("draft", "r"))?.value).toEqual({ income: 2 });
    expect((await vault.row("draft", "s"))?.value).toEqual({ income: 1 });
  });

  test("writes to one row land in the order in which they were asked for", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    const writes = Array.from({ length: 30 }, (_, index) => vault.write([{ kind: "draft", id: "r", value: index }]));
    await Promise.all(writes);
    expect(await vault.get("draft", "r")).toBe(29);
  });

  test("rows of one kind come back with their bytes, and deletes go with puts", async () => {
    const vault = await Vault.open(fresh());
    await vault.create("135790", "");
    const bytes = new Uint8Array([1, 2, 3]).buffer;
    await vault.write([{ kind: "file", id: "f", value: { type: "image/jpeg" }, bytes }, { kind: "meta", id: "m", value: 1 }]);
    const files = await vault.all<{ type: string }>("file");
    expect(files.map((row) => [row.id, row.value.type, [...new Uint8Array(row.bytes)]])).toEqual([["f", "image/jpeg", [1, 2, 3]]]);
    await vault.write([{ kind: "meta", id: "m", value: 2 }], [{ kind: "file", id: "f" }]);
    expect(await vault.all("file")).toEqual([]);
    expect(await vault.get("meta", "m")).toBe(2);
  });

  test("an envelope moved under another key does not open", async () => {
    const name = fresh();
    const vault = await Vault.open(name);
    await vault.create("135790", "");
    await vault.write([{ kind: "meta", id: "a", value: 1 }, { kind: "meta", id: "b", value: 2 }]);
    const { rows } = await raw(name);
    const db = await openDB(name);
    await db.put("rows", rows[0]![1], rows[1]![0]);
    db.close();
    await expect(vault.all("meta")).rejects.toThrow();
  });

  test("the holder of the recovery key opens what the PIN closed", async () => {
    const name = fresh();
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const server = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
    const point = toBase64url(new Uint8Array(await crypto.subtle.exportKey("raw", server.publicKey)));
    const vault = await Vault.open(name);
    await vault.create("135790", point);
    const wrap = (await raw(name)).keyring.find((entry) => "ephemeral" in (entry as object)) as RecoveryWrap;
    const theirs = await crypto.subtle.importKey("raw", wrap.ephemeral, curve, false, []);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, server.privateKey, 256);
    const root = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: wrap.ephemeral, info: new TextEncoder().encode(RECOVERY_INFO) };
    const key = await crypto.subtle.deriveKey(hkdf, root, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const dataKey = await crypto.subtle.decrypt({ name: "AES-GCM", iv: wrap.iv }, key, wrap.wrapped);
    expect(dataKey.byteLength).toBe(32);
    expect([...wrap.recipient]).toEqual([...fromBase64url(point)]);
  });

  test("wiped, nothing is left and the phone is new", async () => {
    const name = fresh();
    const vault = await Vault.open(name);
    await vault.create("135790", "");
    await vault.write([{ kind: "meta", id: "a", value: 1 }]);
    await vault.wipe();
    expect(vault.state).toBe("new");
    expect(await raw(name)).toEqual({ rows: [], keyring: [] });
  });
});
