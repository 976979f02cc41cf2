"""The servers: ours as an operator sets it up, and others that serve a plain folder."""

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import catalog
from .tools import MIB, PATIENCE, crate, free_port, run, ssh_key, write

CIPHER = "aes256-gcm@openssh.com"


def loaded(source: str, folder: Path) -> dict:
    """The environment in which a process loads a library of ours, which is made here."""
    library = folder / f"{source}.so"
    if not library.exists():
        run(["cc", "-shared", "-fPIC", "-O2", "-o", library, Path(__file__).with_name(f"{source}.c"), "-ldl"])
    return {"LD_PRELOAD": str(library)}


class Server:
    """A process of ours, in a folder of its own."""

    process: subprocess.Popen | None = None

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "log"
        folder.mkdir()

    def spawn(self, command: list, ports: list[int], env: dict | None = None) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True,
            )
        until = time.monotonic() + 30
        for port in ports:
            while True:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} does not serve: {self.log.read_text()[-2000:]}")
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.005)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            for last in (signal.SIGTERM, signal.SIGKILL):
                os.killpg(self.process.pid, last)
                try:
                    self.process.wait(timeout=20)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.process = None


class PlainFolder(Server):
    """Serves a folder that is filled behind its back."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.files = folder / "files"
        self.files.mkdir()

    def fill(self, name: str, sources: list[Path]) -> None:
        (self.files / name).mkdir()
        for source in sources:
            shutil.copyfile(source, self.files / name / source.name)

    def make_folder(self, name: str) -> None:
        (self.files / name).mkdir()

    def clean_up(self) -> None:
        """Removes what is large of what was put into it, which is not asked for again. Not the small files: ext4
        gives the inodes of what was removed to nobody for minutes, and looks at each of them again for every
        file that is made; of thousands that halves the speed of whoever comes next."""
        for path in self.files.glob("new-*/**/*"):
            if path.is_file() and path.stat().st_size > MIB:
                path.unlink()


def certificate(folder: Path) -> None:
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"])


def mkcol(server, name: str) -> None:
    """Makes a folder, over what the server speaks at the moment."""
    headers = [word for header in server.headers() for word in ("-H", header)]
    run(["curl", "-sS", "--fail", "-k", "-X", "MKCOL", *headers, server.url(name + "/", bool(server.tls))])


class OnePort(PlainFolder):
    """Speaks HTTP or HTTPS, and begins anew to speak the other."""

    tls: bool | None = None

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.port = free_port()
        certificate(folder)

    def start(self, tls: bool = False) -> None:
        self.stop()
        self.tls = tls
        self.spawn(self.command(tls), [self.port], self.env())

    def env(self) -> dict | None:
        return None

    def url(self, path: str, tls: bool = False) -> str:
        if self.tls != tls:
            self.start(tls)
        return f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/{urllib.parse.quote(path)}"

    def headers(self) -> list[str]:
        return []


class Rclone(OnePort):
    """`rclone serve webdav`, as Debian has it. It remembers what it saw of its folder."""

    name = "rclone"

    def command(self, tls: bool) -> list:
        pair = ["--cert", self.folder / "cert.pem", "--key", self.folder / "key.pem"] if tls else []
        return ["rclone", "serve", "webdav", self.files, "--addr", f"127.0.0.1:{self.port}", *pair]

    def env(self) -> dict:
        return os.environ | {"RCLONE_CONFIG": str(self.folder / "rclone.conf")}

    def fill(self, name: str, sources: list[Path]) -> None:
        super().fill(name, sources)
        self.start(bool(self.tls))

    def make_folder(self, name: str) -> None:
        mkcol(self, name)


class Dufs(OnePort):
    """dufs, which may do all that it can."""

    name = "dufs"

    def command(self, tls: bool) -> list:
        pair = ["--tls-cert", self.folder / "cert.pem", "--tls-key", self.folder / "key.pem"] if tls else []
        return [crate("dufs", "0.47.0"), "-A", "--bind", "127.0.0.1", "--port", self.port, *pair, self.files]


class Apache(PlainFolder):
    """mod_dav, as Debian has it: worker threads by events."""

    name = "Apache"

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.ports = {False: free_port(), True: free_port()}
        self.locks = folder / "locks"
        self.locks.mkdir()
        certificate(folder)
        modules = ["mpm_event", "authz_core", "dav", "dav_fs", "ssl"]
        loads = "".join(
            f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in modules)
        # Apache's children give up root.
        owner = ""
        if os.geteuid() == 0:
            owner = "User www-data\nGroup www-data\n"
            folder.parent.chmod(0o711)
            for place in (self.files, self.locks):
                shutil.chown(place, "www-data", "www-data")
        self.config = write(folder / "apache.conf", f"""\
{loads}{owner}ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex posixsem
ServerName localhost
Listen 127.0.0.1:{self.ports[False]}
Listen 127.0.0.1:{self.ports[True]}
ErrorLog {folder}/error.log
CustomLog {folder}/access.log "%h %t %r %>s %b"
DavLockDB {self.locks}/db
EnableSendfile On
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot {self.files}
<Directory {self.files}>
  Dav On
  Require all granted
