// Where frames are held back, nobody waits for one for long.
const LONGEST_MS = 100;

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
    // A task of its own: a frame is painted after its callbacks.
    requestAnimationFrame(() => setTimeout(end));
  });
}
