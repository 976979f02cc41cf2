"""The work that is measured: each function lets a server do some and gives how fast, or how long."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .clients import asyncssh, curl, lftp, sftp, sftp_work, wrk
from .servers import Ours
from .tools import KIB, MIB, write

SMALL = 60 * KIB
CHACHA = "chacha20-poly1305@openssh.com"
# What WebDAV clients ask of every entry.
PROPFIND = (
    '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/>'
    "<getlastmodified/><creationdate/><getetag/></prop></propfind>"
)


@dataclass
class Sizes:
    """How much work a row is."""

    big: int = 512 * MIB
    files: int = 2_000
    entries: int = 10_000
    seconds: int = 5
    sessions: int = 80
    employers: int = 100
    employees: int = 50
    rounds: int = 3
    # What the catalog of the grown one has before anything is asked.
    documents: int = 1_000_000

    @classmethod
    def quick(cls) -> "Sizes":
        return cls(big=64 * MIB, files=200, entries=1_000, seconds=1, sessions=16, employers=10,
                   employees=20, rounds=1, documents=50_000)


class Bench:
    """The files that are sent and fetched, and what every server has been given of them."""

    def __init__(self, folder: Path, sizes: Sizes):
        self.folder, self.sizes = folder, sizes
        self.given: set[tuple[str, str]] = set()
        self.count = 0

    def fresh(self, prefix: str = "new") -> str:
        """A name that was not used."""
        self.count += 1
        return f"{prefix}-{self.count}"

    def big(self) -> Path:
        """A file like no other, so that nobody gains by having its content already."""
        path = self.folder / "big" / "big.bin"
        if not path.exists():
            path.parent.mkdir()
            with path.open("wb") as file:
                for _ in range(self.sizes.big // MIB):
                    file.write(os.urandom(MIB))
        with path.open("r+b") as file:
            file.write(os.urandom(64))
        return path

    def small(self, size: int, number: int) -> list[Path]:
        """So many files of one size, the same ones each time."""
        place = self.folder / f"{number}x{size}"
        if not place.exists():
            place.mkdir()
            for at in range(number):
                (place / f"Loonstrook 2026-{at:05}.pdf").write_bytes(os.urandom(size))
        return sorted(place.iterdir())

    def new(self, size: int, number: int) -> list[Path]:
        """The same with contents that nobody was given before: one that is there already is another work."""
        files = self.small(size, number)
        for path in files:
            with path.open("r+b") as file:
                file.write(os.urandom(16))
        return files

    def give(self, server, name: str, sources: list[Path]) -> None:
        """Lets a server have files in a folder, once."""
        if (server.name, name) not in self.given:
            server.fill(name, sources)
            self.given.add((server.name, name))


def start(bench: Bench, server) -> float:
    server.stop()
    begun = time.monotonic()
    server.start()
    return 1000 * (time.monotonic() - begun)


def propfind(bench: Bench, server, tls: bool) -> float:
    bench.give(server, "many", bench.small(64, bench.sizes.entries))
    return 1000 * curl(server, "many/", "-X", "PROPFIND", "-H", "Depth: 1",
                       "-H", "Content-Type: application/xml", "--data", PROPFIND, tls=tls)


def propfind_changed(bench: Bench, server, tls: bool) -> float:
    bench.give(server, "many", bench.small(64, bench.sizes.entries))
    server.make_folder(bench.fresh())
    return propfind(bench, server, tls)


def get_small(bench: Bench, server, tls: bool) -> float:
    files = bench.small(SMALL, 1)
    bench.give(server, "one", files)
    return wrk(server, "one/" + files[0].name, 16, bench.sizes.seconds, tls=tls)


def get_big(bench: Bench, server, tls: bool) -> float:
    bench.give(server, "big", [bench.big()])
    return curl(server, "big/big.bin", tls=tls, want="speed_download") / MIB


def put_big(bench: Bench, server, tls: bool) -> float:
    folder = bench.fresh()
    server.make_folder(folder)
    return curl(server, f"{folder}/big.bin", "-T", bench.big(), tls=tls, want="speed_upload") / MIB


PUT_SCRIPT = """\
local file = io.open("{body}", "rb")
local body, count = file:read("*a"), 0
file:close()
-- No two contents are the same: one that is there already is another work.
local rest, mark = body:sub(17), "{mark:08}"
request = function()
  count = count + 1
  return wrk.format("PUT", wrk.path .. count .. ".bin", wrk.headers,
                    string.format("%s%08d", mark, count) .. rest)
