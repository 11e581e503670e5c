import type { Form } from "../core/form";
import { api, isFailure, useCsrf, type Catalog, type Failure, type Queues, type Session } from "./api";
import { settings } from "../ui/settings.svelte";
import { t, type Word } from "./words";
import { vi } from "./words/vi";

/** Who is signed in and what every page needs: areas, rounds, forms and the counts of the queues. */
class Desk {
  session = $state<Session | null>(null);
  catalog = $state<Catalog | null>(null);
  queues = $state<Queues | null>(null);
  /** Server minus browser clock, ms: a desk may run hours off. */
  clockOffset_ms = 0;
  #forms = new Map<string, Promise<Form | Failure>>();
  #seq = 0;

  get user() {
    return this.session?.user;
  }
  get mayDecide(): boolean {
    return this.user?.role === "supervisor" || this.user?.role === "admin";
  }
  /** The server was put back to an earlier state, and this person has not read of it. */
  get wasPutBack(): boolean {
    return (this.queues?.counts.put_back ?? 0) > 0;
  }
  get round() {
    const rounds = this.catalog?.rounds ?? [];
    return rounds.filter((round) => round.is_open).at(-1) ?? rounds.at(-1);
  }

  /** Takes up the session of the cookie. False: nobody is signed in. */
  async start(): Promise<boolean | Failure> {
    const session = await api.session();
    if (isFailure(session)) return session.status === 401 ? false : session;
    useCsrf(session.csrf);
    this.clockOffset_ms = session.time - Date.now();
    this.#seq = session.seq;
    const catalog = await api.catalog();
    if (isFailure(catalog)) return catalog;
    this.catalog = catalog;
    this.session = session;
    void this.refresh();
    return true;
  }

  async refresh(): Promise<void> {
    const queues = await api.queues();
    if (!isFailure(queues)) this.queues = queues;
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.session = null;
    location.hash = "";
  }

  nextSeq(): number {
    return ++this.#seq;
  }
  now(): number {
    return Date.now() + this.clockOffset_ms;
  }

  /** A published form; its address never changes its content. */
  form(url: string): Promise<Form | Failure> {
    const known = this.#forms.get(url);
    if (known) return known;
    const asked = api.form<Form>(url);
    this.#forms.set(url, asked);
    void asked.then((form) => isFailure(form) && this.#forms.delete(url));
    return asked;
  }

  areaName(code: string): string {
    return this.catalog?.areas.find((area) => area.code === code)?.name ?? code;
  }
  areaNames(codes: string[]): string {
    return codes.filter(Boolean).map((code) => this.areaName(code)).join(" / ");
  }
  roundTitle(id: string): string {
    return this.catalog?.rounds.find((round) => round.id === id)?.title ?? id;
  }
}

export const desk = new Desk();

/** A title written in both languages, "Hỗ trợ · Support", in the one that is on the screen. */
export function formTitle(title: string): string {
  const parts = title.split(" · ");
  return parts.length === 2 ? parts[settings.lang === "en" ? 1 : 0]! : title;
}

/** A failure as a sentence for a person. */
export function sentence(failure: Failure): string {
  if (failure.status === 0) return t("error_network");
  if (`error_${failure.problem}` in vi) return t(`error_${failure.problem}` as Word);
  if (failure.status === 403) return t("error_rights");
  return failure.detail || failure.problem;
}