</Directory>
<VirtualHost 127.0.0.1:{self.ports[True]}>
  SSLEngine on
  SSLCertificateFile {folder}/cert.pem
  SSLCertificateKeyFile {folder}/key.pem
</VirtualHost>
""")

    def start(self) -> None:
        self.spawn(["/usr/sbin/apache2", "-f", self.config, "-DFOREGROUND"], [*self.ports.values()], self.env())

    def env(self) -> dict | None:
        return None

    def fill(self, name: str, sources: list[Path]) -> None:
        super().fill(name, sources)
        self.give_away(name)

    def make_folder(self, name: str) -> None:
        super().make_folder(name)
        self.give_away(name)

    def give_away(self, name: str) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.files / name, "www-data", "www-data")

    def url(self, path: str, tls: bool = False) -> str:
        path = urllib.parse.quote(path)
        return f"{'https' if tls else 'http'}://127.0.0.1:{self.ports[tls]}/{path}"

    def headers(self) -> list[str]:
        return []


class DurableApache(Apache):
    """The same, made to bring a file and its name to the disk before it says that it has it."""

    name = "Apache with fsync"

    def env(self) -> dict:
        return os.environ | loaded("fsync", self.folder)


class SshClient:
    """What the clients need to reach a server: a configuration in which it is called `bench`."""

    def __init__(self, folder: Path, key: Path, port: int, user: str):
        self.user = user
        self.config = write(folder / "ssh_config", f"""\
Host bench
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {key}
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  Ciphers {CIPHER}
""")


class OpenSsh(PlainFolder):
    """sshd with internal-sftp, and nothing that makes it slower than it is."""

    name = "OpenSSH"
    # What a client is told to do when it puts.
    put = "put"

    def __init__(self, folder: Path, key: Path):
        super().__init__(folder)
        self.port = free_port()
        ssh_key(folder / "host_key")
        shutil.copyfile(key.with_suffix(".pub"), folder / "authorized_keys")
        self.config = write(folder / "sshd_config", f"""\
