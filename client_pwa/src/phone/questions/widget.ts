import type { Json } from "../../core/wire";
import type { Sheet } from "../sheet.svelte";

/** What every question widget is given. `labelId` names it, `aboutId` points to its hint and its fault. */
export interface Widget<Node> {
  sheet: Sheet;
  node: Node;
  path: string;
  value: Json | undefined;
  labelId: string;
  aboutId: string;
  isWrong: boolean;
  answer: (value: Json) => void;
  leave: () => void;
}
