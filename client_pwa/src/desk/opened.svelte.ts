import { settings } from "../ui/settings.svelte";
import { api, isFailure, type ErasedProof, type Failure, type FullRecord, type HistoryEntry } from "./api";
import { desk, sentence } from "./desk.svelte";
import { Sheet } from "./sheet";
import { takingBackFromHistory } from "./undo";
import { t } from "./words";
import { afterOwn, write, type WriteResult, type Writes } from "./writes";

/** One record on the screen: read with its form, written to, and read again. */
export class Opened {
  record = $state.raw<FullRecord | null>(null);
  sheet = $state.raw<Sheet | null>(null);
  problem = $state("");
  /** It was erased whole: this is what is left. */
  erased = $state.raw<ErasedProof | null>(null);
  written = $state.raw<WriteResult | null>(null);
  isBusy = $state(false);
  /** The change that was just made and can be taken back. */
  #newest = $state("");

  constructor(readonly id: string) {}

  async load(): Promise<void> {
    const answer = await api.record(this.id);
    if (isFailure(answer)) return this.#refused(answer);
    const form = await desk.form(answer.form_url);
    if (isFailure(form)) return void (this.problem = sentence(form));
    this.problem = "";
    this.record = answer;
    this.sheet = new Sheet(form, answer, settings.lang);
  }

  async #refused(failure: Failure): Promise<void> {
    const proof = failure.problem === "not_found" && desk.mayDecide ? await api.erased(this.id) : failure;
    if (isFailure(proof)) this.problem = sentence(failure);
    else this.erased = proof;
  }

  /** Whether the server has it now. */
  async save(...sets: Writes[]): Promise<boolean> {
    if (!this.record || this.isBusy) return false;
    this.isBusy = true;
    const result = await write(this.record, ...sets);
    this.written = result;
    this.#newest = result.isStored && result.ids.length === 1 ? result.ids[0]! : "";
    if (result.ids.length > 0) {
      this.record = afterOwn(this.record, result.ids);
      await this.load();
    }
    this.isBusy = false;
    return result.isStored;
  }

  /** What was just written, where it can be taken back. */
  get undoable(): HistoryEntry | null {
    const entry = this.record?.history.find((each) => each.id === this.#newest);
    return entry && desk.mayDecide && takingBackFromHistory(this.record!, entry).length > 0 ? entry : null;
  }

  async undo(entry: HistoryEntry): Promise<void> {
    if (!this.record) return;
    const sets = takingBackFromHistory(this.record, entry);
    if (sets.length === 0 || !(await this.save(...sets))) return;
    this.#newest = "";
    this.written = { ...this.written!, said: t("undo_done", { said: this.written!.said }) };
  }
}
