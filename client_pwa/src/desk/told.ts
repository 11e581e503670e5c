import { same, type Json } from "../core/canonical";
import { lastPart } from "../core/paths";
import type { DeskHead, FullRecord, Writer } from "./api";
import { seenBy, writerOf } from "./decisions";
import type { Sheet } from "./sheet";
import { shortMoment } from "./times";
import { nameOf, t } from "./words";

/** "Ka Lan, 03/11 16:20" */
export const whoWhen = (writer: Writer): string => t("who_when", { name: nameOf(writer), time: shortMoment(writer.at) });

/** What the author of a value had been shown, in sentences. */
export function told(sheet: Sheet, record: FullRecord, path: string, head: DeskHead): string[] {
  if (head.put_back) return [t("told_put_back", { name: nameOf(head), time: shortMoment(head.at) })];
  const node = sheet.node(path);
  const seen = seenBy(head, record.last_round?.answers[path], Boolean(node && "carry" in node && node.carry));
  if (seen.kind === "none") return [t("told_none"), ...notTold(record, path, head)];
  const from = seen.kind === "answer" ? (seen.from ? whoWhen(seen.from) : "?") : record.last_round!.title;
  const value = sheet.show(path, seen.value);
  return [t(seen.isKept ? "told_kept" : "told", { value, from }), ...notTold(record, path, head)];
}

function notTold(record: FullRecord, path: string, head: DeskHead): string[] {
  const own = writerOf(head);
  const others = record.conflicts[path]!.filter((each) => each.id !== head.id && !same(each.value, head.value)).map(writerOf);
  const names = others.map((each) => (each.author === own.author ? t("told_other_device", { name: nameOf(each), device: each.device_label || "?" }) : nameOf(each)));
  return names.length ? [t("told_not", { names: [...new Set(names)].join(", ") })] : [];
}

/** A value as a person reads it; a deletion that was undone reads "no". */
export function shown(sheet: Sheet, path: string, value: Json): string {
  return lastPart(path) === "@deleted" && value === null ? t("no") : sheet.show(path, value);
}
