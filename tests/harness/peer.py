"""Peers made of Python, for tests that say exactly what they want on the wire; the programs are in tests/peers."""

import os
import secrets
import socket
import struct
import sys
import threading
import time

import zmq

from harness.capability import ROOT
from harness.program import PRESET, environment

BUILD = ROOT / "build" / PRESET / "peers"
os.environ["PEERS_BUILD"] = str(BUILD)
sys.path.insert(0, str(ROOT / "tests" / "peers"))

from protocol import OUTCOMES, PROTOCOL, Line, body_of, open_socket, pb  # noqa: E402,F401

OK = OUTCOMES.index("ok")


def start(programs, name, *arguments):
    """Starts tests/peers/NAME.py."""
    return programs.start("/usr/bin/python3", ROOT / "tests" / "peers" / f"{name}.py", *arguments, env=environment())


class Peer:
    """A worker's end of a conversation, by hand. Beats each second while it waits, unless told to be silent."""

    def __init__(self, endpoint, name="peer", instance=None):
        self.socket = open_socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, 10000)
        self.socket.connect(endpoint)
        self.name = name
        self.instance = instance or secrets.token_bytes(16)
        self.line = Line()
        self.capacity = 0
        self.beat_at = 0.0

    def send(self, data):
        """One frame as it is; waits for room, which TCP makes."""
        self.socket.send(data)

    def say(self, **body):
        """The session's next message."""
        self.send(self.line.number(body_of(**body)))

    def say_hello(self, slots=None, capacity=1, protocol=PROTOCOL, **more):
        self.line, self.capacity = Line(), capacity
        hello = pb.Hello(
            protocol=protocol, instance=self.instance, name=self.name, pid=1, slots=max(capacity, 1) if slots is None else slots, capacity=capacity, **more
        )
        self.say(hello=hello)
        self.beat_at = time.monotonic() + 1.0

    def beat(self):
        self.send(self.line.number(self.line.heartbeat(self.capacity)))
        self.beat_at = time.monotonic() + 1.0

    def hear(self, body, seconds=5.0, beating=True):
        """Waits for a message with that body, and returns the body; others are passed over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if beating and self.line.said and time.monotonic() >= self.beat_at:
                self.beat()
            if self.socket.poll(20):
                message = pb.Message.FromString(self.socket.recv())
                if message.sequence:
                    self.line.heard = message.sequence
                if message.WhichOneof("body") == body:
                    return getattr(message, body)
        raise AssertionError(f"no {body} within {seconds:g} s")

    def join(self, **hello):
        self.say_hello(**hello)
        return self.hear("welcome")

    def take(self, count=1, seconds=5.0):
        """Waits until so many visits were assigned."""
        visits = []
        while len(visits) < count:
            visits += self.hear("assign", seconds).visits
        return visits

    def close(self):
        self.socket.close(0)


def page(lease, links=(), outcome=OK):
    """A finished visit with these links."""
    columns = pb.Links(
        count=len(links), urls="\n".join(links).encode(), kinds=bytes(len(links)), flags=bytes(2 * len(links))
    )
    return pb.Page(lease=lease, outcome=outcome, status=200, type=b"text/html", links=columns)


FLOODS = {
    "heartbeats": body_of(heartbeat=pb.Heartbeat(capacity=1)).SerializeToString(),
    "small_pages": body_of(pages=pb.Pages(pages=[pb.Page(lease=1)] * 60000)).SerializeToString(),
    "large_pages": body_of(pages=pb.Pages(pages=[page(1, ["http://a/"] * 50000)] * 12)).SerializeToString(),
}


class Blast:
    """Within `with`: `count` peers that send one message again and again, as fast as it is taken."""

    def __init__(self, endpoint, flood, count=3):
        self.endpoint, self.message, self.sent, self.over = endpoint, FLOODS[flood], 0, False
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def _run(self):
        peer = Peer(self.endpoint)
        while not self.over:
            try:
                peer.socket.send(self.message, zmq.DONTWAIT)
                self.sent += 1
            except zmq.Again:
                time.sleep(0.001)
        peer.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()


class Raw:
    """A TCP connection that speaks as much ZMTP 3 as it is told to."""

    GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    READY = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER\x08Identity" + struct.pack(">I", 0)

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def shake_hands(self):
        """Greeting and READY both ways; then frames may be sent."""
        self.send(self.GREETING)
        self.send(b"\x04" + bytes([len(self.READY)]) + self.READY)
        got = b""
        while len(got) < 64 + 2 + 20:
            got += self.socket.recv(4096)
        return self

    @staticmethod
    def frame(data, more=False, size=None):
        """A message frame; `size` lies about its length."""
        return bytes([2 | more]) + struct.pack(">Q", len(data) if size is None else size) + data

    def is_closed(self, seconds=10.0):
        """Whether the other side closes the connection within that time."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self):
        self.socket.close()
