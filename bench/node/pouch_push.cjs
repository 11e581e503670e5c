// Puts the documents of a file (one JSON per line) into a local database in memory, then replicates them to the server.
const { readFileSync } = require("node:fs");
const PouchDB = require("pouchdb");
PouchDB.plugin(require("pouchdb-adapter-memory"));

async function main([url, file]) {
  const docs = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  const local = new PouchDB("outbox", { adapter: "memory" });
  await local.bulkDocs(docs);
  const remote = new PouchDB(`${url}/interviews`);
  await remote.info();
  console.log(JSON.stringify({ ready: true }));
  await new Promise((resolve) => process.stdin.once("data", resolve));
  const [started, before] = [process.hrtime.bigint(), process.cpuUsage()];
  const result = await local.replicate.to(remote);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const { user, system } = process.cpuUsage(before);
  if (!result.ok || result.doc_write_failures) throw new Error(JSON.stringify(result));
  console.log(JSON.stringify({ seconds, cpu_s: (user + system) / 1e6, count: result.docs_written }));
  process.exit(0);
}
main(process.argv.slice(2)).catch((error) => { console.error(error); process.exit(1); });
