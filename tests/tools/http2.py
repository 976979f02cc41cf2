"""A client of HTTP/2 that does what no well-behaved one does, or looks closely at what comes.

http2.py HOST PORT BASIC WHAT: BASIC is the credential of HTTP Basic, WHAT a function of this file. It speaks HTTP/2 at
once, without TLS, frame by frame, and prints what came of it.
"""

import socket
import sys
import time

from hpack import Decoder, Encoder
from hyperframe import frame as frames

FILE = "/Mijn%20bestanden/a.txt"
CANCEL, WINDOW, STREAMS = 8, frames.SettingsFrame.INITIAL_WINDOW_SIZE, frames.SettingsFrame.MAX_CONCURRENT_STREAMS
GONE = (BrokenPipeError, ConnectionResetError)


class Client:
    """One connection."""

    def __init__(self, window=65535):
        self.socket = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        self.socket.settimeout(120)
        self.input = self.socket.makefile("rb")
        self.encoder, self.decoder, self.stream, self.held = Encoder(), Decoder(), -1, None
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(frames.SettingsFrame(0, settings={WINDOW: window}))

    def send(self, frame):
        if self.held is None:
            self.socket.sendall(frame.serialize())
        else:
            self.held += frame.serialize()

    def hold(self):
        """Keeps what is sent from now on, to send it at once."""
        self.held = b""

    def let_go(self):
        held, self.held = self.held, None
        self.socket.sendall(held)

    def ask(self, method, path=FILE, headers=(), flags=("END_HEADERS", "END_STREAM")):
        """Sends the head of a request; the number of its stream."""
        self.stream += 2
        fixed = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "localhost")]
        block = self.encoder.encode(fixed + [("authorization", "Basic " + sys.argv[3])] + list(headers))
        pieces = [block[at : at + 16384] for at in range(0, len(block), 16384)]
        for at, piece in enumerate(pieces):
            last = "END_HEADERS" in flags and at == len(pieces) - 1
            kept = [flag for flag in flags if flag != "END_HEADERS" and at == 0] + ["END_HEADERS"] * last
            kind = frames.HeadersFrame if at == 0 else frames.ContinuationFrame
            self.send(kind(self.stream, data=piece, flags=kept))
        return self.stream

    def frames(self):
        """What comes until the connection ends; what has to be acknowledged is."""
        while True:
            try:
                head = self.input.read(9)
                if len(head) < 9:
                    return
                frame, length = frames.Frame.parse_frame_header(memoryview(head))
                frame.parse_body(memoryview(self.input.read(length)))
                if isinstance(frame, frames.PingFrame) and "ACK" not in frame.flags:
                    self.send(frames.PingFrame(0, opaque_data=frame.opaque_data, flags=["ACK"]))
            except GONE:
                return
            yield frame

    def answer(self, stream):
        """The status of the answer on a stream, and the length of its body."""
        status, length = None, 0
        for frame in self.frames():
            # What is said of one is compressed by what was said of others.
            head = isinstance(frame, frames.HeadersFrame) and dict(self.decoder.decode(frame.data))
            if frame.stream_id != stream:
                continue
            if head:
                status = head[":status"]
            if isinstance(frame, frames.DataFrame) and frame.data:
                length += len(frame.data)
                for window in (0, stream):
                    self.send(frames.WindowUpdateFrame(window, window_increment=len(frame.data)))
            if isinstance(frame, frames.RstStreamFrame) or "END_STREAM" in frame.flags:
                break
        return status, length

    def is_heard(self):
        """Waits until all that was sent so far has been looked at."""
        self.send(frames.PingFrame(0, opaque_data=b"12345678"))
        next(frame for frame in self.frames() if isinstance(frame, frames.PingFrame) and "ACK" in frame.flags)

    def end(self):
        """The error that is told when the connection ends; `None` when none is."""
        told = [frame.error_code for frame in self.frames() if isinstance(frame, frames.GoAwayFrame)]
        return told[-1] if told else None


def stall():
    """Takes nothing of a download, and answers whatever it is asked; then takes one whole."""
    begun = time.monotonic()
    client = Client(window=0)
    client.ask("GET")
    client.end()
    print("ended" if time.monotonic() - begun < 60 else "held")
    client = Client()
    print(*client.answer(client.ask("GET")))


