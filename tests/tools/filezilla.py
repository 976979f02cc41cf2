"""FileZilla's own program for SFTP in an own folder: HOST PORT LOGIN PASSWORD. Leaves the folder empty.

It asks the program with the windows, which this stands in for, for the contents of files: they go through memory
that both share."""

import mmap
import os
import subprocess
import sys

host, port, login, password = sys.argv[1:]
ROOM = 262_144
QUOTAS = "@A"
RECORDS = {"8": 2, "9": 1}


class FileZilla:
    def __init__(self):
        self.shared = os.memfd_create("contents")
        os.ftruncate(self.shared, ROOM)
        self.memory = mmap.mmap(self.shared, ROOM)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        self.program = subprocess.Popen(["fzsftp"], pass_fds=[self.shared], **pipes)
        assert self.event()[1].startswith("fzSftp started")

    def say(self, text):
        self.program.stdin.write(f"{text}\n".encode())

    def event(self):
        kind = self.program.stdout.read(1).decode()
        assert kind, "it is gone"
        if kind in QUOTAS:
            return kind, ""
        return kind, self.program.stdout.readline().decode().rstrip("\n")

    def do(self, command, file=None):
        """What it says to a command, of which the last line tells how it ended."""
        self.say(command)
        said = []
        while True:
            kind, rest = self.event()
            said.append(rest)
            for _ in range(RECORDS.get(kind, 0)):
                said.append(self.program.stdout.readline().decode().rstrip("\n"))
            if kind in "01":
                return said
            elif kind == "9":  # Is this the key of the host?
                self.say("y")
            elif kind == "<":
                self.say(password)
            elif kind in QUOTAS:  # It may go as fast as it can.
                self.say(f"-{QUOTAS.index(kind)}-")
            elif kind == "K":  # The content from here, or from its end.
                at = file.seek(int(rest)) if int(rest) < 2**63 else file.seek(0, os.SEEK_END)
                self.say(f"-{self.shared} {ROOM} {at}")
            elif kind == "L" and command.startswith(("put", "reput")):
                piece = file.read(ROOM)
                self.memory[: len(piece)] = piece
                self.say(f"-0 {len(piece)}" if piece else "-0")
            elif kind == "L":
                file.write(self.memory[: int(rest)])
                self.say(f"-0 {ROOM}")
            elif kind == "M":
                file.write(self.memory[: int(rest)])
                self.say("-1")

    def well(self, command, file=None):
        said = self.do(command, file)
        assert said[-1] != "0", (command, said)
        return said

    def put(self, command, content):
        with open("here", "w+b") as file:
            file.write(content)
            self.well(f'{command[0]} "here" "{command[1]}"', file)

    def get(self, name, begun=b""):
        with open("here", "w+b") as file:
            file.write(begun)
            file.flush()
            self.well(f'{"reget" if begun else "get"} "{name}" "here"', file)
            file.seek(0)
            return file.read()

    def refused(self, command, words, file=None):
        said = self.do(command, file)
        assert said[-1] == "0" and words in said[-2], (command, said)


program = FileZilla()
big = os.urandom(3_000_000)
program.well(f'open "{login}@{host}" {port}')
program.well('cd "/Mijn bestanden"')
program.well('mkdir "map é"')
program.refused('mkdir "map é"', "al in gebruik")
program.refused('cd "/nergens"', "no such file")
program.well('cd "map é"')
program.put(("put", "groot.bin"), big)
program.well('chmtime 1577880000 "groot.bin"')
program.do('chmod 600 "groot.bin"')
assert program.well('mtime "groot.bin"') == ["1577880000"]
program.put(("put", "half.bin"), big[:1_000_000])
program.put(("reput", "half.bin"), big)
assert program.get("half.bin") == big
assert program.get("groot.bin", begun=big[:700_000]) == big
program.refused('mv "half.bin" "groot.bin"', "al in gebruik")
program.well('mv "half.bin" "heel.bin"')
lines = [line for line in program.well("ls") if line.startswith("-")]
assert len(lines) == 2 and "-rw-------" in lines[0] and "3000000" in lines[0], lines
with open("here", "rb") as file:
    program.refused('put "here" "/Logboek/x.bin"', "permission denied", file)
program.well('rm "heel.bin"')
program.well('cd ".."')
program.refused('rmdir "map é"', "niet leeg")
program.well('rm "map é/groot.bin"')
program.well('rmdir "map é"')
