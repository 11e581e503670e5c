// Packed changes: the values of a plain change by position, its names told once for many. Both sides rebuild the exact
// bytes; those stay the identity.

import type { Json } from "./canonical";
import { changeId, type Change } from "./change";
import type { Form } from "./form";

/** Places in the names, in pairs (first, how many); a text names the rows under which those after it stand. */
export type Keys = (number | string)[];
/** Table, record, seq, at, seen, keys, values. */
export type Packed = [number, string, number, number, string[], Keys, Json[]];

/** What many packed changes have in common: form, version, device, author, names, more. Names: paths without rows
 * (`member/m_age`, `@area`), or the number of an earlier table that has the same, or nothing: those of the published form.
 * More: what stands behind them. */
export type Table = [string, string, string, string, (string[] | number | null)?, string[]?];

const LARGEST_CHANGE = 256 * 1024;
const LONGEST_HEADER = 50;
const OF_RECORDS = ["@env", "@area", "@round", "@subject", "@status"];
const OF_ANY = ["@row", "@deleted", "@same_as", "@from"];
const NOT_ASKED = new Set(["group", "repeat", "note", "calculate", "meta"]);
// Between these the number is written without an exponent in every language.
const SMALLEST_DOUBLE = 1e-5;
const LARGEST_DOUBLE = 1e15;

/** That the changes of these ids are the ones, and in this order. */
export async function proofOf(ids: string[]): Promise<string> {
  return (await changeId(ids.join(""))).slice(0, 11);
}

/** The names of a form's changes, in the order in which they stand in most of them. */
export function namesOf(form: Form): string[] {
  const asked = form.nodes.filter((node) => !NOT_ASKED.has(node.k)).map((node) => node.path);
  const ofRows = form.nodes.filter((node) => node.k === "repeat").flatMap((node) => OF_ANY.map((name) => `${node.path}/${name}`));
  return [...new Set([...OF_RECORDS, ...asked, ...ofRows, ...OF_ANY, "@comment"])];
}

type Origin = [string, string, string, string];
interface Names { places: Places; published: number; table: number }

/** Packs changes for one message. `published`: the names of a form in a version, where the other side has it. */
export class Packer {
  private readonly made: { origin: Origin; names: Names }[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly names = new Map<string, Names>();

  constructor(private readonly published: (form: string, version: string) => string[] | undefined) {}

  /**
   * As JSON; null for what must go as it is. Who is told of them proves what he rebuilt (`proofOf`): here it is enough
   * that header and length are those of the rebuilt text.
   */
  pack(body: string, change: Change): string | null {
    const { record, form, form_version, device, seq, at, author, seen, set } = change;
    const header = JSON.stringify({ v: 1, record, form, form_version, device, seq, at, author, seen });
    const start = `${header.slice(0, -1)},"set":{`;
    if (!body.startsWith(start)) return null;
    if ([record, form, form_version, device, author].some((text) => text.length > LONGEST_HEADER)) return null;
    const paths = Object.keys(set);
    const values: Json[] = [];
    let length = start.length;
    for (const path of paths) {
      const value = set[path]!;
      if (!isPlain(value)) return null;
      values.push(value);
      length += path.length + '"":'.length;
    }
    const said = JSON.stringify(values);
    if (length + said.length !== body.length) return null;
    const table = this.table(form, form_version, device, author);
    const keys = keysOf(paths, this.made[table]!.names.places);
    return `[${table},${JSON.stringify(record)},${seq},${at},${JSON.stringify(seen)},${JSON.stringify(keys)},${said}]`;
  }

  /** Complete once everything is packed. */
  get tables(): Table[] {
    return this.made.map(({ origin, names }, number): Table => {
      if (names.table !== number) return [...origin, names.table];
      const told = names.places.names;
      if (names.published === 0) return [...origin, told];
      return told.length > names.published ? [...origin, null, told.slice(names.published)] : origin;
    });
  }

  private table(form: string, form_version: string, device: string, author: string): number {
    const origin: Origin = [form, form_version, device, author];
    const key = JSON.stringify(origin);
    const have = this.numbers.get(key);
    if (have !== undefined) return have;
    const version = JSON.stringify([form, form_version]);
    const number = this.made.length;
    if (!this.names.has(version)) {
      const known = this.published(form, form_version) ?? [];
      this.names.set(version, { places: new Places(known), published: known.length, table: number });
    }
    this.made.push({ origin, names: this.names.get(version)! });
    this.numbers.set(key, number);
    return number;
  }
}

/** The exact text of the change; null where there is none. `names`: of its table. */
export function unpack(packed: Packed, table: Table, names: readonly string[]): string | null {
  const [, record, seq, at, seen, keys, values] = packed;
  const paths = pathsOf(keys, names, values.length);
  if (!paths) return null;
  const [form, form_version, device, author] = table;
  const header = JSON.stringify({ v: 1, record, form, form_version, device, seq, at, author, seen });
  const set = paths.map((path, number) => `${JSON.stringify(path)}:${JSON.stringify(values[number])}`);
  const text = `${header.slice(0, -1)},"set":{${set.join(",")}}}`;
  return text.length > LARGEST_CHANGE ? null : text;
}

/** The names of each of these tables; null where one of them is not told. */
export function namesOfTables(tables: Table[]): string[][] | null {
  const all: string[][] = [];
  for (const [, , , , names, more = []] of tables) {
    const told = typeof names === "number" ? all[names] : names;
    if (!told) return null;
    all.push(more.length > 0 ? [...told, ...more] : told);
  }
  return all;
}

/** Where each name stands. Of most paths it is the place after the one before, so that is looked at first. */
class Places {
  readonly names: string[] = [];
  private readonly places = new Map<string, number>();
  /** The places of those that are paths as they stand: no rows come into them. */
  private readonly whole = new Map<string, number>();
  /** Of each name all up to its last part, and that part. */
  private readonly heads: string[] = [];
  private readonly leaves: string[] = [];

