"""paramiko with a key: HOST PORT LOGIN - KEY."""

import sys

import paramiko

host, port, login, _, key = sys.argv[1:]
transport = paramiko.Transport((host, int(port)))
transport.connect(username=login, pkey=paramiko.PKey.from_path(key))
assert "Mijn bestanden" in paramiko.SFTPClient.from_transport(transport).listdir("/")
transport.close()
