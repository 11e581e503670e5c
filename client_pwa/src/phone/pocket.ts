/** What a screen may ask of the phone. `startPocket()` in ./collector gives the one instance of a page. */
import type { Evaluation } from "../core/evaluate";
import type { Form } from "../core/form";
import type { Failure, Json } from "../core/wire";

/** `new`: not enrolled. `locked`: needs the PIN. `open`: keys in memory. `revoked`: wiped by order of the server. */
export type PhoneState = "new" | "locked" | "open" | "revoked";
export type Status = "none" | "draft" | "returned" | "submitted" | "approved";
export type Role = "interviewer" | "supervisor" | "viewer" | "admin";
export type Answers = Record<string, Json>;

export interface User { id: string; name: string; role: Role }
export interface Area {
  code: string; parent: string; name: string; kind: string; setting: string;
  /** Named only to say where a hamlet is. A server of before does not say. */
  above?: boolean;
}
export interface Round {
  id: string; title: string; kind: string; year: number | null; starts: string; ends: string;
  open: boolean;
  /** Ids of the forms that it asks. */
  forms: string[];
}

/** Kept in localStorage: nothing here is about a person. */
export interface Settings { lang: "vi" | "en"; theme: "auto" | "sun" }

/**
 * Records, counted from receipts only. `waiting`: something of it has no receipt yet. `confirmed`: written on this phone
 * and all of that with a receipt. `held`: on hold at the server. `needsYou`: returned. `files`: no records, but photos
 * and other files that the server does not have yet.
 */
export interface Counts { waiting: number; confirmed: number; held: number; needsYou: number; files: number }

export interface RecordLine {
  record: string;
  form: string;
  round: string;
  subject: string;
  area: string;
  title: string;
  status: Status;
  /** Changes of this record without a receipt, sealed or still in the draft. */
  waiting: number;
  held: number;
  heldReasons: string[];
  /** The newest change of this record that the server has confirmed, in ms; 0: none. */
  confirmedAt: number;
  /** Open comments, newest first; `path` says where to open a returned record. */
  comments: Comment[];
  updatedAt: number;
  /** Share of the relevant questions that have an answer, 0…1, while a draft. */
  progress: number;
  hasDraft: boolean;
}

export interface HouseholdLine extends RecordLine {
  name: string;
  code: string;
  /** The records that were declared to be this household too: they are on no list of their own. */
  duplicates: RecordLine[];
  areaName: string;
  /** The interview about it in the current round; null: not started (`status` is then "none"). */
  interview: RecordLine | null;
  /** What counts on lists: the status of that interview. */
  interviewStatus: Status;
  /** The last known outcome of a visit in this round ("" none), its label in the language of the phone. */
  outcome: string;
  outcomeLabel: string;
  /** Visits of this round that did not end in an interview, on all phones that this one knows of. */
  attempts: number;
  /** ISO date, "" none. */
  nextVisit: string;
  /** The same code or nearly the same name as another household of the area, when searched for. */
  likeness?: number;
}

export interface Comment { id: string; text: string; path?: string; author: string; authorName: string; at: number }

export interface Readiness {
  /** True: granted. False: refused or unknown, the browser may clear storage when space is short. */
  persistent: boolean;
  forms: number;
  formsWanted: number;
  /** Pictures, sounds and films that the forms show: here, and wanted. */
  media: number;
  mediaWanted: number;
  areas: boolean;
  /** The app itself starts without a network. */
  shell: boolean;
  households: "complete" | "loading";
  householdCount: number;
  /** Hamlets that this phone was given later and whose households are still on their way. */
  arriving: Area[];
  /** The phone is given more than it can hold, in memory or on disk: the rest waits at the server. */
  full: "many" | "disk" | null;
  /** Everything above holds; only then may the screen say "ready to work offline". */
  ready: boolean;
}

export interface EnrolAnswer {
  areas: string[];
  users: User[];
  server: string;
}

export interface SyncReport {
  at: number;
  /** `done`: outbox empty, cursor at the end. `offline`: no answer. `busy`: another page syncs. */
  outcome: "done" | "offline" | "busy" | "locked" | "revoked" | "problem";
  problem?: Failure;
  sent: number;
  received: number;
}

export interface StorageRoom { usedBytes: number; freeBytes: number }

/** What a file question stores; the bytes are kept in the vault under their SHA-256. */
export interface FileValue { [key: string]: Json; sha256: string; name: string; type: string; bytes: number }

export interface Pocket {
  readonly state: PhoneState;
  readonly settings: Settings;
  set(settings: Partial<Settings>): void;

  /** Spends the code. The answer stays in memory until `choosePin`; calling again with the same code is harmless. */
  enrol(code: string, label: string): Promise<EnrolAnswer | Failure>;
  /** The server said that it does not know this phone any more: it was put back to before this phone enrolled. */
  readonly isStranger: boolean;
  /** Spends a new code for a phone that is enrolled already: vault, PIN, changes and drafts stay. Null: done, and it syncs. */
  enrolAgain(code: string, label: string): Promise<Failure | null>;
  /** Creates the vault under the PIN and keeps the enrolment in it; the state is then "open" and syncing begins. */
  choosePin(pin: string, userId: string): Promise<void>;
  /** False: wrong PIN. */
  unlock(pin: string): Promise<boolean>;
  lock(): void;
  changePin(old: string, next: string): Promise<boolean>;
  readiness(): Promise<Readiness>;

