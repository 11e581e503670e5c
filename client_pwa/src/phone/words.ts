import { translator } from "../ui/i18n";
import { vi } from "./words/vi";

/** The words of the phone app. */
export const t = translator(vi, async () => (await import("./words/en")).en);
export type WordKey = keyof typeof vi;
