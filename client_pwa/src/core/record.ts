// What the fold takes and gives. The JSON names are those of sync/record.py.

import type { Json } from "./canonical";
import type { Change } from "./change";

/** A present change. `at` and `role` are the receipt's; before a receipt the change's own `at` and the role its
 * author was enrolled with. */
export interface Stored {
  id: string;
  change: Change;
  at: number;
  role: string;
}

/** A write that no other present write to its path supersedes. */
export interface Head {
  id: string;
  value: Json;
  author: string;
  at: number;
  role: string;
}

export interface Comment {
  id: string;
  text: string;
  author: string;
  at: number;
  path?: string;
}

/** `values`: what is shown, by path, system paths too; left out are null, what stands in hidden rows, and a
 * `@deleted` that hides nothing. A visible row without any value is there as `…/row/@row`. A deleted record keeps
 * its values. `heads` has every path, `conflicts` the open ones; both newest first. `places`: where a flag was raised
 * (row prefixes, "" for the record). `areas`: of all `@area` heads. */
export interface FoldedRecord {
  record: string;
  form: string;
  seen: string[];
  values: Record<string, Json>;
  heads: Record<string, Head[]>;
  conflicts: Record<string, Head[]>;
  flags: string[];
  places: Record<string, string[]>;
  status: string;
  deleted: boolean;
  hidden_rows: string[];
  areas: string[];
  round: string;
  subject: string;
  same_as: string[];
  comments: Comment[];
  env: Record<string, Json>;
}
