/** A small server in memory that follows the wire of sync.md: what phones are held to without a process beside them. */
import { changeId, parseChange, type Change } from "../src/core/change";
import type { Carried, Last, PackedPage, PullAnswer, PushResult, Receipt, SentChange, ShortResult } from "../src/core/wire";
import { namesOf, namesOfTables, Packer, proofOf, unpack, type Packed, type Table } from "../src/core/packing";
import { INTERVIEW, PUBLISHED, REGISTER } from "./phone_forms";

interface Entry extends Receipt { id: string; body: string; change: Change; state: "stored" | "held" | "discarded"; reason?: string; isErased?: boolean }
interface Decision { pos: number; id: string; kind: "released" | "discarded" }
interface Cursor { epoch: string; pos: number; fresh: number; scope: string[] }
interface Device { id: string; areas: string[]; isRevoked: boolean; before?: string }

/** Everything that a copy of the data folder holds. */
interface Folder {
  top: number;
  epochs: { id: string; begins: number }[];
  log: Map<string, Entry>;
  decisions: Decision[];
  erased: { pos: number; id: string }[];
  carried: Map<string, { pos: number; copy: Carried }>;
  devices: Map<string, Device>;
  published: number;
}

interface Push { changes: (string | SentChange | Packed)[]; last?: Last; tables?: Table[]; proof?: string }

/** What happens to one request. `lost after`: the server did it and the phone never hears. `packed otherwise`: what one
 * side packs the other can't rebuild. */
export type Fault = "packed otherwise" | "none" | "lost before" | "lost after" | "twice" | "cut" | "page of a proxy" | "too large";

const CANNOT = { problem: "unknown_token", detail: "The server does not know this device token." };
const EPOCH = { problem: "epoch_changed", detail: "The server was put back." };

export class ModelServer {
  private folder: Folder = { top: 0, epochs: [], log: new Map(), decisions: [], erased: [], carried: new Map(), devices: new Map(), published: 1 };
  private copies: Folder[] = [];
  private epochsMade = 0;
  faults: Fault[] = [];
  requests = 0;
  packedPushes = 0;
  packedPages = 0;
  mostPerPage = 3;
  /** Of every state that the server was ever in: what it once answered `stored`, `duplicate` or `held`. */
  readonly ever = new Map<string, Set<number>>();
  private readonly bodies: Change[] = [];
  /** Records that were ever given to each phone. */
  readonly delivered = new Map<string, Set<string>>();
  readonly erasedEver = new Set<string>();

  constructor() {
    this.restart();
  }

  // What the office does

  restart(): void {
    this.folder.epochs.push({ id: `epoch-${++this.epochsMade}`, begins: this.folder.top });
  }
  keepCopy(): void {
    this.copies.push(structuredClone(this.folder));
  }
  putBack(): void {
    const copy = this.copies.at(-1);
    if (!copy) return;
    this.folder = structuredClone(copy);
    this.restart();
  }
  enrol(token: string, id: string, areas: string[]): void {
    this.folder.devices.set(token, { id, areas, isRevoked: false });
  }
  assign(areas: string[]): void {
    for (const device of this.folder.devices.values()) device.areas = areas;
    this.folder.published++;
  }
  publish(): void {
    this.folder.published++;
  }
  /** Decides the oldest change on hold. False: nothing is on hold. */
  decide(kind: Decision["kind"]): boolean {
    const held = [...this.folder.log.values()].find((entry) => entry.state === "held");
    if (!held) return false;
    const pos = ++this.folder.top;
    this.folder.decisions.push({ pos, id: held.id, kind });
    Object.assign(held, kind === "released" ? { state: "stored", pos, mac: macOf(held.id, pos) } : { state: "discarded" });
    if (kind === "released") this.answered(held);
    return true;
  }
  carry(record: string): void {
    this.folder.carried.set(record, { pos: ++this.folder.top, copy: { record, form: REGISTER.id, round: "2025", subject: "h", answers: { head: String(this.folder.top) } } });
  }
  erase(record: string): void {
    for (const entry of this.entriesOf(record)) {
      entry.isErased = true;
      this.erasedEver.add(entry.id);
      this.folder.erased.push({ pos: ++this.folder.top, id: entry.id });
    }
  }
  /** Another phone's change arrives. */
  async write(body: string): Promise<void> {
    await this.take(body, undefined, undefined);
  }

  // What a phone may be compared with

