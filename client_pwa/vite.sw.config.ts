import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { defineConfig } from "vite";

type Entry = { file: string; css?: string[]; imports?: string[]; dynamicImports?: string[]; assets?: string[] };

/** The phone's shell: every file that the page at / needs, and nothing of the desk. */
function shell(): string[] {
  const assets = JSON.parse(readFileSync("../server/client/assets.json", "utf8")) as Record<string, Entry>;
  const files = new Set<string>();
  const visit = (name: string): void => {
    const entry = assets[name];
    if (!entry || files.has(entry.file)) return;
    files.add(entry.file);
    for (const file of [...(entry.css ?? []), ...(entry.assets ?? [])]) files.add(file);
    for (const next of [...(entry.imports ?? []), ...(entry.dynamicImports ?? [])]) visit(next);
  };
  visit("index.html");
  return [...files].map((file) => `/${file}`).sort();
}

const files = ["/", "/manifest.webmanifest", "/icon-192.png", "/icon-512.png", ...shell()];
const page = readFileSync("../server/client/index.html");
const release = createHash("sha256").update(page).update(files.join("\n")).digest("hex").slice(0, 12);

export default defineConfig({
  define: { SHELL: JSON.stringify(files), RELEASE: JSON.stringify(release) },
  build: {
    outDir: "../server/client",
    emptyOutDir: false,
    copyPublicDir: false,
    target: "chrome87",
    lib: { entry: "src/sw.ts", formats: ["es"], fileName: () => "sw.js" },
  },
});
