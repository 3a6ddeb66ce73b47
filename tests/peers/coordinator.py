#!/usr/bin/python3
"""A coordinator for trawl-worker, in Python: hands out a list of URLs and prints the rows that come back.

usage: coordinator.py --listen ENDPOINT [--timeout SECONDS] [--misbehave NAME] URL-FILE

An example of the protocol (proto/PROTOCOL.md). It grants every request, redirects included, and keeps a URL in one place:
waiting, leased, or done. A robots.txt in the list is visited as one and has no rows. --misbehave is for the tests: mischief.py lists the names.
"""

import argparse
import secrets
import sys
import time
import urllib.parse
from collections import deque

import zmq
from protocol import OUTCOMES, PROTOCOL, Line, body_of, open_socket, pb

HOPS_MAX = 10


def leads_to(url, page):
    """The URL that a redirect names, or None."""
    if OUTCOMES[page.outcome] != "redirected":
        return None
    try:
        target = urllib.parse.urljoin(url, page.location.decode("latin-1"))
    except ValueError:
        return None
    return target.split("#")[0] if target.startswith(("http://", "https://")) else None


class Session(Line):
    """One worker's life with us, from Hello to Bye."""

    def __init__(self, peer, hello):
        super().__init__()
        self.heard = 1  # the Hello
        self.peer, self.name, self.instance = peer, hello.name, hello.instance
        self.capacity = hello.capacity
        self.leases = {}  # number -> (listed URL, URL, hop)

    @property
    def credit(self):
        return max(0, self.capacity - len(self.leases))


class Coordinator:
    private_ok = True  # whether addresses that are not public may be connected to

    def __init__(self, endpoint, urls, out):
        self.socket = open_socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.bind(endpoint)
        self.endpoint = self.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        self.out = out
        self.waiting = deque((url, url, 0) for url in urls)
        self.left = len(self.waiting)
        self.sessions = {}  # by connection
        self.joined = 0
        self.run_id = secrets.token_bytes(16)
        self.lease = secrets.randbits(23) << 40  # numbers of two runs do not meet
        self.late = 0
        self.beat_at = 0.0

    def settings(self):
        return pb.Settings(
            timeout_ms=30000, connect_timeout_ms=10000, max_body=8 << 20, user_agent="trawl-peer/0", links=pb.LINKS_HREF
        )

    def kind_of(self, listed):
        """How a listed URL is visited, and what it redirects to."""
        is_robots = urllib.parse.urlsplit(listed).path == "/robots.txt"
        return pb.Visit.ROBOTS if is_robots else pb.Visit.PAGE

    # ---- saying

    def send(self, peer, data):
        try:
            self.socket.send_multipart([peer, data], zmq.DONTWAIT)
            return True
        except zmq.ZMQError:  # gone, or not reading
            return False

    def say(self, session, message):
        if not self.send(session.peer, session.number(message)):
            self.end_session(session, "cannot be reached")

    def refuse(self, peer, reason, text):
        self.send(peer, body_of(refuse=pb.Refuse(reason=reason, protocol=PROTOCOL, text=text)).SerializeToString())

    def welcome(self, session):
        self.joined += 1
        welcome = pb.Welcome(protocol=PROTOCOL, run_id=self.run_id, worker_id=self.joined, settings=self.settings())
        self.say(session, body_of(welcome=welcome))

    def grant(self, session):
        """As many URLs as it has credit for, in one message."""
        visits = []
        while self.waiting and session.credit and len(visits) < 256:
            listed, url, hop = self.waiting.popleft()
            self.lease += 1
            session.leases[self.lease] = (listed, url, hop)
            visits.append(
                pb.Visit(
                    lease=self.lease,
                    url=url,
                    kind=self.kind_of(listed),
                    hop=hop,
                    attempt=1,
                    private_ok=self.private_ok,
                )
            )
        if visits:
            self.say(session, body_of(assign=pb.Assign(visits=visits)))

    # ---- hearing

    def hear(self, peer, data):
        message, session = pb.Message.FromString(data), self.sessions.get(peer)
        body = message.WhichOneof("body")
        if body == "hello":
            self.on_hello(peer, message.hello)
        elif not session:
            self.refuse(peer, pb.Refuse.SESSION_OVER, "no session")
        elif not session.check(message):
            self.end_session(session, "a message of it was lost")
            self.refuse(peer, pb.Refuse.SESSION_OVER, "a message was lost")
        elif body == "heartbeat":
            session.capacity, session.their_clock = message.heartbeat.capacity, message.heartbeat.sent_us
        elif body == "pages":
            for page in message.pages.pages:
                self.on_page(session, page)
        elif body == "bye":
            self.end_session(session, "it left")

    def on_hello(self, peer, hello):
        if hello.protocol != PROTOCOL:
            self.refuse(peer, pb.Refuse.PROTOCOL, "different protocol")
            return
        for old in [s for s in self.sessions.values() if s.peer == peer or s.instance == hello.instance]:
            self.end_session(old, "it said Hello again")
        session = self.sessions[peer] = Session(peer, hello)
        print(f"{hello.name} joined", file=sys.stderr, flush=True)
        self.welcome(session)

    def on_page(self, session, page):
        if page.lease not in session.leases:
            self.late += 1  # late, twice or forged: dropped
            return
        listed, url, hop = session.leases.pop(page.lease)
        target = leads_to(url, page) if hop < HOPS_MAX else None
        if target:
            self.waiting.append((listed, target, hop + 1))
            return
        if OUTCOMES[page.outcome] in ("ok", "parse_aborted") and page.links.count:
            for link in page.links.urls.decode().split("\n"):
                self.out.write(f"{listed}\t{link}\n")
        self.left -= 1

    def end_session(self, session, why):
        print(f"{session.name}: session over: {why}", file=sys.stderr, flush=True)
        if self.sessions.get(session.peer) is session:
            del self.sessions[session.peer]
        self.waiting.extendleft(session.leases.values())

    # ---- a turn

    def turn(self):
        if self.socket.poll(10):
            self.hear(*self.socket.recv_multipart())
        for session in list(self.sessions.values()):
            if session.silent:
                self.end_session(session, "silent")
            else:
                self.grant(session)
        if time.monotonic() >= self.beat_at:
            self.beat_at = time.monotonic() + 1.0
            for session in list(self.sessions.values()):
                self.say(session, session.heartbeat())

    def take_leave(self):
        """Bye to everyone, also to who only joins now. Two seconds, since what a worker has not read when the connection ends
        it never will."""
        end, told = time.monotonic() + 2, set()
        while time.monotonic() < end:
            for session in [session for session in self.sessions.values() if session.peer not in told]:
                told.add(session.peer)
                self.say(session, body_of(bye=pb.Bye(text="the run is over")))
            self.turn()

    def run(self, timeout):
        end = time.monotonic() + timeout
        while self.left and time.monotonic() < end:
            self.turn()
        self.take_leave()
        self.out.flush()
        self.socket.close()
        return 0 if self.left == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", required=True)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--misbehave")
    parser.add_argument("urls")
    options = parser.parse_args()
    kind = Coordinator
    if options.misbehave:
        import mischief

        kind = mischief.coordinator(options.misbehave)
    urls = [line.strip() for line in open(options.urls) if line.strip()]
    coordinator = kind(options.listen, urls, sys.stdout)
    print(f"listening on {coordinator.endpoint}", file=sys.stderr, flush=True)
    return coordinator.run(options.timeout)


if __name__ == "__main__":
    sys.exit(main())
