/** Every change, receipt, draft and carried copy of this phone: in memory while unlocked, in the vault always. */
import { parseChange, type Change } from "../core/change";
import { fold, type FoldedRecord, type Stored } from "../core/fold";
import { representative } from "../core/same_as";
import type { Carried, Json, Last, Receipt } from "../core/wire";
import { Catalogue } from "./catalogue";
import { countedOn, type DeviceState } from "./device_state";
import type { Answers, User } from "./pocket";
import { heardOf, Said, type Word } from "./said";
import { LockedError, type Name, type Put, type Vault } from "./vault";

const NAMED_FILE = /"sha256":"([0-9a-f]{64})"/g;

/** `waiting`: no answer yet. `discarded`: a supervisor refused it; kept, no longer folded. */
export type ChangeState = "waiting" | "confirmed" | "held" | "discarded";

export interface ChangeRow {
  body: string;
  state: ChangeState;
  /** The server's word is of this generation: after `epoch_changed` everything is said again. */
  generation: number;
  receipt?: Receipt;
  reason?: string;
  /** It came from the server, as one of those that this phone is given. */
  isGiven?: boolean;
}

export interface Known extends ChangeRow { id: string; change: Change }
export interface Confirmed extends Known { receipt: Receipt }

export interface Env { [key: string]: Json; now: number; offset_min: number; seed: string; lang: string }

/** An open or half-done record: what was on the screen, and what was touched since the last seal. */
export interface Draft {
  record: string;
  form: string;
  version: string;
  round: string;
  subject: string;
  area: string;
  /** Every change that the screen was folded from, and the author's own since. */
  seen: string[];
  touched: Answers;
  env: Env | null;
  isNew: boolean;
  author: string;
  /** Shown from the start (provisional code, defaults); becomes touched with the first answer. */
  initial: Answers;
  openedAt: number;
  sealedAt: number;
}

export interface SyncState {
  cursor: string;
  last: Last | null;
  generation: number;
  /** The cursor has been at the end once: all households of this phone are here. */
  isComplete: boolean;
  lastSync: number;
  /** Of own changes at positions up to here the server has said whether this phone is given them. */
  heard?: number;
  /** Records that left the areas of this phone and are dropped once nothing of them is unsent or open. */
  leaving: string[];
  /** The cursor before `epoch_changed`, until the server has said what left the areas of this phone since. */
  former?: string;
  /** Since then: the records that had been given whole, and those of which answers had been carried, and that did not come again yet. */
  missing?: Missing;
  /** The phone is given more than it can hold: pages wait at the server until something leaves. */
  full?: Full | null;
  /** The areas whose records were all here once; undefined: an older app kept this. */
  completeAreas?: string[];
}

export interface Missing { whole: string[]; carried: string[] }

/** `many`: more than an unlocked phone can have in memory. `disk`: the browser has no room for another page. */
export type Full = "many" | "disk";

/** `formerTokens`: of the ids before, oldest first: all that a server knows which was put back to before the newest. */
export interface Enrolled {
  token: string;
  formerTokens?: string[];
  deviceKey: string;
  areas: string[];
  users: User[];
  user: string;
}

/** What one transaction writes. */
export interface Entry {
  changes?: Known[];
  dropChanges?: string[];
  drafts?: Draft[];
  dropDrafts?: string[];
  carried?: Carried[];
  dropCarried?: string[];
  sync?: SyncState;
  device?: DeviceState;
  enrolled?: Enrolled;
  /** Of a newer format: kept as they came, for a newer app to read. */
  unread?: { id: string; row: ChangeRow }[];
  file?: { sha256: string; type: string; bytes: ArrayBuffer };
  /** Files that the server is to be given, and those that it has or that nobody wants any more. */
  filesToSend?: string[];
  filesDone?: string[];
  people?: { [user: string]: string };
  dropFiles?: string[];
}

const FRESH_SYNC: SyncState = { cursor: "", last: null, generation: 0, isComplete: false, lastSync: 0, leaving: [] };

