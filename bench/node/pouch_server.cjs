// express-pouchdb over LevelDB in the folder that is named; prints its port.
const express = require("express");
const PouchDB = require("pouchdb").defaults({ prefix: `${process.argv[2]}/` });
const app = express();
const options = { inMemoryConfig: true, logPath: `${process.argv[2]}/log.txt` };
app.use("/", require("express-pouchdb")(PouchDB, options));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
