/** A real server on a port of its own, set up by its own commands. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const OWN = join(ROOT, ".venv/bin/python");
const PYTHON = process.env["PYTHON"] ?? (existsSync(OWN) ? OWN : "python3");

const AREAS = "code,parent,name,kind,setting\nX,,Xã Lát,commune,rural\nA,X,Thôn A,hamlet,rural\nB,X,Thôn B,hamlet,rural\n";
const HOUSEHOLDS = "hh_code,head_name,area\nTL-001,K'Brình,A\nTL-002,Ka Dột,A\nTL-003,Ya Tiong,B\n";

export interface Entitled {
  log: Record<string, [pos: number, at: number, role: string]>;
  bodies: string[];
  on_hold: Record<string, string>;
  given: Record<string, string[]>;
  records: Record<string, string>;
}

export class RealServer {
  private child: ChildProcess | null = null;
  users: Record<string, string> = {};

  private constructor(readonly folder: string, readonly port: number) {}

  /** A commune with two hamlets, three households, an open round and two interviewers. */
  static async start(): Promise<RealServer> {
    const server = new RealServer(mkdtempSync(join(tmpdir(), "thon-phone-")), await freePort());
    server.write("areas.csv", AREAS);
    server.write("more.csv", `${AREAS}C,X,Thôn C,hamlet,rural\n`);
    server.write("households.csv", HOUSEHOLDS);
    server.thon("area", "load", server.path("areas.csv"));
    for (const form of ["household", "living_conditions"]) server.thon("form", "publish", join(ROOT, `schemas/surveys/${form}.xlsx`));
    server.thon("household", "load", server.path("households.csv"), "--form", "household");
    server.thon("round", "open", "2026", "--title", "Năm 2026", "--form", "living_conditions", "--from", "2026-09-01", "--to", "2026-12-31", "--year", "2026");
    for (const name of ["Han", "Ba"]) server.thon("user", "add", name, "--role", "interviewer", "--area", "X");
    await server.serve();
    return server;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  path(name: string): string {
    return join(this.folder, name);
  }
  private write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  thon(...args: string[]): string {
    return execFileSync(PYTHON, ["-m", "server.cli.main", ...args, "--data", this.path("data")], { cwd: ROOT, encoding: "utf8" });
  }

  /** What the supervisor's page does to everything on hold. The server must be down. */
  releaseAll(): void {
    const release = "import sys; from pathlib import Path; from server.store import Store, holds; from server.intake import release; store = Store.open(Path(sys.argv[1])); waiting = [row[0] for row in store.reading().__enter__().execute(\"SELECT id FROM hold WHERE state = 'held'\")]; print([release(store, each, 'system', 1) for each in waiting]); store.close()";
    execFileSync(PYTHON, ["-c", release, this.path("data")], { cwd: ROOT });
  }

  /** A form of its own, which each version asks more of than the one before. */
  publishBox(version: string): void {
    const later = Array.from({ length: Number(version) - 1 }, (_, number) => `, question("text", "later${number || ""}")`).join("");
    const write = `import sys; from tests.workbooks import question, workbook; sys.stdout.buffer.write(workbook([question("text", "head")${later}], form_id="box", version="${version}"))`;
    writeFileSync(this.path("box.xlsx"), execFileSync(PYTHON, ["-c", write], { cwd: ROOT }));
    this.thon("form", "publish", this.path("box.xlsx"));
  }

  /** The same form with its question under another name. */
  publishRenamedBox(version: string): void {
    const write = `import sys; from tests.workbooks import question, workbook; sys.stdout.buffer.write(workbook([question("text", "leader", old_name="head")], form_id="box", version="${version}"))`;
    writeFileSync(this.path("box.xlsx"), execFileSync(PYTHON, ["-c", write], { cwd: ROOT }));
    this.thon("form", "publish", this.path("box.xlsx"), "--yes");
  }

  /** What `tests/entitled.py` says of its data. The server must be down. */
  entitled(): Entitled {
    return JSON.parse(execFileSync(PYTHON, ["-m", "tests.entitled", this.path("data")], { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 })) as Entitled;
  }

  invite(area: string, ...users: string[]): string {
    const said = this.thon("device", "invite", "--area", area, ...users.flatMap((user) => ["--user", user]), "--json");
    return (JSON.parse(said) as { code: string }).code;
  }

  get isUp(): boolean {
    return this.child?.exitCode === null;
  }
  async serve(): Promise<void> {
    this.child = spawn(PYTHON, ["-m", "server.cli.main", "serve", "--data", this.path("data"), "--port", String(this.port)], { cwd: ROOT, stdio: "ignore" });
    while (!(await fetch(`${this.base}/api/forms`).then(() => true, () => false))) {
      if (this.child.exitCode !== null) throw new Error("The server did not start");
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** As when the machine loses power. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    this.child = null;
  }

  keepCopy(name: string): void {
    cpSync(this.path("data"), this.path(name), { recursive: true });
  }
  putBack(name: string): void {
    rmSync(this.path("data"), { recursive: true });
    cpSync(this.path(name), this.path("data"), { recursive: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

/** Below those that a system gives to whoever asks for any: it must be free again after the server was killed. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    probe.once("error", () => resolve(freePort()));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}
