"""The messages of proto/trawl.proto for Python, and one end of a session: numbers what it says, checks what it hears.

proto/PROTOCOL.md tells the conversation; worker.py and coordinator.py hold it. The generated module is made by protoc when
it is missing, in the directory that PEERS_BUILD names, else in build/peers.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zmq

PROTO = Path(__file__).resolve().parents[2] / "proto" / "trawl.proto"
PROTOCOL = 1
SILENCE = 5.0  # seconds after which a session is over
MESSAGE_MAX = 8 << 20

# enum outcome of common/outcome.h, by number.
OUTCOMES = (
    "ok not_html parse_aborted redirected http_status dns dns_temporary connect tls timeout_connect timeout_first_byte "
    "timeout_total stall reset empty_reply bad_http headers_too_big bad_encoding redirect_loop redirect_limit redirect_bad "
    "host_down robots robots_unreachable address port crashes_worker stalls_worker"
).split()


def generated():
    """The module that protoc makes of trawl.proto."""
    build = Path(os.environ.get("PEERS_BUILD") or PROTO.parents[1] / "build" / "peers")
    module = build / "trawl_pb2.py"
    if not module.exists() or module.stat().st_mtime < PROTO.stat().st_mtime:
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as fresh:  # several peers may start at once
            subprocess.run(["protoc", f"--python_out={fresh}", f"-I{PROTO.parent}", PROTO.name], check=True)
            os.replace(Path(fresh, module.name), module)
    sys.path.insert(0, str(build))
    import trawl_pb2

    return trawl_pb2


pb = generated()


def body_of(**body):
    """Message(sequence 0) with that body: body_of(bye=pb.Bye(text="..."))."""
    return pb.Message(**body)


class Line:
    """One direction each way of a session: every message carries the next number, from 1."""

    def __init__(self):
        self.said = self.heard = 0
        self.heard_at = time.monotonic()
        self.their_clock = self.their_clock_at = 0

    def number(self, message):
        self.said += 1
        message.sequence = self.said
        return message.SerializeToString()

    def check(self, message):
        """Whether it is the next one."""
        self.heard += 1
        self.heard_at = time.monotonic()
        return message.sequence == self.heard

    @property
    def silent(self):
        return time.monotonic() - self.heard_at > SILENCE

    def note_clock(self, heartbeat):
        self.their_clock, self.their_clock_at = heartbeat.sent_us, time.monotonic_ns() // 1000

    def heartbeat(self, capacity=0):
        now = time.monotonic_ns() // 1000
        held = now - self.their_clock_at if self.their_clock else 0
        return body_of(heartbeat=pb.Heartbeat(capacity=capacity, sent_us=now, echo_us=self.their_clock, held_us=held))


def open_socket(kind):
    """A socket that never blocks and never lingers: what matters is answered, not queued."""
    socket = zmq.Context.instance().socket(kind)
    socket.setsockopt(zmq.LINGER, 500)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_MAX)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 5000)
    return socket