export class Ledger {
  readonly catalogue = new Catalogue();
  readonly known = new Map<string, Known>();
  readonly carried = new Map<string, Carried>();
  readonly drafts = new Map<string, Draft>();
  sync: SyncState = FRESH_SYNC;
  device: DeviceState = { id: "", seq: 0, newHouseholds: 0, former: [] };
  /** Files that the server does not have yet, by SHA-256. */
  unsentFiles: string[] = [];
  /** The names of those who wrote what was pulled, by user id. */
  people: { [user: string]: string } = {};
  enrolled: Enrolled = { token: "", deviceKey: "", areas: [], users: [], user: "" };
  /** Grows with every change of anything a list shows. */
  revision = 0;
  private readonly said = new Said();
  isClosed = false;
  private byRecord = new Map<string, Set<string>>();
  private folds = new Map<string, FoldedRecord>();
  private ties = new Map<string, string>();
  private tiesAt = -1;
  private listeners = new Set<(records: string[] | null) => void>();

  constructor(readonly vault: Vault) {}

  /** Reads everything; the vault must be open. */
  static async load(vault: Vault): Promise<Ledger> {
    const ledger = new Ledger(vault);
    const [changes, words, drafts, carried, forms, sync, device, enrolled, published, unsentFiles, people] = await Promise.all([
      vault.all<ChangeRow>("change"),
      vault.all<Word>("word"),
      vault.all<Draft>("draft"),
      vault.all<Carried>("carried"),
      vault.all<Parameters<Catalogue["add"]>[0]>("form"),
      vault.get<SyncState>("meta", "sync"),
      vault.get<DeviceState>("meta", "device"),
      vault.get<Enrolled>("meta", "enrolled"),
      vault.get<Catalogue["published"]>("meta", "published"),
      vault.get<string[]>("meta", "files"),
      vault.get<Ledger["people"]>("meta", "people"),
    ]);
    for (const form of forms) ledger.catalogue.add(form.value);
    if (published) ledger.catalogue.publish(published);
    const read = ledger.said.read(changes, words).flatMap((row) => known(row.id, row.value) ?? []);
    ledger.apply({
      changes: read,
      drafts: drafts.map((row) => row.value),
      carried: carried.map((row) => row.value),
      sync: heardOf(sync, read),
      device,
      enrolled,
      people,
    });
    ledger.unsentFiles = unsentFiles ?? [];
    return ledger;
  }

  /** From now on it writes nothing: what is in memory is no longer the truth once the phone was locked. */
  close(): void {
    this.isClosed = true;
  }

  /** Durable first, then visible. */
  async commit(entry: Entry, begin?: Promise<void>): Promise<void> {
    if (this.isClosed) throw new LockedError();
    await this.vault.write([...this.said.puts(entry.changes ?? []), ...putsOf(entry), ...this.putFiles(entry)], [...deletesOf(entry), ...this.said.deletes()], begin);
    this.apply(entry);
  }

  /** At once, so that of two commits under way neither writes the list without what the other adds. Should this one
   * fail, then there is no such file to send, or the server has it already. */
  private putFiles({ filesToSend = [], filesDone = [] }: Entry): Put[] {
    if (filesToSend.length === 0 && filesDone.length === 0) return [];
    const done = new Set(filesDone);
    this.unsentFiles = [...new Set([...this.unsentFiles, ...filesToSend])].filter((file) => !done.has(file));
    return [{ kind: "meta", id: "files", value: this.unsentFiles }];
  }

