// The typed Form, as schemas/form.py writes it: fields that have their default are left out.

import type { Json } from "./canonical";

/** A literal or `[operator, argument…]`. */
export type Expr = string | number | boolean | null | Expr[];
/** Language code to a plain string or to parts: strings and expressions. */
export type Text = Record<string, string | Expr[]>;
export type Rule = "ask" | "latest" | "first" | "largest" | "smallest" | "union" | "join" | "supervisor";

interface Node {
  name: string;
  /** Where answers are stored, without row ids. */
  path: string;
  /** -1 or left out: none. */
  parent?: number;
  repeat?: number;
  row?: number;
  label?: Text;
  hint?: Text;
  relevant?: Expr;
  appearance?: string;
  module?: string;
}

export interface Group extends Node {
  k: "group";
}

export interface Repeat extends Node {
  k: "repeat";
  count?: Expr;
  /** True, or which rows of last round are offered again. */
  carry?: Expr;
}

export interface Note extends Node {
  k: "note";
  media?: Record<string, Json>;
}

interface Valued extends Node {
  conflict?: Rule;
  sensitivity?: string;
  indicator?: string;
  meaning?: string;
  unit?: string;
  source?: string;
}

export interface Calculate extends Valued {
  k: "calculate";
  calculation?: Expr;
}

export interface Meta extends Valued {
  k: "meta";
  kind?: string;
}

interface Asked extends Valued {
  required?: Expr;
  required_message?: Text;
  readonly?: Expr;
  constraint?: Expr;
  constraint_message?: Text;
  default?: Expr;
  calculation?: Expr;
  carry?: boolean;
  guidance?: Text;
  media?: Record<string, Json>;
  parameters?: Record<string, string>;
}

export interface TextQuestion extends Asked {
  k: "text";
  kind?: string;
}

export interface NumberQuestion extends Asked {
  k: "number";
  kind?: "integer" | "decimal" | "range";
}

export interface ChoiceQuestion extends Asked {
  k: "select_one";
  list?: string;
  choice_filter?: Expr;
  /** True: offered in an order of this record's own; an expression: in the order that its value gives. */
  shuffle?: Expr;
}

export interface ChoicesQuestion extends Asked {
  k: "select_multiple";
  list?: string;
  choice_filter?: Expr;
  /** True: offered in an order of this record's own; an expression: in the order that its value gives. */
  shuffle?: Expr;
  rank?: boolean;
}

export interface DateQuestion extends Asked {
  k: "date";
  kind?: "date" | "time" | "datetime";
}

export interface GeoQuestion extends Asked {
  k: "geo";
  kind?: "geopoint" | "geotrace" | "geoshape";
}

export interface FileQuestion extends Asked {
  k: "file";
  kind?: "image" | "audio" | "video" | "file";
}

export interface Acknowledge extends Asked {
  k: "acknowledge";
}

export type Question =
  | TextQuestion
  | NumberQuestion
  | ChoiceQuestion
  | ChoicesQuestion
  | DateQuestion
  | GeoQuestion
  | FileQuestion
  | Acknowledge;
export type FormNode = Group | Repeat | Note | Calculate | Meta | Question;

export interface Choice {
  name: string;
  label?: Text;
  columns?: Record<string, string>;
  media?: Record<string, Json>;
}

/** A picture, sound or film that the form shows. `type`: its media type. */
export interface FormFile { sha256: string; type: string; bytes: number }

export interface Form {
  v?: number;
  id: string;
  version: string;
  title: string;
  languages: string[];
  language_names?: Record<string, string>;
  default_language?: string;
  nodes: FormNode[];
  lists?: Record<string, Choice[]>;
  /** Row-less path of an earlier version to the path now; list name to earlier codes of its choices. */
  renames?: Record<string, string>;
  recodes?: Record<string, Record<string, string>>;
  order?: number[];
  instance_name?: Expr;
  subject_form?: string;
  one_per?: string[];
  /** What labels and choices show, by the name that they have for it. */
  files?: Record<string, FormFile>;
  phones?: "area" | "carry" | "own" | "none";
  style?: string;
}

export function isQuestion(node: FormNode): node is Question {
  return node.k !== "group" && node.k !== "repeat" && node.k !== "note" && node.k !== "calculate" && node.k !== "meta";
}