  get top(): number { return this.folder.top; }
  has(id: string): boolean { return this.folder.log.has(id); }
  seenOf(record: string): string[] { return this.entriesOf(record).filter((entry) => entry.state === "stored").map((entry) => entry.id); }
  get records(): string[] { return [...new Set([...this.folder.log.values()].map((entry) => entry.change.record))]; }
  recordOf(id: string): string { return this.folder.log.get(id)?.change.record ?? ""; }
  /** The values of a path in everything that the server ever had. */
  received(record: string, path: string): unknown[] {
    return this.bodies.filter((change) => change.record === record).map((change) => change.set[path]);
  }
  maxSeq(device: string): number {
    return Math.max(0, ...[...this.folder.log.values()].flatMap(({ change }) => (change.device === device ? [change.seq] : [])));
  }
  isOnHold(id: string): boolean { return this.folder.log.get(id)?.state === "held"; }
  /** Of records that were always in the device's areas: what it must have at this cursor; null: no cursor of this state. */
  owed(token: string, cursor: string): string[] | null {
    const at = readCursor(cursor);
    const device = this.folder.devices.get(token);
    if (!at || !device || this.isForeign(at.epoch, at.pos) || !same(at.scope, device.areas)) return null;
    const inScope = (area: string): boolean => device.areas.includes(area);
    return [...this.folder.log.values()]
      .filter((entry) => entry.state === "stored" && !entry.isErased && entry.pos <= at.pos)
      .filter(({ change }) => this.areasOf(change.record)[0]?.pos === this.entriesOf(change.record).find(({ state }) => state === "stored")?.pos)
      .filter(({ change }) => this.areasOf(change.record).every(({ area }) => inScope(area)))
      .map((entry) => entry.id);
  }
  /** Everything that the device is given now. */
  given(token: string): string[] {
    const areas = this.folder.devices.get(token)?.areas ?? [];
    return [...this.folder.log.values()].filter((entry) => entry.state === "stored" && !entry.isErased && areas.includes(this.areaOf(entry.change.record))).map((entry) => entry.id);
  }
  /** One that this device is for. */
  areaFor(token: string): string { return this.folder.devices.get(token)?.areas[0] ?? "A"; }
  isGiven(token: string, record: string): boolean {
    return (this.folder.devices.get(token)?.areas ?? []).includes(this.areaOf(record));
  }

  // The wire

  /** As `fetch`; `caller`: which phone, for what is counted here only. */
  async answer(url: string, init: RequestInit, caller: string): Promise<Response> {
    this.requests++;
    const fault = this.faults.shift() ?? "none";
    if (fault === "lost before") throw new TypeError("lost before");
    if (fault === "page of a proxy") return new Response("<html>", { status: 502 });
    if (fault === "too large" && url.includes("/api/push")) return reply(413, { problem: "too_large", detail: "Too large." });
    const body = await readBody(init);
    let [status, message] = await this.route(new URL(url), init, body, caller, fault);
    if (fault === "twice") [status, message] = await this.route(new URL(url), init, body, caller, fault);
    if (fault === "lost after") throw new TypeError("lost after");
    const text = JSON.stringify(message);
    return fault === "cut" ? new Response(text.slice(0, text.length / 2), { status }) : new Response(text, { status });
  }

  private async route(url: URL, init: RequestInit, body: string, caller: string, fault: Fault): Promise<[number, object]> {
    const token = new Headers(init.headers).get("Authorization")?.slice("Bearer ".length) ?? "";
    const device = this.folder.devices.get(token);
    if (!device) return [401, CANNOT];
    switch (url.pathname) {
      case "/api/push": return this.push(device, JSON.parse(body) as Push, fault);
      case "/api/pull": return this.packed(await this.pull(device, url.searchParams, caller), url.searchParams.has("packed"), fault);
      case "/api/device": return this.renew(device, token, (JSON.parse(body) as { device: string }).device);
      case "/api/forms": return [200, PUBLISHED.entries];
      case "/api/areas": return [200, PUBLISHED.areas.map((area) => ({ ...area, above: !device.areas.includes(area.code) }))];
      case "/api/rounds": return [200, PUBLISHED.rounds.map(({ open, ...round }) => ({ ...round, is_open: open }))];
    }
    const form = [REGISTER, INTERVIEW].find((each) => url.pathname === `/api/forms/${each.id}`);
    return form ? [200, form] : [404, { problem: "not_found", detail: "There is no such form." }];
  }

  private renew(old: Device, token: string, id: string): [number, object] {
    const next = `${token}+${id}`;
    if (!this.folder.devices.has(next)) this.folder.devices.set(next, { id, areas: old.areas, isRevoked: false, before: old.id });
    return [201, { device: id, token: next, device_key: "k" }];
  }

  private isForeign(epoch: string, pos: number): boolean {
    const { epochs, top } = this.folder;
    const number = epochs.findIndex((each) => each.id === epoch);
    return number < 0 || pos > (epochs[number + 1]?.begins ?? top);
  }

