/** Records as lists show them. What the server has is said from receipts only. */
import type { Known, Ledger } from "./ledger";
import { likeness, matches } from "./likeness";
import type { Comment, Counts, HouseholdLine, RecordLine, Status } from "./pocket";
import { openComments } from "./returns";
import { pathWithMeaning, type Reader, type Reading } from "./reading";

/** The code by which a question with meaning `outcome` says that there was an interview. */
const MET = "met";
/** Below this, two names are two names. */
const ALIKE = 0.6;
const SIMILAR_AT_MOST = 8;

export class Lines {
  private memo = new Map<string, RecordLine>();
  private revision = -1;
  private households: HouseholdLine[] | null = null;

  constructor(private readonly ledger: Ledger, private readonly reader: Reader) {
    ledger.onChange((records) => this.forget(records));
  }

  /** Null: everything. */
  forget(records: string[] | null): void {
    this.households = null;
    if (records === null) return this.memo.clear();
    const changed = new Set(records);
    for (const [record, line] of this.memo) if (changed.has(record) || changed.has(line.subject)) this.memo.delete(record);
  }

  line(record: string): RecordLine | null {
    const have = this.memo.get(record);
    if (have) return have;
    const reading = this.reader.read(record);
    if (!reading || reading.folded?.deleted) return null;
    const line = this.describe(reading);
    this.memo.set(record, line);
    return line;
  }

  private describe(reading: Reading): RecordLine {
    const { record, folded, setting, evaluation, form } = reading;
    const changes = this.ledger.changesOf(record);
    const draft = this.ledger.drafts.get(record);
    const hasDraft = draft !== undefined && Object.keys(draft.touched).length > 0;
    const held = changes.filter((change) => change.state === "held");
    const receipts = changes.filter((change) => this.ledger.isConfirmed(change)).map((change) => change.receipt!.at);
    const status = (folded?.status || "draft") as Status;
    return {
      record,
      form: form.id,
      round: setting.round,
      subject: setting.subject,
      area: setting.area,
      title: evaluation.instanceName || form.title,
      status,
      waiting: changes.filter((change) => this.ledger.isWaiting(change)).length + (hasDraft ? 1 : 0),
      held: held.length,
      heldReasons: [...new Set(held.map((change) => change.reason ?? ""))],
      confirmedAt: receipts.length > 0 ? Math.max(...receipts) : 0,
      comments: this.comments(reading),
      updatedAt: Math.max(0, draft?.openedAt ?? 0, ...changes.map((change) => change.receipt?.at ?? change.change.at)),
      progress: status === "draft" || status === "returned" ? progressOf(reading) : 1,
      hasDraft,
    };
  }

  private comments(reading: Reading): Comment[] {
    const open = openComments(this.ledger.presentIn(reading.record));
    const comments = (reading.folded?.comments ?? []).filter(({ id }) => open.has(id)).map(({ id, text, path, author, at }) => {
      return { id, text, path: path || undefined, author, at, authorName: this.ledger.nameOf(author) };
    });
    return comments.sort((a, b) => b.at - a.at);
  }

  /** What was deleted and can be restored, newest first. */
  deleted(): RecordLine[] {
    const readings = this.ledger.records().filter((record) => this.ledger.folded(record)?.deleted).map((record) => this.reader.read(record));
    const lines = readings.flatMap((reading) => (reading ? [this.resolved(this.describe(reading))] : []));
    return lines.sort((a, b) => b.updatedAt - a.updatedAt);
  }

  /** How this record may be deleted here; null: not. A household only where it was made here and nothing is about it. */
  removal(record: string): "draft" | "sealed" | null {
    const changes = this.ledger.presentIn(record);
    const folded = this.ledger.folded(record);
    if (!folded) return Object.keys(this.ledger.drafts.get(record)?.touched ?? {}).length > 0 ? "draft" : null;
    if (folded.deleted || folded.status === "approved") return null;
    const isFree = changes.every((change) => this.ledger.isOwn(change)) && !this.others().some((line) => line.subject === record);
    return isFree || !this.ledger.catalogue.isRegister(folded.form) ? "sealed" : null;
  }

  /** Everything that is no household, newest first. */
  others(): RecordLine[] {
    const lines = this.ledger.records().map((record) => this.line(record));
    const { catalogue } = this.ledger;
    const others = lines.filter((line): line is RecordLine => line !== null && !catalogue.isRegister(line.form));
    return others.map((line) => this.resolved(line)).sort((a, b) => b.updatedAt - a.updatedAt);
  }

  /** What is about a duplicate is about the record that stands for it. */
  private resolved(line: RecordLine): RecordLine {
    const subject = line.subject && this.ledger.standsFor(line.subject);
    return subject === line.subject ? line : { ...line, subject };
  }

  register(): HouseholdLine[] {
    if (this.households && this.revision === this.ledger.revision) return this.households;
    const { catalogue } = this.ledger;
    const lines = this.ledger.records().map((record) => this.line(record)).filter((line): line is RecordLine => line !== null);
    const about = new Map<string, RecordLine[]>();
    const same = new Map<string, RecordLine[]>();
    const add = (lists: Map<string, RecordLine[]>, key: string, line: RecordLine): void => void lists.set(key, [...(lists.get(key) ?? []), line]);
    const registers = new Set(catalogue.forms.map((form) => form.subject_form).filter(Boolean));
    for (const line of lines.map((each) => this.resolved(each))) {
      if (line.subject) add(about, line.subject, line);
      if (registers.has(line.form)) add(same, this.ledger.standsFor(line.record), line);
    }
    const households = [...same].flatMap(([record, tied]) => {
      const line = tied.find((each) => each.record === record);
      return line ? [this.household(line, about.get(record) ?? [], tied.filter((each) => each !== line))] : [];
    });
    const collator = new Intl.Collator("vi", { numeric: true });
    households.sort((a, b) => collator.compare(a.area, b.area) || collator.compare(a.code || a.title, b.code || b.title));
    this.revision = this.ledger.revision;
    this.households = households;
    return households;
  }

