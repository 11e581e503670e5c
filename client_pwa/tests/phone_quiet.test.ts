import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../src/core/change";
import { Idle, LOCK_AFTER_MS } from "../src/phone/idle";
import { pinTrouble } from "../src/phone/pin";
import type { SyncReport } from "../src/phone/pocket";
import { LEAST_BETWEEN_MS, Pulse } from "../src/phone/pulse";
import { asReturned, openComments } from "../src/phone/returns";
import { formTitle } from "../src/phone/titles";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("syncing by itself", () => {
  let rounds: number;
  let outcome: SyncReport["outcome"];
  let pulse: Pulse;
  beforeEach(() => {
    rounds = 0;
    outcome = "done";
    pulse = new Pulse(() => Promise.resolve((rounds++, { at: Date.now(), outcome, sent: 0, received: 0 })), () => Date.now());
  });
  afterEach(() => pulse.stop());

  test("begins within seconds of opening and of each submit", async () => {
    pulse.prompt();
    await vi.advanceTimersByTimeAsync(10);
    expect(rounds).toBe(1);
    pulse.prompt();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(rounds).toBe(2);
  });

  test("takes a flutter of focus and network for one", async () => {
    for (let times = 0; times < 20; times++) {
      pulse.prompt();
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(rounds).toBe(2);
  });

  test("never comes faster than once a minute while nothing happens, also without a network", async () => {
    outcome = "offline";
    pulse.prompt();
    await vi.advanceTimersByTimeAsync(10 * LEAST_BETWEEN_MS);
    expect(rounds).toBeGreaterThan(1);
    expect(rounds).toBeLessThanOrEqual(10);
  });
});

describe("a phone that lies about", () => {
  test("locks itself once, ten minutes after the last touch", async () => {
    let locks = 0;
    const idle = new Idle(() => Date.now(), () => locks++);
    idle.begin();
    await vi.advanceTimersByTimeAsync(LOCK_AFTER_MS - 60_000);
    idle.touch();
    await vi.advanceTimersByTimeAsync(LOCK_AFTER_MS - 60_000);
    expect(locks).toBe(0);
    await vi.advanceTimersByTimeAsync(5 * LOCK_AFTER_MS);
    expect(locks).toBe(1);
  });

  test("locks on coming to the front when its timers slept", () => {
    let locks = 0;
    const idle = new Idle(() => Date.now(), () => locks++);
    idle.begin();
    vi.setSystemTime(Date.now() + LOCK_AFTER_MS);
    idle.look();
    expect(locks).toBe(1);
  });
});

function change(id: string, seen: string[], set: Change["set"]): { id: string; change: Change } {
  return { id, change: { v: 1, record: "r", form: "f", form_version: "1", device: "d", seq: 1, at: 1, author: "a", seen, set } as Change };
}

describe("what is asked again", () => {
  const first = change("1", [], { income: 1, "@status": "submitted" });
  const returned = change("2", ["1"], { "@status": "returned", "@comment/a": { text: "month or year?", path: "income" } });
  const mended = change("3", ["1", "2"], { income: 2, "@status": "draft" });
  const again = change("4", ["1", "2", "3"], { "@status": "submitted", "@comment/b": { text: "it is a year" } });
  const second = change("5", ["1", "2", "3", "4"], { "@status": "returned", "@comment/c": { text: "and the wage?", path: "wage" } });

  test("is open until somebody submits who was shown it", () => {
    expect([...openComments([first, returned, mended])]).toEqual(["a"]);
    expect([...openComments([first, returned, mended, again])]).toEqual([]);
    expect([...openComments([first, returned, mended, again, second])]).toEqual(["c"]);
  });

  test("stays open when the one who submitted had not been shown it", () => {
    const unaware = change("6", ["1"], { "@status": "submitted" });
    expect([...openComments([first, returned, unaware])]).toEqual(["a"]);
  });

  test("is told apart from what was on the record when it came back", () => {
    expect(asReturned([first, returned, mended])).toEqual([first, returned]);
    expect(asReturned([first, returned, mended, again, second])).toHaveLength(5);
    expect(asReturned([first])).toBeNull();
  });
});

test("a new PIN is refused with the reason", () => {
  expect(["123", "1111", "1234", "9876", "280519"].map((pin) => pinTrouble(pin, pin))).toEqual(["pin.short", "pin.easy", "pin.easy", "pin.easy", null]);
  expect(pinTrouble("280519", "280591")).toBe("pin.differ");
});

test("a form's title is said in the language of the phone", () => {
  const form = { title: "Thôn · Hamlet", languages: ["en", "vi"], default_language: "vi" } as Parameters<typeof formTitle>[0];
  expect([formTitle(form, "vi"), formTitle(form, "en")]).toEqual(["Thôn", "Hamlet"]);
  expect(formTitle({ ...form, title: "Nhà · bếp · vườn" }, "en")).toBe("Nhà · bếp · vườn");
});
