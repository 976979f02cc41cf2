"""Fills the catalog of a stopped loondossier straight into its tables: as many documents as it would
have after years, and none of their contents. What is asked of it finds nothing odd but that."""

import itertools
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOREVER = 9223372036854775807
DAY = 24 * 3600 * 1000
# Files in a folder of a party's own.
FOLDER = 1_000
# Documents that are inserted at once.
BATCH = 10_000

NODE = "insert into node (id, public_id, folder, placer, mtime, created) values (?, ?, ?, ?, ?, ?)"
PLACEMENT = (
    "insert into placement (node, parent, kind, year, name, name_key, placer, placer_name, placer_key,"
    f" from_ms, until_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {FOREVER})"
)
VERSION = (
    "insert into version (node, number, size, stored_size, blob, age_key, file_key, sha256,"
    f" mtime, account, counts_for, from_ms, until_ms) values (?, 1, {', '.join('?' * 10)}, {FOREVER})"
)


class Place(NamedTuple):
    """Where a document lies, and whose it is: `party` placed it, and its quota has it."""

    parent: int
    kind: str
    year: int
    name: str
    age_key: int
    party: int
    account: int


class Catalog:
    """An open catalog, in one transaction."""

    def __init__(self, database: Path):
        self.tables = sqlite3.connect(database, isolation_level=None)
        # If this fails nobody wants the file any more.
        for word in ("journal_mode = off", "synchronous = off", "cache_size = -1000000"):
            self.tables.execute(f"pragma {word}")
        self.tables.execute("begin exclusive")
        [(last,)] = self.tables.execute("select max(id) from node")
        self.ids = itertools.count(last + 1)
        self.now, self.dice = int(time.time() * 1000), random.Random(2026)

    def payslips(self, office: str, machine: str, number: int) -> Iterator[Place]:
        """What the software of an office put into the dossiers of all employees, month after month."""
        [(party, account)] = self.tables.execute(
            "select p.id, a.id from party p join account a on a.party = p.id"
            " where p.kind = 'office' and p.key = ? and a.login = ?", (office, machine))
        shelves = self.tables.execute("select overviews_root, age_key from employment order by id").fetchall()
        for at in range(number):
            root, age_key = shelves[at % len(shelves)]
            years, month = divmod(at // len(shelves), 12)
            year = 2020 - years
            yield Place(root, "loonstrook", year, f":{year}-{12 - month:02}.pdf", age_key, party, account)

    def own(self, kind: str, number: int) -> Iterator[Place]:
        """Files of all parties of a kind, in folders of their own."""
        parties = self.tables.execute(
            "select p.own_root, p.age_key, p.id, min(a.id) from party p join account a on a.party = p.id"
            " where p.kind = ? group by p.id", (kind,)).fetchall()
        each = -(-number // len(parties))
        for at in range(number):
            root, age_key, party, account = parties[at // each]
            if at % each % FOLDER == 0:
                folder = self.folder(root, f"Archief {at % each // FOLDER:04}", party)
            yield Place(folder, "", 0, f"Brief {at % FOLDER:03}.pdf", age_key, party, account)

    def folder(self, parent: int, name: str, party: int) -> int:
        node, made = next(self.ids), self.now - 800 * DAY
        self.tables.execute(NODE, (node, self.dice.randbytes(16).hex(), 1, party, made, made))
        self.tables.execute(PLACEMENT, (node, parent, "", 0, name, name.lower(), None, None, None, made))
        return node

    def add(self, places: list[Place]) -> None:
        nodes, placements, versions, dice = [], [], [], self.dice
        for place in places:
            node, at = next(self.ids), self.now - dice.randrange(DAY, 700 * DAY)
            key, size = place.name.lower(), dice.randrange(20_000, 100_000)
            # In an overviews area it is said under which name its placer sees it.
            placer = (place.party, place.name, key) if place.kind else (None, None, None)
            file_key, sha256 = dice.randbytes(44), dice.randbytes(32)
            nodes.append((node, dice.randbytes(16).hex(), 0, place.party, at, at))
            placements.append((node, place.parent, place.kind, place.year, place.name, key, *placer, at))
            versions.append((node, size, stored(size), dice.randbytes(16).hex(), place.age_key, file_key, sha256,
                             at, place.account, place.party, at))
        for sql, rows in ((NODE, nodes), (PLACEMENT, placements), (VERSION, versions)):
            self.tables.executemany(sql, rows)

    def finish(self, before: int) -> None:
        """Counts what every party uses by now of nodes from `before` on, and closes."""
        self.tables.execute(
            "update party set used = used + n.size from (select counts_for, sum(size) as size from version"
            " where node >= ? group by counts_for) n where n.counts_for = party.id", (before,))
        self.tables.execute("commit")
        self.tables.execute("pragma journal_mode = wal")
        self.tables.close()


def stored(size: int) -> int:
    """Bytes that a content takes in the age format: a header, and a tag for every 64 KiB."""
    return 184 + size + 16 * -(-size // 65536)


def fill(database: Path, number: int, office: str, machine: str) -> None:
    """So many documents more: of ten, eight are payslips, one lies in an employee's own folders, and one
    in the office's."""
    catalog = Catalog(database)
    before = next(catalog.ids)
    own = number // 10
    places = itertools.chain(catalog.payslips(office, machine, number - 2 * own),
                             catalog.own("person", own), catalog.own("office", own))
    while batch := list(itertools.islice(places, BATCH)):
        catalog.add(batch)
    catalog.finish(before)
