// Lets Node run the phone's own files, whose imports name no extension.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const isOwn = specifier.startsWith(".") && !/\.\w+$/.test(specifier);
    return next(isOwn ? `${specifier}.ts` : specifier, context);
  },
});
