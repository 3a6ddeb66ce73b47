"""Workers and coordinators that break the rules, for the tests: worker.py and coordinator.py with --misbehave NAME.

Each is an honest peer with one habit. PROTOCOL.md says what a habit leads to.
"""

import random
import secrets
import time

import zmq

from coordinator import Coordinator
from protocol import body_of, pb
from worker import Worker

# ---- workers


class Gap(Worker):
    """Skips a number every twentieth message."""

    def say(self, message):
        if self.settings and self.line.said % 20 == 19:
            self.line.said += 1
        super().say(message)


class Duplicate(Worker):
    """Reports every page twice."""

    def report(self, pages):
        super().report(pages)
        super().report(pages)


class Late(Worker):
    """Reports, when a session began anew, what the earlier one held; and loses sessions by a gap."""

    held = ()

    def report(self, pages):
        super().report(pages)
        self.held = (*self.held, *pages)[-50:]
        if self.line.said > 5:
            self.line.said += 1

    def hear(self, message):
        super().hear(message)
        if message.WhichOneof("body") == "welcome" and self.held:
            super().report(self.held)


class Forge(Worker):
    """Reports empty pages under leases around its own: others', and some that were never given."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.given = set()

    def hear(self, message):
        self.given.update(visit.lease for visit in message.assign.visits)
        super().hear(message)

    def report(self, pages):
        others = {page.lease - step for page in pages for step in range(1, 20)} - self.given
        never = {page.lease ^ 1 << 60 for page in pages}
        super().report([pb.Page(lease=lease) for lease in sorted(others | never)])
        super().report(pages)


class Garbage(Worker):
    """Says something that is no message now and then, and says Hello again."""

    def report(self, pages):
        super().report(pages)
        if random.random() < 0.05:
            self.send(secrets.token_bytes(random.randrange(1, 4000)))
            self.settings = None


class Bitflips(Worker):
    """Some of its messages are cut short, some heartbeats have a bit flipped. (A bit in a link would be another link.)"""

    def send(self, *frames):
        data = bytearray(frames[-1])
        if self.settings and data and random.random() < 0.1:
            if len(data) < 100:
                data[random.randrange(len(data))] ^= 1 << random.randrange(8)
            else:
                del data[random.randrange(len(data)) :]
        super().send(bytes(data))


class Frames(Worker):
    """Sends messages of many frames."""

    def say(self, message):
        super().say(message)
        if self.settings and self.line.said % 20 == 10:
            self.send(*[b"x"] * 10000)


class Silent(Worker):
    """Takes what it can get and is not heard of again."""

    def report(self, pages):
        pass

    def say(self, message):
        if not self.settings:
            super().say(message)


class Flood(Worker):
    """A hundred heartbeats where one would do."""

    def turn(self):
        super().turn()
        for _ in range(100 if self.settings else 0):
            self.say(self.line.heartbeat(self.capacity()))


class Greedy(Worker):
    """Says that it can hold everything, works on little of it."""

    def capacity(self):
        return 2**32 - 1


class Idle(Worker):
    """Joins and has room for nothing."""

    def capacity(self):
        return 0


class Liar(Worker):
    """Every page is said to be empty, at once."""

    def hear(self, message):
        if message.WhichOneof("body") == "assign" and self.settings and self.line.check(message):
            self.report([pb.Page(lease=visit.lease, status=200) for visit in message.assign.visits])
        else:
            super().hear(message)


class Slow(Worker):
    """A hundredth of an honest one's speed."""

    def capacity(self):
        return 1

    def report(self, pages):
        end = time.monotonic() + len(pages)
        while time.monotonic() < end and self.settings:
            time.sleep(0.2)
            self.say(self.line.heartbeat(self.capacity()))
        super().report(pages)


