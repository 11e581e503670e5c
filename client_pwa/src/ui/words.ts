import { translator } from "./i18n";
import { en } from "./words/en";
import { vi } from "./words/vi";

/** The shared words: statuses and money. */
export const shared = translator(vi, en);
