import type { CheckedForm, FormLine, GivenWorkbook, PublishedForm } from "./forms";
import { Wire, isFailure, type Failure, type Json, type PushResult } from "../core/wire";

/** What the desk asks the server; every answer is typed, or a Failure. */
export interface Session {
  user: { id: string; name: string; role: "admin" | "supervisor" | "viewer" | "interviewer"; area: string };
  device: string;
  seq: number;
  csrf: string;
  server: { title: string; time_zone: string };
  time: number;
}
export interface LinkOwner { name: string; role: string; needs_password: boolean }
export interface Area { code: string; parent: string; name: string; kind: string }
export interface RoundEntry { id: string; title: string; year: number; starts: string; ends: string; is_open: boolean; forms: string[] }
export interface FormEntry { id: string; version: string; title: string; url: string; subject_form: string; one_per: string[]; is_register: boolean }
export interface Catalog {
  areas: Area[];
  rounds: RoundEntry[];
  forms: FormEntry[];
  authors: { id: string; name: string }[];
  area_name: string;
  phones_can_connect: boolean;
}
export interface Queues {
  counts: Record<string, number>;
  last_received: number | null;
}
export interface Line {
  record: string;
  form: string;
  round: string;
  subject: string;
  name: string;
  code: string;
  areas: string[];
  status: string;
  flags: string[];
  conflicts: number;
  violations: number;
  has_hold: boolean;
  is_deleted: boolean;
  duplicate_of: string;
  author_name: string;
  at: number;
}
export interface List { total: number; oldest: number | null; rows: Line[] }
/** Who wrote a change, on which device, and when (ms). */
export interface Writer {
  id: string;
  author: string;
  author_name: string;
  device: string;
  device_label: string;
  at: number;
  role: string;
}
export interface DeskHead extends Writer {
  value: Json;
  had_seen: Json;
  had_seen_any: boolean;
  /** Who had written what the author had been shown. */
  seen_from: Writer | null;
  /** Whose value this was, where taking back a decision wrote it again. */
  put_back: Writer | null;
}
/** What an approval or a deletion had not been shown. */
export interface Unseen extends Writer { path: string; value: Json; before: Json }
export interface Since { flag: "changed_since_approval" | "edited_after_delete"; prefix: string; by: Writer; unseen: Unseen[] }
/** A row made apart from another, and the authors who knew of it. */
export interface ApartRow { prefix: string; made_by: Writer; known_to: string[] }
export interface HistoryEntry {
  id: string;
  author: string;
  author_name: string;
  role: string;
  device: string;
  device_label: string;
  at: number;
  set: { [path: string]: Json };
  seen: string[];
  is_erased: boolean;
  erased_at?: number | null;
  erased_reason?: string;
}
export interface DeskComment { id: string; text: string; path: string; author_name: string; at: number }
export interface Violation { path: string; kind: "constraint" | "required" | "rows" }
export interface FullRecord {
  record: string;
  form: string;
  form_version: string;
  form_url: string;
  round: string;
  subject: string;
  subject_name: string;
  subject_code: string;
  name: string;
  title: string;
  code: string;
  areas: string[];
  status: string;
  flags: string[];
  deleted: boolean;
  same_as: string[];
  seen: string[];
  values: { [path: string]: Json };
  answers: { [path: string]: Json };
  conflicts: { [path: string]: DeskHead[] };
  since: Since[];
  apart: ApartRow[];
  history: HistoryEntry[];
  comments: DeskComment[];
  violations: Violation[];
  /** Rows that are there without an answer, as `repeat/row/@row`. */
  rows: string[];
  /** What expressions see beside the answers. */
  context: { now_ms: number; offset_min: number; seed: string | number; lang: string; sources: { [source: string]: { [column: string]: Json } }; meta: { [name: string]: string } };
  last_round: { title: string; answers: { [path: string]: Json } } | null;
  author_name: string;
  at: number;
  seen_at: number;
}
/** What is to be decided about one household; its records come without history and calculations. */
export interface OpenHousehold { household: string; name: string; code: string; tied: string[]; areas: string[]; records: FullRecord[] }
export interface OpenList { total: number; records: number; conflicts: number; oldest: number | null; households: OpenHousehold[] }
/** `kind` names the sentence, `n` is its figure; `is_for`: it speaks for one household. */
export interface Reason { kind: string; n: number; is_for: boolean }
export type PairKind = "likely" | "tied" | "not_the_same";
/** `said`: who tied them or told them apart. A tie is written in `a`. */
export interface DuplicatePair { score: number; evidence: Reason[]; a: Line; b: Line; said: { user_name: string; at: number } | null }
export interface DuplicateList { total: number; waiting: number; pairs: DuplicatePair[] }
export interface RosterMember { name: string; born: number; is_shared: boolean }
export interface AboutIt { record: string; form: string; round: string; status: string; author_name: string; at: number; counts: boolean }
export interface Household { line: Line; registered_by: string; registered_at: number; members: RosterMember[]; interviews: AboutIt[] }
export interface Comparison { score: number; evidence: Reason[]; a: Household; b: Household }
export interface HeldChange {
  id: string;
  reason: string;
  detail: string;
  record: string;
  record_name: string;
  code: string;
  form: string;
  author_name: string;
  device_label: string;
  at: number;
  received: number;
  set: { [path: string]: Json };
  is_readable: boolean;
  is_record_known: boolean;
  form_url: string;
}
export interface ProgressRow {
  area: string;
  people: string[];
  households: number;
  approved: number;
  submitted: number;
  returned: number;
  draft: number;
  last_received: number | null;
}
export interface PhoneEntry {
  id: string;
  label: string;
  areas: string[];
  people: string[];
  enrolled_at: number;
  last_seen: number | null;
  is_revoked: boolean;
  is_silent: boolean;
  may_revoke: boolean;
}
export interface PhoneBack { id: string; label: string; people: string[]; changes: number; last_seen: number | null }
/** One time that the server was put back to an earlier state, and what phones brought back since. */
export interface PutBackNews {
  number: number;
  at: number;
  how: "restore" | "copy";
  state_at: number | null;
  changes: number;
  phones: PhoneBack[];
  households: { record: string; name: string; code: string; changes: number }[];
  more: number;
  waiting: PhoneBack[];
}
export interface ErasedProof { record: string; form: string; at: number; reason: string; changes: number }
export interface Person { id: string; name: string; role: string; area: string }
export interface Invitation { code: string; link: string; expires: number; qr: string; phones_can_connect: boolean }

