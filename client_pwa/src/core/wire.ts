/** The wire of sync.md, and the only file that calls fetch. Every call answers a typed message or a Failure. */

import type { Json } from "./canonical";
import type { Packed, Table } from "./packing";

export type { Json };

/** `problem` is a code of the server, or `offline` when no answer came. `status` 0: no answer. */
export interface Failure { problem: string; detail: string; status: number }

export interface Last { epoch: string; pos: number }
export interface Receipt { pos: number; at: number; role: string; mac: string }
export interface SentChange { body: string | Packed; receipt?: Receipt; sig?: string }
export interface PushResult extends Partial<Receipt> { id: string; result: "stored" | "duplicate" | "held"; reason?: string }
/** Of what is stored pos, at (null: the change's own), role and mac; of what is on hold the reason and pos. */
export type ShortResult = [number, number | null, string, string] | [string, number];
export interface PushAnswer { server: string; time: number; results: PushResult[]; max_seq: number }
/** Of a push with a proof: of which change each is, its place says. `server`, `max_seq`: left out where the push named them. */
export interface ShortPushAnswer { server?: string; said: ShortResult[]; max_seq?: number }
export interface PulledChange extends Receipt { id: string; body: string }
export interface Carried { record: string; form: string; round: string; subject: string; answers: { [path: string]: Json } }
export interface PullAnswer {
  server: string;
  time: number;
  changes: PulledChange[];
  carried: Carried[];
  forget: string[];
  erased: string[];
  released: string[];
  discarded: string[];
  cursor: string;
  more: boolean;
  /** The names of those who wrote the changes of this page, by user id. A server of before does not say. */
  people?: { [user: string]: string };
  /** Another one than before: forms, areas or rounds may have changed. A server of before does not say. */
  published?: string;
  /** Positions, first and last of each stretch, of what is left out since this phone said that it has it. */
  had?: [number, number][];
}
/** For who asks for packed changes: what is empty, or as the device said, is left out. */
export interface PackedPage extends Partial<Omit<PullAnswer, "cursor">> {
  /** The cursor. */
  next: string;
  /** Changes that are not among `changes`: pos, at (null: the change's own), role, mac, and how to rebuild it. */
  packed?: [number, number | null, string, string, Packed][];
  tables?: Table[];
  /** Of the packed ones, as in a push. */
  proof?: string;
}
export interface Enrolment {
  token: string;
  device_key: string;
  recovery_key: string;
  server: string;
  time: number;
  areas: string[];
  users: { id: string; name: string; role: string }[];
}
export interface FormEntry { id: string; version: string; title: string; hash: string; url: string; rounds: string[] }

export function isFailure(answer: unknown): answer is Failure {
  return typeof answer === "object" && answer !== null && typeof (answer as Failure).problem === "string" && "status" in answer;
}

/** Bodies below this gain nothing from gzip. */
const WORTH_COMPRESSING = 1024;
/** Characters that are compressed at once. */
const PIECE = 1 << 16;
/** Field networks stall without closing the connection. */
const TIMEOUT_MS = 60_000;
/** A few megabytes over a line of the countryside. */
export const FILE_TIMEOUT_MS = 600_000;
/** What a server takes. */
export const LARGEST_FILE_BYTES = 10 << 20;

interface Encoded { body: BodyInit; headers: Record<string, string> }

/** A body that is compressed while it is still being said, and while another request is under way. */
export class Begun {
  private waiting = "";
  private compressing: { writer: WritableStreamDefaultWriter<BufferSource>; bytes: Promise<ArrayBuffer> } | null = null;

  /** `text`: of whole characters. */
  add(text: string): this {
    this.waiting += text;
    if (this.waiting.length >= PIECE && typeof CompressionStream !== "undefined") this.compress();
    return this;
  }

  /** Nothing follows for a while: what is said so far need not wait. */
  pause(): void {
    if (this.compressing) this.compress();
  }

  async ended(end = ""): Promise<Encoded> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    this.waiting += end;
    if (!this.compressing && (this.waiting.length < WORTH_COMPRESSING || typeof CompressionStream === "undefined")) return { body: this.waiting, headers };
    const { writer, bytes } = this.compress();
    // Where it fails, `bytes` says so.
    writer.close().catch(() => undefined);
    headers["Content-Encoding"] = "gzip";
    return { body: await bytes, headers };
  }

  drop(): void {
    void this.compressing?.writer.abort().catch(() => undefined);
  }

  private compress(): NonNullable<Begun["compressing"]> {
    this.compressing ??= compressing();
    this.compressing.writer.write(new TextEncoder().encode(this.waiting)).catch(() => undefined);
    this.waiting = "";
    return this.compressing;
  }
}

function compressing(): NonNullable<Begun["compressing"]> {
  const stream = new CompressionStream("gzip");
  const bytes = new Response(stream.readable).arrayBuffer();
  // Where it is dropped nobody waits for it.
  bytes.catch(() => undefined);
  return { writer: stream.writable.getWriter(), bytes };
}

