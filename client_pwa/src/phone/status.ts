import type { Status as Mark } from "../ui/StatusMark.svelte";
import type { HouseholdLine, RecordLine, Status } from "./pocket";

/** The status mark of a record; null: nothing was begun. */
export function markOf(line: { status: Status; held: number } | null): Mark {
  if (!line || line.status === "none") return "new";
  return line.held > 0 ? "held" : line.status;
}

/** The mark of a household on lists: that of its interview in the current round. */
export function markOfHousehold(line: HouseholdLine): Mark {
  return markOf(line.interview ? { status: line.interviewStatus, held: line.interview.held } : null);
}

export const isDone = (status: Status): boolean => status === "submitted" || status === "approved";

/** What waits for a receipt: changes of the household itself and of its interview. */
export function waitingOf(line: HouseholdLine): number {
  return line.waiting + (line.interview?.waiting ?? 0);
}

/** How many questions a supervisor asks about again. */
export function questionsReturned(line: RecordLine | null): number {
  return new Set((line?.comments ?? []).flatMap((comment) => (comment.path ? [comment.path] : []))).size;
}

const ORDER: Mark[] = ["returned", "draft", "new", "waiting", "held", "submitted", "approved"];

/** What needs work first; within that, as the register orders them. */
export function byWork(left: HouseholdLine, right: HouseholdLine): number {
  return ORDER.indexOf(markOfHousehold(left)) - ORDER.indexOf(markOfHousehold(right));
}
