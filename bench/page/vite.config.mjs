import { resolve } from "node:path";

// One page, bundled for the browsers that the app is bundled for.
export default {
  root: import.meta.dirname,
  base: "./",
  build: { target: "chrome87", emptyOutDir: true, rolldownOptions: { input: resolve(import.meta.dirname, "phone.html") } },
  worker: { format: "es" },
};
