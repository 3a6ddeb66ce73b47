"""Goal: who connects to --listen without being a worker costs next to nothing, and honest workers do not notice."""

import os
import random
import secrets
import time

import pytest

from harness import checker, peer
from harness.program import free_port, wait_until
from harness.watch import descriptors, status

SEED = int(os.environ.get("TRAWL_SEED", "1"))


@pytest.fixture
def crawling(origin, start_crawl):
    """A crawl of some seconds with honest local workers, and the port at which strangers find it."""

    def start(pages=1000, latency=25, workers=2):
        world, port = origin(pages=pages, latency=latency, hosts=10), free_port()
        options = ("--no-robots", "-w", workers, "-c", 8, "--listen", f"tcp://127.0.0.1:{port}", "-v")
        crawl = start_crawl("-i", world.urls, *options)
        wait_until(lambda: crawl.stderr.count(" joined") == workers)
        return crawl, world, port

    return start


def end(crawl, world, **more):
    crawl.wait()
    checker.check_everything(crawl, world, budget=30, **more)


def frames():
    """What a stranger may send behind a good handshake: (name, bytes)."""
    rng, frame = random.Random(SEED), peer.Raw.frame
    good = peer.FLOODS["heartbeats"]
    yield "an empty frame", frame(b"")
    yield "nothing but frames without end", frame(b"", more=True) * 50
    yield "a length of 1 GB", frame(b"x" * 1000, size=1 << 30)
    yield "a length of 2^63", frame(b"x" * 1000, size=1 << 63)
    yield "a length of 2^64-1", frame(b"x" * 1000, size=2**64 - 1)
    yield "a short frame cut off", b"\x00\xff" + b"x" * 10
    yield "unknown flags", b"\xff" + b"x" * 300
    yield "an unknown command", b"\x04\x08\x07UNKNOWN"
    yield "a command without a name", b"\x04\x00"
    yield "a second READY", b"\x04" + bytes([len(peer.Raw.READY)]) + peer.Raw.READY
    yield "an ERROR", b"\x04\x0f\x05ERROR\x08whatever"
    yield "a PING with a context of 300 bytes", b"\x06" + (307).to_bytes(8, "big") + b"\x04PING\x00\x01" + bytes(300)
    yield "NUL bytes", frame(bytes(5000))
    yield "a varint that overflows", frame(b"\x08" + b"\xff" * 20)
    yield "a field longer than the message", frame(b"\x12\xff\xff\xff\xff\x0f" + b"x" * 100)
    yield "groups and wire types of old", frame(b"\x0b" * 1000)
    for number in range(20):
        yield f"random bytes {number}", rng.randbytes(rng.randrange(1, 3000))
    for number in range(20):
        data = bytearray(frame(good))
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        yield f"a flipped bit {number}", bytes(data)


def test_malformed_frames(crawling):
    """D17: 0 frames, frames without end, lengths of 1 GB and more, unknown flags and commands, flipped bits (TRAWL_SEED):
    dropped, memory and descriptors as before."""
    crawl, world, port = crawling()
    before = descriptors(crawl.pid)
    for name, data in frames():
        assert crawl.running, name
        raw = peer.Raw(port).shake_hands()
        try:
            raw.send(data)
        except OSError:
            pass  # it has hung up already
        raw.close()
    wait_until(lambda: descriptors(crawl.pid) <= before, 10, "descriptors were not given back")
    end(crawl, world)


def test_what_is_no_zmtp(crawling):
    """D18: HTTP, TLS, SSH, random bytes and greetings of other versions instead of ZMTP."""
    crawl, world, port = crawling()
    before = descriptors(crawl.pid)
    openings = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\xff" + bytes(8) + b"\x7f\x01\x00",
        b"\xff" + bytes(8) + b"\x7f\x02\x00" + bytes(100),
        b"\xff" + bytes(8) + b"\x7f\x09\x00" + b"CURVE".ljust(20, b"\0") + bytes(32),
        peer.Raw.GREETING[:12] + b"PLAIN".ljust(20, b"\0") + bytes(32),
        peer.Raw.GREETING[:12] + b"CURVE".ljust(20, b"\0") + bytes(32),
        peer.Raw.GREETING + b"\x04\xff" + b"\x05READY" + b"\xff" * 249,
        peer.Raw.GREETING + b"\x06" + (1 << 62).to_bytes(8, "big") + b"\x05READY",
        b"\x00" * 100,
        b"\x01\x00",
        *(secrets.token_bytes(2000) for _ in range(20)),
    ]
    for opening in openings:
        raw = peer.Raw(port)
        try:
            raw.send(opening)
        except OSError:
            pass
        raw.close()
        assert crawl.running, opening
    wait_until(lambda: descriptors(crawl.pid) <= before, 10, "descriptors were not given back")
    end(crawl, world)


