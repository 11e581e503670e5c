import { t, type WordKey } from "../words";
import { vi } from "../words/vi";

/** The reason of a hold in the interviewer's words; a reason that this version does not know is shown as it came. */
export function heldReason(reason: string): string {
  const key = `held.reason.${reason}`;
  return key in vi ? t(key as WordKey) : reason;
}
