/** How a phone becomes one of the server's. */
import type { Enrolment } from "../core/wire";
import { randomBytes } from "./keyring";
import type { DeviceState, Enrolled } from "./ledger";
import type { Role, User } from "./pocket";
import type { Put } from "./vault";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Eight letters and digits without 0/o/1/l: it is read out on the telephone and stands in provisional codes. */
export function newDeviceId(): string {
  return [...randomBytes(8)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
}

/** As invitations write it, whatever was typed: `7qk4xw2m` -> `7QK4-XW2M`. */
export function tidyCode(typed: string): string {
  const code = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}

/** The code of an invitation link: `/enrol#7QK4-XW2M`; "" where there is none. */
export function codeInAddress(location: { pathname: string; hash: string }): string {
  return location.pathname.startsWith("/enrol") ? tidyCode(decodeURIComponent(location.hash.slice(1))) : "";
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

/** The app whose built-in browser this is: storage there is lost and cannot be installed; null: a real browser. */
export function inAppBrowser(userAgent: string): "zalo" | "facebook" | "other" | null {
  if (/\bZalo/i.test(userAgent)) return "zalo";
  if (/\bFB(AN|AV|_IAB)\b|FBAN|FBAV|Messenger/i.test(userAgent)) return "facebook";
  if (/; wv\)|\bInstagram|\bLine\/|\bTikTok|musical_ly/i.test(userAgent)) return "other";
  return null;
}

/** On an iPhone a tab is emptied after seven days without use: the app must be installed before it is enrolled. */
export function mustInstallFirst(userAgent: string, isStandalone: boolean): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) && !isStandalone;
}
