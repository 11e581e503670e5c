/** What the expressions of a record see beside its answers. */
import type { Context } from "../core/evaluate";
import type { Json } from "../core/wire";
import type { Env, Ledger } from "./ledger";

export interface Setting {
  env: Partial<Env> | null;
  area: string;
  round: string;
  subject: string;
  author: string;
  device: string;
  /** When it was last changed, in ms; 0: now. */
  end: number;
}

/** `subjectAnswers`: of the record that this one is about. */
export function contextOf(ledger: Ledger, setting: Setting, lang: string, subjectAnswers: Record<string, Json>, now: number): Context {
  const { env } = setting;
  const { catalogue } = ledger;
  const start = env?.now ?? now;
  const area = catalogue.area(setting.area);
  const round = catalogue.round(setting.round);
  const author = ledger.nameOf(setting.author);
  return {
    now_ms: start,
    offset_min: env?.offset_min ?? -new Date(now).getTimezoneOffset(),
    seed: env?.seed ?? "",
    lang: env?.lang ?? lang,
    sources: {
      "@subject": subjectAnswers,
      "@area": area ? { code: area.code, name: area.name, kind: area.kind, setting: area.setting } : {},
      "@round": round ? { id: round.id, title: round.title, year: round.year ?? "", kind: round.kind } : {},
      "@author": { name: author },
    },
    meta: {
      start: new Date(start).toISOString(),
      end: new Date(setting.end || now).toISOString(),
      deviceid: setting.device,
      username: author,
    },
  };
}
