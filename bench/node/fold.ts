// The least time, in ms, in which the phone's own fold makes a record of the changes of a file.
import { readFileSync } from "node:fs";
import { fold } from "../../client_pwa/src/core/fold";
import type { Stored } from "../../client_pwa/src/core/record";

const stored = readFileSync(process.argv[2]!, "utf8").split("\n").map((line) => JSON.parse(line) as Stored);
let least = Infinity;
for (let turn = 0; turn < 8; turn++) {
  const started = performance.now();
  fold("r", stored, {});
  least = Math.min(least, performance.now() - started);
}
console.log(least);
