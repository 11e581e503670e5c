/** Which phone this is to the server, and what it has counted. */

/**
 * `former`: the ids that this phone had before it was found to be a copy of another. `next`: the id that it asks for
 * where others took all of those.
 */
export interface DeviceState { id: string; seq: number; newHouseholds: number; former: string[]; next?: string }

/** What was counted while `written` was on its way to the disk stays counted. */
export function countedOn(now: DeviceState, written: DeviceState): DeviceState {
  if (now.id !== written.id) return written;
  return { ...written, seq: Math.max(now.seq, written.seq), newHouseholds: Math.max(now.newHouseholds, written.newHouseholds) };
}