  readonly user: User;
  readonly users: User[];
  setUser(id: string): Promise<void>;
  readonly deviceId: string;
  readonly areas: Area[];
  /** The areas of this phone that have no area below them: where households are. */
  readonly hamlets: Area[];
  readonly rounds: Round[];
  /** The open round that lists count by: the newest; null: none is open. */
  readonly round: Round | null;
  readonly forms: Form[];
  /** The form in the version that judges in this round ("" or none: the newest). */
  form(id: string, round?: string): Form | undefined;

  /** The register: records of the forms that others are about. Sorted by area, then by title. */
  households(): HouseholdLine[];
  /** `query` without diacritics, any order of words, in name, code and title. */
  searchHouseholds(query: string, area?: string): HouseholdLine[];
  /** Likely the same household, most alike first. */
  similarHouseholds(name: string): HouseholdLine[];
  /** Everything that is no household, newest first. */
  records(): RecordLine[];
  line(record: string): RecordLine | null;
  /** What was deleted, newest first. */
  deleted(): RecordLine[];
  /** How this record may be deleted here. `draft`: nothing of it was sealed. Null: it may not. */
  removal(record: string): "draft" | "sealed" | null;
  /** Deletes a record that is not on the screen. */
  remove(record: string): Promise<void>;
  /** Writes that a deleted record is not deleted. */
  restore(record: string): Promise<void>;
  /** What was deleted last, until the screen is left; then a record that was never sealed is gone. */
  readonly removed: { record: string } | null;
  undoRemoval(): Promise<void>;
  endRemoval(): void;

  open(record: string): Promise<OpenRecord>;
  /** The record of this form about this subject in this round, opened or begun. */
  openFor(form: string, subject: string | null, round: string | null, area?: string): Promise<OpenRecord>;
  newHousehold(area: string): Promise<OpenRecord>;
  /** The record that is open now, if any: a new version of the app waits for it. */
  readonly current: OpenRecord | null;

  counts(): Counts;
  sync(): Promise<SyncReport>;
  readonly syncing: boolean;
  /** ms; 0: never. */
  readonly lastSync: number;
  readonly lastReport: SyncReport | null;
  /** Households that left this phone since it was opened: erased, or given to another. */
  readonly left: number;
  readonly online: boolean;
  room(): Promise<StorageRoom>;

  saveFile(bytes: ArrayBuffer, name: string, type: string): Promise<FileValue>;
  /** The bytes, from the vault or, with a network, from the server; null: not here. */
  readFile(sha256: string): Promise<ArrayBuffer | null>;
  /** As `readFile`, of what a form shows. */
  readMedia(sha256: string): Promise<ArrayBuffer | null>;

  /** Called after any change of the above. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

export interface OpenRecord {
  readonly record: string;
  readonly form: Form;
  readonly round: string;
  readonly subject: string;
  readonly area: string;
  readonly isNew: boolean;
  /** What the screen shows: folded when it was opened, with the author's own since. Paths with row ids, no system paths. */
  readonly answers: Answers;
  /** Last round's answers to questions with `carry`, by the same paths (rows keep their ids); never in `answers`. */
  readonly suggestions: Answers;
  /** The suggested rows of a repeat that are neither confirmed nor removed. */
  suggestedRows(repeat: string): string[];
  /** The title of the round that the suggestions come from. */
  readonly suggestionRound: string;
  readonly evaluation: Evaluation;
  /** Open comments, newest first: what was there when somebody submitted has been dealt with. */
  readonly comments: Comment[];
  /** The answers that the supervisor saw who returned it; null: it is not returned. */
  readonly answersWhenReturned: Answers | null;
  readonly status: Status;
  readonly held: number;
  readonly heldReasons: string[];
  /** Paths where two people wrote different values; what is shown is provisional. */
  readonly conflicts: string[];

  /** Resolves when it is durable on this phone: only then may the screen say "saved". Null clears. */
  answer(path: string, value: Json): Promise<void>;
  /** What is being typed, for the screen to follow: `answer` makes it durable. */
  preview(path: string, value: Json): void;
  /** Several paths at once, durable together. */
  answerAll(set: Answers): Promise<void>;
  /** Takes the suggestions of these paths as answers ("still true"). */
  confirm(paths: string[]): Promise<void>;
  addRow(repeat: string): Promise<string>;
  /** Hides `repeat/row` and all under it; can be undone by `restoreRow`. */
  removeRow(prefix: string): Promise<void>;
  restoreRow(prefix: string): Promise<void>;
  /** The suggested row belongs to this round too: writes `…/@row` and, with `answers`, its suggested answers. */
  confirmRow(prefix: string, answers?: boolean): Promise<void>;
  comment(text: string, path?: string): Promise<void>;
  /** The form's order: what is missing or refused. Empty: `submit` will go through. */
  violations(): Evaluation["violations"];
  /** Seals with status submitted; a sync follows by itself. */
  submit(): Promise<void>;
  /** Seals what was touched. */
  close(): Promise<void>;
  /** Deletes the record; `Pocket.undoRemoval` takes it back. */
  remove(): Promise<void>;
  /** ms of the last durable write; 0: none since opening. */
  readonly savedAt: number;
  readonly touchedSinceOpen: boolean;
  /** Tells the paths that were answered; null: all may be other; none: what was told before is durable. */
  subscribe(listener: (paths: string[] | null) => void): () => void;
}
