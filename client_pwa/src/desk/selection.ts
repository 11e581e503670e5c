import { settings } from "../ui/settings.svelte";
import { isFailure, type FullRecord } from "./api";
import { desk } from "./desk.svelte";
import { Sheet } from "./sheet";

/** The records that are chosen, as they were shown last. */
export type Selection = ReadonlyMap<string, FullRecord>;

export function selectionOf(records: FullRecord[] = []): Selection {
  return new Map(records.map((record) => [record.record, record]));
}

export function withChosen(selection: Selection, records: FullRecord[], isOn: boolean): Selection {
  const ids = records.map((record) => record.record);
  return isOn ? new Map([...selection, ...selectionOf(records)]) : without(selection, ids);
}

export function without(selection: Selection, ids: string[]): Selection {
  return new Map([...selection].filter(([id]) => !ids.includes(id)));
}

/** The same choice of records, read as they are shown now. */
export function renewed(selection: Selection, records: FullRecord[]): Selection {
  const shown = selectionOf(records);
  return new Map([...selection].map(([id, record]) => [id, shown.get(id) ?? record]));
}

/** Records read with their forms, each once. */
export class Sheets {
  readonly #made = new Map<FullRecord, Promise<Sheet | null>>();

  of(record: FullRecord): Promise<Sheet | null> {
    const { lang } = settings;
    const known = this.#made.get(record);
    if (known) return known.then((sheet) => (sheet && sheet.lang !== lang ? new Sheet(sheet.form, record, lang) : sheet));
    const made = desk.form(record.form_url).then((form) => (isFailure(form) ? null : new Sheet(form, record, lang)));
    this.#made.set(record, made);
    return made;
  }

  /** By record id; without those whose form cannot be read now. */
  async ofAll(records: FullRecord[]): Promise<{ [record: string]: Sheet }> {
    const sheets = await Promise.all(records.map(async (record) => [record.record, await this.of(record)] as const));
    return Object.fromEntries(sheets.flatMap(([id, sheet]) => (sheet ? [[id, sheet] as const] : [])));
  }
}