  constructor(names: readonly string[]) {
    for (const name of names) this.add(name);
  }

  ofPath(path: string): number | undefined {
    return this.whole.get(path);
  }

  of(name: string): number {
    return this.places.get(name) ?? this.add(name);
  }

  /** Of the name that is `head` and what the path says from `start` on. */
  ofLast(path: string, start: number, head: string, guess: number): number {
    const leaf = this.leaves[guess];
    if (leaf !== undefined && path.length === start + leaf.length && path.endsWith(leaf) && this.heads[guess] === head) return guess;
    return this.of(start === 0 ? path : head + path.slice(start));
  }

  private add(name: string): number {
    const start = name.lastIndexOf("/") + 1;
    this.places.set(name, this.names.length);
    if (start === 0) this.whole.set(name, this.names.length);
    this.heads.push(name.slice(0, start));
    this.leaves.push(name.slice(start));
    return this.names.push(name) - 1;
  }
}

function keysOf(paths: string[], places: Places): Keys {
  const keys: Keys = [];
  let rows = "";
  let end = -1;
  let before = "";
  let head = "";
  let above = "";
  for (const path of paths) {
    let under = "";
    let place = places.ofPath(path);
    if (place === undefined) {
      const start = path.lastIndexOf("/") + 1;
      // Answers of a row come one after another.
      if (start !== before.length || !path.startsWith(before)) {
        before = path.slice(0, start);
        [head, above] = apart(before);
      }
      const endsInRow = head.length > 0 && !head.endsWith("/");
      under = endsInRow ? above + path.slice(start) : above;
      place = endsInRow ? places.of(head) : places.ofLast(path, start, head, end);
    }
    if (under !== rows) {
      keys.push((rows = under));
      end = -1;
    }
    if (place === end) (keys[keys.length - 1] as number)++;
    else keys.push(place, 1);
    end = place + 1;
  }
  return keys;
}

/** `a/x/b/y/` are the names `a/b/` and the rows `x/y`; after `a/x/b/`, the names `a/b`, comes a row under `x/`. */
function apart(before: string): [string, string] {
  const end = before.indexOf("/") + 1;
  // One row, as most are in.
  if (before.indexOf("/", end) === before.length - 1) return [before.slice(0, end), before.slice(end, -1)];
  const parts = before.split("/").slice(0, -1);
  const of = (odd: number): string => parts.filter((_, index) => index % 2 === odd).join("/");
  if (parts.length % 2 === 1) return [of(0), parts.length > 1 ? `${of(1)}/` : ""];
  return [parts.length > 0 ? `${of(0)}/` : "", of(1)];
}

function pathsOf(keys: Keys, names: readonly string[], count: number): string[] | null {
  const paths: string[] = [];
  let rows: string[] = [];
  for (let index = 0; index < keys.length; index++) {
    const first = keys[index]!;
    if (typeof first === "string") {
      rows = first ? first.split("/") : [];
      continue;
    }
    const many = keys[++index];
    if (typeof many !== "number" || first < 0 || many < 1 || first + many > names.length || paths.length + many > count) return null;
    for (let place = first; place < first + many; place++) paths.push(rows.length > 0 ? pathOf(names[place]!, rows) : names[place]!);
  }
  return paths.length === count ? paths : null;
}

function pathOf(name: string, rows: string[]): string {
  const parts = name.split("/");
  return parts.flatMap((part, index) => (index < rows.length ? [part, rows[index]!] : [part])).join("/");
}

/** Every language writes it so, keeps the order of its members, and takes it for nothing else. */
function isPlain(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isPlainScalar);
  if (value !== null && typeof value === "object") return Object.entries(value).every(([key, item]) => isPlainScalar(item) && !/^\d+$/.test(key));
  return isPlainScalar(value);
}

function isPlainScalar(value: Json): boolean {
  if (typeof value !== "number") return value === null || typeof value !== "object";
  const size = Math.abs(value);
  return Number.isInteger(value) ? Number.isSafeInteger(value) : size >= SMALLEST_DOUBLE && size < LARGEST_DOUBLE;
}
