// Where frames are held back, nobody waits for one for long.
const LONGEST_MS = 100;
// What is painted still goes to the screen, on a phone whose cores are few.
const FRAME_MS = 16;

/** Resolves when what has just changed is on the screen, or nobody looks at it: what she does not wait for begins then. */
export function painted(): Promise<void> {
  if (typeof document === "undefined" || document.visibilityState !== "visible") return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", end);
      resolve();
    };
    const timer = setTimeout(end, LONGEST_MS);
    document.addEventListener("visibilitychange", end);
    requestAnimationFrame(() => setTimeout(end, FRAME_MS));
  });
}