  private apply(entry: Entry): void {
    const touched = new Set<string>();
    for (const id of entry.dropChanges ?? []) {
      const gone = this.known.get(id);
      if (!gone) continue;
      this.known.delete(id);
      this.said.dropped(id);
      this.byRecord.get(gone.change.record)?.delete(id);
      touched.add(gone.change.record);
    }
    for (const change of entry.changes ?? []) {
      this.known.set(change.id, change);
      this.said.note(change.id, change);
      const record = change.change.record;
      if (!this.byRecord.has(record)) this.byRecord.set(record, new Set());
      this.byRecord.get(record)!.add(change.id);
      touched.add(record);
    }
    for (const draft of entry.drafts ?? []) touched.add((this.drafts.set(draft.record, draft), draft.record));
    for (const record of entry.dropDrafts ?? []) touched.add((this.drafts.delete(record), record));
    for (const copy of entry.carried ?? []) touched.add((this.carried.set(copy.record, copy), copy.record));
    for (const record of entry.dropCarried ?? []) touched.add((this.carried.delete(record), record));
    if (entry.sync) this.sync = entry.sync;
    if (entry.device) this.device = countedOn(this.device, entry.device);
    if (entry.people) this.people = entry.people;
    if (entry.enrolled) {
      this.enrolled = entry.enrolled;
      this.catalogue.scope = entry.enrolled.areas;
    }
    this.tell([...touched]);
  }

  /** Tells who listens that these records (null: everything) may look different. */
  tell(records: string[] | null): void {
    this.revision++;
    if (records === null) this.folds.clear();
    else for (const record of records) this.folds.delete(record);
    for (const listener of this.listeners) listener(records);
  }

