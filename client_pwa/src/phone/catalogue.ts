/** What the server published and the phone keeps whole: forms, areas, rounds. */
import type { Form } from "../core/form";
import type { FormEntry } from "../core/wire";
import type { Area, Round } from "./pocket";

export interface Published {
  entries: FormEntry[];
  areas: Area[];
  rounds: Round[];
  /** The server's word for this state of all three; "": it gave none. */
  tag?: string;
}

const NOTHING_PUBLISHED: Published = { entries: [], areas: [], rounds: [] };

export class Catalogue {
  private bodies = new Map<string, Form>();
  private rules = new Map<string, Record<string, string>>();
  published: Published = NOTHING_PUBLISHED;
  /** The areas that this phone was enrolled for, without those below. */
  scope: string[] = [];

  publish(published: Published): void {
    this.published = published;
    this.rules.clear();
  }

  /** A form in one version, as bodies are kept. */
  static key(entry: { id: string; version: string }): string {
    return `${entry.id}\n${entry.version}`;
  }

  add(form: Form): void {
    this.bodies.set(Catalogue.key(form), form);
    this.rules.delete(form.id);
  }

  has(entry: FormEntry): boolean {
    return this.bodies.has(Catalogue.key(entry));
  }

  /** The versions that judge something here: the newest of each form, and those that rounds point to. */
  static wanted(entries: FormEntry[]): FormEntry[] {
    const newest = new Map(entries.map((entry) => [entry.id, entry]));
    return entries.filter((entry) => entry.rounds.length > 0 || newest.get(entry.id) === entry);
  }

  get wanted(): FormEntry[] {
    return Catalogue.wanted(this.published.entries);
  }

  /** Those of them that are here. */
  get wantedForms(): Form[] {
    return this.wanted.map((entry) => this.bodies.get(Catalogue.key(entry))).filter((form) => form !== undefined);
  }

  /** Everything that the server published under `tag` is here. */
  isAt(tag: string): boolean {
    return (this.published.tag ?? "") === tag && this.wanted.every((entry) => this.has(entry));
  }

  /** The newest version of every form. */
  get forms(): Form[] {
    const ids = [...new Set(this.published.entries.map((entry) => entry.id))];
    return ids.map((id) => this.judging(id)).filter((form): form is Form => form !== undefined);
  }

  /** The version that judges in `round`: the one its round points to, else the newest that is here. */
  judging(id: string, round = ""): Form | undefined {
    const versions = this.published.entries.filter((entry) => entry.id === id && this.has(entry));
    const entry = versions.find((candidate) => round && candidate.rounds.includes(round)) ?? versions[versions.length - 1];
    return entry && this.bodies.get(Catalogue.key(entry));
  }

  version(id: string, version: string): Form | undefined {
    return this.bodies.get(Catalogue.key({ id, version }));
  }

  conflictRules(id: string): Record<string, string> {
    const known = this.rules.get(id);
    if (known) return known;
    const rules: Record<string, string> = {};
    const form = this.judging(id);
    for (const node of form?.nodes ?? []) {
      if ("conflict" in node && node.conflict && node.conflict !== "ask") rules[node.path] = node.conflict;
    }
    for (const [old, name] of Object.entries(form?.renames ?? {})) if (name in rules) rules[old] = rules[name]!;
    this.rules.set(id, rules);
    return rules;
  }

  area(code: string): Area | undefined {
    return this.published.areas.find((area) => area.code === code);
  }

  round(id: string): Round | undefined {
    return this.published.rounds.find((round) => round.id === id);
  }

  /** The areas of this phone: its scope and everything below. */
  get areas(): Area[] {
    const { areas } = this.published;
    if (areas.some((area) => area.above !== undefined)) return areas.filter((area) => !area.above);
    const inside = new Set(this.scope);
    let before = -1;
    while (inside.size !== before) {
      before = inside.size;
      for (const area of this.published.areas) if (inside.has(area.parent)) inside.add(area.code);
    }
    return this.published.areas.filter((area) => inside.has(area.code));
  }

  get hamlets(): Area[] {
    const areas = this.areas;
    const parents = new Set(areas.map((area) => area.parent));
    return areas.filter((area) => !parents.has(area.code));
  }

  /** Open rounds, the newest first. */
  get openRounds(): Round[] {
    return this.published.rounds.filter((round) => round.open).sort((a, b) => (a.starts < b.starts ? 1 : -1));
  }

  /** The round before this one by date, of the rounds known here. */
  roundBefore(id: string): Round | undefined {
    const starts = this.round(id)?.starts ?? "\uffff";
    const before = this.published.rounds.filter((round) => round.id !== id && round.starts < starts);
    return before.sort((a, b) => (a.starts < b.starts ? 1 : -1))[0];
  }

  /** Is this the form of what others are about? */
  isRegister(id: string): boolean {
    return this.published.entries.some((entry) => this.judging(entry.id)?.subject_form === id);
  }

  /** The yearly interview about records of `register`: one for each subject and round. */
  interviewForm(register: string): Form | undefined {
    return this.forms.find((form) => {
      const onePer = form.one_per ?? [];
      return form.subject_form === register && onePer.includes("subject") && onePer.includes("round");
    });
  }
}
