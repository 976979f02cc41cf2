"""What every measurement needs: running programs, files, and installing what is not there."""

import functools
import json
import mmap
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
# No command of a measurement takes longer, in seconds.
PATIENCE = 600
# How much memory is touched before each measurement, in bytes.
WARM = 3 << 30
# What was built or installed for measuring stays here.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loondossier" / "bench"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(command: list, **more) -> subprocess.CompletedProcess:
    """Runs a command to its end; what it said is told when it fails."""
    more = {"text": True, "timeout": PATIENCE, "stdin": subprocess.DEVNULL} | more
    if "input" in more:
        del more["stdin"]
    done = subprocess.run([str(word) for word in command], capture_output=True, **more)
    if done.returncode != 0:
        said = (done.stderr or done.stdout)[-2000:]
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {said}")
    return done


def warm_memory() -> None:
    """Has this machine's memory at hand. A virtual machine is given what it has not used for a while page by page, as it
    is touched, and that takes several times as long as to write the page: without this it decides who is fast."""
    chunk = b"\1" * (64 * MIB)
    with mmap.mmap(-1, WARM) as memory:
        for at in range(0, WARM, len(chunk)):
            memory[at:at + len(chunk)] = chunk


def far_apart(folder: Path) -> None:
    """Has ext4 put each folder in this one in another part of the disk. It gives the inodes of files that were removed to
    nobody for minutes, and looks at each of them for every file that is made near them: tests that ran before, or the
    row before, then decide who is fast. Other filesystems need no such thing, and know no such word."""
    subprocess.run(["chattr", "+T", folder], capture_output=True, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ssh_key(path: Path) -> Path:
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", path])
    return path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def install(programs: dict[str, str]) -> None:
    missing = sorted({package for file, package in programs.items() if not Path(file).exists()})
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit("run as root, or install first: apt-get install " + " ".join(missing))
    say("installing " + " ".join(missing))
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"])
    # Debian starts a server as soon as it is installed: these are not to run.
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], env=quiet)
    finally:
        if ours:
            policy.unlink()


def build() -> Path:
    """The release binary, built here; cargo says where it is."""
    say("building the release binary")
    top = Path(__file__).resolve().parents[2]
    said = run(["cargo", "build", "--release", "--message-format=json"], cwd=top, timeout=3600).stdout
    built = (json.loads(line) for line in said.splitlines())
    return Path(next(b["executable"] for b in built if b.get("executable")))


@functools.cache
def crate(name: str, version: str) -> Path:
    """A program that cargo builds, kept from one run to the next."""
    program = CACHE / "bin" / name
    if not program.exists() or run([program, "--version"]).stdout.strip() != f"{name} {version}":
        say(f"building {name}")
        run(["cargo", "install", name, "--version", version, "--locked", "--quiet", "--root", CACHE,
             "--target-dir", CACHE / "target"], timeout=3600)
        shutil.rmtree(CACHE / "target")
    return program


@functools.cache
def python(*packages: str) -> Path:
    """A Python that has packages of PyPI, each with its version."""
    program = CACHE / "python" / "bin" / "python3"
    listed = CACHE / "python" / "packages"
    if not listed.exists() or listed.read_text().split() != [*packages]:
        say("installing " + " ".join(packages))
        run([sys.executable, "-m", "venv", CACHE / "python"])
        run([program, "-m", "pip", "install", "--quiet", *packages])
        listed.write_text("\n".join(packages))
    return program
