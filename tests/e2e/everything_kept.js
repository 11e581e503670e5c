// Everything that the browser keeps for this site, as text: IndexedDB, caches, localStorage, sessionStorage.
async () => {
  const decode = (bytes) => new TextDecoder("utf-8").decode(bytes);
  const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const asText = (value) => JSON.stringify(value, (_, inner) => (isBytes(inner) ? decode(inner) : inner));
  const answered = (request) =>
    new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const database = await answered(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store);
      found.push(...(await answered(rows.getAll())).map(asText), ...(await answered(rows.getAllKeys())).map(asText));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  return found.join("\n");
};
