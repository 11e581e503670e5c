/** In front of a real server: a server of years later, whose every answer says more than today's. */
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Embroidering { base: string; readonly embroidered: number; close(): Promise<void> }

/** Every object of an answer says more; what names its own keys (answers by path) has more of those. */
function embroider(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(embroider);
  if (typeof value !== "object" || value === null) return value;
  const said = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, embroider(part)]));
  return { ...said, of_later: { told: ["by a newer server", 1, null] } };
}

function bytesOf(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part)).on("end", () => resolve(Buffer.concat(parts))).on("error", reject);
  });
}

export async function startEmbroidering(port: number): Promise<Embroidering> {
  let embroidered = 0;
  const proxy = createServer((asked, answer) => {
    const headers = { ...asked.headers, "accept-encoding": "identity" };
    const onward = request({ port, host: "127.0.0.1", method: asked.method, path: asked.url, headers }, (said) => {
      void bytesOf(said).then((bytes) => {
        const isJson = (said.headers["content-type"] ?? "").includes("json");
        const body = isJson ? Buffer.from(JSON.stringify(embroider(JSON.parse(bytes.toString())))) : bytes;
        if (isJson) embroidered++;
        answer.writeHead(said.statusCode ?? 500, { ...said.headers, "content-length": body.length });
        answer.end(body);
      });
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get embroidered() {
      return embroidered;
    },
    close: () => new Promise((resolve) => {
      proxy.closeAllConnections();
      proxy.close(() => resolve());
    }),
  };
}
