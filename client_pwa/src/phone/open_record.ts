/** A record on the screen: what arrives meanwhile stays behind the screen; every answer is durable before it is "saved". */
import { changeId, composeChange, parseChange, rowId, uuid7 } from "../core/change";
import { nextAt } from "../core/clock";
import { nodeOf } from "../core/consent";
import type { Evaluation } from "../core/evaluate";
import type { FoldedRecord } from "../core/fold";
import type { Form } from "../core/form";
import { rowPrefixes } from "../core/paths";
import { same } from "../core/canonical";
import type { Json } from "../core/wire";
import type { Suggestions } from "./carry";
import { randomBytes } from "./keyring";
import { painted } from "./painted";
import type { Draft, Known, Ledger } from "./ledger";
import type { Answers, Comment, OpenRecord, Status } from "./pocket";
import { asReturned, inOrder, openComments } from "./returns";
import { answersOf, settingOfDraft, type Reader } from "./reading";
import { sealing, shownAnswers, type Purpose } from "./seal";

export interface Surroundings {
  ledger: Ledger;
  reader: Reader;
  now: () => number;
  /** The record left the screen. */
  onClosed: (record: OpenRecord) => void;
  onSubmitted: () => void;
  onRemoved?: (removed: Removed) => void;
}

/** `draft`: of a record that was never sealed all that there was. */
export interface Removed { record: string; draft: Draft | null }

