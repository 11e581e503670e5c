/** What the tests ask of the frozen phone, as it was then. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface Failure { problem: string; detail: string; status: number }
export interface SyncReport { outcome: "done" | "offline" | "busy" | "locked" | "revoked" | "problem"; problem?: Failure; sent: number; received: number }
export interface HouseholdLine { record: string; code: string; name: string; waiting: number; held: number }
export interface OpenRecord {
  readonly record: string;
  readonly answers: Record<string, Json>;
  readonly conflicts: string[];
  answerAll(set: Record<string, Json>): Promise<void>;
  submit(): Promise<void>;
  close(): Promise<void>;
}
export interface OldPhone {
  readonly state: "new" | "locked" | "open" | "revoked";
  readonly deviceId: string;
  readonly round: { id: string } | null;
  readonly forms: { id: string; version: string }[];
  enrol(code: string, label: string): Promise<{ users: { id: string }[] } | Failure>;
  choosePin(pin: string, user: string): Promise<void>;
  unlock(pin: string): Promise<boolean>;
  lock(): void;
  sync(): Promise<SyncReport>;
  readiness(): Promise<{ forms: number; formsWanted: number; households: "complete" | "loading"; householdCount: number }>;
  counts(): { waiting: number; confirmed: number; held: number; needsYou: number };
  households(): HouseholdLine[];
  records(): { record: string; form: string }[];
  open(record: string): Promise<OpenRecord>;
  openFor(form: string, subject: string | null, round: string | null): Promise<OpenRecord>;
  newHousehold(area: string): Promise<OpenRecord>;
}
export function startPocket(ground: { database?: string; base?: string; now?: () => number }): Promise<OldPhone>;
