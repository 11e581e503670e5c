import { evaluate, type Evaluation } from "../core/evaluate";
import type { Form, Text } from "../core/form";
import type { Json } from "../core/wire";
import type { Answers, OpenRecord, Pocket } from "../phone/pocket";

const TEXTS = ["label", "hint", "guidance", "required_message", "constraint_message"] as const;

function inOne<Part>(texts: Record<string, Part> | undefined, lang: string, form: Form): Record<string, Part> | undefined {
  const code = [lang, form.default_language ?? "", "", ...Object.keys(texts ?? {})].find((one) => texts && Object.hasOwn(texts, one));
  return texts && code !== undefined ? { [code]: texts[code]! } : texts;
}

/** The form as it speaks in one language: the screen around it may have another. */
export function inLanguage(form: Form, lang: string): Form {
  const shown = <Holder extends object>(holder: Holder): Holder => {
    const made = { ...holder } as Record<string, unknown>;
    for (const what of TEXTS) if (made[what]) made[what] = inOne(made[what] as Text, lang, form);
    const media = made["media"] as Record<string, Record<string, Json>> | undefined;
    if (media) made["media"] = Object.fromEntries(Object.entries(media).map(([kind, names]) => [kind, inOne(names, lang, form)]));
    return made as Holder;
  };
  const lists = Object.entries(form.lists ?? {}).map(([name, choices]) => [name, choices.map(shown)] as const);
  return { ...form, nodes: form.nodes.map(shown), lists: Object.fromEntries(lists) };
}

/** A record that is filled in for a try: everything follows at once, nothing is kept or sent. */
export class TriedRecord implements OpenRecord {
  readonly record = "try";
  readonly round = "";
  readonly subject = "";
  readonly area = "";
  readonly isNew = true;
  readonly suggestions: Answers = {};
  readonly suggestionRound = "";
  readonly comments = [];
  readonly answersWhenReturned = null;
  readonly status = "none";
  readonly held = 0;
  readonly heldReasons = [];
  readonly conflicts = [];
  readonly savedAt = 1;
  readonly touchedSinceOpen = false;
  answers: Answers = {};
  private evaluated: Evaluation;
  private readonly removed = new Map<string, Answers>();
  private readonly listeners = new Set<(paths: string[] | null) => void>();
  private rows = 0;

  constructor(readonly form: Form, now_ms: number, lang: string) {
    this.evaluated = evaluate(form, {}, { now_ms, offset_min: -new Date(now_ms).getTimezoneOffset(), seed: "try", lang });
    this.put(this.defaults(-1, ""));
  }

  get evaluation(): Evaluation {
    return this.evaluated;
  }

  private put(set: Answers): void {
    const paths = Object.keys(set);
    this.answers = Object.fromEntries(Object.entries({ ...this.answers, ...set }).filter(([, value]) => value !== null));
    this.evaluated = this.evaluated.next(this.answers);
    for (const listener of this.listeners) listener(paths);
  }

  /** What the form begins with, here or in a new row. */
  private defaults(repeat: number, prefix: string): Answers {
    const begun: Answers = {};
    for (const node of this.form.nodes) {
      if ((node.repeat ?? -1) !== repeat || !("default" in node) || node.default === undefined) continue;
      const path = prefix + node.path.slice(node.path.lastIndexOf("/") + 1);
      const value = this.evaluated.default(path);
      if (value !== null && value !== "") begun[path] = value;
    }
    return begun;
  }

  preview(path: string, value: Json): void {
    this.put({ [path]: value });
  }
  async answer(path: string, value: Json): Promise<void> {
    this.put({ [path]: value });
  }
  async answerAll(set: Answers): Promise<void> {
    this.put(set);
  }
  async addRow(repeat: string): Promise<string> {
    const row = `${repeat}/r${String(++this.rows).padStart(4, "0")}`;
    this.put({ [`${row}/@row`]: true });
    this.put(this.defaults(this.evaluated.nodeAt(repeat), `${row}/`));
    return row;
  }
  async removeRow(prefix: string): Promise<void> {
    const inside = Object.entries(this.answers).filter(([path]) => path.startsWith(`${prefix}/`));
    this.removed.set(prefix, Object.fromEntries(inside));
    this.put(Object.fromEntries(inside.map(([path]) => [path, null])));
  }
  async restoreRow(prefix: string): Promise<void> {
    this.put(this.removed.get(prefix) ?? {});
  }
  violations(): Evaluation["violations"] {
    return this.evaluated.violations;
  }
  subscribe(listener: (paths: string[] | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  // Of a try there is no last round, nobody to comment to, and no end.
  suggestedRows = (): string[] => [];
  confirm = async (): Promise<void> => undefined;
  confirmRow = async (): Promise<void> => undefined;
  comment = async (): Promise<void> => undefined;
  submit = async (): Promise<void> => undefined;
  close = async (): Promise<void> => undefined;
  remove = async (): Promise<void> => undefined;
}

/** What the widgets of the phone ask of it: files stay on this page, what the form shows is among `given`. */
export function triedPocket(form: Form, given: File[]): Pocket {
  const files = new Map<string, ArrayBuffer>();
  const pocket: Partial<Pocket> = {
    set: () => undefined,
    subscribe: () => () => undefined,
    saveFile: async (bytes, name, type) => {
      const sha256 = String(files.size).padStart(64, "0");
      files.set(sha256, bytes);
      return { sha256, name, type, bytes: bytes.byteLength };
    },
    readFile: async (sha256) => files.get(sha256) ?? null,
    readMedia: async (sha256) => {
      const name = Object.entries(form.files ?? {}).find(([, file]) => file.sha256 === sha256)?.[0];
      const file = given.find((one) => one.name.normalize("NFC").toLowerCase() === name?.toLowerCase());
      return file ? file.arrayBuffer() : null;
    },
  };
  return pocket as Pocket;
}
