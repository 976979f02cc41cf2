"""webdav4 in an own folder: URL LOGIN PASSWORD. Leaves the folder with one file, `brief é+.txt`."""

import io
import os
import sys
from datetime import datetime, timezone

from webdav4.client import Client, HTTPError, ResourceAlreadyExists, ResourceNotFound
from webdav4.fsspec import WebdavFileSystem

url, login, password = sys.argv[1:]
client = Client(url, auth=(login, password), timeout=60)
big = os.urandom(3_000_000)


def names(path):
    return sorted(client.ls(path, detail=False))


def refused(error, verb, *args):
    try:
        verb(*args)
    except error:
        return
    raise AssertionError(f"{verb.__name__} {args} was not refused")


assert names("") == ["Eerdere dagen", "Logboek", "Mijn bestanden", "Werkgevers"]
client.mkdir("Mijn bestanden/map é")
refused(ResourceAlreadyExists, client.mkdir, "Mijn bestanden/map é")
client.upload_fileobj(io.BytesIO(big), "Mijn bestanden/map é/groot.bin")
refused(ResourceAlreadyExists, client.upload_fileobj, io.BytesIO(b""), "Mijn bestanden/map é/groot.bin")
client.upload_fileobj(io.BytesIO(b"een"), "Mijn bestanden/brief.txt")
client.upload_fileobj(io.BytesIO(b"twee"), "Mijn bestanden/brief.txt", overwrite=True)

back = io.BytesIO()
client.download_fileobj("Mijn bestanden/map é/groot.bin", back)
assert back.getvalue() == big
with client.open("Mijn bestanden/map é/groot.bin", "rb") as file:
    file.seek(1_000_000)
    assert file.read(10) == big[1_000_000:1_000_010], "a part is read alone"

assert client.content_length("Mijn bestanden/brief.txt") == 4
assert client.modified("Mijn bestanden/brief.txt") == datetime(2026, 11, 24, 11, tzinfo=timezone.utc)
assert client.created("Mijn bestanden/brief.txt") is not None
assert client.etag("Mijn bestanden/brief.txt")
assert client.isfile("Mijn bestanden/brief.txt")
# It asks for a folder's properties without a bound, which is refused as the RFC has it.
refused(HTTPError, client.isdir, "Mijn bestanden/map é")
assert names("Mijn bestanden") == ["Mijn bestanden/brief.txt", "Mijn bestanden/map é"]

client.copy("Mijn bestanden/map é", "Mijn bestanden/map 2")
client.move("Mijn bestanden/brief.txt", "Mijn bestanden/brief é+.txt")
assert names("Mijn bestanden/map 2") == ["Mijn bestanden/map 2/groot.bin"]
refused(ResourceNotFound, client.remove, "Mijn bestanden/brief.txt")
assert not client.exists("Mijn bestanden/brief.txt")

# As programs of data analysis see it.
files = WebdavFileSystem(url, auth=(login, password))
with files.open("Mijn bestanden/tabel.csv", "w") as file:
    file.write("een;twee\n")
assert files.cat("Mijn bestanden/tabel.csv") == b"een;twee\n"
files.rm("Mijn bestanden/tabel.csv")

client.remove("Mijn bestanden/map é")
client.remove("Mijn bestanden/map 2")