export type Answer<T> = Promise<T | Failure>;

let wire = new Wire();

/** From now on requests carry this session's CSRF token. */
export function useCsrf(csrf: string): void {
  wire = new Wire("", "", csrf);
}

const text = (query: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "").map(([key, value]) => [key, String(value)])).toString();

export const api = {
  session: (): Answer<Session> => wire.get("/api/session"),
  link: (token: string): Answer<LinkOwner> => wire.post("/api/session/link", { token }),
  setPassword: (token: string, password: string): Answer<object> => wire.post("/api/session/password", { token, password }),
  signIn: (name: string, password: string): Answer<object> => wire.post("/api/session", { name, password }),
  signOut: (): Answer<object> => wire.remove("/api/session"),
  catalog: (): Answer<Catalog> => wire.get("/api/desk/catalog"),
  queues: (): Answer<Queues> => wire.get("/api/desk/queues"),
  records: (query: Record<string, string | number>): Answer<List> => wire.get(`/api/desk/records?${text(query)}`),
  record: (id: string): Answer<FullRecord> => wire.get(`/api/desk/records/${encodeURIComponent(id)}`),
  open: (query: Record<string, string | number>): Answer<OpenList> => wire.get(`/api/desk/open?${text(query)}`),
  duplicates: (query: Record<string, string | number>): Answer<DuplicateList> => wire.get(`/api/desk/duplicates?${text(query)}`),
  sideBySide: (a: string, b: string): Answer<Comparison> =>
    wire.get(`/api/desk/duplicates/${encodeURIComponent(a)}/${encodeURIComponent(b)}`),
  notTheSame: (a: string, b: string, is_said: boolean): Answer<object> => wire.post("/api/desk/duplicates/not-the-same", { a, b, is_said }),
  holds: (): Answer<{ holds: HeldChange[] }> => wire.get("/api/desk/holds"),
  decideHold: (id: string, decision: "release" | "discard"): Answer<object> =>
    wire.post(`/api/desk/holds/${encodeURIComponent(id)}`, { decision }),
  putBack: (): Answer<{ news: PutBackNews[] }> => wire.get("/api/desk/put-back"),
  readPutBack: (number: number): Answer<object> => wire.post(`/api/desk/put-back/${number}/read`, {}),
  erased: (record: string): Answer<ErasedProof> => wire.get(`/api/desk/erased/${encodeURIComponent(record)}`),
  progress: (form: string, round: string): Answer<{ rows: ProgressRow[]; people: number }> =>
    wire.get(`/api/desk/progress?${text({ form, round })}`),
  phones: (): Answer<{ phones: PhoneEntry[]; people: Person[] }> => wire.get("/api/desk/phones"),
  invite: (area: string, users: string[]): Answer<Invitation> => wire.post("/api/desk/invites", { area, users }),
  revoke: (id: string): Answer<object> => wire.post(`/api/desk/phones/${encodeURIComponent(id)}/revoke`, {}),
  addInterviewer: (name: string, area: string): Answer<Person> => wire.post("/api/desk/people", { name, area }),
  forms: (): Answer<{ forms: FormLine[] }> => wire.get("/api/desk/forms"),
  checkForm: (given: GivenWorkbook): Answer<CheckedForm> => wire.postFiles("/api/desk/forms/check", given),
  publishForm: (given: GivenWorkbook): Answer<PublishedForm> => wire.postFiles("/api/desk/forms/publish", given),
  form: <T>(url: string): Answer<T> => wire.get(url),
  /** One result per change, in order. */
  push: async (changes: string[]): Answer<PushResult[]> => {
    const answer = await wire.push(changes, null);
    if (isFailure(answer)) return answer;
    return answer.results.length === changes.length ? answer.results : { problem: "no_result", detail: "", status: 0 };
  },
};

export { isFailure, type Failure };
