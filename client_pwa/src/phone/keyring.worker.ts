/** Argon2id apart from the page: a second of arithmetic must not freeze the screen. */
import { stretch, type Stretch } from "./stretch";

self.addEventListener("message", (event: MessageEvent<{ pin: string; stretch: Stretch }>) => {
  stretch(event.data.pin, event.data.stretch).then(
    (key) => self.postMessage({ key }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});
