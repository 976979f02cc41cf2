"""Paramiko's SSHClient as it is by now, in an own folder: HOST PORT LOGIN PASSWORD. Leaves it empty."""

import io
import os
import sys

import paramiko
from paramiko.transport import ServiceRequestingTransport

host, port, login, password = sys.argv[1:]

transport = ServiceRequestingTransport((host, int(port)))
transport.start_client(timeout=30)
try:
    transport.auth_password(login, "een fout wachtwoord")
except paramiko.AuthenticationException:
    pass
else:
    sys.exit("a wrong password let in")
transport.auth_password(login, password)
transport.close()

# With the transport that it has by itself: the new one sends its question before it listens for the answer
# (auth_handler.py, send_auth_request), and a password that was right a moment ago is answered at once.
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect(
    host,
    int(port),
    login,
    password,
    look_for_keys=False,
    allow_agent=False,
    timeout=30,
)
sftp = client.open_sftp()
sftp.get_channel().settimeout(60)
sftp.chdir("/Mijn bestanden")
big = os.urandom(8_000_000)
# Its size is looked at as soon as it is sent.
assert sftp.putfo(io.BytesIO(big), "groot.bin", confirm=True).st_size == len(big)
back = io.BytesIO()
sftp.getfo("groot.bin", back, max_concurrent_prefetch_requests=64)
assert back.getvalue() == big
with sftp.open("groot.bin") as file:
    parts = list(file.readv([(0, 10), (7_000_000, 1_000_000), (32_768, 32_768)]))
assert parts == [big[:10], big[7_000_000:], big[32_768:65_536]]
sftp.posix_rename("groot.bin", "groter.bin")
assert [entry.st_size for entry in sftp.listdir_iter()] == [len(big)]
sftp.remove("groter.bin")
_, stdout, _ = client.exec_command("pwd", timeout=30)
assert stdout.read() == b"/\n"
client.close()