end
"""


def put_small(bench: Bench, server, tls: bool) -> float:
    folder, body = bench.fresh(), bench.small(SMALL, 1)[0]
    server.make_folder(folder)
    script = write(bench.folder / "put.lua", PUT_SCRIPT.format(body=body, mark=bench.count))
    return wrk(server, folder + "/", 8, bench.sizes.seconds, script, tls)


def quoted(server, path: str) -> str:
    return f'"{server.root}{path}"'


def sftp_put_big(bench: Bench, server, cipher: str | None = None) -> float:
    source = bench.big()
    seconds = sftp_work(server, f"{server.put} {source} {quoted(server, bench.fresh() + '.bin')}", cipher=cipher)
    return bench.sizes.big / MIB / seconds


def sftp_get_big(bench: Bench, server, cipher: str | None = None) -> float:
    bench.give(server, "big", [bench.big()])
    seconds = sftp_work(server, f"get {quoted(server, 'big/big.bin')} {bench.folder}/got.bin", cipher=cipher)
    return bench.sizes.big / MIB / seconds


def sftp_put_small(bench: Bench, server) -> float:
    files, folder = bench.new(SMALL, bench.sizes.files), bench.fresh()
    server.make_folder(folder)
    lines = [f'{server.put} "{file}" {quoted(server, folder + "/")}' for file in files]
    return len(files) / sftp_work(server, *lines)


def sftp_get_small(bench: Bench, server) -> float:
    files, target = bench.small(SMALL, bench.sizes.files), bench.folder / bench.fresh("got")
    bench.give(server, "some", files)
    target.mkdir()
    lines = [f'get {quoted(server, "some/" + file.name)} {target}/' for file in files]
    speed = len(files) / sftp_work(server, *lines)
    shutil.rmtree(target)
    return speed


def lftp_put(bench: Bench, server) -> float:
    files, folder = bench.new(SMALL, bench.sizes.files), bench.fresh()
    source, target = files[0].parent, quoted(server, folder)
    return len(files) / lftp(server, f"mirror -R --no-perms --parallel=8 {source} {target}")


def lftp_get(bench: Bench, server) -> float:
    files, target = bench.small(SMALL, bench.sizes.files), bench.folder / bench.fresh("got")
    bench.give(server, "some", files)
    speed = len(files) / lftp(server, f"mirror --parallel=8 {quoted(server, 'some')} {target}")
    shutil.rmtree(target)
    return speed


def asyncssh_put(bench: Bench, server) -> float:
    files, folder = bench.new(SMALL, bench.sizes.files), bench.fresh()
    server.make_folder(folder)
    return len(files) / asyncssh(server, "put", files[0].parent, folder)


def asyncssh_get(bench: Bench, server) -> float:
    files, target = bench.small(SMALL, bench.sizes.files), bench.folder / bench.fresh("got")
    bench.give(server, "some", files)
    target.mkdir()
    speed = len(files) / asyncssh(server, "get", target, "some")
    shutil.rmtree(target)
    return speed


def sftp_list(bench: Bench, server) -> float:
    bench.give(server, "many", bench.small(64, bench.sizes.entries))
    return 1000 * sftp_work(server, f"ls -l {quoted(server, 'many')}")


def connect(bench: Bench, server) -> float:
    number, start = bench.sizes.sessions, time.monotonic()
    with ThreadPoolExecutor(8) as lanes:
        list(lanes.map(lambda _: sftp(server, "pwd"), range(number)))
    return number / (time.monotonic() - start)


def administrations(number: int) -> list[str]:
    """So many loonheffingennummers: nine digits that pass the 11-check, and a number after them."""
    weights, found, at = (9, 8, 7, 6, 5, 4, 3, 2), [], 10_000_000
    while len(found) < number:
        at += 1
        last = sum(int(digit) * weight for digit, weight in zip(str(at), weights)) % 11
        if last < 10:
            found.append(f"{at}{last}L01")
    return found


def payslips(bench: Bench, number: int) -> list[Path]:
    """The payslips of a month that was not used, in a folder: so many, each for another employee and new.
    Files of the month before get other names: deleting thousands makes the next ones slow."""
    place = bench.folder / f"{number}-payslips"
    sizes, serial = bench.sizes, int(bench.fresh("month").split("-")[1])
    period = f"{2021 + serial // 12}-{serial % 12 + 1:02}"
    people = [(lhn, n) for lhn in administrations(sizes.employers) for n in range(1, sizes.employees + 1)]
    before = sorted(place.iterdir()) if place.exists() else []
    place.mkdir(exist_ok=True)
    for at, (lhn, employee) in enumerate(people[:number]):
        path = place / f"{lhn}_{employee:04}_loonstrook_{period}.pdf"
        if before:
            before[at].rename(path)
            with path.open("r+b") as file:
                file.seek(16)
                file.write(os.urandom(16))
        else:
            path.write_bytes(b"%PDF-1.7\n" + os.urandom(SMALL) + b"\n%%EOF\n")
    return sorted(place.iterdir())


def engage(bench: Bench, server) -> None:
    if ("", "engaged") not in bench.given:
        server.engage(administrations(bench.sizes.employers), bench.sizes.employees)
        bench.given.add(("", "engaged"))


def month_end(bench: Bench, server) -> float:
    files, folder = payslips(bench, bench.sizes.employers * bench.sizes.employees), "Aanleveren"
    if isinstance(server, Ours):
        engage(bench, server)
    else:
        folder = bench.fresh()
        server.make_folder(folder)
    lanes = [[f"cd {folder}", *(f'{server.put} "{file}"' for file in files[lane::8])] for lane in range(8)]
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda lines: sftp(server, *lines, ssh=server.payroll), lanes))
    return len(files) / (time.monotonic() - start)


def dry_run(bench: Bench, server) -> float:
    number = min(bench.sizes.files, bench.sizes.employers * bench.sizes.employees)
    files = payslips(bench, number)
    engage(bench, server)
    start = time.monotonic()
    said = server.command("deliver", "--as", server.machine, "--dry-run", files[0].parent)
    seconds = time.monotonic() - start
    if len(said.splitlines()) != number or "Loonstroken" not in said:
        raise RuntimeError(f"not a word about each file: {said[-2000:]}")
    return seconds

