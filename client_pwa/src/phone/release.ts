/** A new version of the app takes over only while no interview can be open. */
import type { Pocket } from "./pocket";

/** Registers the shell keeper; a version that waits is let in when the phone is locked or not enrolled yet. */
export async function keepShell(pocket: Pocket): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/sw.js").catch(() => null);
  if (!registration) return;
  let isLettingIn = false;
  const letIn = (): void => {
    // The very first version waits for a moment too: letting it in would reload the page under an enrolment.
    if (!registration.waiting || !registration.active || pocket.current || pocket.state === "open") return;
    isLettingIn = true;
    registration.waiting.postMessage({ type: "take-over" });
  };
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // Not at the first installation: there is nothing old on the screen then.
    if (isLettingIn && !pocket.current && pocket.state !== "open") location.reload();
  });
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", letIn));
  pocket.subscribe(letIn);
  letIn();
}
