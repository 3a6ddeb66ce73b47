#!/usr/bin/python3
"""A worker for trawl, in Python: joins, takes URLs, fetches them a few at a time, sends back the links it finds.

usage: worker.py --connect ENDPOINT [--name NAME] [--slots N] [--misbehave NAME]

An example of the protocol (proto/PROTOCOL.md), not a good crawler: its HTML and URL rules are those of Python's library.
--misbehave is for the tests: mischief.py lists the names.
"""

import argparse
import concurrent.futures
import email.utils
import http.client
import ipaddress
import os
import secrets
import socket
import sys
import time
import urllib.parse
from html.parser import HTMLParser

import zmq
from protocol import OUTCOMES, PROTOCOL, Line, body_of, open_socket, pb

HREFS = {"a": 0, "area": 2, "link": 4}  # rows of common/link_kind.c
FLUSH_AT = 48 * 1024  # bytes of pages that are worth a message
ROBOTS_MAX = 512 * 1024  # bytes of a robots.txt
DAY = 86400


class Links(HTMLParser):
    """The links of a page as three columns: each URL once, in document order."""

    def __init__(self, url, settings):
        super().__init__()
        self.base, self.has_base = url, False
        self.wanted = {"a": 0, "area": 2} if settings.links == pb.LINKS_A else HREFS
        self.all_schemes = settings.all_schemes
        self.found = {}

    def handle_starttag(self, tag, attrs):
        href = dict(reversed(attrs)).get("href")  # the first of two counts
        if href is None:
            return
        if tag == "base" and not self.has_base:
            self.base, self.has_base = urllib.parse.urljoin(self.base, href), True
        elif tag in self.wanted:
            url = urllib.parse.quote(urllib.parse.urljoin(self.base, href.strip()), safe="!#$%&'()*+,/:;=?@[]~")
            if self.all_schemes or url.startswith(("http://", "https://")):
                self.found.setdefault(url, self.wanted[tag])

    def columns(self):
        urls = "\n".join(self.found).encode()
        return pb.Links(
            count=len(self.found), urls=urls, kinds=bytes(self.found.values()), flags=bytes(2 * len(self.found))
        )


def retry_after(answer):
    """Seconds from now, as the header says by a number or a date; 0 without one that makes sense."""
    said = answer.headers.get("Retry-After", "")
    if answer.status not in (429, 503):
        return 0
    try:
        seconds = float(said) if said.isdecimal() else email.utils.parsedate_to_datetime(said).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0
    return int(min(max(seconds, 0), DAY))


def fetch(visit, settings):
    """Visits one URL and tells how it ended, as a Page. Runs on a thread."""
    began = time.monotonic()
    page = pb.Page(lease=visit.lease)
    try:
        outcome = exchange(visit, settings, page)
    except socket.gaierror:
        outcome = "dns"
    except ConnectionResetError:
        outcome = "reset"
    except http.client.RemoteDisconnected:
        outcome = "empty_reply"
    except (ConnectionError, OSError) as error:
        outcome = "timeout_total" if isinstance(error, TimeoutError) else "connect"
    except (http.client.HTTPException, ValueError):
        outcome = "bad_http"
    page.outcome = OUTCOMES.index(outcome)
    page.timings.total = int((time.monotonic() - began) * 1e6)
    return page


def exchange(visit, settings, page):
    """One HTTP exchange; redirects are not followed: the coordinator grants every request."""
    parts = urllib.parse.urlsplit(visit.url)
    is_robots = visit.kind == pb.Visit.ROBOTS
    max_body = ROBOTS_MAX if is_robots else settings.max_body
    address = socket.getaddrinfo(parts.hostname, None)[0][4][0]
    page.private_address = not ipaddress.ip_address(address).is_global
    if page.private_address and not visit.private_ok:
        return "address"
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname, parts.port, timeout=settings.timeout_ms / 1000)
    try:
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        lines = [*settings.headers, *(settings.credentials if visit.credentials else ())]
        added = dict(line.split(":", 1) for line in lines)
        connection.request("GET", target, headers={"User-Agent": settings.user_agent} | added)
        answer = connection.getresponse()
        body = answer.read(max_body + 1)
    finally:
        connection.close()
    page.status = answer.status
    page.type = answer.headers.get("Content-Type", "").encode()[:1024]
    page.retry_after = retry_after(answer)
    page.truncated = len(body) > max_body
    body = body[:max_body]
    page.bytes = len(body)
    if answer.status in (301, 302, 303, 307, 308):
        page.location = answer.headers.get("Location", "").encode("latin-1")
        return "redirected"
    if not 200 <= answer.status < 300:
        return "http_status"
    if is_robots:
        page.body = body
        return "ok"
    if answer.headers.get_content_type() not in ("text/html", "application/xhtml+xml"):
        return "not_html"
    links = Links(visit.url, settings)
    links.feed(body.decode(answer.headers.get_content_charset() or "utf-8", "replace"))
    page.links.CopyFrom(links.columns())
    page.base_url = links.base if links.has_base else ""
    return "ok"


