import type { Form } from "../../core/form";

/** The screens that are loaded when they are first opened: the first one of all is there sooner. */
export const screens = {
  begin: () => import("./Begin.svelte"),
  ready: () => import("./Ready.svelte"),
  menu: () => import("./Menu.svelte"),
  sync: () => import("./Sync.svelte"),
  pin: () => import("./ChangePin.svelte"),
  again: () => import("./Enrol.svelte"),
  new: () => import("./NewHousehold.svelte"),
  others: () => import("./Others.svelte"),
  household: () => import("./Household.svelte"),
  interview: () => import("./Interview.svelte"),
};

/** The interview, with every widget that this form asks for. */
export async function interviewOf(form: Form): ReturnType<typeof screens.interview> {
  const [screen] = await Promise.all([screens.interview(), import("../questions/widgets").then(({ loadWidgets }) => loadWidgets(form))]);
  return screen;
}

/** Reads all screens while nobody waits, so that each opens at once. Only where the service worker has them: no network is spent. */
export async function fetchAhead(): Promise<void> {
  for (const load of Object.values(screens)) await load().catch(console.error);
}
