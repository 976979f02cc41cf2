// webdav of npm in an own folder: URL LOGIN PASSWORD. Leaves the folder with one file, `brief é+.txt`.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createClient } from "webdav";

const [url, username, password] = process.argv.slice(2);
const client = createClient(url, { username, password });
const own = "/Mijn bestanden";
const big = randomBytes(3_000_000);

const names = async (path) => (await client.getDirectoryContents(path)).map((e) => e.basename).sort();
const refused = (status, promise) => assert.rejects(promise, (error) => error.status === status);

assert.deepEqual(await names("/"), ["Eerdere dagen", "Logboek", "Mijn bestanden", "Werkgevers"]);
assert.ok((await client.getDAVCompliance("/")).compliance.includes("2"));
await client.createDirectory(`${own}/map é#/diep`, { recursive: true });
await refused(405, client.createDirectory(`${own}/map é#`));
assert.ok(await client.putFileContents(`${own}/map é#/groot.bin`, big));
assert.ok(await client.putFileContents(`${own}/brief.txt`, "een"));
assert.ok(await client.putFileContents(`${own}/brief.txt`, "twee"));
assert.equal(await client.putFileContents(`${own}/brief.txt`, "drie", { overwrite: false }), false);
await new Promise((done, failed) => {
  const into = client.createWriteStream(`${own}/stroom.bin`, {}, done);
  Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)]).pipe(into).on("error", failed);
});

assert.ok(big.equals(await client.getFileContents(`${own}/map é#/groot.bin`)));
assert.ok(big.equals(await client.getFileContents(`${own}/stroom.bin`)));
const range = { start: 1_000_000, end: 1_000_009 };
const part = await buffer(client.createReadStream(`${own}/stroom.bin`, { range }));
assert.ok(part.equals(big.subarray(1_000_000, 1_000_010)));
assert.equal(await client.getFileContents(`${own}/brief.txt`, { format: "text" }), "twee");

const brief = await client.stat(`${own}/brief.txt`);
assert.equal(brief.lastmod, "Tue, 24 Nov 2026 11:00:00 GMT");
assert.deepEqual([brief.type, brief.size, brief.mime], ["file", 4, "text/plain"]);
assert.ok(brief.etag);
// It asks for all properties, of which room is none (RFC 4331 section 3).
assert.equal(await client.getQuota(), null);

await client.copyFile(`${own}/map é#`, `${own}/map 2`);
await client.copyFile(`${own}/brief.txt`, `${own}/map é#/kopie.txt`);
await client.moveFile(`${own}/brief.txt`, `${own}/brief é+.txt`);
await refused(412, client.moveFile(`${own}/stroom.bin`, `${own}/brief é+.txt`, { overwrite: false }));
assert.deepEqual(await names(`${own}/map 2`), ["diep", "groot.bin"]);
const all = await client.getDirectoryContents("/", { deep: false, glob: "/Mijn*" });
assert.deepEqual(all.map((entry) => entry.filename), [own]);

const lock = await client.lock(`${own}/brief é+.txt`, { timeout: "Second-60" });
await refused(423, client.putFileContents(`${own}/brief é+.txt`, "vreemd"));
const headers = { If: `(<${lock.token}>)` };
assert.ok(await client.putFileContents(`${own}/brief é+.txt`, "vier", { headers }));
// It sends what it is given, and the header has the token in brackets.
await client.unlock(`${own}/brief é+.txt`, `<${lock.token}>`);

assert.ok(await client.exists(`${own}/map 2`));
for (const name of ["map é#", "map 2", "stroom.bin"]) await client.deleteFile(`${own}/${name}`);
assert.equal(await client.exists(`${own}/map 2`), false);
await refused(404, client.stat(`${own}/brief.txt`));