def test_half_open_handshakes(crawling):
    """D18: 1,000 connections that say nothing, or half a greeting, are ended after 5 s; honest workers go on meanwhile."""
    crawl, world, port = crawling(pages=1800, latency=50)
    before = descriptors(crawl.pid)
    raws = [peer.Raw(port) for _ in range(1000)]
    for raw in raws[::2]:
        raw.send(peer.Raw.GREETING[:10])
    wait_until(lambda: descriptors(crawl.pid) > before + 900, 5, "they were not let in")
    found = crawl.stderr.count("Found ")
    wait_until(lambda: crawl.stderr.count("Found ") > found + 100, 3, "the honest starve")
    wait_until(lambda: descriptors(crawl.pid) <= before + 5, 10, "the handshakes were not ended")
    for raw in raws:
        raw.close()
    end(crawl, world, trawl_fds=1100)


def test_a_greeting_byte_by_byte(crawling):
    """D18: slowloris: a byte of the greeting each 0.2 s; the handshake has 5 s in all."""
    crawl, world, port = crawling(pages=2000, latency=50)
    raws, began = [peer.Raw(port) for _ in range(20)], time.monotonic()
    greeting = peer.Raw.GREETING
    try:
        for at in range(50):
            time.sleep(0.2)
            for raw in raws:
                raw.send(greeting[at : at + 1])
        raise AssertionError("they were never hung up on")
    except OSError:
        assert time.monotonic() - began < 8
    end(crawl, world)


def test_ten_thousand_frames_ten_times(crawling):
    """D17: messages of 10,000 frames from strangers: each is one message that is dropped."""
    crawl, world, port = crawling()
    raw = peer.Raw(port).shake_hands()
    for _ in range(10):
        raw.send(peer.Raw.frame(b"x", more=True) * 9999 + peer.Raw.frame(b"x"))
    wait_until(lambda: crawl.stderr.count("is not one frame") == 10)
    end(crawl, world)


def test_who_never_reads(crawling):
    """D24: a stranger that asks and asks and reads no answer: what waits for it is bounded."""
    crawl, world, port = crawling(pages=2000)
    raw = peer.Raw(port).shake_hands()
    before = status(crawl.pid, "VmRSS")
    for _ in range(300):
        raw.send(peer.Raw.frame(peer.FLOODS["heartbeats"]) * 1000)
    assert status(crawl.pid, "VmRSS") - before < 16 << 10
    end(crawl, world)


def churn(port, seconds):
    """Strangers that come, send garbage or half of something, and go. Returns how many."""
    rng, count, until = random.Random(SEED), 0, time.monotonic() + seconds
    kinds = [data for _, data in frames()]
    while time.monotonic() < until:
        try:
            raw = peer.Raw(port)
            if rng.random() < 0.2:
                raw.send(rng.randbytes(rng.randrange(1, 100)))
            else:
                raw.shake_hands().send(rng.choice(kinds) * rng.randrange(1, 20))
            raw.close()
        except OSError:
            pass
        count += 1
    return count


def test_garbage_for_a_while(crawling):
    """D17, D18, I5, I6: strangers come and go as fast as they can: memory is flat, descriptors return, the crawl is whole."""
    crawl, world, port = crawling(pages=2800, latency=40)
    churn(port, 1)
    before, samples = descriptors(crawl.pid), []
    for _ in range(4):
        strangers = churn(port, 1)
        samples.append(status(crawl.pid, "VmRSS"))
    growth = samples[-1] - samples[0]
    print(f"RSS in KiB after each second of about {strangers} strangers: {samples}")
    assert growth < 8 << 10, f"memory grows: {samples}"
    wait_until(lambda: descriptors(crawl.pid) <= before + 5, 10, "descriptors were not given back")
    end(crawl, world)


@pytest.mark.soak
def test_garbage_for_longer(crawling):
    """D17, D18, I5, I6 for a minute: what memory grows by, extrapolated to an hour, stays below 64 MB."""
    crawl, world, port = crawling(pages=40000, latency=50)
    churn(port, 5)
    first, began, strangers = status(crawl.pid, "VmRSS"), time.monotonic(), 0
    while time.monotonic() - began < 60 and crawl.running:
        strangers += churn(port, 5)
    seconds, growth = time.monotonic() - began, status(crawl.pid, "VmRSS") - first
    print(f"{strangers} strangers in {seconds:.0f} s: {growth} KiB more")
    assert growth * 3600 / seconds < 64 << 10
    crawl.wait(200)
    checker.check_everything(crawl, world, budget=200)
