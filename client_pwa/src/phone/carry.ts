/** Last round's answers as suggestions: nothing of it is written until the interviewer confirms it. */
import type { Form } from "../core/form";
import { isSystem, rowPrefixes, withoutRows } from "../core/paths";
import { withNewNames } from "../core/renames";
import type { Ledger } from "./ledger";
import type { Answers } from "./pocket";
import type { Reader } from "./reading";

export interface Suggestions { answers: Answers; rows: string[]; roundTitle: string }

const NONE: Suggestions = { answers: {}, rows: [], roundTitle: "" };

interface Source { round: string; answers: Answers; rows: string[] }

/** From the newest earlier round that has an interview with this form about this subject. */
export function suggestionsFor(ledger: Ledger, reader: Reader, form: Form, subject: string, round: string, area: string): Suggestions {
  if (!round) return NONE;
  const starts = (id: string): string => ledger.catalogue.round(id)?.starts ?? "";
  const before = [...wholeRecords(ledger, reader, form, subject, area), ...copies(ledger, form, subject)]
    .filter((source) => source.round && source.round !== round && starts(source.round) < starts(round))
    .sort((a, b) => (starts(a.round) < starts(b.round) ? 1 : -1));
  const source = before[0];
  if (!source) return NONE;
  const carried = carriedPaths(form);
  const answers = Object.fromEntries(Object.entries(source.answers).filter(([path]) => carried.has(withoutRows(path)) && isOffered(path, source.rows)));
  return { answers, rows: source.rows, roundTitle: ledger.catalogue.round(source.round)?.title ?? source.round };
}

function carriedPaths(form: Form): Set<string> {
  return new Set(form.nodes.filter((node) => "carry" in node && node.carry === true && node.k !== "repeat").map((node) => node.path));
}

function isOffered(path: string, rows: string[]): boolean {
  return rowPrefixes(path).every((row) => rows.includes(row));
}

/** Read-only copies: the server has already chosen the rows. */
function copies(ledger: Ledger, form: Form, subject: string): Source[] {
  const stands = ledger.standsFor(subject);
  return [...ledger.carried.values()]
    .filter((copy) => copy.form === form.id && subject !== "" && ledger.standsFor(copy.subject) === stands)
    .map((copy) => {
      const answers = withNewNames(form, copy.answers);
      return { round: copy.round, answers, rows: [...new Set(Object.keys(answers).flatMap(rowPrefixes))].sort() };
    });
}

function wholeRecords(ledger: Ledger, reader: Reader, form: Form, subject: string, area: string): Source[] {
  const sources: Source[] = [];
  const stands = ledger.standsFor(subject);
  for (const record of ledger.records()) {
    const folded = ledger.folded(record);
    if (!folded || folded.form !== form.id || folded.deleted || ledger.standsFor(folded.subject) !== stands) continue;
    const reading = reader.read(record);
    if (!reading || (subject === "" && reading.setting.area !== area)) continue;
    const { evaluation } = reading;
    const rows = [...new Set(Object.keys(reading.answers).flatMap(rowPrefixes))].filter((row) => {
      const repeat = reading.form.nodes.find((node) => node.k === "repeat" && node.path === withoutRows(row));
      if (!repeat || repeat.k !== "repeat" || repeat.carry === undefined || repeat.carry === null || repeat.carry === false) return false;
      return evaluation.isRelevant(row) && (repeat.carry === true || evaluation.isTrue(repeat.carry, row));
    });
    const answers = Object.fromEntries(Object.entries(reading.answers).filter(([path]) => evaluation.isRelevant(path)));
    const named = withNewNames(form, answers);
    const kept = Object.fromEntries(Object.entries(named).filter(([path]) => !isSystem(path)));
    // Only those that the form offers again, by the names of today.
    const offered = withNewNames(form, Object.fromEntries(rows.map((row) => [`${row}/@row`, true])));
    sources.push({ round: folded.round, answers: kept, rows: [...new Set(Object.keys(offered).flatMap(rowPrefixes))].sort() });
  }
  return sources;
}
