"""A client that tries a second password on the connection on which the first one was wrong, beside
one that works on: HOST PORT LOGIN PASSWORD."""

import sys
import threading
import time

import paramiko

host, port, login, password = sys.argv[1:]
LIMIT = 30


def transport():
    made = paramiko.Transport((host, int(port)))
    made.auth_timeout = 2 * LIMIT
    return made


other = transport()
other.connect(username=login, password=password)
sftp = paramiko.SFTPClient.from_transport(other)
sftp.get_channel().settimeout(LIMIT)

client = transport()
begun = time.monotonic()
client.start_client(timeout=LIMIT)
try:
    client.auth_password(login, "een fout wachtwoord")
    raise AssertionError("a wrong password was taken")
except paramiko.AuthenticationException:
    pass


def again():
    """Signs in, or is told that it is over: both are ends."""
    try:
        client.auth_password(login, password)
    except (paramiko.SSHException, EOFError):
        pass


trying = threading.Thread(target=again)
trying.start()
slowest = 0
while trying.is_alive():
    asked = time.monotonic()
    sftp.listdir("/")
    slowest = max(slowest, time.monotonic() - asked)
    assert time.monotonic() - begun < 2 * LIMIT, "the second password waits for ever"
    time.sleep(0.1)
assert slowest < 20, f"another connection waited {slowest} s"
other.close()
client.close()