ListenAddress 127.0.0.1:{self.port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {self.files}
""")
        user = run(["id", "-un"]).stdout.strip()
        self.ssh = self.payroll = SshClient(folder, key, self.port, user)
        self.root = ""

    def start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", self.config], [self.port])


class DurableOpenSsh(OpenSsh):
    """The same, asked by its own client to bring each file to the disk before it is done (`put -f`); the name
    of the file, in its folder, it does not."""

    name = "OpenSSH with fsync"
    put = "put -f"


class Ours(Server):
    """The release binary, set up as an operator does it."""

    name = "loondossier"
    put = "put"
    login = "bench"
    # Payroll software of the office.
    machine = "bench-payroll"
    # An office's own files.
    root = "Mijn bestanden/"

    def __init__(self, folder: Path, key: Path, binary: Path):
        super().__init__(folder)
        self.binary = binary
        self.tls: bool | None = None
        self.ports = {"DAV": free_port(), "SFTP": free_port(), "OPS": free_port()}
        self.env = os.environ | {
            "LOONDOSSIER_CONFIG": str(write(folder / "loondossier.toml", "")),
            "LOONDOSSIER__DATA_DIR": str(folder / "data"),
        }
        for room, port in self.ports.items():
            self.env[f"LOONDOSSIER__{room}__LISTEN"] = f"127.0.0.1:{port}"
        self.roster = write(folder / "roster.toml", f"""\
schema = 1
[[office]]
id = "bench"
name = "Bench"
staff = [ {{ login = "{self.login}", name = "Bench", email = "bench@bench.example" }} ]
machines = [ {{ login = "{self.machine}", scopes = ["deliver"] }} ]
""")
        self.command("init")
        self.command("roster", "apply", self.roster)
        self.command("account", "set-password", self.login, input="four words are enough\n")
        self.command("key", "add", self.login, "--public-key", key.with_suffix(".pub"))
        made = self.command("app-password", "add", self.login, "--name", "bench", "--json")
        pair = f"{self.login}:{json.loads(made)['secret']}"
        self.basic = base64.b64encode(pair.encode()).decode()
        self.ssh = SshClient(folder, key, self.ports["SFTP"], self.login)
        (folder / "payroll").mkdir()
        machine_key = ssh_key(folder / "payroll" / "key")
        self.command("key", "add", self.machine, "--public-key", machine_key.with_suffix(".pub"))
        self.payroll = SshClient(folder / "payroll", machine_key, self.ports["SFTP"], self.machine)

    def engage(self, administrations: list[str], employees: int) -> None:
        """Lets it work for employers, each with its employees; once is enough."""
        header = "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal\n"
        with self.roster.open("a") as roster:
            for at, lhn in enumerate(administrations):
                roster.write(f"""
[[employer]]
id = "employer-{at}"
name = "Werkgever {at}"
administrations = ["{lhn}"]
office = {{ id = "bench", from = 2020-01-01 }}
employees = {{ "{lhn}" = "{lhn}.csv" }}
""")
                persons = (f"{n:04};Werknemer {at}-{n};w{n}@w{at}.example;w{at}-{n};nl;2020-01-01;;2020-01-01\n"
                           for n in range(1, employees + 1))
                write(self.folder / f"{lhn}.csv", header + "".join(persons))
        self.command("roster", "apply", self.roster)

    def command(self, *words, **more) -> str:
        return run([self.binary, *words], env=self.env, **more).stdout

    def start(self, tls: bool = False) -> None:
        self.stop()
        self.tls = tls
        word = "self-signed" if tls else "off"
        env = self.env | self.loaded() | {"LOONDOSSIER__DAV__TLS": word}
        self.spawn([self.binary, "serve"], [*self.ports.values()], env)
        while not self.ready():
            time.sleep(0.005)

    def loaded(self) -> dict:
        return {}

    def ready(self) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.ports["OPS"], timeout=PATIENCE)
        link.request("GET", "/readyz")
        return link.getresponse().status == 200

    def url(self, path: str, tls: bool = False) -> str:
        if self.tls != tls:
            self.start(tls)
        path = urllib.parse.quote(self.root + path)
        return f"{'https' if tls else 'http'}://127.0.0.1:{self.ports['DAV']}/{path}"

    def headers(self) -> list[str]:
        return [f"Authorization: Basic {self.basic}"]

    def make_folder(self, name: str) -> None:
        mkcol(self, name)

    def clean_up(self) -> None:
        """Nothing: deleting would keep it as history."""

    def fill(self, name: str, sources: list[Path]) -> None:
        self.make_folder(name)
        base, lane = urllib.parse.urlsplit(self.url(name + "/")), threading.local()

        def put(source: Path) -> None:
            if not hasattr(lane, "link"):
                lane.link = http.client.HTTPConnection(base.netloc, timeout=PATIENCE)
            with source.open("rb") as body:
                size = {"Content-Length": str(source.stat().st_size)}
                lane.link.request("PUT", base.path + urllib.parse.quote(source.name), body,
                                  {"Authorization": f"Basic {self.basic}"} | size)
                answer = lane.link.getresponse()
                answer.read()
            if answer.status != 201:
                raise RuntimeError(f"PUT was answered with {answer.status}")

        with ThreadPoolExecutor(8) as lanes:
            list(lanes.map(put, sources))


class Slow(Ours):
    """The same on a disk that takes 20 ms more for whatever is brought to it."""

    name = "slow disk"

    def loaded(self) -> dict:
        return loaded("slow", self.folder)


class Grown(Ours):
    """Ours with a catalog as it is after years."""

    name = "loondossier, grown"

    def __init__(self, folder: Path, key: Path, binary: Path, documents: int):
        super().__init__(folder, key, binary)
        self.documents = documents

    def grow(self, employers: list[str], employees: int) -> None:
        """Fills its catalog; once is enough, and while it is stopped."""
        self.engage(employers, employees)
        catalog.fill(self.folder / "data" / "dossier.sqlite", self.documents, "bench", self.machine)
        # What it was filled with has no contents, which it is to take as lost.
        (self.folder / "data" / "blobs" / "00" / "lost").touch()
