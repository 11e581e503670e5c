// Seals interviews into the phone's own vault, then sends its outbox: vault, ledger, packing, gzip and wire are the phone's.
import { changeId, composeChange, type Change } from "../../client_pwa/src/core/change";
import type { Form } from "../../client_pwa/src/core/form";
import { isFailure, Wire } from "../../client_pwa/src/core/wire";
import { Ledger, type Known } from "../../client_pwa/src/phone/ledger";
import { Ahead } from "../../client_pwa/src/phone/ahead";
import { pushAll } from "../../client_pwa/src/phone/outgoing";
import { Vault } from "../../client_pwa/src/phone/vault";

/** `wasOffline`: this phone looked for a network before there was one. */
interface Job { url: string; token: string; lines: string[]; wasOffline: boolean }
const AT_ONCE = 500;
/** No browser connects to this port. */
const NOWHERE = "http://127.0.0.1:1";

async function known(line: string): Promise<Known> {
  const change = JSON.parse(line) as Change;
  const body = composeChange(change);
  return { id: await changeId(body), change, body, state: "waiting", generation: 0 };
}

/** As an interviewer finds it who opens the app at the end of her days without a network. */
async function opened({ lines }: Job): Promise<Ledger> {
  const vault = await Vault.open();
  await vault.create("135790", "");
  const ledger = await Ledger.load(vault);
  for (let first = 0; first < lines.length; first += AT_ONCE) {
    await ledger.commit({ changes: await Promise.all(lines.slice(first, first + AT_ONCE).map(known)) });
  }
  return Ledger.load(vault);
}

/** As a phone does before it writes anything. */
async function fetchForms(ledger: Ledger, wire: Wire): Promise<void> {
  const entries = await wire.forms();
  if (isFailure(entries)) throw new Error(JSON.stringify(entries));
  for (const { url } of entries) ledger.catalogue.add(await wire.get<Form>(url) as Form);
}

/** What a sync that finds no network leaves behind, once that is made. */
async function lookForNetwork(ledger: Ledger, ahead: Ahead): Promise<void> {
  const pushed = await pushAll(ledger, new Wire(NOWHERE), ahead);
  if (!isFailure(pushed) || pushed.problem !== "offline") throw new Error(JSON.stringify(pushed));
  await ahead.fill();
}

const say = (said: object): Promise<Response> => fetch("/said", { method: "POST", body: JSON.stringify(said) });

async function run(): Promise<void> {
  const job = await (await fetch("/job")).json() as Job;
  const wire = new Wire(job.url, job.token);
  const ledger = await opened(job);
  await fetchForms(ledger, wire);
  const ahead = new Ahead(ledger);
  const looked = performance.now();
  if (job.wasOffline) await lookForNetwork(ledger, ahead);
  const ahead_s = (performance.now() - looked) / 1000;
  await say({ ready: true });
  await fetch("/go");
  const began = performance.now();
  const pushed = await pushAll(ledger, wire, ahead);
  const seconds = (performance.now() - began) / 1000;
  if (isFailure(pushed)) throw new Error(JSON.stringify(pushed));
  await say({ seconds, ahead_s, count: pushed.sent });
}
run().catch((error: unknown) => say({ error: String(error) }));