class Leaver(Worker):
    """Says Bye with all it holds, and Hello again."""

    def report(self, pages):
        super().report(pages)
        if self.line.said > 20:
            self.say(body_of(bye=pb.Bye(text="changed my mind")))
            self.settings = None
            self.flying.clear()


class Rehello(Worker):
    """Says Hello again and again, in the middle of everything."""

    def report(self, pages):
        super().report(pages)
        if self.line.said > 10:
            self.say_hello()
            self.flying.clear()


class Huge(Worker):
    """Columns of links beyond every limit."""

    def report(self, pages):
        for page in pages:
            page.links.CopyFrom(pb.Links(count=60000, urls=b"\n".join([b"http://a/"] * 60000), kinds=bytes(60000)))
            page.links.flags = bytes(120000)
        super().report(pages)
        self.settings = None


class OldProtocol(Worker):
    """Of another major number."""

    def send(self, *frames):
        message = pb.Message.FromString(frames[-1])
        if message.WhichOneof("body") == "hello":
            message.hello.protocol = 99
        super().send(message.SerializeToString())


WORKERS = {
    kind.__name__.lower(): kind
    for kind in (
        *(Gap, Duplicate, Late, Forge, Garbage, Bitflips, Frames, Silent, Flood, Greedy, Idle, Liar, Slow, Leaver),
        *(Rehello, Huge, OldProtocol),
    )
}


def worker(name):
    return WORKERS[name]


# ---- coordinators


class GapTo(Coordinator):
    """Skips a number every twentieth message."""

    def say(self, session, message):
        if session.said % 20 == 19:
            session.said += 1
        super().say(session, message)


class DuplicateTo(Coordinator):
    """Says everything twice: numbers repeat."""

    def send(self, peer, data):
        if self.sessions and random.random() < 0.05:
            super().send(peer, data)
        return super().send(peer, data)


class GarbageTo(Coordinator):
    """Some of what it says is no message."""

    def send(self, peer, data):
        if peer in self.sessions and random.random() < 0.03:
            super().send(peer, secrets.token_bytes(random.randrange(1, 4000)))
        return super().send(peer, data)


class FramesTo(Coordinator):
    """Sends messages of many frames between its own."""

    def say(self, session, message):
        super().say(session, message)
        try:
            self.socket.send_multipart([session.peer, *[b"x"] * 10000])
        except zmq.ZMQError:
            pass  # it left at our Bye


class FloodTo(Coordinator):
    """Heartbeats without end."""

    def turn(self):
        super().turn()
        for session in list(self.sessions.values()):
            for _ in range(50):
                self.say(session, session.heartbeat())


class SilentTo(Coordinator):
    """Welcomes, and says nothing for seven seconds of ten."""

    def say(self, session, message):
        if time.monotonic() % 10 < 3 or message.WhichOneof("body") in ("welcome", "bye"):
            super().say(session, message)
        else:  # what is not said was not granted
            session.number(message)
            self.waiting.extend(session.leases.pop(v.lease) for v in message.assign.visits if v.lease in session.leases)


class GreedyTo(Coordinator):
    """Grants everything at once, whatever the worker has room for."""

    def grant(self, session):
        session.capacity = 1 << 20
        super().grant(session)


class OldProtocolTo(Coordinator):
    """Of another major number, and says so in its Welcome."""

    def welcome(self, session):
        welcome = pb.Welcome(protocol=99, run_id=self.run_id, worker_id=1, settings=self.settings())
        self.say(session, body_of(welcome=welcome))


class RefusingTo(Coordinator):
    """Knows nobody of another protocol, and everyone is."""

    def on_hello(self, peer, hello):
        hello.protocol = 99
        super().on_hello(peer, hello)


COORDINATORS = {
    kind.__name__[:-2].lower(): kind
    for kind in (GapTo, DuplicateTo, GarbageTo, FramesTo, FloodTo, SilentTo, GreedyTo, OldProtocolTo, RefusingTo)
}


def coordinator(name):
    return COORDINATORS[name]