  onChange(listener: (records: string[] | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  user(id: string): User | undefined {
    return this.enrolled.users.find((user) => user.id === id);
  }

  /** Of a user of this phone, or of anybody who wrote what it was given; "": not known. */
  nameOf(id: string): string {
    return this.user(id)?.name ?? this.people[id] ?? "";
  }

  /** All records that have a change or a draft here. */
  records(): string[] {
    const inhabited = [...this.byRecord].filter(([, ids]) => ids.size > 0).map(([record]) => record);
    return [...new Set([...inhabited, ...this.drafts.keys()])];
  }

  changesOf(record: string): Known[] {
    return [...(this.byRecord.get(record) ?? [])].map((id) => this.known.get(id)!);
  }

  /** What counts in folds: everything but what was discarded. */
  presentIn(record: string): Known[] {
    return this.changesOf(record).filter((change) => change.state !== "discarded");
  }

  stored(change: Known): Stored {
    const { receipt } = change;
    const role = receipt?.role || this.user(change.change.author)?.role || "interviewer";
    return { id: change.id, change: change.change, at: receipt?.at ?? change.change.at, role };
  }

  /** The record as this phone has it now; undefined without changes. */
  folded(record: string): FoldedRecord | undefined {
    const have = this.folds.get(record);
    if (have) return have;
    const present = this.presentIn(record);
    if (present.length === 0) return undefined;
    const made = this.foldOf(record, present);
    this.folds.set(record, made);
    return made;
  }

  foldOf(record: string, changes: Known[]): FoldedRecord {
    const form = changes[0]?.change.form ?? "";
    return fold(record, changes.map((change) => this.stored(change)), this.catalogue.conflictRules(form));
  }

  /**
   * The record that stands for this one: itself, or of those that are the same household the smallest id that is here
   * and not deleted. Worked out when it is asked: a tie that is taken back was never there.
   */
  standsFor(record: string): string {
    if (this.tiesAt !== this.revision) this.ties = this.findTies();
    this.tiesAt = this.revision;
    return this.ties.get(record) ?? record;
  }

  private findTies(): Map<string, string> {
    const edges: Record<string, string[]> = {};
    const gone = new Set<string>();
    for (const record of this.byRecord.keys()) {
      const folded = this.folded(record);
      if (!folded) continue;
      if (folded.same_as.length > 0) edges[record] = folded.same_as;
      if (folded.deleted) gone.add(record);
    }
    // What is not here cannot stand for anything on a list.
    for (const other of Object.values(edges).flat()) if (!this.folded(other)) gone.add(other);
    return representative(edges, gone);
  }

  /** Not yet answered, or answered only by a server that has forgotten: in the order in which they were made. */
  outbox(): Known[] {
    const { generation } = this.sync;
    return [...this.known.values()]
      .filter((change) => change.state === "waiting" || change.generation < generation)
      .sort((a, b) => a.change.at - b.change.at || a.change.seq - b.change.seq);
  }

  /** Was it made on this phone? */
  isOwn(change: Known): boolean {
    const { device } = change.change;
    return device === this.device.id || this.device.former.includes(device);
  }

  /** What was made here, has its receipt, and was not pulled yet: it need not come once more. */
  notGiven(): Confirmed[] {
    const { heard = 0, leaving } = this.sync;
    return [...this.known.values()].filter(
      (change): change is Confirmed =>
        !change.isGiven && this.isConfirmed(change) && change.receipt!.pos > heard && this.isOwn(change) &&
        // What is about to go must come whole should it be given again.
        !leaving.includes(change.change.record),
    );
  }

  /** Files that sealed changes of this phone speak of. */
  get ownFiles(): Set<string> {
    const own = [...this.known.values()].filter((change) => this.isOwn(change));
    return new Set(own.flatMap(({ body }) => filesNamedIn(body)));
  }

  /** Unsent files that a sealed change speaks of: a photo leaves no earlier than its answer. */
  get filesToSend(): string[] {
    if (this.unsentFiles.length === 0) return [];
    const own = this.ownFiles;
    return this.unsentFiles.filter((file) => own.has(file));
  }

  /** Unsent files that no draft and no change speaks of any more: nothing of a declined interview stays. */
  get orphanFiles(): string[] {
    const drafts = [...this.drafts.values()].map((draft) => JSON.stringify(draft.touched));
    const wanted = new Set(this.filesToSend);
    return this.unsentFiles.filter((file) => !wanted.has(file) && !drafts.some((draft) => draft.includes(file)));
  }

  /** UTF-16 units of all bodies together. */
  get weight(): number {
    let weight = 0;
    for (const change of this.known.values()) weight += change.body.length;
    return weight;
  }

  isWaiting(change: Known): boolean {
    return change.state === "waiting" || (change.state === "confirmed" && change.generation < this.sync.generation);
  }

  isConfirmed(change: Known): boolean {
    return change.state === "confirmed" && change.receipt !== undefined && !this.isWaiting(change);
  }
}

/** The files that the body of a change speaks of, by SHA-256. */
export function filesNamedIn(body: string): string[] {
  return [...body.matchAll(NAMED_FILE)].map((found) => found[1]!);
}

/** Null for bytes that are no change: the vault is authenticated, so only a newer app can have written them. */
export function known(id: string, row: ChangeRow): Known | null {
  const change = parseChange(row.body);
  return typeof change === "string" ? null : { ...row, id, change };
}

function putsOf(entry: Entry): Put[] {
  const puts: Put[] = [
    ...(entry.drafts ?? []).map((draft): Put => ({ kind: "draft", id: draft.record, value: draft })),
    ...(entry.carried ?? []).map((copy): Put => ({ kind: "carried", id: copy.record, value: copy })),
  ];
  for (const { id, row } of entry.unread ?? []) puts.push({ kind: "change", id, value: row });
  if (entry.file) puts.push({ kind: "file", id: entry.file.sha256, value: { type: entry.file.type }, bytes: entry.file.bytes });
  if (entry.people) puts.push({ kind: "meta", id: "people", value: entry.people });
  if (entry.sync) puts.push({ kind: "meta", id: "sync", value: entry.sync });
  if (entry.device) puts.push({ kind: "meta", id: "device", value: entry.device });
  if (entry.enrolled) puts.push({ kind: "meta", id: "enrolled", value: entry.enrolled });
  return puts;
}

function deletesOf(entry: Entry): Name[] {
  return [
    ...(entry.dropChanges ?? []).map((id): Name => ({ kind: "change", id })),
    ...(entry.dropDrafts ?? []).map((id): Name => ({ kind: "draft", id })),
    ...(entry.dropCarried ?? []).map((id): Name => ({ kind: "carried", id })),
    ...(entry.dropFiles ?? []).map((id): Name => ({ kind: "file", id })),
  ];
}
