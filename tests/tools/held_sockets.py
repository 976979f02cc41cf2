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


failed, asked, over = [], 0, False


def knock():
    global asked
    while not over:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                line.sendall(b"OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if not line.recv(100).startswith(b"HTTP/1.1 "):
                    failed.append("no answer")
        except OSError as error:
            failed.append(repr(error))
        asked += 1


server = start()
visitors = [threading.Thread(target=knock) for _ in range(4)]
for visitor in visitors:
    visitor.start()
for _ in range(3):
    time.sleep(0.7)
    os.kill(server, signal.SIGTERM)
    os.waitpid(server, 0)
    server = start()
time.sleep(0.7)
over = True
for visitor in visitors:
    visitor.join()
os.kill(server, signal.SIGTERM)
os.waitpid(server, 0)
print(f"{asked} connections over 3 restarts, {len(failed)} failed: {failed[:3]}")
sys.exit(1 if failed or asked < 100 else 0)
