"""Paramiko delivers FILE in FOLDER: HOST PORT LOGIN PASSWORD WAY FILE FOLDER NAME.

WAY is `winscp`, `winscp-plain` (its two ways of renaming), `put` (which asks for the size afterwards),
`look` (which asks for it before the end as well) or `cut` (which goes away halfway). What is refused ends it
with the sentence."""

import os
import sys

import paramiko

host, port, login, password, way, file, folder, name = sys.argv[1:]
transport = paramiko.Transport((host, int(port)))
transport.connect(username=login, password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
sftp.get_channel().settimeout(60)
final = f"{folder}/{name}"
size = os.path.getsize(file)
with open(file, "rb") as opened:
    content = opened.read()


def winscp(rename):
    part = f"{final}.filepart"
    with sftp.open(part, "w") as remote:
        remote.write(content)
    assert sftp.stat(part).st_size == size
    rename(part, final)
    sftp.utime(final, (1577880000, 1577880000))
    assert sftp.stat(final).st_mtime == 1577880000
    assert name in sftp.listdir(folder)
    assert f"{name}.filepart" not in sftp.listdir(folder)


def look():
    with sftp.open(final, "w") as remote:
        remote.set_pipelined(True)
        remote.write(content)
        remote.flush()
        assert remote.stat().st_size == size
        assert sftp.stat(final).st_size == size
        remote.utime((1577880000, 1577880000))
    assert sftp.stat(final).st_size == size


def cut():
    remote = sftp.open(final, "w")
    remote.write(content[: size // 2])
    assert sftp.stat(final).st_size == size // 2
    os._exit(0)


ways = {
    "winscp": lambda: winscp(sftp.posix_rename),
    "winscp-plain": lambda: winscp(sftp.rename),
    "put": lambda: sftp.put(file, final, confirm=True),
    "look": look,
    "cut": cut,
}
try:
    ways[way]()
except IOError as error:
    sys.exit(str(error))
transport.close()
