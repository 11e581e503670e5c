/** Records read through their forms, each evaluated once until something of it changes. */
import { evaluate, type Evaluation } from "../core/evaluate";
import type { FoldedRecord } from "../core/fold";
import type { Form } from "../core/form";
import { isSystem } from "../core/paths";
import { withNewNames, withOldNames } from "../core/renames";
import type { Json } from "../core/wire";
import { contextOf, type Setting } from "./context";
import type { Draft, Env, Ledger } from "./ledger";
import type { Answers } from "./pocket";

export interface Reading {
  record: string;
  form: Form;
  /** Undefined: only a draft so far. */
  folded: FoldedRecord | undefined;
  answers: Answers;
  evaluation: Evaluation;
  setting: Setting;
}

export class Reader {
  lang = "vi";
  private readings = new Map<string, Reading>();

  constructor(private readonly ledger: Ledger, private readonly now: () => number) {
    ledger.onChange((records) => this.forget(records));
  }

  forget(records: string[] | null): void {
    if (records === null) return this.readings.clear();
    const changed = new Set(records);
    for (const [record, reading] of this.readings) {
      if (changed.has(record) || changed.has(reading.setting.subject)) this.readings.delete(record);
    }
  }

  /** Undefined: no change here, or its form has not come down yet. */
  read(record: string): Reading | undefined {
    const have = this.readings.get(record);
    if (have) return have;
    const made = this.make(record);
    if (made) this.readings.set(record, made);
    return made;
  }

  private make(record: string): Reading | undefined {
    const folded = this.ledger.folded(record);
    const draft = this.ledger.drafts.get(record);
    const id = folded?.form ?? draft?.form;
    const round = folded?.round || draft?.round || "";
    const form = id === undefined ? undefined : this.ledger.catalogue.judging(id, round);
    if (!form) return undefined;
    const answers = folded ? answersOf(folded, form) : { ...draft!.touched };
    const setting = folded ? this.settingOf(folded) : settingOfDraft(this.ledger, draft!);
    return { record, form, folded, answers, setting, evaluation: this.evaluate(form, answers, setting) };
  }

  settingOf(folded: FoldedRecord): Setting {
    const changes = this.ledger.presentIn(folded.record).map((known) => this.ledger.stored(known));
    changes.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    const first = changes[0]?.change;
    return {
      env: folded.env as Partial<Env>,
      area: this.areaOf(folded),
      round: folded.round,
      subject: folded.subject,
      author: first?.author ?? "",
      device: first?.device ?? "",
      end: changes[changes.length - 1]?.at ?? 0,
    };
  }

  /** Where it lies: its own area, else that of the record it is about. */
  private areaOf(folded: FoldedRecord): string {
    const own = folded.values["@area"];
    if (typeof own === "string" && own) return own;
    const subject = folded.subject && folded.subject !== folded.record ? this.ledger.folded(folded.subject) : undefined;
    const theirs = subject?.values["@area"];
    return typeof theirs === "string" ? theirs : "";
  }

  evaluate(form: Form, answers: Answers, setting: Setting): Evaluation {
    const subject = this.subjectAnswers(setting.subject);
    return evaluate(form, answers, contextOf(this.ledger, setting, this.lang, subject, this.now()));
  }

  private subjectAnswers(subject: string): Record<string, Json> {
    const folded = subject ? this.ledger.folded(subject) : undefined;
    // What a subject is itself about does not matter here; a circle of subjects would never end.
    if (!folded) return {};
    const form = this.ledger.catalogue.judging(folded.form, folded.round);
    if (!form) return answersOf(folded);
    const setting = { ...this.settingOf(folded), subject: "" };
    const { values } = evaluate(form, answersOf(folded, form), contextOf(this.ledger, setting, this.lang, {}, this.now()));
    return withOldNames(form, values as Record<string, Json>);
  }

  /** The value of the first question with this meaning; undefined: none or blank. */
  meant(reading: Reading, meaning: string): Json | undefined {
    const path = pathWithMeaning(reading.form, meaning);
    return path === undefined ? undefined : (reading.evaluation.values[path] as Json | undefined);
  }
}

export function pathWithMeaning(form: Form, meaning: string): string | undefined {
  return form.nodes.find((node) => "meaning" in node && node.meaning === meaning)?.path;
}

/** As `form` calls them. */
export function answersOf(folded: FoldedRecord, form?: Form): Answers {
  const values = folded.values as Answers;
  return Object.fromEntries(Object.entries(form ? withNewNames(form, values) : values).filter(([path]) => !isSystem(path))) as Answers;
}

export function settingOfDraft(ledger: Ledger, draft: Draft): Setting {
  const { env, area, round, subject } = draft;
  return { env, area, round, subject, author: draft.author, device: ledger.device.id, end: 0 };
}
