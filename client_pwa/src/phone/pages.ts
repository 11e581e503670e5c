import type { Form, FormNode } from "../core/form";

/**
 * One screen of an interview. `nodes`: the questions and notes on it, in order of the sheet. A page of a repeat
 * shows its rows as cards; `title` is the group (or repeat) that names the page, -1 for the form itself.
 */
export interface Page {
  kind: "questions" | "repeat";
  title: number;
  nodes: number[];
}

const isPlain = (node: FormNode): boolean => node.k !== "calculate" && node.k !== "meta" && !isHidden(node);

/** Hidden questions hold values and are never shown. */
export function isHidden(node: FormNode): boolean {
  return node.k === "text" && node.kind === "hidden";
}

export function hasAppearance(node: FormNode, word: string): boolean {
  return (node.appearance ?? "").split(/\s+/).includes(word);
}

function childrenOf(form: Form): Map<number, number[]> {
  const children = new Map<number, number[]>();
  form.nodes.forEach((node, number) => {
    const parent = node.parent ?? -1;
    children.set(parent, [...(children.get(parent) ?? []), number]);
  });
  return children;
}

const known = new WeakMap<Form, Map<number, Page[]>>();

/** The pages between a place in the form and the rows below it: -1 for the form, or the number of a repeat. */
export function pagesOf(form: Form, place: number): Page[] {
  const pages = known.get(form) ?? new Map<number, Page[]>();
  known.set(form, pages);
  const found = pages.get(place) ?? pagesBelow(form, place);
  pages.set(place, found);
  return found;
}

function pagesBelow(form: Form, place: number): Page[] {
  const children = childrenOf(form);
  const below = (number: number): number[] => children.get(number) ?? [];
  const flat = (number: number): number[] =>
    below(number).flatMap((child) => {
      const node = form.nodes[child]!;
      if (node.k === "group") return flat(child);
      return node.k === "repeat" || isPlain(node) ? [child] : [];
    });
  const holdsPages = (number: number): boolean =>
    below(number).some((child) => {
      const node = form.nodes[child]!;
      return node.k === "repeat" || (node.k === "group" && (hasAppearance(node, "field-list") || holdsPages(child)));
    });
  const walk = (number: number): Page[] => {
    const pages: Page[] = [];
    for (const child of below(number)) {
      const node = form.nodes[child]!;
      if (node.k === "repeat") pages.push({ kind: "repeat", title: child, nodes: [child] });
      else if (node.k === "group") {
        if (!hasAppearance(node, "field-list") && holdsPages(child)) pages.push(...walk(child));
        else pages.push({ kind: "questions", title: child, nodes: flat(child) });
      } else if (isPlain(node)) {
        const last = pages[pages.length - 1];
        if (last?.kind === "questions" && last.title === number) last.nodes.push(child);
        else pages.push({ kind: "questions", title: number, nodes: [child] });
      }
    }
    return pages;
  };
  return walk(place).filter((page) => page.nodes.length > 0);
}

/** The path of a node in the row that `prefix` names (`""` at the top, `member/m7k2/` in a row). */
export function pathIn(form: Form, node: number, prefix: string): string {
  const { path } = form.nodes[node]!;
  return prefix + path.slice(path.lastIndexOf("/") + 1);
}

/** The row that holds a path: `a/r1/b/r2/q` lies in `a/r1/b/r2/`; `""` for a path at the top. */
export function rowOf(path: string): string {
  const segments = path.split("/");
  return segments.length > 1 ? segments.slice(0, -1).join("/") + "/" : "";
}
