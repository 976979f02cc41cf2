"""webdavclient3 in an own folder: URL LOGIN PASSWORD. Leaves the folder with one file, `brief é+.txt`."""

import os
import sys
import tempfile

from webdav3.client import Client
from webdav3.exceptions import RemoteResourceNotFound, WebDavException

url, login, password = sys.argv[1:]
client = Client({"webdav_hostname": url, "webdav_login": login, "webdav_password": password})
here = tempfile.mkdtemp(dir=".")
OWN = "/Mijn bestanden"


def local(name, content=None):
    path = os.path.join(here, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if content is not None:
        with open(path, "wb") as file:
            file.write(content)
    return path


def content(path):
    with open(path, "rb") as file:
        return file.read()


def refused(verb, *args):
    try:
        verb(*args)
    except WebDavException as error:
        return error
    raise AssertionError(f"{verb.__name__} {args} was not refused")


big = os.urandom(3_000_000)
assert set(client.list("/")) == {"Werkgevers/", "Mijn bestanden/", "Eerdere dagen/", "Logboek/"}
assert client.check(OWN) and client.is_dir(OWN)
client.mkdir(f"{OWN}/map é#")
client.upload_sync(f"{OWN}/map é#/groot.bin", local("groot.bin", big))
client.upload_sync(f"{OWN}/brief.txt", local("een.txt", b"een"))
client.upload_sync(f"{OWN}/brief.txt", local("twee.txt", b"twee"))
client.download_sync(f"{OWN}/map é#/groot.bin", local("terug.bin"))
assert content(local("terug.bin")) == big

info = client.info(f"{OWN}/brief.txt")
assert info["size"] == "4" and info["etag"], info
assert info["modified"] == "Tue, 24 Nov 2026 11:00:00 GMT", info
assert info["created"], info
assert 6_000_000 < client.free() < 8_000_000, client.free()
assert sorted(client.list(OWN)) == ["brief.txt", "map é#/"], client.list(OWN)

client.set_property(f"{OWN}/brief.txt", {"namespace": "urn:x", "name": "kleur", "value": "rood"})
assert client.get_property(f"{OWN}/brief.txt", {"namespace": "urn:x", "name": "kleur"}) == "rood"

client.copy(f"{OWN}/brief.txt", f"{OWN}/kopie.txt")
# Of itself it asks for a folder with a depth of 1, which COPY does not have.
refused(client.copy, f"{OWN}/map é#", f"{OWN}/map 2")
client.copy(f"{OWN}/map é#", f"{OWN}/map 2", depth="infinity")
assert client.check(f"{OWN}/map 2/groot.bin")
client.move(f"{OWN}/brief.txt", f"{OWN}/brief é+.txt")
client.move(f"{OWN}/kopie.txt", f"{OWN}/brief é+.txt", overwrite=True)
assert isinstance(refused(client.info, f"{OWN}/brief.txt"), RemoteResourceNotFound)
assert not client.check(f"{OWN}/brief.txt")

# It sends the token with whatever it asks, so what is locked is the folder.
with client.lock(f"{OWN}/map é#", timeout=60) as lock:
    refused(client.upload_sync, f"{OWN}/map é#/groot.bin", local("een.txt"))
    lock.upload_sync(f"{OWN}/map é#/groot.bin", local("twee.txt"))

local("boom/a/b.txt", b"b")
client.mkdir(f"{OWN}/boom")
client.push(f"{OWN}/boom", local("boom"))
client.pull(f"{OWN}/boom", local("boom 2/"))
assert content(local("boom 2/a/b.txt")) == b"b"
for name in "boom", "map é#", "map 2":
    client.clean(f"{OWN}/{name}")
