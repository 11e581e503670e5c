/** The wire of sync.md, and the only file that calls fetch. Every call answers a typed message or a Failure. */

import type { Json } from "./canonical";

export type { Json };

/** `problem` is a code of the server, or `offline` when no answer came. `status` 0: no answer. */
export interface Failure { problem: string; detail: string; status: number }

export interface Last { epoch: string; pos: number }
export interface Receipt { pos: number; at: number; role: string; mac: string }
export interface SentChange { body: string; receipt?: Receipt; sig?: string }
export interface PushResult extends Partial<Receipt> { id: string; result: "stored" | "duplicate" | "held"; reason?: string }
export interface PushAnswer { server: string; time: number; results: PushResult[]; max_seq: number }
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
/** Field networks stall without closing the connection. */
const TIMEOUT_MS = 60_000;
/** A few megabytes over a line of the countryside. */
const FILE_TIMEOUT_MS = 600_000;

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function encode(message: Json | object): Promise<{ body: BodyInit; headers: Record<string, string> }> {
  const text = JSON.stringify(message);
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (text.length < WORTH_COMPRESSING || typeof CompressionStream === "undefined") return { body: text, headers };
  headers["Content-Encoding"] = "gzip";
  return { body: await gzip(text), headers };
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

  private async send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}, timeout_ms = TIMEOUT_MS): Promise<Response | Failure> {
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

  private async json<T>(answer: Response | Failure): Promise<T | Failure> {
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
    const { body, headers } = await encode(message);
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

  /**
   * In pages of the server's length. `former`: the cursor that a phone had which begins again. `have`: positions of own
   * changes that need not come back.
   */
  pull(cursor: string, last: Last | null, former = "", have = ""): Promise<PullAnswer | Failure> {
    const query = new URLSearchParams();
    if (cursor) query.set("cursor", cursor);
    if (last) query.set("last", `${last.epoch}:${last.pos}`);
    if (former) query.set("former", former);
    if (have && last) query.set("have", have);
    return this.get<PullAnswer>(`/api/pull?${query.toString()}`);
  }

  forms(): Promise<FormEntry[] | Failure> {
    return this.get<FormEntry[]>("/api/forms");
  }

  async putFile(sha256: string, bytes: ArrayBuffer, type: string): Promise<true | Failure> {
    const answer = await this.send("PUT", `/api/files/${sha256}`, bytes, { "Content-Type": type || "application/octet-stream" });
    return isFailure(answer) ? answer : true;
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
