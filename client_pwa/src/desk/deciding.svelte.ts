import { api, isFailure, type FullRecord, type OpenHousehold, type OpenList } from "./api";
import { writesOf, type Plan } from "./decisions";
import { desk, sentence } from "./desk.svelte";
import { renewed, selectionOf, Sheets, withChosen, without, type Selection } from "./selection";
import type { Sheet } from "./sheet";
import { clock } from "./times";
import { takingBackJustMade } from "./undo";
import { t } from "./words";
import { afterOwn, compose, holdReason, type Writes } from "./writes";

/** One record that was written to from the queue, as it was shown then. */
interface Made { record: FullRecord; set: Writes; ids: string[]; at: number }
/** Bytes on their way: sent again as they are, they are recognised. */
interface Sent { record: FullRecord; set: Writes; bodies: string[] }
/** What became of writing to many records, each part in a sentence. */
export interface Outcome { isStored: boolean; said: string; failed: string; held: string; meanwhile: string }

const BATCH = 100;
const MOST_RECORDS = 1000;
const PAGE = 50;

/** The queue of what is to be decided: a page of households, what is chosen of them, and what was done. */
export class Deciding {
  list = $state.raw<OpenList | null>(null);
  /** The records of the page, read with their forms, by id. */
  page = $state.raw<{ [record: string]: Sheet }>({});
  readonly sheets = new Sheets();
  problem = $state("");
  selected = $state.raw<Selection>(selectionOf());
  outcome = $state.raw<Outcome | null>(null);
  /** How much of what is under way is done. */
  progress = $state.raw<{ done: number; total: number } | null>(null);
  #made = $state.raw<Made[]>([]);
  #unsent = $state.raw<Sent[]>([]);

  get isBusy(): boolean {
    return this.progress !== null;
  }
  get canUndo(): boolean {
    return this.#made.some((made) => takingBackJustMade(made.record, made.set).length > 0);
  }
  get unsent(): number {
    return this.#unsent.length;
  }

  async load(query: Record<string, string | number>): Promise<void> {
    const answer = await api.open(query);
    this.problem = isFailure(answer) ? sentence(answer) : "";
    if (isFailure(answer)) return;
    // Read before they are shown, so that a page that is loaded again keeps what is being typed on it.
    this.page = await this.sheets.ofAll(recordsOf(answer.households));
    this.list = answer;
    this.selected = renewed(this.selected, recordsOf(answer.households));
  }

  select(records: FullRecord[], isOn: boolean): void {
    this.selected = withChosen(this.selected, records, isOn);
  }

  /** Everything that the filter finds, as far as one go may reach. */
  async selectAll(query: Record<string, string | number>): Promise<void> {
    const found: OpenHousehold[] = [];
    let total = this.list?.total ?? 0;
    for (let offset = 0; offset < total && recordsOf(found).length < MOST_RECORDS; offset += PAGE) {
      this.progress = { done: offset, total };
      const answer = await api.open({ ...query, offset, limit: PAGE });
      if (isFailure(answer)) {
        this.problem = sentence(answer);
        break;
      }
      total = answer.total;
      found.push(...answer.households);
    }
    this.progress = null;
    this.selected = selectionOf(recordsOf(found).slice(0, MOST_RECORDS));
  }

  /** One change for each record, made from what was shown of it; what arrived meanwhile stays open. */
  async apply(plans: Plan[]): Promise<void> {
    const wanted = plans.map((plan) => ({ record: plan.record, set: writesOf(plan) }));
    await this.#write(wanted.filter(({ set }) => Object.keys(set).length > 0));
  }

  async save(record: FullRecord, set: Writes): Promise<boolean> {
    await this.#write([{ record, set }]);
    return this.outcome?.isStored ?? false;
  }

  async #write(wanted: { record: FullRecord; set: Writes }[]): Promise<void> {
    this.#made = [];
    await this.#send(wanted.map((each) => ({ ...each, bodies: [compose(each.record, each.set)] })), "many_written");
  }

  /** What could not be sent, once more and to the byte as it was. */
  async sendAgain(): Promise<void> {
    await this.#send(this.#unsent, "many_written");
  }

  async undo(): Promise<void> {
    const made = this.#made;
    this.#made = [];
    const sent = made.flatMap(({ record, set, ids, at }) => {
      const sets = takingBackJustMade(record, set);
      const shown = afterOwn(record, ids, at);
      return sets.length ? [{ record, set: {}, bodies: sets.map((each, number) => compose(shown, each, number)) }] : [];
    });
    await this.#send(sent, "many_undone");
  }

  async #send(wanted: Sent[], word: "many_written" | "many_undone"): Promise<void> {
    if (this.isBusy) return;
    const made: Made[] = [];
    const held: string[] = [];
    let failed = "";
    let done = 0;
    while (done < wanted.length && !failed) {
      this.progress = { done, total: wanted.length };
      const batch = wanted.slice(done, done + BATCH);
      const results = await api.push(batch.flatMap((each) => each.bodies));
      if (isFailure(results)) failed = sentence(results);
      else {
        let place = 0;
        for (const each of batch) {
          const own = results.slice(place, (place += each.bodies.length));
          const refused = own.find((result) => result.result === "held");
          if (refused) held.push(holdReason(refused.reason ?? ""));
          else made.push({ record: each.record, set: each.set, ids: own.map((result) => result.id), at: own.at(-1)?.at ?? desk.now() });
        }
        done += batch.length;
      }
    }
    this.#unsent = wanted.slice(done);
    if (word === "many_written") this.#made = [...this.#made, ...made];
    this.selected = without(this.selected, made.map((each) => each.record.record));
    this.outcome = {
      isStored: !failed && held.length === 0,
      said: made.length ? t(word, { n: made.length, time: clock(made.at(-1)!.at) }) : "",
      held: held.length ? t("many_held", { n: held.length, reason: held.filter((each, place) => held.indexOf(each) === place).join("; ") }) : "",
      failed: failed ? t("many_failed", { n: wanted.length - done, reason: failed }) : "",
      meanwhile: "",
    };
    this.progress = null;
    void desk.refresh();
  }

  /** Says which of the decided questions are open still: an answer came that had not been shown. */
  noteMeanwhile(): void {
    const now = selectionOf(recordsOf(this.list?.households ?? []));
    const reopened = this.#made.filter(({ record, set }) => Object.keys(set).some((path) => path in (now.get(record.record)?.conflicts ?? {})));
    if (this.outcome && reopened.length) this.outcome = { ...this.outcome, meanwhile: t("many_meanwhile", { n: reopened.length }) };
  }
}

export const recordsOf = (households: OpenHousehold[]): FullRecord[] => households.flatMap((household) => household.records);