  private async push(device: Device, { changes, last, tables = [], proof }: Push, fault: Fault): Promise<[number, object]> {
    if (last && this.isForeign(last.epoch, last.pos)) return [409, EPOCH];
    const sent = changes.map((each) => (typeof each === "string" || Array.isArray(each) ? { body: each } : each));
    const known = [REGISTER, INTERVIEW].map((form) => ({ form: form.id, names: namesOf(form) }));
    const told = tables.map((table) => (table[4] ?? null) === null ? ([...table.slice(0, 4), known.find(({ form }) => form === table[0])!.names, table[5]] as unknown as Table) : table);
    const names = namesOfTables(told)!;
    const bodies = sent.map(({ body }) => (typeof body === "string" ? body : unpack(body, told[body[0]]!, names[body[0]]!)!));
    if (proof !== undefined && (fault === "packed otherwise" || proof !== (await proofOfAll(bodies)))) return [400, { problem: "bad_packing", detail: "These are not what was sent." }];
    const results: PushResult[] = [];
    for (const [number, { receipt }] of sent.entries()) results.push(await this.take(bodies[number]!, receipt, device));
    const max_seq = this.maxSeq(device.id);
    if (proof === undefined) return [200, { server: this.epoch, time: 1, max_seq, results }];
    this.packedPushes++;
    const said = results.map(({ result, pos, at, role, mac, reason }, number): ShortResult =>
      result === "held" ? [reason ?? "", pos!] : [pos!, at === (JSON.parse(bodies[number]!) as Change).at ? null : at ?? null, role ?? "", mac ?? ""]);
    return [200, { max_seq, said, ...(last?.epoch === this.epoch ? {} : { server: this.epoch }) }];
  }

  private async packed([status, message]: [number, object], isAsked: boolean, fault: Fault): Promise<[number, object]> {
    const page = message as PullAnswer;
    if (!isAsked || status !== 200) return [status, message];
    const packer = new Packer(() => undefined);
    const packed: NonNullable<PackedPage["packed"]> = [];
    const bodies: string[] = [];
    for (const { body, pos, at, role, mac } of page.changes) {
      const change = parseChange(body) as Change;
      packed.push([pos, at === change.at ? null : at, role, mac, JSON.parse(packer.pack(body, change)!) as Packed]);
      bodies.push(body);
    }
    if (packed.length > 0) this.packedPages++;
    const proof = fault === "packed otherwise" ? "other" : await proofOfAll(bodies);
    const full = { ...page, next: page.cursor, changes: [], packed, tables: packer.tables, proof: packed.length > 0 ? proof : "" };
    const said = Object.entries(full).filter(([name, value]) => (!["time", "cursor"].includes(name) && (Array.isArray(value) ? value.length > 0 : value)));
    return [status, JSON.parse(JSON.stringify(Object.fromEntries(said))) as object];
  }

  private get epoch(): string { return this.folder.epochs.at(-1)!.id; }

  private async take(body: string, receipt: Receipt | undefined, device: Device | undefined): Promise<PushResult> {
    const id = await changeId(body);
    const have = this.folder.log.get(id);
    if (have?.state === "stored") return this.answered(have, "duplicate");
    if (have) return this.answered(have);
    const change = parseChange(body) as Change;
    this.bodies.push(change);
    const pos = ++this.folder.top;
    const isProven = receipt?.mac === macOf(id, receipt?.pos ?? 0);
    const isOutside = device !== undefined && !isProven && typeof change.set["@area"] === "string" && !device.areas.includes(change.set["@area"]);
    const isOdd = device !== undefined && !isProven && String(change.set["head"]).startsWith("hold");
    const entry: Entry = { id, body, change, pos, at: isProven ? receipt!.at : change.at, role: isProven ? receipt!.role : "interviewer", mac: macOf(id, pos), state: isOutside || isOdd ? "held" : "stored", reason: "scope" };
    this.folder.log.set(id, entry);
    return this.answered(entry);
  }

  private answered(entry: Entry, result: PushResult["result"] = "stored"): PushResult {
    const { id, pos, at, role, mac, state, reason } = entry;
    this.ever.set(id, new Set([...(this.ever.get(id) ?? []), pos]));
    return state === "stored" ? { id, result, pos, at, role, mac } : { id, result: "held", pos, reason: state === "discarded" ? "discarded" : reason };
  }

  private entriesOf(record: string): Entry[] {
    return [...this.folder.log.values()].filter((entry) => entry.change.record === record).sort((a, b) => a.pos - b.pos);
  }

  /** Where the record lay, from which position on. */
  private areasOf(record: string): { pos: number; area: string }[] {
    return this.entriesOf(record).flatMap(({ pos, state, change }) => (state === "stored" && typeof change.set["@area"] === "string" ? [{ pos, area: change.set["@area"] }] : []));
  }
  private areaOf(record: string, upto = Infinity): string {
    return this.areasOf(record).filter(({ pos }) => pos <= upto).at(-1)?.area ?? "";
  }

