/** One round of syncing: send, fetch what was published, receive, let go of what left. One loop per phone. */
import { isFailure, LARGEST_FILE_BYTES, type Failure, type FormEntry, type Wire } from "../core/wire";
import type { Form } from "../core/form";
import { Ahead } from "./ahead";
import { Catalogue } from "./catalogue";
import { begunAgain } from "./beginning";
import { fetchMedia } from "./form_media";
import { letGo, MOST, pullAll, type Capacity } from "./incoming";
import type { Ledger } from "./ledger";
import { pushAll } from "./outgoing";
import { missingFiles, putFile } from "./sending_files";
import type { Area, Round, SyncReport } from "./pocket";
import { newDeviceId } from "./enrolment";
import { LockedError } from "./vault";

/** A server that was put back, and put back again while we answer it. */
const MOST_EPOCHS = 4;
/** Of one question which the server has; the rest with the next sync. */
const MOST_FILES = 1000;

export interface SyncHooks {
  /** Of the database that is synced: one loop for each. */
  lock: string;
  now: () => number;
  wire: (token: string) => Wire;
  /** Seals the open record where its last seal is old. */
  sealDue: () => Promise<void>;
  /** Is this record ("": any) on the screen? */
  isOpen: (record: string) => boolean;
  /** Seals everything that may be sealed: the last thing before a wipe. */
  sealAll: () => Promise<void>;
  wipe: () => Promise<void>;
  /** How much this phone may hold. */
  most?: Capacity;
}

/** One for as long as the phone is unlocked. */
export class Syncer {
  private readonly ahead: Ahead;

  constructor(private readonly ledger: Ledger, private readonly hooks: SyncHooks) {
    this.ahead = new Ahead(ledger);
  }

  /** Nothing that was made ready stays in memory. */
  end(): void {
    this.ahead.drop();
  }

  /** `busy` when another page of this phone is at it. */
  async run(): Promise<SyncReport> {
    const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
    if (!locks) return this.once();
    return (await locks.request(this.hooks.lock, { ifAvailable: true }, (lock) => (lock ? this.once() : this.report("busy")))) as SyncReport;
  }

  private report(outcome: SyncReport["outcome"], sent = 0, received = 0, problem?: Failure): SyncReport {
    return { at: this.hooks.now(), outcome, sent, received, problem };
  }

  private async once(): Promise<SyncReport> {
    try {
      await this.hooks.sealDue();
      return await this.exchange();
    } catch (error) {
      if (error instanceof LockedError) return this.report("locked");
      return this.report("problem", 0, 0, { problem: "phone", detail: String(error), status: 0 });
    }
  }

  private get wire(): Wire {
    return this.hooks.wire(this.ledger.enrolled.token);
  }

  private async exchange(): Promise<SyncReport> {
    let sent = 0;
    for (let attempt = 0; attempt < MOST_EPOCHS; attempt++) {
      const pushed = await pushAll(this.ledger, this.wire, this.ahead);
      // What is too large for the server must not keep the phone from receiving.
      if (isFailure(pushed) && pushed.problem !== "too_large") {
        if (await this.mended(pushed)) continue;
        return this.failed(pushed, sent);
      }
      if (!isFailure(pushed)) {
        sent += pushed.sent;
        if (pushed.maxSeq > this.ledger.device.seq) await this.renew();
      }
      const published = await this.fetchUnlessKept();
      if (isFailure(published)) {
        if (await this.mended(published)) continue;
        return this.failed(published, sent);
      }
      const received = await pullAll({ ...this.hooks, ledger: this.ledger, wire: this.wire, most: this.hooks.most ?? MOST, prepare: (page) => this.fetchUnlessAt(page.published ?? "") });
      const isFull = isFailure(received) && this.ledger.sync.full;
      if (isFailure(received) && !isFull) {
        if (await this.mended(received)) continue;
        return this.failed(received, sent);
      }
      await letGo(this.ledger, this.hooks.isOpen);
      await this.sendFiles();
      await this.fetchMedia();
      await this.ledger.commit({ sync: { ...this.ledger.sync, lastSync: this.hooks.now() } }).catch((error: unknown) => {
        if (!isFull) throw error;
      });
      if (isFailure(received)) return this.report("problem", sent, 0, received);
      return isFailure(pushed) ? this.report("problem", sent, received, pushed) : this.report("done", sent, received);
    }
    return this.report("problem", sent, 0, { problem: "epoch_changed", detail: "The server is being put back.", status: 409 });
  }