async function failureOf(response: Response): Promise<Failure> {
  const text = await response.text().catch(() => "");
  try {
    const said = JSON.parse(text) as Partial<Failure>;
    if (typeof said.problem === "string") return { problem: said.problem, detail: said.detail ?? "", status: response.status };
  } catch {
    // A proxy in front of the server answers in HTML.
  }
  return { problem: `http_${response.status}`, detail: response.statusText, status: response.status };
}

/** Somebody else on the line has answered. */
export function notItsWord(): Failure {
  return { problem: "offline", detail: "The answer is not the server's.", status: 0 };
}

/** A server at `base` ("" is where this page came from) as one device or one signed-in browser sees it. */
export class Wire {
  constructor(
    private readonly base: string = "",
    private readonly token: string = "",
    private readonly csrf: string = "",
  ) {}

  private headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    if (this.csrf) headers["X-CSRF"] = this.csrf;
    return headers;
  }

  async send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}, timeout_ms = TIMEOUT_MS): Promise<Response | Failure> {
    try {
      const response = await fetch(this.base + path, {
        method,
        body,
        headers: { ...this.headers(), ...headers },
        credentials: this.token ? "omit" : "same-origin",
        cache: "no-store",
        signal: typeof AbortSignal.timeout === "function" ? AbortSignal.timeout(timeout_ms) : null,
      });
      return response.ok ? response : await failureOf(response);
    } catch (error) {
      return { problem: "offline", detail: String(error), status: 0 };
    }
  }

  async json<T>(answer: Response | Failure): Promise<T | Failure> {
    if (isFailure(answer)) return answer;
    try {
      return (await answer.json()) as T;
    } catch (error) {
      // A captive portal answers 200 with a page, a bad line cuts the body short: neither is the server's word.
      return { problem: "offline", detail: String(error), status: 0 };
    }
  }

  async get<T>(path: string): Promise<T | Failure> {
    return this.json<T>(await this.send("GET", path));
  }

  async post<T>(path: string, message: object): Promise<T | Failure> {
    return this.postEncoded<T>(path, await new Begun().add(JSON.stringify(message)).ended());
  }

  private async postEncoded<T>(path: string, { body, headers }: Encoded): Promise<T | Failure> {
    return this.json<T>(await this.send("POST", path, body, headers));
  }

  /** Not compressed: the limit for what is compressed is far lower, and files rarely shrink. */
  async postFiles<T>(path: string, message: object): Promise<T | Failure> {
    return this.json<T>(await this.send("POST", path, JSON.stringify(message), { "Content-Type": "application/json" }));
  }

  async remove<T>(path: string): Promise<T | Failure> {
    return this.json<T>(await this.send("DELETE", path));
  }

  enrol(code: string, device: string, label: string): Promise<Enrolment | Failure> {
    return this.post<Enrolment>("/api/enrol", { code, device, label });
  }

  /** Takes a new device id for a phone that was restored or cloned. */
  renew(device: string): Promise<{ device: string; device_key?: string; token?: string } | Failure> {
    return this.post("/api/device", { device });
  }

  push(changes: (string | SentChange)[], last: Last | null): Promise<PushAnswer | Failure> {
    return this.post<PushAnswer>("/api/push", last ? { last, changes } : { changes });
  }

  /** `message`: a push without `last` and without its closing brace, which are said once it is sent. */
  async pushBegun(message: Begun, last: Last | null): Promise<PushAnswer | ShortPushAnswer | Failure> {
    return this.postEncoded<PushAnswer | ShortPushAnswer>("/api/push", await message.ended(last ? `,"last":${JSON.stringify(last)}}` : "}"));
  }

  /**
   * In pages of the server's length. `former`: the cursor that a phone had which begins again. `have`: positions of own
   * changes that need not come back. `packs`: changes may come as values by position.
   */
  pull(cursor: string, last: Last | null, former = "", have = "", packs = false): Promise<PullAnswer | PackedPage | Failure> {
    const query = new URLSearchParams();
    if (cursor) query.set("cursor", cursor);
    if (last) query.set("last", `${last.epoch}:${last.pos}`);
    if (former) query.set("former", former);
    if (have && last) query.set("have", have);
    if (packs) query.set("packed", "1");
    return this.get<PullAnswer | PackedPage>(`/api/pull?${query.toString()}`);
  }

  forms(): Promise<FormEntry[] | Failure> {
    return this.get<FormEntry[]>("/api/forms");
  }

  getFile(sha256: string): Promise<ArrayBuffer | Failure> {
    return this.bytes(`/api/files/${sha256}`);
  }

  /** What a form shows. */
  formFile(sha256: string): Promise<ArrayBuffer | Failure> {
    return this.bytes(`/api/forms/files/${sha256}`);
  }

  private async bytes(path: string): Promise<ArrayBuffer | Failure> {
    const answer = await this.send("GET", path, undefined, {}, FILE_TIMEOUT_MS);
    if (isFailure(answer)) return answer;
    return answer.arrayBuffer().catch((error: unknown) => ({ problem: "offline", detail: String(error), status: 0 }));
  }
}
