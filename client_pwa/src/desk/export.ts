export interface ExportChoice {
  form: string;
  round?: string;
  area?: string;
  labels?: string;
  format: "xlsx" | "csv";
  profile?: "public" | "identified";
  reason?: string;
  bom?: boolean;
}

/** The address that gives the file; what is not chosen is left to the server. */
export function exportHref(choice: ExportChoice): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(choice)) {
    if (typeof value === "boolean" ? value : value) query.set(key, String(value));
  }
  return `/api/export?${query.toString()}`;
}
