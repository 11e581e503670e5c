/** What a phone knows of a server that is not the one it knew. */
import type { Entry, Ledger, Missing } from "./ledger";

/** To a server that is not the one we knew everything is said once more, its photos too, and pulled from the start. */
export function begunAgain(ledger: Ledger): Pick<Entry, "sync" | "filesToSend"> {
  const { sync } = ledger;
  return {
    sync: { ...sync, cursor: "", former: sync.cursor || sync.former, missing: allGiven(ledger), last: null, heard: undefined, generation: sync.generation + 1 },
    filesToSend: [...ledger.ownFiles],
  };
}

/** Of a phone that begins again: what it was given so far. */
function allGiven(ledger: Ledger): Missing {
  const { missing } = ledger.sync;
  const whole = [...ledger.known.values()].filter((change) => change.isGiven).map((change) => change.change.record);
  return {
    whole: [...new Set([...(missing?.whole ?? []), ...whole])],
    carried: [...new Set([...(missing?.carried ?? []), ...ledger.carried.keys()])],
  };
}
