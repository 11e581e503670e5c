import { isQuestion, type Expr, type Form } from "../core/form";
import { t } from "./words";

const SIGNS: Record<string, string> = { "=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "+": "+", "-": "−", "*": "×", div: "÷", mod: "mod" };

/** A condition for people on paper: questions by number, choices by label. */
export class RulesInWords {
  constructor(
    private readonly form: Form,
    private readonly numberOf: (node: number) => string,
    private readonly plain: (text: unknown) => string,
  ) {}

  say(expr: Expr, own = -1): string {
    if (!Array.isArray(expr)) return typeof expr === "string" ? `“${expr}”` : String(expr);
    const [operator, ...parts] = expr;
    const name = String(operator);
    if (name === "r" || name === "R") return this.numberOf(Number(parts[0]));
    if (name === ".") return t("paper_answer");
    if (name === "and" || name === "or") return parts.map((part) => this.inner(part, name, own)).join(` ${t(name === "and" ? "paper_and" : "paper_or")} `);
    if (name === "not") return t("paper_not", { what: this.say(parts[0] ?? null, own) });
    if (name === "selected") return t("paper_chosen", { question: this.say(parts[0] ?? null, own), choice: this.choice(parts[0] ?? null, parts[1] ?? null, own) });
    const sign = SIGNS[name];
    if (sign && parts.length === 2) return `${this.say(parts[0] ?? null, own)} ${sign} ${this.choice(parts[0] ?? null, parts[1] ?? null, own)}`;
    if (name === "col") return String(parts[0]);
    return `${name}(${parts.map((part) => this.say(part, own)).join(", ")})`;
  }

  private inner(part: Expr, around: string, own: number): string {
    const said = this.say(part, own);
    return Array.isArray(part) && (part[0] === "and" || part[0] === "or") && part[0] !== around ? `(${said})` : said;
  }

  /** The label of a code that is compared with a question. */
  private choice(question: Expr, code: Expr, own: number): string {
    if (code === "") return t("forms_nothing");
    const number = Array.isArray(question) && question[0] === "r" ? Number(question[1]) : Array.isArray(question) && question[0] === "." ? own : -1;
    const node = this.form.nodes[number];
    if (!node || !isQuestion(node) || typeof code !== "string" || !("list" in node)) return this.say(code, own);
    const choice = this.form.lists?.[node.list ?? ""]?.find((each) => each.name === code);
    return choice ? `“${this.plain(choice.label) || code}”` : this.say(code, own);
  }
}
