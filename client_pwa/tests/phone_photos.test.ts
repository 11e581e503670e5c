/** Photos and files: when they leave, and what they wait for. */
import { describe, expect, test, vi } from "vitest";
import type { FileValue } from "../src/phone/pocket";
import { enrolled, interview, newestDatabase, server } from "./real_phones";

describe("photos and files", () => {
  test("a photo that no answer speaks of never leaves, and does not stay either", async () => {
    const phone = await enrolled();
    const open = await interview(phone, "TL-001", {});
    const file = await phone.saveFile(new Uint8Array([1, 2, 3]).buffer, "nhà.jpg", "image/jpeg");
    await open.close();
    await phone.sync();
    expect(await phone.readFile(file.sha256)).toBeNull();
  });

  test("a photo that the server lost with what it was put back from is given to it again, and only that", async () => {
    const phone = await enrolled();
    const photo = (name: string): Promise<FileValue> => phone.saveFile(new TextEncoder().encode(`${name} ${newestDatabase()}`).buffer as ArrayBuffer, `${name}.jpg`, "image/jpeg");
    const shown = async (code: string, file: FileValue): Promise<void> => {
      const open = await interview(phone, code, {});
      await open.answer("photo_house", file);
      await open.close();
    };
    // Two at once: both wait to be sent.
    const [first, kept] = await Promise.all([photo("first"), photo("kept")]);
    await shown("TL-001", first);
    await shown("TL-002", kept);
    await phone.sync();
    await server.kill();
    server.keepCopy("copy");
    await server.serve();
    const lost = await photo("lost");
    await shown("TL-001", lost);
    await phone.sync();
    await server.kill();
    server.putBack("copy");
    await server.serve();
    const asked = vi.spyOn(globalThis, "fetch");
    await phone.sync();
    expect(asked.mock.calls.filter(([, init]) => init?.method === "PUT").map(([url]) => String(url).split("/").at(-1))).toEqual([lost.sha256]);
    asked.mockRestore();
    const other = await enrolled("A", "Ba");
    for (const { sha256 } of [kept, lost]) expect(await other.readFile(sha256)).not.toBeNull();
  });

  test("a film whose line breaks goes on from there", async () => {
    const phone = await enrolled();
    const film = Uint8Array.from({ length: 900_000 }, (_, place) => (place * 7919) >> 5);
    new TextEncoder().encodeInto(newestDatabase(), film);
    const file = await phone.saveFile(film.buffer, "phim.mp4", "video/mp4");
    const open = await interview(phone, "TL-001", {});
    await open.answer("photo_house", file);
    await open.close();
    // Through a proxy that puts its own host before where the film is to be sent.
    const direct = globalThis.fetch;
    const line: typeof fetch = async (url, init) => {
      const answer = await direct(url, init);
      const place = answer.headers.get("Location");
      const headers = { ...Object.fromEntries(answer.headers), location: `https://proxy.example${place}` };
      return place ? new Response(answer.body, { status: answer.status, headers }) : answer;
    };
    const sent: number[] = [];
    let pieces = 0;
    const asked = vi.spyOn(globalThis, "fetch");
    asked.mockImplementation((url, init) => {
      if (init?.method !== "PATCH") return line(url, init);
      if (++pieces % 3 === 0) return Promise.reject(new TypeError("The line broke."));
      sent.push((init.body as ArrayBuffer).byteLength);
      // What was taken is not always said.
      return pieces % 3 === 2 ? line(url, init).then(() => Promise.reject(new TypeError("The line broke."))) : line(url, init);
    });
    for (let round = 0; round < 4 && phone.counts().files > 0; round++) await phone.sync();
    asked.mockRestore();
    expect(phone.counts().files).toBe(0);
    expect(sent.reduce((sum, each) => sum + each)).toBe(film.byteLength);
    expect(pieces).toBeGreaterThan(3);
    const other = await enrolled("A", "Ba");
    expect(new Uint8Array((await other.readFile(file.sha256)) ?? [])).toEqual(film);
  });

  test("a server of before is given a film whole", async () => {
    const phone = await enrolled();
    const film = new Uint8Array(300_000).fill(7);
    new TextEncoder().encodeInto(newestDatabase(), film);
    const file = await phone.saveFile(film.buffer, "phim.mp4", "video/mp4");
    const open = await interview(phone, "TL-001", {});
    await open.answer("photo_house", file);
    await open.close();
    const line = globalThis.fetch;
    const asked = vi.spyOn(globalThis, "fetch");
    asked.mockImplementation((url, init) => line(String(url).replace("/api/tus", "/api/nothing"), init));
    await phone.sync();
    asked.mockRestore();
    expect(phone.counts().files).toBe(0);
  });

  test("a file that no server takes keeps no other from going, and is told as waiting", async () => {
    const phone = await enrolled();
    const large = await phone.saveFile(new ArrayBuffer(11 << 20), "phim.mp4", "video/mp4");
    const small = await phone.saveFile(new TextEncoder().encode(`small ${newestDatabase()}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
    for (const [code, file] of [["TL-001", large], ["TL-002", small]] as const) {
      const open = await interview(phone, code, {});
      await open.answer("photo_house", file);
      await open.close();
    }
    expect(phone.counts().files).toBe(2);
    await phone.sync();
    expect(phone.counts()).toMatchObject({ waiting: 0, files: 1 });
    const asked = vi.spyOn(globalThis, "fetch");
    await phone.sync();
    expect(asked.mock.calls.filter(([, init]) => init?.method === "PUT")).toEqual([]);
    asked.mockRestore();
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(small.sha256)).not.toBeNull();
  });

  test("a photo waits until the server itself says that it has it", async () => {
    const phone = await enrolled();
    const photo = await phone.saveFile(new TextEncoder().encode(`photo ${newestDatabase()}`).buffer as ArrayBuffer, "nhà.jpg", "image/jpeg");
    const open = await interview(phone, "TL-001", {});
    await open.answer("photo_house", photo);
    await open.close();
    const line = globalThis.fetch;
    for (const page of ["<p>Đăng nhập Wi-Fi</p>", "{}"]) {
      const said = vi.spyOn(globalThis, "fetch");
      said.mockImplementation((url, init) => (init?.method === "PUT" || (String(url).endsWith("/missing") && page === "{}") ? Promise.resolve(new Response(page)) : line(url, init)));
      await phone.sync();
      said.mockRestore();
      expect(phone.counts().files).toBe(1);
    }
    await phone.sync();
    expect(phone.counts().files).toBe(0);
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(photo.sha256)).not.toBeNull();
  });

  test("a file leaves after the answer that speaks of it", async () => {
    const phone = await enrolled();
    const bytes = new TextEncoder().encode(`photo ${newestDatabase()}`).buffer as ArrayBuffer;
    const open = await interview(phone, "TL-001", {});
    const file = await phone.saveFile(bytes, "nhà.jpg", "image/jpeg");
    await phone.sync();
    const other = await enrolled("A", "Ba");
    expect(await other.readFile(file.sha256)).toBeNull();
    await open.answer("photo_house", file);
    await open.close();
    await phone.sync();
    expect(new Uint8Array((await other.readFile(file.sha256)) ?? [])).toEqual(new Uint8Array(bytes));
  });
});
