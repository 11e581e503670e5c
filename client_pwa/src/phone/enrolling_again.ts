/** How a phone that the server has forgotten becomes one of its own again: rare, so it is loaded when it is asked for. */
import { isFailure, type Enrolment, type Failure, type Wire } from "../core/wire";
import { begunAgain } from "./beginning";
import { newDeviceId, usersOf } from "./enrolment";
import type { Ledger } from "./ledger";

/**
 * A phone that the server does not know any more (it was put back to before this phone enrolled) spends a new code. It
 * keeps the ids that it wrote under, so that what it wrote stays its own; the syncer then introduces the later ones.
 * Everything is said again. Null: done.
 */
export async function enrolAgain(ledger: Ledger, wire: Wire, code: string, label: string): Promise<Failure | null> {
  const { device } = ledger;
  const ids = [...device.former, device.id];
  let answer: Enrolment | Failure | null = null;
  for (const [number, id] of ids.entries()) {
    answer = await wire.enrol(code, id, label);
    if (!isFailure(answer)) return keepEnrolment(ledger, answer, ids, number);
    // Another copy of this phone came first with this id; or the code was spent, perhaps by one of ours.
    if (answer.problem !== "device_taken" && answer.problem !== "code_used") return answer;
  }
  // The same with every try, or an answer that is lost on the way would cost another code.
  const next = device.next ?? newDeviceId();
  await ledger.commit({ device: { ...device, next } });
  const last = await wire.enrol(code, next, label);
  return isFailure(last) ? last : keepEnrolment(ledger, last, [...ids, next], ids.length);
}

/** `number`: which of the ids the server took. */
async function keepEnrolment(ledger: Ledger, answer: Enrolment, ids: string[], number: number): Promise<null> {
  const { enrolled, device } = ledger;
  const had = [...(enrolled.formerTokens ?? []), enrolled.token];
  const tokens = ids.map((_id, index) => (index === number ? answer.token : (had[index - (device.former.length + 1 - had.length)] ?? "")));
  const users = usersOf(answer);
  const user = users.some(({ id }) => id === enrolled.user) ? enrolled.user : (users[0]?.id ?? "");
  const isNew = number === device.former.length + 1;
  await ledger.commit({
    enrolled: { token: tokens.at(-1)!, formerTokens: tokens.slice(0, -1), deviceKey: answer.device_key, areas: answer.areas, users, user },
    device: { ...device, ...(isNew ? { id: ids.at(-1)!, seq: 0, former: ids.slice(0, -1) } : {}), next: undefined },
    ...begunAgain(ledger),
  });
  ledger.tell(null);
  return null;
}
