import { t, type WordKey } from "../words";

const known: [RegExp, WordKey][] = [
  [/not_a_change|invalid|newer/, "held.reason.not_a_change"],
  [/unknown_form|unknown_version|form_version/, "held.reason.unknown_form"],
  [/author/, "held.reason.author_not_enrolled"],
  [/revoked/, "held.reason.device_revoked"],
  [/other_form/, "held.reason.other_form"],
  [/role/, "held.reason.role"],
  [/area/, "held.reason.area"],
  [/proof|courier|signature/, "held.reason.proof"],
];

/** The reason of a hold in the interviewer's words; a reason that this version does not know is shown as it came. */
export function heldReason(reason: string): string {
  const word = known.find(([pattern]) => pattern.test(reason))?.[1];
  return word ? t(word) : reason;
}
