import { translator } from "../ui/i18n";
import { en } from "./words/en";
import { vi } from "./words/vi";

/** The words of the phone app. */
export const t = translator(vi, en);
export type WordKey = keyof typeof vi;
