import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Two pages loaded apart: the phone at /, the desk at /desk/. The service worker has its own build.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../server/client",
    emptyOutDir: true,
    target: "chrome87",
    manifest: "assets.json",
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { phone: "index.html", desk: "desk/index.html" } },
  },
  worker: { format: "es" },
  // A busy machine is no failure.
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
});