class Worker:
    def __init__(self, endpoint, name, slots):
        self.name, self.slots = name, slots
        self.instance = secrets.token_bytes(16)
        self.socket = open_socket(zmq.DEALER)
        self.socket.connect(endpoint)
        self.threads = concurrent.futures.ThreadPoolExecutor(slots)
        self.line = Line()
        self.settings = None  # no session
        self.flying = {}  # lease -> future
        self.beat_at = 0.0
        self.exit_code = None

    # ---- saying

    def say(self, message):
        """The session's next message. What cannot be sent now was not said: the session will end by it."""
        self.send(self.line.number(message))

    def send(self, *frames):
        try:
            self.socket.send_multipart(frames, zmq.DONTWAIT)
        except zmq.Again:
            self.settings = None

    def capacity(self):
        """A slot each and one more to begin at once."""
        return self.slots + 1

    def say_hello(self):
        self.line = Line()  # a Hello opens a session: both counts begin anew
        self.say(
            body_of(
                hello=pb.Hello(
                    protocol=PROTOCOL,
                    instance=self.instance,
                    name=self.name,
                    pid=os.getpid(),
                    slots=self.slots,
                    capacity=self.capacity(),
                    version="python",
                )
            )
        )

    def report(self, pages):
        self.say(body_of(pages=pb.Pages(pages=pages)))

    # ---- hearing

    def hear(self, message):
        body = message.WhichOneof("body")
        if body == "refuse":
            self.on_refuse(message.refuse)
        elif body == "welcome":
            self.line.check(message)
            self.settings = message.welcome.settings
            print(f"joined as worker {message.welcome.worker_id}", flush=True)
        elif not self.settings:
            return  # of a session that is over
        elif not self.line.check(message):
            self.end_session("a message of the coordinator was lost")
        elif body == "assign":
            for visit in message.assign.visits:
                self.flying[visit.lease] = self.threads.submit(fetch, visit, self.settings)
        elif body == "heartbeat":
            self.line.note_clock(message.heartbeat)
        elif body == "bye":
            self.exit_code = 0

    def on_refuse(self, refuse):
        if refuse.reason == pb.Refuse.SESSION_OVER:
            self.end_session(refuse.text)
        else:
            print(f"refused: {refuse.text} (protocol {refuse.protocol})", file=sys.stderr)
            self.exit_code = 2

    def end_session(self, why):
        """What it held is the coordinator's again: it is dropped."""
        print(f"session over: {why}", flush=True)
        self.settings = None
        self.flying.clear()

    # ---- a turn

    def collect(self):
        """Sends what has ended in batches of some size: a message costs more than a page."""
        batch, size = [], 0
        for lease, future in list(self.flying.items()):
            if not future.done():
                continue
            del self.flying[lease]
            batch.append(future.result())
            size += batch[-1].ByteSize()
            if size >= FLUSH_AT:
                self.report(batch)
                batch, size = [], 0
        if batch:
            self.report(batch)

    def turn(self):
        if self.socket.poll(10):
            self.hear(pb.Message.FromString(self.socket.recv()))
        if self.settings and self.line.silent:
            self.end_session("the coordinator is silent")
        if self.settings:
            self.collect()
        if time.monotonic() >= self.beat_at:
            self.beat_at = time.monotonic() + (1.0 if self.settings else 0.1)
            if self.settings:
                self.say(self.line.heartbeat(self.capacity()))
            else:
                self.say_hello()

    def run(self):
        while self.exit_code is None:
            self.turn()
        self.threads.shutdown(wait=False, cancel_futures=True)
        return self.exit_code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connect", required=True)
    parser.add_argument("--name", default=f"python-{os.getpid()}")
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--misbehave")
    options = parser.parse_args()
    kind = Worker
    if options.misbehave:
        import mischief

        kind = mischief.worker(options.misbehave)
    return kind(options.connect, options.name, options.slots).run()


if __name__ == "__main__":
    sys.exit(main())
