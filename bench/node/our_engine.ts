// The phone's evaluator alone, as a module for a browser's page.
export { evaluate } from "../../client_pwa/src/core/evaluate";
