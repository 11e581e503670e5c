/** How a phone becomes one of the server's. */
import type { Enrolment } from "../core/wire";
import type { DeviceState } from "./device_state";
import { randomBytes } from "./keyring";
import type { Enrolled } from "./ledger";
import type { Role, User } from "./pocket";
import type { Put } from "./vault";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Eight letters and digits without 0/o/1/l: it is read out on the telephone and stands in provisional codes. */
export function newDeviceId(): string {
  return [...randomBytes(8)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** The first rows of a new vault. */
export function firstRows(enrolment: Enrolment, deviceId: string, userId: string): Put[] {
  const { token, device_key, areas, users } = enrolment;
  const enrolled: Enrolled = { token, deviceKey: device_key, areas, users: usersOf(enrolment), user: users.some((user) => user.id === userId) ? userId : (users[0]?.id ?? "") };
  const device: DeviceState = { id: deviceId, seq: 0, newHouseholds: 0, former: [] };
  return [
    { kind: "meta", id: "enrolled", value: enrolled },
    { kind: "meta", id: "device", value: device },
  ];
}

export function usersOf(enrolment: Enrolment): User[] {
  return enrolment.users.map(({ id, name, role }) => ({ id, name, role: role as Role }));
}
