// Seals the interviews of a file with the phone's own code, then sends its outbox: `pushAll`, `Wire` and gzip are the
// phone's. Only the ledger is kept in memory, as the outbox of the PouchDB client is.
import { readFileSync } from "node:fs";
import { changeId, composeChange, type Change } from "../../client_pwa/src/core/change";
import type { Form } from "../../client_pwa/src/core/form";
import { isFailure, Wire } from "../../client_pwa/src/core/wire";
import { Catalogue } from "../../client_pwa/src/phone/catalogue";
import type { Entry, Known, Ledger } from "../../client_pwa/src/phone/ledger";
import { pushAll } from "../../client_pwa/src/phone/outgoing";

class MemoryLedger {
  readonly catalogue = new Catalogue();
  sync = { last: null, generation: 0 } as unknown as Ledger["sync"];
  known = new Map<string, Known>();
  private readonly waiting = new Map<string, Known>();

  add(id: string, change: Change, body: string): void {
    const row = { id, change, body, state: "waiting", generation: 0 } as unknown as Known;
    this.known.set(id, row);
    this.waiting.set(id, row);
  }

  outbox(): Known[] {
    return [...this.waiting.values()];
  }

  commit(entry: Entry): Promise<void> {
    for (const change of entry.changes ?? []) {
      this.known.set(change.id, change);
      if (change.state === "confirmed") this.waiting.delete(change.id);
    }
    if (entry.sync) this.sync = entry.sync;
    return Promise.resolve();
  }
}

async function seal(lines: string[]): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  for (const line of lines) {
    const change = JSON.parse(line) as Change;
    const body = composeChange(change);
    ledger.add(await changeId(body), change, body);
  }
  return ledger;
}

/** As a phone does before it writes anything. */
async function fetchForms(catalogue: Catalogue, wire: Wire): Promise<void> {
  const entries = await wire.forms();
  if (isFailure(entries)) throw new Error(JSON.stringify(entries));
  for (const { url } of entries) catalogue.add(await wire.get<Form>(url) as Form);
}

async function send(ledger: MemoryLedger, wire: Wire): Promise<number> {
  const pushed = await pushAll(ledger as unknown as Ledger, wire);
  if (isFailure(pushed)) throw new Error(JSON.stringify(pushed));
  return pushed.sent;
}

const [url = "", token = "", file = ""] = process.argv.slice(2);
const lines = readFileSync(file, "utf8").trimEnd().split("\n");
const wire = new Wire(url, token);
const ledger = await seal(lines);
await fetchForms(ledger.catalogue, wire);
console.log(JSON.stringify({ ready: true }));
await new Promise((resolve) => process.stdin.once("data", resolve));
const [started, before] = [process.hrtime.bigint(), process.cpuUsage()];
const count = await send(ledger, wire);
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, cpu_s: (user + system) / 1e6, count }));
process.exit(0);