  /** `duplicates`: the records of the same household that this one stands for. */
  private household(line: RecordLine, about: RecordLine[], duplicates: RecordLine[]): HouseholdLine {
    const { catalogue } = this.ledger;
    const round = catalogue.openRounds[0];
    const form = catalogue.interviewForm(line.form);
    const interview = counting(about.filter((other) => round !== undefined && other.round === round.id && other.form === form?.id));
    const reading = this.reader.read(line.record)!;
    const text = (meaning: string): string => String(this.reader.meant(reading, meaning) ?? "");
    const all = [line, ...duplicates];
    return {
      ...line,
      waiting: all.reduce((sum, each) => sum + each.waiting, 0),
      held: all.reduce((sum, each) => sum + each.held, 0),
      heldReasons: [...new Set(all.flatMap((each) => each.heldReasons))],
      duplicates,
      name: text("person_name") || line.title,
      code: text("household_code"),
      areaName: catalogue.area(line.area)?.name ?? line.area,
      interview,
      interviewStatus: interview?.status ?? "none",
      ...this.visits(interview),
    };
  }

  private visits(interview: RecordLine | null): Pick<HouseholdLine, "outcome" | "outcomeLabel" | "attempts" | "nextVisit"> {
    const reading = interview && this.reader.read(interview.record);
    const path = reading ? pathWithMeaning(reading.form, "outcome") : undefined;
    if (!reading || path === undefined) return { outcome: "", outcomeLabel: "", attempts: 0, nextVisit: "" };
    const outcome = String(reading.answers[path] ?? "");
    const choice = reading.evaluation.choices(path).find((candidate) => candidate.name === outcome);
    const label = choice?.label ? reading.evaluation.text(choice.label, path, this.reader.lang) : outcome;
    // Each visit is a change that says how it ended; the same outcome once more is one more visit.
    const visits = this.ledger.presentIn(interview.record).map((change: Known) => change.change.set[path]);
    return {
      outcome,
      outcomeLabel: label,
      attempts: visits.filter((value) => typeof value === "string" && value !== MET).length,
      nextVisit: outcome === MET ? "" : String(this.reader.meant(reading, "next_visit") ?? ""),
    };
  }

  search(query: string, area = ""): HouseholdLine[] {
    const found = this.register().filter((line) => (!area || line.area === area) && matches(query, `${line.name} ${line.code} ${line.title} ${line.duplicates.map((each) => each.title).join(" ")}`));
    // Who types the diacritics means them.
    const typed = query.normalize("NFC").toLowerCase();
    const isExact = (line: HouseholdLine): number => (line.name.normalize("NFC").toLowerCase().includes(typed) ? 0 : 1);
    return query.trim() ? found.sort((a, b) => isExact(a) - isExact(b)) : found;
  }

  similar(name: string): HouseholdLine[] {
    return this.register()
      .map((line) => ({ ...line, likeness: likeness(name, line.name) }))
      .filter((line) => line.likeness >= ALIKE)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, SIMILAR_AT_MOST);
  }

  counts(): Counts {
    const counts: Counts = { waiting: 0, confirmed: 0, held: 0, needsYou: 0, files: this.ledger.filesToSend.length };
    for (const record of this.ledger.records()) {
      const changes = this.ledger.changesOf(record);
      const draft = this.ledger.drafts.get(record);
      const isWaiting = changes.some((change) => this.ledger.isWaiting(change)) || Object.keys(draft?.touched ?? {}).length > 0;
      const isHeld = changes.some((change) => change.state === "held");
      const own = changes.filter((change) => this.ledger.isOwn(change) && change.state !== "discarded");
      if (isWaiting) counts.waiting++;
      if (isHeld) counts.held++;
      if (!isWaiting && !isHeld && own.length > 0 && own.every((change) => this.ledger.isConfirmed(change))) counts.confirmed++;
      if (this.ledger.folded(record)?.status === "returned" && this.line(record)) counts.needsYou++;
    }
    return counts;
  }
}

/** Of interviews about one household in one round the one that counts: the newest approved, else the newest. */
export function counting<Line extends RecordLine>(interviews: Line[]): Line | null {
  const [newest] = interviews.sort((a, b) => Number(b.status === "approved") - Number(a.status === "approved") || b.updatedAt - a.updatedAt);
  return newest ?? null;
}

/** Share of the questions that apply and have an answer. */
function progressOf({ form, evaluation, answers }: Reading): number {
  let asked = 0;
  let answered = 0;
  for (const node of form.nodes) {
    if (!("required" in node) && !ASKED.has(node.k)) continue;
    if ((node.repeat ?? -1) >= 0 || !evaluation.isRelevant(node.path)) continue;
    asked++;
    if (answers[node.path] !== undefined) answered++;
  }
  return asked === 0 ? 0 : answered / asked;
}

const ASKED = new Set(["text", "number", "select_one", "select_multiple", "date", "geo", "file", "acknowledge"]);
