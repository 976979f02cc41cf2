// ssh2-sftp-client of npm in an own folder: HOST PORT LOGIN PASSWORD. Leaves the folder empty.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import Client from "ssh2-sftp-client";

const [host, port, username, password] = process.argv.slice(2);
const sftp = new Client();
const own = "/Mijn bestanden";
const big = randomBytes(20_000_000);
writeFileSync("big.bin", big);

const names = async (path) => (await sftp.list(path)).map((entry) => entry.name).sort();
const refused = (promise, words) => assert.rejects(promise, (error) => error.message.includes(words));
const same = (a, b) => assert.equal(...[a, b].map((data) => createHash("sha256").update(data).digest("hex")));

await sftp.connect({ host, port: Number(port), username, password, readyTimeout: 30_000 });
assert.equal(await sftp.cwd(), "/");
assert.equal(await sftp.realPath(`${own}/a/../b`), `${own}/b`);
// It writes the length of a packet on its own: where that is not acknowledged at once, each takes 40 ms.
const start = performance.now();
for (let i = 0; i < 50; i++) await sftp.stat("/");
assert.ok(performance.now() - start < 1500, `50 requests took ${performance.now() - start} ms`);

await sftp.mkdir(`${own}/map é/diep`, true);
assert.equal(await sftp.exists(`${own}/map é`), "d");
assert.equal(await sftp.exists(`${own}/nergens`), false);

// In pieces, 64 at once each way; and as a stream, one after another.
await sftp.fastPut("big.bin", `${own}/snel.bin`, { concurrency: 64, chunkSize: 32_768 });
await sftp.fastGet(`${own}/snel.bin`, "snel.bin", { concurrency: 64, chunkSize: 32_768 });
same(readFileSync("snel.bin"), big);
await sftp.put("big.bin", `${own}/stroom.bin`);
// Not into a file: it says that it is done before the last of that is written.
same(await sftp.get(`${own}/stroom.bin`), big);

await sftp.put(Buffer.from("een"), `${own}/brief.txt`);
await sftp.append(Buffer.from("twee"), `${own}/brief.txt`);
assert.equal(String(await sftp.get(`${own}/brief.txt`)), "eentwee");
await sftp.put(Buffer.from("drie"), `${own}/brief.txt`);
const stat = await sftp.stat(`${own}/brief.txt`);
assert.deepEqual([stat.size, stat.isFile, stat.isDirectory], [4, true, false]);
await sftp.chmod(`${own}/brief.txt`, 0o600);
assert.equal((await sftp.stat(`${own}/brief.txt`)).mode & 0o777, 0o600);

await refused(sftp.rename(`${own}/snel.bin`, `${own}/brief.txt`), "al in gebruik");
await sftp.posixRename(`${own}/brief.txt`, `${own}/snel.bin`);
assert.equal(String(await sftp.get(`${own}/snel.bin`)), "drie");
await sftp.rename(`${own}/snel.bin`, `${own}/map é/diep/brief.txt`);
await sftp.rcopy(`${own}/map é/diep/brief.txt`, `${own}/kopie.txt`);
assert.equal(String(await sftp.get(`${own}/kopie.txt`)), "drie");
await refused(sftp.put(Buffer.from("x"), "/Werkgevers/x.txt"), "");
await refused(sftp.get(`${own}/nergens`), "bestaat hier niet");
await refused(sftp.rmdir(`${own}/map é`), "");

mkdirSync("boom/tak", { recursive: true });
for (let i = 0; i < 40; i++) writeFileSync(`boom/tak/${i}.bin`, randomBytes(20_000 + i));
await sftp.uploadDir("boom", `${own}/boom`);
await sftp.downloadDir(`${own}/boom`, "terug");
assert.equal(readdirSync("terug/tak").length, 40);
for (const name of readdirSync("boom/tak")) same(readFileSync(`boom/tak/${name}`), readFileSync(`terug/tak/${name}`));

assert.deepEqual(await names(own), ["boom", "kopie.txt", "map é", "stroom.bin"]);
for (const name of ["kopie.txt", "stroom.bin"]) await sftp.delete(`${own}/${name}`);
for (const name of ["boom", "map é"]) await sftp.rmdir(`${own}/${name}`, true);
assert.deepEqual(await names(own), []);
await sftp.end();
