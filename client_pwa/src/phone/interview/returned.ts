import { same } from "../../core/canonical";
import type { Json } from "../../core/wire";
import type { Comment } from "../pocket";
import type { Sheet } from "../sheet.svelte";

/** A question that came back ("" for a remark about the whole record), and what the interviewer did about it. */
export interface Asked {
  path: string;
  comments: Comment[];
  state: "open" | "mended" | "explained";
  was: Json | undefined;
}

/** What was asked, in the order of the form; remarks about the whole record first. `before`: the answers at opening. */
export function questionsAsked(sheet: Sheet, before: Record<string, unknown>, me: string): Asked[] {
  const { comments } = sheet.live;
  const paths = [...new Set(comments.filter((one) => one.author !== me).map((one) => one.path ?? ""))];
  const place = (path: string): number => (path === "" ? -1 : sheet.numberOf(path));
  return paths
    .sort((left, right) => place(left) - place(right) || (left < right ? -1 : 1))
    .map((path) => {
      const here = comments.filter((one) => (one.path ?? "") === path);
      const asked = here.filter((one) => one.author !== me);
      const newest = Math.max(...asked.map((one) => one.at));
      const was = before[path] as Json | undefined;
      const isMended = path !== "" && !same(was ?? null, sheet.value(path) ?? null);
      const isExplained = here.some((one) => one.author === me && one.at > newest);
      return { path, comments: asked, was, state: isMended ? "mended" : isExplained ? "explained" : "open" };
    });
}