export class DraftedRecord implements OpenRecord {
  savedAt = 0;
  touchedSinceOpen = false;
  private folded: FoldedRecord | undefined;
  private foldedAnswers: Answers = {};
  /** Goes on from answer to answer; afresh with each fold. */
  private evaluated: Evaluation | null = null;
  private memo: { answers: Answers; evaluation: Evaluation } | null = null;
  private listeners = new Set<(paths: string[] | null) => void>();
  private turn: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly here: Surroundings, readonly form: Form, private readonly draft: Draft, private readonly offer: Suggestions) {
    this.refold();
  }

  get record(): string { return this.draft.record; }
  get round(): string { return this.draft.round; }
  get subject(): string { return this.draft.subject; }
  get area(): string { return this.draft.area; }
  get isNew(): boolean { return this.draft.isNew; }
  get suggestions(): Answers { return this.offer.answers; }
  get suggestionRound(): string { return this.offer.roundTitle; }
  get conflicts(): string[] { return Object.keys(this.folded?.conflicts ?? {}).filter((path) => !(path in this.draft.touched)); }

  get answers(): Answers {
    return this.current.answers;
  }

  get evaluation(): Evaluation {
    return this.current.evaluation;
  }

  get status(): Status {
    const status = this.folded?.status;
    if (status) return status as Status;
    return this.folded || Object.keys(this.draft.touched).length > 0 ? "draft" : "none";
  }

  get answersWhenReturned(): Answers | null {
    const shown = this.status === "returned" ? asReturned(this.shownChanges) : null;
    return shown && answersOf(this.here.ledger.foldOf(this.record, shown), this.form);
  }

  get comments(): Comment[] {
    const open = openComments(this.shownChanges);
    const comments = (this.folded?.comments ?? []).filter(({ id }) => open.has(id)).map(({ id, text, path, author, at }) => ({ id, text, path: path || undefined, author, at }));
    for (const [path, value] of Object.entries(this.draft.touched)) {
      if (!path.startsWith("@comment/") || value === null) continue;
      comments.push({ id: path.slice("@comment/".length), ...(value as { text: string; path: string | undefined }), author: this.draft.author, at: this.here.now() });
    }
    return comments.reverse().map((comment) => ({ ...comment, authorName: this.here.ledger.nameOf(comment.author) }));
  }

  private get changesHeld(): Known[] {
    return this.here.ledger.changesOf(this.record).filter((change) => change.state === "held");
  }
  get held(): number { return this.changesHeld.length; }
  get heldReasons(): string[] { return [...new Set(this.changesHeld.map((change) => change.reason ?? ""))]; }

  private get current(): { answers: Answers; evaluation: Evaluation } {
    if (this.memo) return this.memo;
    const answers = shownAnswers({ ...this.foldedAnswers, ...this.draft.initial }, this.draft.touched);
    this.evaluated = this.evaluated?.next(answers) ?? this.evaluateAll(answers);
    this.memo = { answers, evaluation: this.evaluated };
    return this.memo;
  }

  private evaluateAll(answers: Answers): Evaluation {
    const { ledger, reader } = this.here;
    const setting = settingOfDraft(ledger, this.draft);
    const first = this.folded && reader.settingOf(this.folded);
    return reader.evaluate(this.form, answers, first ? { ...setting, env: hasEnv(this.folded) ? first.env : setting.env, author: first.author, device: first.device } : setting);
  }

  /** What the screen has been shown, never what arrived behind it; oldest first. */
  private get shownChanges(): Known[] {
    const { ledger } = this.here;
    const seen = new Set(this.draft.seen);
    return inOrder(ledger, ledger.presentIn(this.record).filter((change) => seen.has(change.id)));
  }

  private refold(): void {
    const { ledger } = this.here;
    const changes = this.shownChanges;
    this.folded = changes.length > 0 ? ledger.foldOf(this.record, changes) : undefined;
    this.foldedAnswers = this.folded ? { ...answersOf(this.folded, this.form), ...this.restored(this.folded) } : {};
    this.memo = null;
    this.evaluated = null;
  }

  /** The answers of rows whose removal is taken back in the draft: hiding never erases. */
  private restored(folded: FoldedRecord): Answers {
    const back = folded.hidden_rows.filter((row) => this.draft.touched[`${row}/@deleted`] === null);
    const answers: Answers = {};
    for (const [path, heads] of Object.entries(folded.heads)) {
      const value = heads[0]?.value;
      const isBack = back.some((row) => path.startsWith(`${row}/`)) && !path.includes("/@");
      if (isBack && value !== undefined && value !== null) answers[path] = value as Json;
    }
    return answers;
  }

  subscribe(listener: (paths: string[] | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(paths: string[] | null = null): void {
    this.memo = null;
    for (const listener of this.listeners) listener(paths);
  }

  answer(path: string, value: Json): Promise<void> {
    return this.answerAll({ [path]: value }, painted());
  }

  preview(path: string, value: Json): void {
    this.take({ [path]: value });
  }

  async answerAll(set: Answers, begin?: Promise<void>): Promise<void> {
    const { ledger } = this.here;
    this.take(set);
    await ledger.commit({ drafts: [this.draft], device: ledger.device }, begin);
    this.savedAt = this.here.now();
    for (const listener of this.listeners) listener([]);
  }

  private take(set: Answers): void {
    if (this.isClosed) throw new Error("This record is closed");
    Object.assign(this.draft.touched, this.draft.initial, set);
    this.draft.initial = {};
    this.touchedSinceOpen = true;
    if (Object.keys(set).some((path) => path.endsWith("/@deleted"))) this.refold();
    const paths = Object.keys(set);
    this.changed(paths.length > 0 ? paths : null);
  }

  confirm(paths: string[]): Promise<void> {
    const offered = paths.filter((path) => path in this.offer.answers);
    return this.answerAll(Object.fromEntries(offered.map((path) => [path, this.offer.answers[path]!])));
  }

  suggestedRows(repeat: string): string[] {
    const { answers } = this;
    return this.offer.rows.filter((row) => {
      const isHere = Object.keys(answers).some((path) => path.startsWith(`${row}/`));
      const isRemoved = this.draft.touched[`${row}/@deleted`] === true || (this.folded?.hidden_rows.includes(row) ?? false);
      return row.slice(0, row.lastIndexOf("/")) === repeat && !isHere && !isRemoved;
    });
  }

  async addRow(repeat: string): Promise<string> {
    const row = `${repeat}/${rowId(this.here.now(), randomBytes(4))}`;
    const set: Answers = { [`${row}/@row`]: true };
    await this.answerAll(set);
    const defaults = this.defaults(row);
    if (Object.keys(defaults).length > 0) await this.answerAll(defaults);
    return row;
  }

  /** Of a new record or a new row: what the form's `default` column says. */
  defaults(row = ""): Answers {
    const repeat = row ? nodeOf(this.form, `${row}/@row`) : -1;
    const set: Answers = {};
    this.form.nodes.forEach((node) => {
      if ((node.repeat ?? -1) !== repeat || !("default" in node) || node.default === undefined || node.default === null) return;
      const path = row ? `${row}/${node.path.slice(node.path.lastIndexOf("/") + 1)}` : node.path;
      const value = this.evaluation.default(path) as Json | undefined;
      if (value !== undefined && value !== null && value !== "") set[path] = value;
    });
    return set;
  }

  removeRow(prefix: string): Promise<void> {
    const isOffered = this.offer.rows.includes(prefix);
    // What was confirmed in this draft is taken back with the row; that the row is refused stays a statement.
    for (const path of Object.keys(this.draft.touched)) if (isOffered && path.startsWith(`${prefix}/`)) delete this.draft.touched[path];
    return this.answerAll({ [`${prefix}/@deleted`]: true });
  }

  async restoreRow(prefix: string): Promise<void> {
    const isKnown = this.folded !== undefined && `${prefix}/@deleted` in this.folded.heads;
    if (isKnown) return this.answerAll({ [`${prefix}/@deleted`]: null });
    delete this.draft.touched[`${prefix}/@deleted`];
    return this.answerAll({});
  }

  confirmRow(prefix: string, answers = true): Promise<void> {
    const inside = Object.entries(this.offer.answers).filter(([path]) => rowPrefixes(path).at(-1) === prefix && !(path in this.answers));
    return this.answerAll({ [`${prefix}/@row`]: true, ...(answers ? Object.fromEntries(inside) : {}) });
  }

  comment(text: string, path?: string): Promise<void> {
    const id = uuid7(this.here.now(), randomBytes(10));
    return this.answerAll({ [`@comment/${id}`]: path ? { text, path } : { text } });
  }

  violations(): Evaluation["violations"] {
    return this.evaluation.violations;
  }

  async submit(): Promise<void> {
    await this.inTurn(async () => {
      await this.sealNow("submit");
      this.end();
    });
    this.here.onSubmitted();
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      if (this.isClosed) return;
      await this.sealNow("leave");
      this.end();
    });
  }

  async remove(): Promise<void> {
    await this.inTurn(async () => {
      const { ledger, onRemoved } = this.here;
      const { draft } = this;
      const before: Removed = { record: this.record, draft: this.folded ? null : { ...draft, touched: { ...draft.touched } } };
      if (this.folded) {
        // With what was touched: whoever restores it finds that too.
        draft.touched = { ...draft.touched, "@deleted": true };
        await this.sealNow("leave");
      }
      if (ledger.drafts.has(this.record)) await ledger.commit({ dropDrafts: [this.record] });
      onRemoved?.(before);
      this.end();
    });
  }

  private end(): void {
    this.isClosed = true;
    this.here.onClosed(this);
  }

  /** Seals when the last seal is older than `age_ms`; the record stays open. */
  sealIfOlder(age_ms: number): Promise<void> {
    return this.inTurn(async () => {
      if (!this.isClosed && this.here.now() - this.draft.sealedAt >= age_ms) await this.sealNow("leave");
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const run = this.turn.then(work);
    this.turn = run.catch(() => undefined);
    return run;
  }

  /** One change from what was touched; what may not leave yet stays in the draft. */
  private async sealNow(purpose: Purpose): Promise<void> {
    const { ledger, now } = this.here;
    const { draft } = this;
    if (purpose === "submit") {
      Object.assign(draft.touched, draft.initial);
      draft.initial = {};
    }
    const taken = { ...draft.touched };
    const { set, rest } = sealing(purpose, this.form, draft, this.folded, this.evaluation, this.answers);
    if (Object.keys(set).length === 0) return this.leaveUnsealed(rest);
    const known = await this.compose(set);
    // Answers given while the change was made stay in the draft.
    const later = Object.entries(draft.touched).filter(([path, value]) => !(path in taken) || !same(taken[path]!, value));
    const kept: Answers = { ...rest, ...Object.fromEntries(later) };
    const undo = { seen: draft.seen, sealedAt: draft.sealedAt };
    Object.assign(draft, { touched: kept, seen: [...draft.seen, known.id], sealedAt: now() });
    const isDone = Object.keys(kept).length === 0;
    try {
      const drafts = isDone ? { dropDrafts: [draft.record] } : { drafts: [draft] };
      await ledger.commit({ changes: [known], device: ledger.device, ...drafts });
    } catch (error) {
      Object.assign(draft, { ...undo, touched: { ...taken, ...draft.touched } });
      throw error;
    }
    draft.isNew = false;
    this.refold();
    this.changed();
  }

  private async compose(set: Answers): Promise<Known> {
    const { ledger, now } = this.here;
    const { record, author, seen } = this.draft;
    const seq = ledger.device.seq + 1;
    ledger.device = { ...ledger.device, seq };
    const shown = seen.map((id) => ledger.known.get(id)).filter((known) => known !== undefined);
    const at = nextAt(shown.map((known) => ledger.stored(known).at), now());
    const { id: form, version: form_version } = this.form;
    const body = composeChange({ record, form, form_version, device: ledger.device.id, seq, at, author, seen, set });
    const change = parseChange(body);
    if (typeof change === "string") throw new Error(change);
    return { id: await changeId(body), body, change, state: "waiting", generation: ledger.sync.generation };
  }

  private async leaveUnsealed(rest: Answers): Promise<void> {
    const { ledger } = this.here;
    this.draft.touched = rest;
    if (Object.keys(rest).length > 0) await ledger.commit({ drafts: [this.draft] });
    else if (ledger.drafts.has(this.record)) await ledger.commit({ dropDrafts: [this.record] });
    this.changed();
  }
}

function hasEnv(folded: FoldedRecord | undefined): boolean {
  return folded !== undefined && Object.keys(folded.env).length > 0;
}