def crowd():
    """Begins ten downloads at once and takes nothing of them; how each was answered."""
    client = Client(window=0)
    for _ in range(10):
        client.ask("GET")
    heads = (frame for frame in client.frames() if isinstance(frame, frames.HeadersFrame))
    print(*sorted(dict(client.decoder.decode(next(heads).data))[":status"] for _ in range(10)))


def taken_back():
    """Begins changes until there is no room for more, and takes them back; how what it asks then is answered, and how
    when it is told to go on."""
    client = Client()
    begun, status = [], lambda: client.answer(client.ask("GET"))[0]
    while not begun or status() != "503":
        begun.append(client.ask("MKCOL", FILE + str(len(begun))))
    for stream in begun:
        client.send(frames.RstStreamFrame(stream, error_code=CANCEL))
    client.is_heard()
    print(status(), flush=True)
    sys.stdin.readline()
    told, begin = None, time.monotonic()
    while told != "200" and time.monotonic() - begin < 60:
        told = status()
    print(told)


def listing():
    """Asks for the listing of a folder, takes a piece, and the rest piece by piece when it is told to; how much it was,
    how many entries, and whether it came to its end."""
    client = Client(window=16384)
    folder = sys.argv[5]
    stream = client.ask("PROPFIND", folder, [("depth", "1")])
    body, ended = b"", False
    for frame in client.frames():
        if frame.stream_id != stream:
            continue
        if isinstance(frame, frames.RstStreamFrame):
            break
        if isinstance(frame, frames.DataFrame) and frame.data:
            if not body:
                print("begun", flush=True)
                sys.stdin.readline()
            body += frame.data
            for window in (0, stream):
                client.send(frames.WindowUpdateFrame(window, window_increment=len(frame.data)))
        if "END_STREAM" in frame.flags:
            ended = True
            break
    print(len(body), body.count(b"<D:response>"), ended)


def rest():
    """Asks once, and then nothing."""
    client = Client()
    print(client.answer(client.ask("OPTIONS"))[0], client.end())


def resets():
    """Begins requests and takes them back, thousands of times."""
    client = Client()
    try:
        for _ in range(400):
            client.hold()
            for _ in range(50):
                client.send(frames.RstStreamFrame(client.ask("GET"), error_code=CANCEL))
            client.let_go()
    except GONE:
        pass
    print(client.end())


def floods():
    """A head that never ends."""
    client = Client()
    client.ask("GET", flags=())
    more = frames.ContinuationFrame(1, data=client.encoder.encode([("x", "y" * 100)]))
    try:
        for _ in range(200000):
            client.send(more)
    except GONE:
        print("ended")


def pings():
    """Asks for more and more acknowledgements, and reads none."""
    client = Client()
    client.ask("OPTIONS")
    try:
        while True:
            client.socket.sendall(frames.PingFrame(0, opaque_data=b"12345678").serialize() * 1000)
    except GONE:
        print("ended")


def settings():
    """Changes its settings for ever, each to be acknowledged, and reads none of that."""
    client = Client()
    client.ask("OPTIONS")
    try:
        while True:
            client.socket.sendall(frames.SettingsFrame(0, settings={WINDOW: 65535}).serialize() * 1000)
    except GONE:
        print("ended")


def many():
    """How many requests may run at once."""
    settings = (frame for frame in Client().frames() if isinstance(frame, frames.SettingsFrame))
    print(next(settings).settings[STREAMS])


def long():
    """Headers that are too long, too many, and neither."""
    for headers in ([("x", "y" * 30000)], [("x", "y")] * 101, [("x", "y" * 9000)]):
        client = Client()
        print(client.answer(client.ask("OPTIONS", headers=headers))[0])


def drain():
    """Sends half of an upload, and the rest when it is told that the server stops."""
    client = Client()
    stream = client.ask("PUT", headers=[("content-length", "8")], flags=["END_HEADERS"])
    client.send(frames.DataFrame(stream, b"half"))
    client.is_heard()
    print("half", flush=True)
    told, status = [], None
    for frame in client.frames():
        if isinstance(frame, frames.GoAwayFrame):
            if not told:
                client.send(frames.DataFrame(stream, b"more", flags=["END_STREAM"]))
            told.append(frame.error_code)
        if isinstance(frame, frames.HeadersFrame):
            status = dict(client.decoder.decode(frame.data))[":status"]
    print(status, told[-1] if told else None)


globals()[sys.argv[4]]()
