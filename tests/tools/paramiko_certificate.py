"""paramiko with a key and its certificate: HOST PORT LOGIN - KEY CERTIFICATE."""

import sys

import paramiko

host, port, login, _, key, certificate = sys.argv[1:]
pair = paramiko.PKey.from_path(key)
pair.load_certificate(certificate)
transport = paramiko.Transport((host, int(port)))
transport.connect(username=login, pkey=pair)
assert "Mijn bestanden" in paramiko.SFTPClient.from_transport(transport).listdir("/")
transport.close()
