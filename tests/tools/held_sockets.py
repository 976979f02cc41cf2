"""Holds the listening sockets as systemd does, restarts the server three times, and connects all the while.

Usage: held_sockets.py PROGRAM ARGUMENT...
Fails when a connection is refused, or one is not answered.
"""

import os
import signal
import socket
import sys
import threading
import time

ROOMS = ["https", "sftp"]
held = []
for _ in ROOMS:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    held.append(listener)
port = held[0].getsockname()[1]


def start():
    child = os.fork()
    if child:
        return child
    for at, listener in enumerate(held):
        os.dup2(listener.fileno(), 20 + at)
    for at in range(len(held)):
        os.dup2(20 + at, 3 + at)
        os.set_inheritable(3 + at, True)
    names = {"LISTEN_FDS": str(len(held)), "LISTEN_FDNAMES": ":".join(ROOMS)}
    os.environ.update(names, LISTEN_PID=str(os.getpid()))
    os.execv(sys.argv[1], sys.argv[1:])


failed, answered, over = [], 0, False


def knock():
    global answered
    while not over:
        begun, sent, problem = time.monotonic(), None, None
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
                line.sendall(b"OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                sent = time.monotonic()
                if not line.recv(100).startswith(b"HTTP/1.1 "):
                    problem = "no answer"
        except OSError as error:
            problem = repr(error)
        if not problem:
            answered += 1
        # A server that stops waits a second for who has connected and asked nothing: one that came later has no claim.
        elif not sent or sent - begun < 0.5:
            failed.append(problem)


def serves():
    """Waits until so many are answered that most of them came to the server that runs now."""
    enough = answered + 40
    while answered < enough and not failed:
        time.sleep(0.01)


server = start()
visitors = [threading.Thread(target=knock) for _ in range(4)]
for visitor in visitors:
    visitor.start()
for _ in range(3):
    serves()
    os.kill(server, signal.SIGTERM)
    os.waitpid(server, 0)
    server = start()
serves()
over = True
for visitor in visitors:
    visitor.join()
os.kill(server, signal.SIGTERM)
os.waitpid(server, 0)
print(f"{answered} answered over 3 restarts, {len(failed)} failed: {failed[:3]}")
sys.exit(1 if failed else 0)
