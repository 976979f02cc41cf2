"""Paramiko asks for digests of an open file: HOST PORT LOGIN PASSWORD."""

import hashlib
import sys

import paramiko

host, port, login, password = sys.argv[1:]
transport = paramiko.Transport((host, int(port)))
transport.connect(username=login, password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
sftp.get_channel().settimeout(60)
with sftp.open("/Mijn bestanden/a.txt") as file:
    content = file.read()
    for name in "md5", "sha1", "sha256":
        assert file.check(name) == hashlib.new(name, content).digest(), name
transport.close()
