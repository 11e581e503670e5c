/** Phones on one real server, each with a database of its own; the tests of a file share the server. */
import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { startPocket, type Collector } from "../src/phone/collector";
import type { OpenRecord } from "../src/phone/pocket";
import { RealServer } from "./phone_server";

// Argon2id and a real server take their time on a small machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
export const PIN = "135790";
export let server: RealServer;
let made = 0;
const phones: Collector[] = [];

beforeAll(async () => {
  server = await RealServer.start();
});
afterAll(() => server.remove());
afterEach(() => {
  vi.restoreAllMocks();
  for (const phone of phones.splice(0)) phone.lock();
});

export function newDatabase(): string {
  return `phone-${++made}`;
}

export function newestDatabase(): string {
  return `phone-${made}`;
}

/** A phone copied whole, or put back from a backup. */
export async function copyOf(from: string): Promise<string> {
  const to = newDatabase();
  const source = await openDB(from);
  const target = await openDB(to, 1, {
    upgrade(fresh) {
      for (const store of ["rows", "keyring"]) fresh.createObjectStore(store);
    },
  });
  for (const store of ["rows", "keyring"]) {
    const [keys, values] = [await source.getAllKeys(store), await source.getAll(store)];
    for (const [index, key] of keys.entries()) await target.put(store, values[index], key);
  }
  source.close();
  target.close();
  return to;
}

export function copyOfNewest(): Promise<string> {
  return copyOf(newestDatabase());
}

/** For who begins again from nothing. */
export async function anotherServer(): Promise<void> {
  await server.remove();
  server = await RealServer.start();
}

export async function start(database: string, options: Parameters<typeof startPocket>[0] = {}): Promise<Collector> {
  const phone = await startPocket({ ...options, database, base: server.base });
  phones.push(phone);
  return phone;
}

/** Enrolled, with everything of its area on it. */
export async function enrolled(area = "A", user = "Han"): Promise<Collector> {
  const phone = await start(newDatabase());
  const answer = await phone.enrol(server.invite(area, user), "test");
  if ("problem" in answer) throw new Error(answer.problem);
  await phone.choosePin(PIN, answer.users[0]!.id);
  expect((await phone.sync()).outcome).toBe("done");
  return phone;
}

/** The interview of a household in the open round, with these answers, left open. */
export async function interview(phone: Collector, code: string, answers: Record<string, string | number>): Promise<OpenRecord> {
  const household = phone.households().find((line) => line.code === code)!;
  const open = await phone.openFor("living_conditions", household.record, phone.round!.id);
  await open.answerAll({ visit_outcome: "met", consent_main: "yes", ...answers });
  return open;
}
