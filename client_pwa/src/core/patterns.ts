// Regular expressions of `regex(…)`: one dialect, the same in both languages, in bounded time. The twin of
// schemas/patterns.py.
//
// Classes, quantifiers, groups, alternation, lookahead, `^ $ \b \d \w \s` (ASCII). A text matches as a whole or not
// at all. All states are followed at once (Thompson's construction): no pattern can hang a phone.

type Ranges = [number, number][];
type Part =
  | { kind: "set"; ranges: Ranges }
  | { kind: "seq"; parts: Part[] }
  | { kind: "alt"; parts: Part[] }
  | { kind: "rep"; part: Part; least: number; most: number }
  | { kind: "look"; part: Part; wanted: boolean }
  | { kind: "word"; wanted: boolean }
  | { kind: "start" | "end" };
type State =
  | { kind: "accept" | "split" | "start" | "end"; next: number[] }
  | { kind: "set"; ranges: Ranges; next: number[] }
  | { kind: "word"; wanted: boolean; next: number[] }
  | { kind: "look"; first: number; wanted: boolean; next: number[] };

const LAST = 0x10ffff;
const DIGIT: Ranges = [[48, 57]];
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const BLANK: Ranges = [
  [9, 13],
  [32, 32],
];
const CLASSES: Record<string, Ranges> = { d: DIGIT, w: WORD, s: BLANK };
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const MOST_REPEATS = 1000;
const MOST_STATES = 10_000;
const DEEPEST = 50;

/** The message is the sentence that an author reads. */
class Unsupported extends Error {}

function complement(ranges: Ranges): Ranges {
  const gaps: Ranges = [];
  let at = 0;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (low > at) gaps.push([at, low - 1]);
    at = Math.max(at, high + 1);
  }
  if (at <= LAST) gaps.push([at, LAST]);
  return gaps;
}

const isIn = (code: number, ranges: Ranges): boolean => ranges.some(([low, high]) => low <= code && code <= high);
const single = (char: string): Ranges => [[char.codePointAt(0)!, char.codePointAt(0)!]];
const isSingle = (ranges: Ranges): boolean => ranges.length === 1 && ranges[0]![0] === ranges[0]![1];

class Parser {
  private readonly source: string[];
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = [...source];
  }

  parse(): Part {
    const part = this.alternatives();
    if (this.at < this.source.length) throw new Unsupported("A ) closes no group.");
    return part;
  }

  private peek(ahead = 0): string {
    return this.source[this.at + ahead] ?? "";
  }

  private follows(text: string): boolean {
    return [...text].every((char, ahead) => this.peek(ahead) === char);
  }

  private take(text: string): boolean {
    const found = this.follows(text);
    if (found) this.at += text.length;
    return found;
  }

  private alternatives(): Part {
    const parts = [this.sequence()];
    while (this.take("|")) parts.push(this.sequence());
    return parts.length === 1 ? parts[0]! : { kind: "alt", parts };
  }

  private sequence(): Part {
    const parts: Part[] = [];
    while (!["", "|", ")"].includes(this.peek())) parts.push(this.quantified());
    return { kind: "seq", parts };
  }

  private quantified(): Part {
    const part = this.atom();
    const bounds = this.bounds();
    if (!bounds) return part;
    if (["start", "end", "word", "look"].includes(part.kind)) {
      throw new Unsupported("A quantifier follows something that has no length.");
    }
    this.take("?");
    if (this.peek() === "+" || this.bounds()) throw new Unsupported("A quantifier follows a quantifier.");
    return { kind: "rep", part, least: bounds[0], most: bounds[1] };
  }

  /** [least, most] of the quantifier that follows; most -1: no end. */
  private bounds(): [number, number] | null {
    if (this.take("*")) return [0, -1];
    if (this.take("+")) return [1, -1];
    if (this.take("?")) return [0, 1];
    if (this.peek() !== "{") return null;
    const match = /^\{([0-9]{1,6})(?:(,)([0-9]{1,6})?)?\}/.exec(this.source.slice(this.at, this.at + 16).join(""));
    if (!match) return null;
    const least = Number(match[1]);
    const most = match[3] ? Number(match[3]) : match[2] ? -1 : least;
    if (Math.max(least, most) > MOST_REPEATS || (most >= 0 && most < least)) {
      throw new Unsupported(`A quantifier counts at most ${MOST_REPEATS}, the smaller number first.`);
    }
    this.at += match[0].length;
    return [least, most];
  }

  private atom(): Part {
    const char = this.peek();
    this.at += 1;
    if (char === "(") return this.group();
    if (char === "[") return { kind: "set", ranges: this.bracket() };
    if (char === ".") {
      const lines: Ranges = [
        [10, 10],
        [13, 13],
      ];
      return { kind: "set", ranges: complement(lines) };
    }
    if (char === "^") return { kind: "start" };
    if (char === "$") return { kind: "end" };
    if (char === "\\") {
      if (this.take("b")) return { kind: "word", wanted: true };
      if (this.take("B")) return { kind: "word", wanted: false };
      return { kind: "set", ranges: this.escape() };
    }
    if ("*+?".includes(char)) throw new Unsupported(`Nothing stands before ${char}.`);
    return { kind: "set", ranges: single(char) };
  }

  private group(): Part {
    const look = ["?=", "?!"].find((sign) => this.take(sign));
    if (!look && !this.take("?:") && this.peek() === "?") throw new Unsupported("Groups are ( ), (?: ), (?= ) or (?! ).");
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Unsupported("Groups are nested too deeply.");
    const part = this.alternatives();
    this.depth -= 1;
    if (!this.take(")")) throw new Unsupported("A group is not closed.");
    return look ? { kind: "look", part, wanted: look === "?=" } : part;
  }

  private escape(): Ranges {
    const char = this.peek();
    this.at += 1;
    const ranges = CLASSES[char.toLowerCase()];
    if (ranges) return char === char.toLowerCase() ? ranges : complement(ranges);
    const control = CONTROLS[char];
    if (control !== undefined) return [[control, control]];
    if (char === "x" || char === "u") {
      const width = char === "x" ? 2 : 4;
      const digits = this.source.slice(this.at, this.at + width).join("");
      if (digits.length === width && /^[0-9a-fA-F]+$/.test(digits)) {
        this.at += width;
        return [[parseInt(digits, 16), parseInt(digits, 16)]];
      }
    }
    if (char === "" || /^[A-Za-z0-9]$/.test(char)) throw new Unsupported(`\\${char} is not supported.`);
    return single(char);
  }

  private bracket(): Ranges {
    const negated = this.take("^");
    const ranges: Ranges = [];
    let first = true;
    while (first || this.peek() !== "]") {
      if (this.peek() === "" || this.follows("[:") || this.follows("&&")) {
        throw new Unsupported("A class in [ ] is not closed, or of a kind that is not supported.");
      }
      ranges.push(...this.range());
      first = false;
    }
    this.at += 1;
    return negated ? complement(ranges) : ranges;
  }

  private range(): Ranges {
    const low = this.member();
    // A hyphen beside a class such as \w, or at an end, stands for itself.
    if (this.peek() !== "-" || ["", "]"].includes(this.peek(1)) || !isSingle(low)) return low;
    const mark = this.at;
    this.at += 1;
    const high = this.member();
    if (!isSingle(high)) {
      this.at = mark;
      return low;
    }
    if (high[0]![0] < low[0]![0]) throw new Unsupported("A range in [ ] runs backwards.");
    return [[low[0]![0], high[0]![0]]];
  }

  private member(): Ranges {
    const char = this.peek();
    this.at += 1;
    return char === "\\" ? this.escape() : single(char);
  }
}

