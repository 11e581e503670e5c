// Between an answer as it is stored (JSON) and the value that expressions see, by type of question. The twin of
// schemas/answers.py.

import { byCodePoint, type Json } from "./canonical";
import { codes, fromJson, textNumber, toBoolean, toDate, toJson, toNumber, toText, type Value } from "./coerce";
import { clockText, Day, Moment, momentText, MS_A_DAY, parseTime } from "./dates";
import type { DateQuestion, GeoQuestion, Question } from "./form";

/** A date question's text is a date, the rest as `fromJson` says. */
export function valueOf(node: Question, answer: Json | undefined, offset_min: number): Value {
  const value = fromJson(answer);
  if (typeof value !== "string" || value === "") return value;
  if (node.k === "date" && node.kind !== "time") {
    const found = toDate(value, offset_min);
    if (!found) return value;
    return node.kind === "datetime" ? found : found.day();
  }
  if (node.k === "number") {
    // Two apps, or two versions of a form, may disagree on the type of one question.
    const number = textNumber(value, offset_min);
    return Number.isNaN(number) ? value : number;
  }
  return value;
}

/** What a calculation or default puts into the question; null where it is blank or makes no sense. */
export function answerFrom(node: Question, value: Value, offset_min: number): Json {
  const text = toText(value);
  if (text === "") return null;
  switch (node.k) {
    case "number":
      return toJson(toNumber(value, offset_min));
    case "select_multiple": {
      const chosen = [...new Set(codes(value))];
      return node.rank ? chosen : chosen.sort(byCodePoint);
    }
    case "acknowledge":
      return toBoolean(value) && text !== "false" ? true : null;
    case "date":
      return dateAnswer(node, value, offset_min);
    case "geo":
      return geoAnswer(node, text, offset_min);
    case "file":
      return null;
    default:
      return text;
  }
}

function dateAnswer(node: DateQuestion, value: Value, offset_min: number): string | null {
  const text = toText(value);
  if (node.kind === "time" && parseTime(text)) return text;
  const found = toDate(value, offset_min);
  if (!found) return null;
  if (node.kind === "time") {
    if (found instanceof Day) return null;
    const local = found.localMs();
    return clockText(local - MS_A_DAY * Math.floor(local / MS_A_DAY)) + momentText(found).slice(-6);
  }
  if (node.kind !== "datetime") return toText(found.day());
  return toText(found instanceof Day ? new Moment(found.days * MS_A_DAY - offset_min * 60_000, offset_min) : found);
}

function geoAnswer(node: GeoQuestion, text: string, offset_min: number): Json {
  const points = text.split(";").map((point) => codes(point).map((part) => textNumber(part, offset_min)));
  if (points.some((point) => point.length < 2 || point.some(Number.isNaN))) return null;
  const plain = points.map((point) => [...point, 0, 0].slice(0, Math.max(4, point.length)).map(toJson));
  return (node.kind ?? "geopoint") === "geopoint" ? plain[0]! : plain;
}
