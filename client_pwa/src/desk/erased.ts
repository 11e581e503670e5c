import { t } from "./words";

/** Why something was erased: what the server writes by itself is said in the reader's language. */
export function erasedBecause(reason: string): string {
  return reason === "consent declined" ? t("erased_declined") : reason;
}