  /** Is there reason to try once more? */
  private async mended(failure: Failure): Promise<boolean> {
    return failure.problem === "unknown_token" ? this.introduced() : this.beginsAgain(failure);
  }

  /**
   * A server put back to before this phone took its id knows an older one of it: from there on it takes each again, so
   * that what the ids between wrote stays its own.
   */
  private async introduced(): Promise<boolean> {
    const { ledger } = this;
    const { enrolled, device } = ledger;
    const tokens = [...(enrolled.formerTokens ?? []), enrolled.token];
    const ids = [...device.former, device.id].slice(-tokens.length);
    for (let known = tokens.length - 2; known >= 0; known--) {
      let deviceKey = enrolled.deviceKey;
      let number = known + 1;
      for (; number < tokens.length; number++) {
        const answer = await this.hooks.wire(tokens[number - 1]!).renew(ids[number]!);
        if (isFailure(answer)) break;
        tokens[number] = answer.token ?? tokens[number]!;
        deviceKey = answer.device_key ?? deviceKey;
      }
      if (number < tokens.length) continue;
      await ledger.commit({ enrolled: { ...ledger.enrolled, token: tokens.at(-1)!, formerTokens: tokens.slice(0, -1), deviceKey } });
      return true;
    }
    return false;
  }

  /** The server is not the one we knew: everything is said again, with receipts, and pulled from the start. */
  private async beginsAgain(failure: Failure): Promise<boolean> {
    const { sync } = this.ledger;
    if (failure.problem === "bad_cursor" && sync.cursor !== "") {
      await this.ledger.commit({ sync: { ...sync, cursor: "" } });
      return true;
    }
    if (failure.problem !== "epoch_changed") return false;
    await this.ledger.commit(begunAgain(this.ledger));
    this.ledger.tell(null);
    return true;
  }

  private async failed(failure: Failure, sent: number): Promise<SyncReport> {
    if (failure.problem === "revoked") {
      await this.hooks.sealAll();
      const pushed = await pushAll(this.ledger, this.wire, this.ahead);
      // A line that breaks just now must not cost an honest interviewer her work: the next sync is told the same.
      if ((isFailure(pushed) && isPassing(pushed)) || !(await this.sendFiles())) return this.report("offline", sent);
      // A lost phone is wiped even so; what it could still send is on hold at the server.
      await this.hooks.wipe();
      return this.report("revoked", isFailure(pushed) ? sent : sent + pushed.sent);
    }
    return failure.problem === "offline" ? this.report("offline", sent) : this.report("problem", sent, 0, failure);
  }

  /** The server knows changes of this device that we do not: this phone was restored or cloned. */
  private async renew(): Promise<void> {
    const { ledger } = this;
    const answer = await this.wire.renew(newDeviceId());
    if (isFailure(answer)) return;
    const { enrolled, device } = ledger;
    await ledger.commit({
      device: { ...device, id: answer.device, seq: 0, former: [...device.former, device.id] },
      enrolled: { ...enrolled, token: answer.token ?? enrolled.token, formerTokens: [...(enrolled.formerTokens ?? []), enrolled.token], deviceKey: answer.device_key ?? enrolled.deviceKey },
    });
  }

  /** A first sync begins with the forms; a server of before, which gives no tag, is asked every time. */
  private async fetchUnlessKept(): Promise<true | Failure> {
    const { tag } = this.ledger.catalogue.published;
    return tag && this.ledger.catalogue.isAt(tag) ? true : this.fetchPublished("");
  }