  private pull(device: Device, query: URLSearchParams, caller: string): [number, object] {
    const last = query.get("last");
    if (last && this.isForeign(last.split(":")[0]!, Number(last.split(":")[1]))) return [409, EPOCH];
    let start = readCursor(query.get("cursor") ?? "");
    if (start && this.isForeign(start.epoch, start.pos)) return [409, EPOCH];
    const inScope = (record: string, upto = Infinity): boolean => device.areas.includes(this.areaOf(record, upto));
    const forget = new Set<string>();
    const former = start && !same(start.scope, device.areas) ? start : start ? null : readCursor(query.get("former") ?? "");
    if (former) {
      for (const record of this.records) if (!inScope(record) && this.areasOf(record).some(({ area }) => former.scope.includes(area))) forget.add(record);
      start = null;
    }
    start ??= { epoch: this.epoch, pos: 0, fresh: this.folder.top, scope: device.areas };
    const { pos: after, fresh } = start;
    const { log, decisions, erased, carried, top } = this.folder;
    const places = [...[...log.values()], ...decisions, ...erased, ...carried.values()].map(({ pos }) => pos).filter((pos) => pos > after).sort((a, b) => a - b);
    const upto = places.length > this.mostPerPage ? places[this.mostPerPage - 1]! : top;
    const isIn = ({ pos }: { pos: number }): boolean => pos > after && pos <= upto;
    const changes = new Map<string, Entry>();
    for (const entry of [...log.values()].filter((each) => isIn(each) && each.state === "stored").sort((a, b) => a.pos - b.pos)) {
      const { record } = entry.change;
      if (!inScope(record)) continue;
      const isEntering = entry.pos > fresh && !inScope(record, entry.pos - 1) && inScope(record, entry.pos);
      for (const older of isEntering ? this.entriesOf(record) : []) if (older.state === "stored" && older.pos < entry.pos) changes.set(older.id, older);
      changes.set(entry.id, entry);
    }
    for (const record of this.records) {
      const moves = this.areasOf(record).filter(isIn);
      if (!inScope(record) && moves.some(({ pos }) => inScope(record, pos - 1) || inScope(record, pos))) forget.add(record);
    }
    const own = new Set([device.id, device.before]);
    for (const entry of log.values()) if (isIn(entry) && entry.state === "stored" && own.has(entry.change.device) && !inScope(entry.change.record)) forget.add(entry.change.record);
    const decided = (kind: Decision["kind"]): string[] => decisions.filter((each) => each.kind === kind && isIn(each) && own.has(log.get(each.id)!.change.device)).map((each) => each.id);
    const delivered = this.delivered.get(caller) ?? new Set();
    for (const entry of changes.values()) delivered.add(entry.change.record);
    this.delivered.set(caller, delivered);
    const stretches = (query.get("have") ?? "").split(".").filter(Boolean).map((part) => part.split("-").map(Number));
    const isHad = ({ pos, change }: Entry): boolean => last !== null && own.has(change.device) && stretches.some(([first, upto = first]) => first! <= pos && pos <= upto!);
    const page: PullAnswer = {
      server: this.epoch, time: 1,
      changes: [...changes.values()].filter((entry) => !entry.isErased && !isHad(entry)).map(({ id, pos, at, role, mac, body }) => (this.answered(log.get(id)!), { id, pos, at, role, mac, body })),
      carried: [...carried.values()].filter(isIn).map(({ copy }) => copy),
      forget: [...forget].sort(), erased: erased.filter(isIn).map(({ id }) => id),
      released: decided("released"), discarded: decided("discarded"),
      cursor: JSON.stringify({ epoch: this.epoch, pos: upto, fresh, scope: device.areas }),
      had: [...changes.values()].filter((entry) => !entry.isErased && isHad(entry)).map(({ pos }) => [pos, pos]),
      more: upto < top, people: {}, published: `${this.folder.published}:${device.areas.join()}`,
    };
    return [200, page];
  }
}

const proofOfAll = async (bodies: string[]): Promise<string> => proofOf(await Promise.all(bodies.map((body) => changeId(body))));
const macOf = (id: string, pos: number): string => `${id}@${pos}`;
const same = (one: string[], other: string[]): boolean => one.join() === other.join();
const readCursor = (text: string): Cursor | null => (text ? (JSON.parse(text) as Cursor) : null);
const reply = (status: number, message: object): Response => new Response(JSON.stringify(message), { status });

async function readBody({ body, headers }: RequestInit): Promise<string> {
  if (!body) return "";
  if (new Headers(headers).get("Content-Encoding") !== "gzip") return String(body);
  const stream = new Blob([body as ArrayBuffer]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
