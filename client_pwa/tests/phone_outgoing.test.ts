/** How much a phone says at once. */
import { afterEach, expect, test, vi } from "vitest";
import "fake-indexeddb/auto";
import { changeId, composeChange } from "../src/core/change";
import { isFailure, Wire } from "../src/core/wire";
import { known, Ledger, type Known } from "../src/phone/ledger";
import { pushAll } from "../src/phone/outgoing";
import { Vault } from "../src/phone/vault";

afterEach(() => vi.unstubAllGlobals());

let made = 0;

async function outboxOf(count: number): Promise<Ledger> {
  const vault = await Vault.open(`outgoing-${++made}`);
  await vault.create("135790", "");
  const ledger = await Ledger.load(vault);
  const changes: Known[] = [];
  for (let seq = 1; seq <= count; seq++) {
    const set = { note: `${seq}`.padStart(6, "0").repeat(1500) };
    const body = composeChange({ record: `r${seq}`, form: "f", form_version: "1", device: "d", seq, at: seq, author: "a", seen: [], set });
    changes.push(known(await changeId(body), { body, state: "waiting", generation: 0 })!);
  }
  await ledger.commit({ changes });
  return ledger;
}

/** Answers at once. `most`: changes in one request. What it was given, request by request. */
function line(most = Infinity): number[] {
  const given: number[] = [];
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: BodyInit }) => {
    const text = await new Response(new Response(body).body!.pipeThrough(new DecompressionStream("gzip"))).text();
    const { changes } = JSON.parse(text) as { changes: unknown[] };
    given.push(changes.length);
    if (changes.length > most) return new Response(JSON.stringify({ problem: "too_large", detail: "" }), { status: 413 });
    return new Response(JSON.stringify({ said: changes.map((_, place) => [place + 1, null, "interviewer", "mac"]), server: "e" }));
  });
  return given;
}

test("a line that answers soon is given more at a time, and none of it twice", async () => {
  const given = line();
  const pushed = await pushAll(await outboxOf(900), new Wire("http://x", "token"));
  expect(isFailure(pushed)).toBe(false);
  expect(given.reduce((sum, each) => sum + each)).toBe(900);
  expect(Math.max(...given)).toBeGreaterThan(2 * given[0]!);
});

test("what was too large once is not tried again", async () => {
  const given = line(60);
  await pushAll(await outboxOf(900), new Wire("http://x", "token"));
  expect(given.filter((each) => each > 60).length).toBeLessThanOrEqual(2);
  expect(given.filter((each) => each <= 60).reduce((sum, each) => sum + each)).toBe(900);
});
