"""Paramiko in an own folder: HOST PORT LOGIN PASSWORD FILE. Leaves the folder empty, and what it
got back in back.bin."""

import sys

import paramiko

host, port, login, password, big = sys.argv[1:]
transport = paramiko.Transport((host, int(port)))
transport.connect(username=login, password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
sftp.get_channel().settimeout(60)
sftp.chdir("/Mijn bestanden")


def content(name):
    with sftp.open(name) as file:
        return file.read()


def refused(verb, *args):
    try:
        verb(*args)
    except IOError as error:
        return error
    raise AssertionError(f"{verb.__name__} {args} was not refused")


# put asks for the size of what it sent, get asks for the whole file before it reads an answer.
sftp.put(big, "groot.bin", confirm=True)
sftp.get("groot.bin", "back.bin")

with sftp.open("brief.txt", "w") as file:
    file.write("abc")
    file.flush()
    assert sftp.stat("brief.txt").st_size == 3, "a file is seen while it is written"
with sftp.open("brief.txt", "a") as file:
    file.write("def")
assert content("brief.txt") == b"abcdef"
with sftp.open("brief.txt", "r+") as file:
    file.seek(1)
    file.write("X")
    file.seek(0)
    assert file.read() == b"aXcdef"
    file.truncate(2)
assert content("brief.txt") == b"aX"
refused(sftp.open, "brief.txt", "x")

refused(sftp.rename, "groot.bin", "brief.txt")
assert content("brief.txt") == b"aX", "what was there is there still"
sftp.posix_rename("brief.txt", "groot.bin")
assert content("groot.bin") == b"aX"
assert isinstance(refused(sftp.stat, "brief.txt"), FileNotFoundError)

sftp.utime("groot.bin", (1, 1000))
sftp.chmod("groot.bin", 0o600)
sftp.chown("groot.bin", 5, 5)
sftp.truncate("groot.bin", 7)
shown = sftp.stat("groot.bin")
assert (shown.st_mode & 0o777, shown.st_size) == (0o600, 7), shown
sftp.utime("groot.bin", (1, 1000))
assert sftp.stat("groot.bin").st_mtime == 1000
assert sftp.normalize("a/../groot.bin") == "/Mijn bestanden/groot.bin"

# Renamed and removed while it is open.
with sftp.open("half.tmp", "w") as file:
    file.write("one")
    file.flush()
    sftp.rename("half.tmp", "heel.txt")
    file.write("two")
assert content("heel.txt") == b"onetwo"
with sftp.open("weg.txt", "w") as file:
    file.write("one")
    file.flush()
    sftp.remove("weg.txt")
refused(sftp.stat, "weg.txt")

sftp.mkdir("map é")
sftp.rename("heel.txt", "map é/heel.txt")
refused(sftp.rmdir, "map é")
assert sorted(sftp.listdir()) == ["groot.bin", "map é"]
sftp.remove("map é/heel.txt")
sftp.rmdir("map é")
sftp.remove("groot.bin")
assert sftp.listdir() == []
transport.close()
