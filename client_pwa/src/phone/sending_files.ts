/** Photos and other files on their way to the server. */
import { FILE_TIMEOUT_MS, isFailure, notItsWord, type Failure, type Wire } from "../core/wire";

/** Of a file at once: what a proxy on the way, which passes nothing on before it has all of it, loses where the line breaks. */
const PIECE_BYTES = 256 << 10;
const TUS = { "Tus-Resumable": "1.0.0" };

/** Which of these the server does not have, or not for this phone. */
export async function missingFiles(wire: Wire, names: string[]): Promise<string[] | Failure> {
  const answer = await wire.post<{ files?: string[] }>("/api/files/missing", { files: names });
  if (isFailure(answer)) return answer;
  return Array.isArray(answer.files) ? answer.files : notItsWord();
}

/** A larger file goes in pieces, from where the line broke the last time. */
export async function putFile(wire: Wire, sha256: string, bytes: ArrayBuffer, type: string): Promise<true | Failure> {
  if (bytes.byteLength <= PIECE_BYTES) return putWhole(wire, sha256, bytes, type);
  const said = Object.entries({ sha256, type: type || "application/octet-stream" }).map(([name, value]) => `${name} ${btoa(value)}`);
  const begun = await wire.send("POST", "/api/tus", undefined, { ...TUS, "Upload-Length": `${bytes.byteLength}`, "Upload-Metadata": said.join(",") });
  // A server of before.
  if (isFailure(begun)) return begun.status === 404 || begun.status === 405 ? putWhole(wire, sha256, bytes, type) : begun;
  // A proxy may have put its own host before it.
  const place = new URL(begun.headers.get("Location") ?? "", "http://x").pathname;
  let here = offsetIn(begun);
  while (here < bytes.byteLength) {
    const headers = { ...TUS, "Upload-Offset": `${here}`, "Content-Type": "application/offset+octet-stream" };
    const answer = await wire.send("PATCH", place, bytes.slice(here, here + PIECE_BYTES), headers, FILE_TIMEOUT_MS);
    if (isFailure(answer)) return answer;
    const next = offsetIn(answer);
    if (!(next > here)) return notItsWord();
    here = next;
  }
  return here === bytes.byteLength ? true : notItsWord();
}

async function putWhole(wire: Wire, sha256: string, bytes: ArrayBuffer, type: string): Promise<true | Failure> {
  const answer = await wire.send("PUT", `/api/files/${sha256}`, bytes, { "Content-Type": type || "application/octet-stream" }, FILE_TIMEOUT_MS);
  const kept = await wire.json<{ sha256?: string }>(answer);
  if (isFailure(kept)) return kept;
  return kept.sha256 === sha256 ? true : notItsWord();
}

/** How much of a file the server has; NaN where it does not say. */
function offsetIn(answer: Response): number {
  return parseInt(answer.headers.get("Upload-Offset") ?? "", 10);
}
