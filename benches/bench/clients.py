"""The clients: stock programs that ask all servers the same."""

import re
import time
from pathlib import Path

from . import tools
from .servers import SshClient
from .tools import run

ASYNCSSH = "asyncssh==2.24.1"


def curl(server, path: str, *options, tls: bool = False, want: str = "time_total") -> float:
    """One request over HTTP/1.1; gives what curl measured of it."""
    headers = [word for header in server.headers() for word in ("-H", header)]
    command = ["curl", "-sS", "--fail", "-k", "--http1.1", "-o", "/dev/null",
               "-w", f"%{{{want}}}", *headers, *options, server.url(path, tls)]
    return float(run(command).stdout)


def wrk(server, path: str, clients: int, seconds: int, script: Path | None = None,
        tls: bool = False) -> float:
    """Requests per second over connections that are kept; none may fail."""
    headers = [word for header in server.headers() for word in ("-H", header)]
    lua = ["-s", script] if script else []
    said = run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", *headers, *lua,
                server.url(path, tls)]).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"requests failed: {said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def sftp(server, *lines: str, ssh: SshClient | None = None, cipher: str | None = None) -> float:
    """Seconds that a session of OpenSSH's client takes; the first line that fails ends it."""
    other, start = [f"-oCiphers={cipher}"] if cipher else [], time.monotonic()
    run(["sftp", "-q", *other, "-F", (ssh or server.ssh).config, "-b", "-", "bench"], input="\n".join(lines) + "\n")
    return time.monotonic() - start


def sftp_work(server, *lines: str, cipher: str | None = None) -> float:
    """The same without what connecting takes: a row of its own."""
    connecting = min(sftp(server, "pwd", cipher=cipher) for _ in range(3))
    return max(sftp(server, *lines, cipher=cipher) - connecting, 0.001)


def lftp(server, work: str) -> float:
    """Seconds that a command of lftp takes, with connecting."""
    program = f"ssh -a -x -F {server.ssh.config}"
    start = time.monotonic()
    run(["lftp", "--norc", "-c",
         f'set cmd:fail-exit true; set net:max-retries 1; set sftp:connect-program "{program}"; '
         f'open -u {server.ssh.user},x sftp://bench; {work}'])
    return time.monotonic() - start


def asyncssh(server, verb: str, folder: Path, remote: str) -> float:
    """Seconds that 64 files at once take on one connection, without connecting."""
    program = Path(__file__).with_name("asyncssh_files.py")
    said = run([tools.python(ASYNCSSH), program, server.ssh.config, verb, folder, server.root + remote])
    return float(said.stdout)
