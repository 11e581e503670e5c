/** The phone of this page: starts it, and answers what its screens ask. */
import type { Form } from "../core/form";
import { isFailure, Wire, type Enrolment, type Failure } from "../core/wire";
import { blank, envAt, idOf } from "./blank";
import { readCode } from "./browser";
import { suggestionsFor } from "./carry";
import { firstRows, newDeviceId, usersOf } from "./enrolment";
import { Idle } from "./idle";
import type { Capacity } from "./incoming";
import { Ledger, type Draft } from "./ledger";
import { Lines } from "./lines";
import { DraftedRecord, type Removed } from "./open_record";
import type { Answers, Area, Counts, EnrolAnswer, FileValue, HouseholdLine, OpenRecord, PhoneState, Pocket, Readiness, RecordLine, Round, Settings, StorageRoom, SyncReport, User } from "./pocket";
import { Pulse } from "./pulse";
import { mediaState, readMedia } from "./form_media";
import { hasShell, persisted, readinessOf, roomLeft } from "./readiness";
import { pathWithMeaning, Reader } from "./reading";
import { sha256Hex } from "./sha256";
import type { SyncHooks, Syncer } from "./syncer";
import { Turn } from "./turn";
import { Vault } from "./vault";

/** A record that stays on the screen is sealed by a sync when its last seal is this old. */
const SEAL_AFTER_MS = 10 * 60_000;

/** Everything that exists only while the phone is unlocked. */
interface Opened { ledger: Ledger; reader: Reader; lines: Lines; pulse: Pulse; syncer?: Syncer }

export interface Ground {
  database?: string;
  /** Where the server is; "": where the page came from. */
  base?: string;
  now?: () => number;
  /** How much this phone may hold. */
  most?: Capacity;
}

export async function startPocket(ground: Ground = {}): Promise<Collector> {
  const collector = new Collector(await Vault.open(ground.database), ground.base ?? "", ground.now ?? Date.now, ground.most);
  collector.listen();
  return collector;
}

export class Collector implements Pocket {
  settings: Settings = { lang: "vi", theme: "auto" };
  current: OpenRecord | null = null;
  lastReport: SyncReport | null = null;
  isStranger = false;
  left = 0;
  removed: Removed | null = null;
  private opened: Opened | null = null;
  private enrolment: Enrolment | null = null;
  private isRevoked = false;
  private listeners = new Set<() => void>();
  private readonly turn: Turn;
  private readonly idle: Idle;

  constructor(private readonly vault: Vault, private readonly base: string, private readonly now: () => number, private readonly most?: Capacity) {
    this.turn = new Turn(`${vault.name}-open`, () => this.lock());
    this.idle = new Idle(now, () => void this.lockWhenWritten());
  }

  get state(): PhoneState {
    if (this.isRevoked) return "revoked";
    if (this.vault.state === "new") return "new";
    return this.opened ? "open" : "locked";
  }

  private get inside(): Opened {
    if (!this.opened) throw new Error("The phone is locked");
    return this.opened;
  }

