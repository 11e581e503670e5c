import type { Form, FormNode } from "../../core/form";
import { hasAppearance } from "../pages";
import AcknowledgeBox from "./AcknowledgeBox.svelte";
import Choices from "./Choices.svelte";
import NumberField from "./NumberField.svelte";
import TextField from "./TextField.svelte";

// What few questions need is loaded with the first form that asks for it. The service worker keeps it all.
const RARE = {
  date: () => import("./DateField.svelte"),
  geo: () => import("./GeoField.svelte"),
  file: () => import("./FileField.svelte"),
  signature: () => import("./Signature.svelte"),
  range: () => import("./RangeField.svelte"),
  barcode: () => import("./Barcode.svelte"),
  media: () => import("./FormMedia.svelte"),
};
const loaded: Partial<Record<keyof typeof RARE, unknown>> = {};

function rareKind(node: FormNode): keyof typeof RARE | undefined {
  if (node.k === "file") return hasAppearance(node, "signature") ? "signature" : "file";
  if (node.k === "number" && node.kind === "range") return "range";
  if (node.k === "text" && node.kind === "barcode") return "barcode";
  return node.k === "date" || node.k === "geo" ? node.k : undefined;
}

/** Loads what the questions of this form are asked with. Rejects where neither worker nor network has it. */
export async function loadWidgets(form: Form): Promise<void> {
  const kinds = new Set(form.nodes.map(rareKind));
  const shows = (each: { media?: object }): boolean => each.media !== undefined;
  if (form.nodes.some((node) => "media" in node && shows(node)) || Object.values(form.lists ?? {}).some((list) => list.some(shows))) kinds.add("media");
  await Promise.all([...kinds].map(async (kind) => {
    if (kind && !loaded[kind]) loaded[kind] = (await RARE[kind]()).default;
  }));
}

/** The component that shows pictures, sounds and films, once it is loaded; undefined where the form has none. */
export function mediaWidget(): unknown {
  return loaded.media;
}

/** The component that asks this question, once the widgets of its form are loaded; undefined where nothing is asked. */
export function widgetOf(node: FormNode): unknown {
  const kind = rareKind(node);
  if (kind) return loaded[kind];
  if (node.k === "text") return TextField;
  if (node.k === "number") return NumberField;
  if (node.k === "acknowledge") return AcknowledgeBox;
  return node.k === "select_one" || node.k === "select_multiple" ? Choices : undefined;
}
