import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Commune, type Fault } from "./random_phones";
import { anotherServer, server } from "./real_phones";

vi.setConfig({ testTimeout: 86_400_000 });
const RUNS = Number(process.env["PHONE_RUNS"] ?? 1);
const STEPS = Number(process.env["PHONE_STEPS"] ?? 12);

class Step {
  constructor(readonly name: string, readonly go: (commune: Commune) => Promise<void> | void) {}
  toString(): string { return this.name; }
}
const step = <T>(weight: number, arbitrary: fc.Arbitrary<T>, name: string, go: (commune: Commune, drawn: T) => Promise<void> | void) =>
  ({ weight, arbitrary: arbitrary.map((drawn) => new Step(`${name} ${JSON.stringify(drawn)}`, (commune) => go(commune, drawn))) });

const one = fc.nat(59);
const area = fc.constantFrom("A", "B");
const nothing = fc.constant(null);
const faults = fc.array(fc.constantFrom<Fault>("none", "none", "lost before", "lost after", "twice", "server killed", "thin 1", "thin 2", "thin 3"), { minLength: 1, maxLength: 8 });

const steps = [
  step(1, nothing, "nothing", () => undefined),
  step(14, fc.tuple(one, one, fc.boolean()), "interview", (commune, drawn) => commune.interview(...drawn)),
  step(4, fc.tuple(one, fc.boolean()), "new household", (commune, drawn) => commune.newHousehold(...drawn)),
  step(5, fc.tuple(one, area), "move", (commune, drawn) => commune.move(...drawn)),
  step(14, fc.tuple(one, faults), "sync over", (commune, drawn) => commune.sync(...drawn)),
  step(6, fc.tuple(one, faults, fc.integer({ min: 1, max: 4 })), "sync, shut after commits, over", (commune, drawn) => commune.sync(...drawn)),
  step(6, fc.tuple(one, one, fc.integer({ min: 1, max: 3 })), "what a phone says reaches another that is shut", (commune, drawn) => commune.cutShort(...drawn)),
  step(6, one, "sync", (commune, drawn) => commune.sync(drawn)),
  step(2, one, "phone opened again", (commune, drawn) => commune.reopen(drawn)),
  step(2, one, "phone copied", (commune, drawn) => commune.copyPhone(drawn)),
  step(3, fc.tuple(one, fc.constantFrom("A", "B", "X")), "assign", (commune, drawn) => commune.assign(...drawn)),
  step(2, nothing, "server copied", (commune) => commune.down(() => commune.keepCopy())),
  step(2, one, "server put back", (commune, drawn) => commune.down(() => commune.putBack(drawn))),
  step(2, nothing, "holds released", (commune) => commune.down(() => server.releaseAll())),
  step(1, one, "erased", (commune, drawn) => commune.down(() => commune.erase(drawn))),
];

let runs = 0;
async function live(drawn: Step[]): Promise<void> {
  if (runs++ > 0) await anotherServer();
  const commune = await Commune.make();
  try {
    for (const { name, go } of drawn) {
      commune.log.push(name);
      await go(commune);
      commune.look();
    }
    commune.log.push("healed");
    await commune.heal();
    if (RUNS > 1) console.log(`${runs}: ${commune.shown.size} changes, ${commune.phones.length} phones, ${commune.erased.size} erased`);
  } catch (error) {
    console.log([...commune.log, `PHONE_STEPS=${STEPS}`].join("\n"));
    throw error;
  } finally {
    vi.restoreAllMocks();
    for (const { collector } of commune.phones) collector.lock();
  }
}

test("laws 1, 15, 16, 17, 18, 19, 20, 21 and 24 hold of phones as they are on a server as it is, whatever happens to both", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ withCrossShrink: true }, ...steps), { minLength: STEPS, maxLength: STEPS }), live),
    {
      numRuns: RUNS,
      includeErrorInReport: true,
      // Each try takes its own server: fewer steps only where they are asked for.
      endOnFailure: !("FAST_CHECK_SHRINK" in process.env),
      ...(process.env["FAST_CHECK_SEED"] ? { seed: Number(process.env["FAST_CHECK_SEED"]), path: process.env["FAST_CHECK_PATH"] } : {}),
    },
  );
  expect(runs).toBeGreaterThan(0);
});