  set(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    if (this.opened && this.opened.reader.lang !== this.settings.lang) {
      this.opened.reader.lang = this.settings.lang;
      this.opened.ledger.tell(null);
    }
    this.tell();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** Syncs when the page comes to the front or the network comes back. */
  listen(): void {
    if (typeof window === "undefined") return;
    window.addEventListener("online", () => (this.opened?.pulse.prompt(), this.tell()));
    window.addEventListener("offline", () => this.tell());
    window.addEventListener("focus", () => this.opened?.pulse.prompt());
    for (const sign of ["pointerdown", "keydown", "input"]) window.addEventListener(sign, () => this.idle.touch(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => {
      this.idle.look();
      if (document.visibilityState === "visible") this.opened?.pulse.prompt();
    });
  }

  // Enrolment and keys

  async enrol(code: string, label: string): Promise<EnrolAnswer | Failure> {
    const device = await this.vault.deviceId(newDeviceId);
    const answer = await new Wire(this.base).enrol(readCode(code) ?? code.trim(), device, label);
    if (isFailure(answer)) return answer;
    this.enrolment = answer;
    return { areas: answer.areas, users: usersOf(answer), server: answer.server };
  }

  async enrolAgain(code: string, label: string): Promise<Failure | null> {
    const { ledger, pulse } = this.inside;
    const { enrolAgain } = await import("./enrolling_again");
    const failure = await enrolAgain(ledger, new Wire(this.base), readCode(code) ?? code.trim(), label);
    if (failure) return failure;
    this.isStranger = false;
    this.tell();
    pulse.prompt();
    return null;
  }

  async choosePin(pin: string, userId: string): Promise<void> {
    if (!this.enrolment) throw new Error("The phone is not enrolled");
    const device = await this.vault.deviceId(newDeviceId);
    await this.vault.create(pin, this.enrolment.recovery_key, firstRows(this.enrolment, device, userId));
    this.enrolment = null;
    await this.openUp();
  }

  async unlock(pin: string): Promise<boolean> {
    if (!(await this.vault.unlock(pin))) return false;
    await this.openUp();
    return true;
  }

  changePin(old: string, next: string): Promise<boolean> {
    return this.vault.changePin(old, next);
  }

  /** Seals the record on the screen first; what may not be sealed yet stays in its draft. */
  async lockWhenWritten(): Promise<void> {
    await this.current?.close().catch((error: unknown) => console.error(error));
    this.lock();
  }

  lock(): void {
    this.idle.end();
    this.opened?.pulse.stop();
    this.opened?.ledger.close();
    this.opened?.syncer?.end();
    this.opened = null;
    this.current = null;
    this.removed = null;
    this.left = 0;
    this.vault.lock();
    this.turn.release(this.vault.settled());
    this.tell();
  }

  private async openUp(): Promise<void> {
    await this.turn.take();
    void persisted();
    const ledger = await Ledger.load(this.vault);
    const reader = new Reader(ledger, this.now);
    reader.lang = this.settings.lang;
    const hooks: SyncHooks = {
      lock: `${this.vault.name}-sync`,
      now: this.now,
      wire: (token) => new Wire(this.base, token),
      sealDue: () => this.sealDue(),
      // Pictures stay, too, while a deletion can still be undone.
      isOpen: (record) => (record === "" ? this.current !== null || this.removed !== null : this.current?.record === record),
      sealAll: () => this.sealAll(),
      wipe: () => this.wipe(),
      most: this.most,
    };
    const pulse = new Pulse(() => this.syncOnce(opened, hooks), this.now, () => this.tell());
    const opened: Opened = { ledger, reader, lines: new Lines(ledger, reader), pulse };
    this.opened = opened;
    ledger.onChange(() => this.tell());
    this.tell();
    this.idle.begin();
    pulse.prompt();
  }

  private async wipe(): Promise<void> {
    this.isRevoked = true;
    this.lock();
    await this.vault.wipe();
    this.tell();
  }

  async readiness(): Promise<Readiness> {
    const { ledger, lines } = this.inside;
    return readinessOf(ledger, lines.register().length, await persisted(), await hasShell(), await mediaState(this.vault, ledger.catalogue.wantedForms));
  }

  room(): Promise<StorageRoom> {
    return roomLeft();
  }

  // Who and where

  get user(): User {
    const { enrolled } = this.inside.ledger;
    return this.inside.ledger.user(enrolled.user) ?? { id: "", name: "", role: "interviewer" };
  }
  get users(): User[] { return this.inside.ledger.enrolled.users; }
  get deviceId(): string { return this.inside.ledger.device.id; }
  get areas(): Area[] { return this.inside.ledger.catalogue.areas; }
  get hamlets(): Area[] { return this.inside.ledger.catalogue.hamlets; }
  get rounds(): Round[] { return this.inside.ledger.catalogue.published.rounds; }
  get round(): Round | null { return this.inside.ledger.catalogue.openRounds[0] ?? null; }
  get forms(): Form[] { return this.inside.ledger.catalogue.forms; }
  form(id: string, round = ""): Form | undefined { return this.inside.ledger.catalogue.judging(id, round); }

  /** What the one before touched is sealed under her own name first. */
  async setUser(id: string): Promise<void> {
    const { ledger } = this.inside;
    await this.sealAll();
    await ledger.commit({ enrolled: { ...ledger.enrolled, user: id } });
  }

  // Lists

  households(): HouseholdLine[] { return this.inside.lines.register(); }
  searchHouseholds(query: string, area = ""): HouseholdLine[] { return this.inside.lines.search(query, area); }
  similarHouseholds(name: string): HouseholdLine[] { return this.inside.lines.similar(name); }
  records(): RecordLine[] { return this.inside.lines.others(); }
  line(record: string): RecordLine | null { return this.inside.lines.line(record); }
  deleted(): RecordLine[] { return this.inside.lines.deleted(); }
  removal(record: string): "draft" | "sealed" | null { return this.inside.lines.removal(record); }
  counts(): Counts { return this.inside.lines.counts(); }

  // Records on the screen

  async open(record: string): Promise<OpenRecord> {
    await this.current?.close();
    const { ledger, reader } = this.inside;
    const leftover = ledger.drafts.get(record);
    if (leftover) {
      const again = this.show(leftover);
      await again.sealIfOlder(0);
      // What may not be sealed yet stays as it was, on the screen that it was written on.
      if (Object.keys(leftover.touched).length > 0) return this.current = again;
    }
    const reading = reader.read(record);
    if (!reading?.folded) throw new Error(`There is no record ${record} here`);
    const { area, round, subject } = reading.setting;
    const hasEnv = Object.keys(reading.folded.env).length > 0;
    const seen = ledger.presentIn(record).map((change) => change.id);
    return this.current = this.show({ ...blank(record, reading.form, this.user.id, this.now()), area, round, subject, seen, env: hasEnv ? null : envAt(this.now(), this.settings.lang) });
  }

  async openFor(formId: string, subject: string | null, round: string | null, area = ""): Promise<OpenRecord> {
    const { ledger, reader } = this.inside;
    const form = ledger.catalogue.judging(formId, round ?? "");
    if (!form) throw new Error(`The form ${formId} is not here`);
    const place = area || (subject && reader.read(subject)?.setting.area) || (ledger.catalogue.hamlets[0]?.code ?? ledger.enrolled.areas[0] ?? "");
    return this.begin(form, subject ?? "", round ?? "", place, {});
  }

  newHousehold(area: string): Promise<OpenRecord> {
    const { ledger } = this.inside;
    const form = ledger.catalogue.forms.find((candidate) => ledger.catalogue.isRegister(candidate.id));
    if (!form) throw new Error("There is no household register here");
    const path = pathWithMeaning(form, "household_code");
    const number = ledger.device.newHouseholds + 1;
    ledger.device = { ...ledger.device, newHouseholds: number };
    const code = `NEW-${ledger.device.id}-${number}`;
    return this.begin(form, "", "", area, path ? { [path]: code } : {});
  }

  async remove(record: string): Promise<void> {
    await this.current?.close();
    const { ledger } = this.inside;
    const draft = ledger.drafts.get(record);
    // Opening would seal a draft first.
    const isUnsealed = draft !== undefined && ledger.presentIn(record).length === 0;
    await (isUnsealed ? this.show(draft) : await this.open(record)).remove();
  }

  async restore(record: string): Promise<void> {
    const open = await this.open(record);
    await open.answerAll({ "@deleted": null });
    await open.close();
  }

  async undoRemoval(): Promise<void> {
    const { removed } = this;
    if (removed?.draft) await this.inside.ledger.commit({ drafts: [removed.draft] });
    else if (removed) await this.restore(removed.record);
    // Only now: who sees it gone may go on with the record.
    this.removed = null;
    this.tell();
  }

  endRemoval(): void {
    if (!this.removed) return;
    this.removed = null;
    this.tell();
  }

  private async begin(form: Form, subject: string, round: string, area: string, initial: Answers): Promise<OpenRecord> {
    await this.current?.close();
    const record = await idOf(form, { subject, round, area, ...initial }, this.now());
    const { ledger } = this.inside;
    if (ledger.drafts.has(record) || ledger.presentIn(record).length > 0) return this.open(record);
    const draft: Draft = { ...blank(record, form, this.user.id, this.now()), area, round, subject, isNew: true, env: envAt(this.now(), this.settings.lang), initial };
    const open = this.show(draft);
    draft.initial = { ...open.defaults(), ...initial };
    return this.current = this.show(draft);
  }

  private show(draft: Draft): DraftedRecord {
    const { ledger, reader, pulse } = this.inside;
    // An interview ends with the version that it was begun with.
    const form = ledger.catalogue.version(draft.form, draft.version) ?? ledger.catalogue.judging(draft.form, draft.round);
    if (!form) throw new Error(`The form ${draft.form} is not here`);
    const offer = suggestionsFor(ledger, reader, form, draft.subject, draft.round, draft.area);
    const onClosed = (closed: OpenRecord): void => {
      if (this.current === closed) this.current = null;
      this.tell();
    };
    return new DraftedRecord({ ledger, reader, now: this.now, onClosed, onSubmitted: () => pulse.prompt(), onRemoved: (removed) => void (this.removed = removed) }, form, draft, offer);
  }

  private async sealDue(): Promise<void> {
    if (this.current instanceof DraftedRecord) await this.current.sealIfOlder(SEAL_AFTER_MS);
  }

  private async sealAll(): Promise<void> {
    await this.current?.close();
    for (const draft of [...this.inside.ledger.drafts.values()]) await this.show(draft).sealIfOlder(0);
  }

  // Syncing

  sync(): Promise<SyncReport> {
    const asked = this.inside.pulse.ask();
    this.tell();
    return asked;
  }

  private async syncOnce(opened: Opened, hooks: SyncHooks): Promise<SyncReport> {
    this.tell();
    const { ledger } = opened;
    // Loaded when it is first wanted: the first question is there sooner. The service worker keeps it.
    const loaded = await import("./syncer").catch(() => null);
    if (loaded) opened.syncer ??= new loaded.Syncer(ledger, hooks);
    const before = this.opened?.lines.register() ?? [];
    const report = (this.lastReport = opened.syncer ? await opened.syncer.run() : { at: this.now(), outcome: "offline", sent: 0, received: 0 });
    if (report.problem?.problem === "unknown_token") this.isStranger = true;
    if (report.outcome === "done") this.isStranger = false;
    const here = new Set(ledger.records());
    this.left += before.filter(({ record }) => !here.has(record)).length;
    this.tell();
    return report;
  }

  get syncing(): boolean { return this.opened?.pulse.isRunning ?? false; }
  get lastSync(): number { return this.opened?.ledger.sync.lastSync ?? 0; }
  get online(): boolean { return typeof navigator === "undefined" || navigator.onLine !== false; }

  // Files

  async saveFile(bytes: ArrayBuffer, name: string, type: string): Promise<FileValue> {
    const { ledger } = this.inside;
    const sha256 = await sha256Hex(bytes);
    await ledger.commit({ file: { sha256, type, bytes }, filesToSend: [sha256] });
    return { sha256, name: name.normalize("NFC"), type, bytes: bytes.byteLength };
  }

  async readFile(sha256: string): Promise<ArrayBuffer | null> {
    const { ledger } = this.inside;
    const row = await this.vault.row("file", sha256);
    if (row) return row.bytes;
    const answer = await new Wire(this.base, ledger.enrolled.token).getFile(sha256);
    return isFailure(answer) ? null : answer;
  }

  readMedia(sha256: string): Promise<ArrayBuffer | null> {
    return readMedia(this.vault, new Wire(this.base, this.inside.ledger.enrolled.token), sha256);
  }
}
