import type { Catalogue } from "../i18n";
import type { vi } from "./vi";

export const en: Catalogue<typeof vi> = {
  "status.new": "Not started",
  "status.draft": "Draft",
  "status.returned": "Returned",
  "status.submitted": "Submitted",
  "status.approved": "Approved",
  "status.held": "On hold",
  "status.waiting": "Waiting to send",
  "money.dong": "{amount} dong",
  "money.thousand": "{amount} thousand",
  "money.million": "{amount} million",
  "money.billion": "{amount} billion",
};
