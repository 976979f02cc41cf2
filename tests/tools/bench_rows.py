"""Lets a loondossier do what `benches/compare` measures of it and no peer's program is needed for, small and over a
grown catalog: bench_rows.py BINARY FOLDER"""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benches"))

from bench import work
from bench.servers import Grown
from bench.tools import ssh_key

binary, folder = Path(sys.argv[1]), Path(sys.argv[2])
sizes = replace(work.Sizes.quick(), big=8 << 20, files=20, entries=50, sessions=4, employers=2, employees=5, documents=2_000)
(folder / "input").mkdir()
server = Grown(folder / "server", ssh_key(folder / "key"), binary, sizes.documents)
server.grow(work.administrations(sizes.employers), sizes.employees)
bench = work.Bench(folder / "input", sizes)
bench.given.add(("", "engaged"))
web = [work.propfind, work.propfind_changed, work.put_big, work.get_big]
rows = [
    work.start,
    *(partial(row, tls=tls) for tls in (False, True) for row in web),
    work.sftp_put_big, work.sftp_get_big, work.sftp_put_small, work.sftp_get_small, work.sftp_list, work.connect,
    work.month_end, work.dry_run,
]
try:
    for row in rows:
        if not row(bench, server) > 0:
            sys.exit(f"{row} measured nothing")
finally:
    server.stop()