  /** A page that was made after something was published is kept after that: no record without its form. */
  private async fetchUnlessAt(tag: string): Promise<boolean | Failure> {
    return this.ledger.catalogue.isAt(tag) ? false : this.fetchPublished(tag);
  }

  /** `tag`: what the server called this state or an earlier one, so that nothing published since is missed. */
  private async fetchPublished(tag: string): Promise<true | Failure> {
    const { catalogue, vault } = this.ledger;
    const [entries, areas, rounds] = await Promise.all([this.wire.forms(), this.wire.get<Area[]>("/api/areas"), this.wire.get<WireRound[]>("/api/rounds")]);
    if (isFailure(entries)) return entries;
    if (isFailure(areas)) return areas;
    if (isFailure(rounds)) return rounds;
    const published = { entries, areas, rounds: rounds.map(roundOf), tag };
    for (const entry of Catalogue.wanted(entries).filter((candidate) => !catalogue.has(candidate))) {
      const form = await this.fetchForm(entry);
      if (isFailure(form)) return form;
    }
    if (JSON.stringify(published) === JSON.stringify(catalogue.published)) return true;
    await vault.write([{ kind: "meta", id: "published", value: published }]);
    catalogue.publish(published);
    this.ledger.tell(null);
    return true;
  }

  private async fetchForm(entry: FormEntry): Promise<true | Failure> {
    const form = await this.wire.get<Form>(entry.url);
    if (isFailure(form)) return form;
    await this.ledger.vault.write([{ kind: "form", id: `${entry.id}\n${entry.version}`, value: form }]);
    this.ledger.catalogue.add(form);
    return true;
  }

  /** What forms show never holds up records: a failure here is tried again next time. */
  private async fetchMedia(): Promise<void> {
    const { vault, catalogue } = this.ledger;
    try {
      if (await fetchMedia(vault, this.wire, catalogue.wantedForms, !this.hooks.isOpen(""))) this.ledger.tell([]);
    } catch (error) {
      // No room for it: the question says that its picture is missing.
      if ((error as DOMException).name !== "QuotaExceededError") throw error;
    }
  }

  /** Photos never hold up records: a failure here is tried again next time. False: the line broke, or the server is hindered. */
  private async sendFiles(): Promise<boolean> {
    const names = this.ledger.filesToSend.slice(0, MOST_FILES);
    if (names.length > 0) {
      const missing = await missingFiles(this.wire, names);
      // A server of before can't say.
      const wanted = new Set(isFailure(missing) ? names : missing);
      for (const name of names) {
        const put = await this.offered(name, wanted);
        if (isFailure(put)) return !isPassing(put);
      }
    }
    const dropFiles = this.ledger.orphanFiles;
    if (dropFiles.length > 0 && !this.hooks.isOpen("")) await this.ledger.commit({ dropFiles, filesDone: dropFiles });
    return true;
  }

  /** A failure: no use to go on now. What the server refuses stays here, and must not keep others from going. */
  private async offered(name: string, wanted: Set<string>): Promise<true | Failure> {
    const row = wanted.has(name) ? await this.ledger.vault.row<{ type: string }>("file", name) : null;
    // Kept by an app of before: to send it each time would cost the line, and end the same.
    if (row && row.bytes.byteLength > LARGEST_FILE_BYTES) return true;
    const put = row ? await putFile(this.wire, name, row.bytes, row.value.type) : true;
    if (isFailure(put)) return put.status === 400 || put.status === 413 ? true : put;
    await this.ledger.commit({ filesDone: [name] });
    return true;
  }
}

/** No word of the server on what was sent: the same may go well later. */
function isPassing({ status }: Failure): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** As the server writes it: `is_open`, and the ids of the forms that it asks. */
interface WireRound { id: string; title: string; kind: string; year: number; starts: string; ends: string; is_open: boolean; forms: string[] }

function roundOf(round: WireRound): Round {
  const { id, title, kind, year, starts, ends, is_open, forms } = round;
  return { id, title, kind, year, starts, ends, open: is_open, forms };
}
