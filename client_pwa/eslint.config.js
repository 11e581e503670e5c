import svelte from "eslint-plugin-svelte";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "dist"] },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  { files: ["**/*.svelte", "**/*.svelte.ts"], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    rules: {
      "svelte/no-navigation-without-resolve": "off",
      "no-restricted-globals": ["error", { name: "fetch", message: "Only core/wire.ts calls fetch." }, { name: "indexedDB", message: "Only phone/vault.ts opens IndexedDB." }],
      eqeqeq: "error",
    },
  },
  { files: ["src/core/wire.ts", "src/phone/vault.ts", "src/sw.ts", "tests/**"], rules: { "no-restricted-globals": "off" } },
);