class Pattern {
  private readonly states: State[] = [{ kind: "accept", next: [] }];
  private readonly first: number;

  constructor(source: string) {
    this.first = this.build(new Parser(source).parse(), 0);
  }

  matches(text: string): boolean {
    return this.run(this.first, Array.from(text, (char) => char.codePointAt(0)!), 0, true);
  }

  private add(state: State): number {
    if (this.states.length >= MOST_STATES) throw new Unsupported("The pattern is too large.");
    this.states.push(state);
    return this.states.length - 1;
  }

  /** The state where `part` begins, given what follows it. */
  private build(part: Part, following: number): number {
    if (part.kind === "seq") return part.parts.reduceRight((next, one) => this.build(one, next), following);
    if (part.kind === "alt") {
      return this.add({ kind: "split", next: part.parts.map((one) => this.build(one, following)) });
    }
    if (part.kind === "rep") return this.buildRepeat(part.part, part.least, part.most, following);
    if (part.kind === "look") {
      return this.add({ kind: "look", first: this.build(part.part, 0), wanted: part.wanted, next: [following] });
    }
    return this.add({ ...part, next: [following] });
  }

  private buildRepeat(body: Part, least: number, most: number, following: number): number {
    let start = following;
    if (most < 0) {
      start = this.add({ kind: "split", next: [following] });
      this.states[start]!.next.push(this.build(body, start));
    } else {
      for (let at = least; at < most; at++) start = this.add({ kind: "split", next: [this.build(body, start), following] });
    }
    for (let at = 0; at < least; at++) start = this.build(body, start);
    return start;
  }

  /** All states that are reached from `starts` without reading. */
  private reach(starts: number[], text: number[], at: number): Set<number> {
    const reached = new Set<number>();
    const stack = [...starts];
    while (stack.length > 0) {
      const number = stack.pop()!;
      if (reached.has(number)) continue;
      reached.add(number);
      const state = this.states[number]!;
      if (state.kind === "split" || this.holds(state, text, at)) stack.push(...state.next);
    }
    return reached;
  }

  private holds(state: State, text: number[], at: number): boolean {
    if (state.kind === "start") return at === 0;
    if (state.kind === "end") return at === text.length;
    if (state.kind === "word") {
      const before = at > 0 && isIn(text[at - 1]!, WORD);
      const after = at < text.length && isIn(text[at]!, WORD);
      return (before !== after) === state.wanted;
    }
    return state.kind === "look" && this.run(state.first, text, at, false) === state.wanted;
  }

  /** Whether the accepting state is reached: at the end of the text, or anywhere. */
  private run(start: number, text: number[], from: number, whole: boolean): boolean {
    let at = from;
    let current = this.reach([start], text, at);
    while (current.size > 0) {
      if (current.has(0) && (at === text.length || !whole)) return true;
      if (at === text.length) return false;
      const steps: number[] = [];
      for (const number of current) {
        const state = this.states[number]!;
        if (state.kind === "set" && isIn(text[at]!, state.ranges)) steps.push(state.next[0]!);
      }
      at += 1;
      current = this.reach(steps, text, at);
    }
    return false;
  }
}

const known = new Map<string, Pattern | string>();

/** The pattern, or the sentence that says why it is not supported. */
export function readPattern(source: string): Pattern | string {
  let found = known.get(source);
  if (found === undefined) {
    try {
      found = new Pattern(source);
    } catch (reason) {
      if (!(reason instanceof Unsupported)) throw reason;
      found = reason.message;
    }
    if (known.size > 255) known.clear();
    known.set(source, found);
  }
  return found;
}

/** Whether the whole `text` matches; false for a pattern that is not supported. */
export function isMatch(source: string, text: string): boolean {
  const pattern = readPattern(source);
  return typeof pattern !== "string" && pattern.matches(text);
}
