"""Goal: who runs short of descriptors, memory or room says so, spins on nothing, and costs the run no page."""

import re
import subprocess
import time

import pytest

from harness import checker, peer
from harness.capability import require
from harness.program import free_port, path_of, wait_until
from harness.watch import cpu_seconds, descriptors, status


@pytest.fixture
def listening(origin, start_crawl):
    """start(*options, workers=0, **world): a crawl that others can join: it, its world, its endpoint."""

    def start(*options, workers=0, **world):
        web, endpoint = origin(**world), f"tcp://127.0.0.1:{free_port()}"
        crawl = start_crawl("-i", web.urls, "--no-robots", "-w", workers, "--listen", endpoint, "-v", *options)
        return crawl, web, endpoint

    return start


def test_a_worker_with_few_descriptors(listening, programs):
    """D29: 64 descriptors and 64 slots: it fetches as many at once as it has descriptors for; no page fails for want of one."""
    crawl, world, endpoint = listening(pages=600, hosts=100, latency=20)
    worker = programs.start("prlimit", "--nofile=64:64", path_of("trawl-worker"), "--connect", endpoint, "-c", "64")
    crawl.wait(40)
    checker.check_everything(crawl, world)
    checker.assert_same_outcomes(crawl.pages, world.outcome_rows())
    assert "descriptors" in worker.stderr
    assert worker.wait(5) == 0


def test_a_coordinator_with_few_descriptors(origin, programs):
    """D29: with its descriptors taken by strangers it does not spin, and goes on when they leave."""
    world, port = origin(pages=2000, latency=50, hosts=20), free_port()
    files = {name: programs.directory / name for name in ("links", "pages", "summary")}
    words = ("-o", files["links"], "--pages", files["pages"], "--summary", files["summary"])
    listen = ("--listen", f"tcp://127.0.0.1:{port}")
    crawl = programs.start(
        *("prlimit", "--nofile=64:64", path_of("trawl"), "-i", world.urls, "--no-robots", "-w", 2, "-c", 8, "-v"),
        *(*words, *listen),
    )
    wait_until(lambda: crawl.stderr.count(" joined") == 2)
    raws = [peer.Raw(port) for _ in range(200)]  # most of them wait in the backlog
    wait_until(lambda: descriptors(crawl.pid) >= 50, 5, "they were not let in")
    time.sleep(1.2)  # each second it looks how many are left
    found, before = crawl.stderr.count("Found "), cpu_seconds(crawl.pid)
    time.sleep(2)
    used = cpu_seconds(crawl.pid) - before
    wait_until(lambda: crawl.stderr.count("Found ") > found + 50, 10, "the honest starve")
    for raw in raws:
        raw.close()
    assert used < 0.8, f"it spins: {used} s of CPU in 2 s"
    guest = programs.start("trawl-worker", "--connect", f"tcp://127.0.0.1:{port}", "--name", "guest")
    crawl.wait_for("worker guest joined", 15)
    assert crawl.wait(60) == 0
    rows = checker.parse_rows(files["links"].read_bytes())
    checker.assert_same_rows(rows, world.truth_rows())
    assert guest.wait(5) == 0


def test_a_worker_without_memory(listening, programs):
    """D30: an address space that is too small: the worker says so in one line and is dead; another does its pages."""
    crawl, world, endpoint = listening(pages=600, hosts=250, size=50000, latency=5)
    poor = programs.start("prlimit", "--as=180000000", path_of("trawl-worker"), "--connect", endpoint, "-c", "64")
    crawl.wait_for(" joined")
    wait_until(lambda: not poor.running or crawl.stderr.count("Found ") > 100, 20)
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait(60)
    checker.check_everything(crawl, world, retries=1, trawl_VmHWM=256 << 10)
    checker.assert_same_outcomes(crawl.pages, world.outcome_rows())
    if not poor.running and poor.process.returncode:
        assert poor.stderr.count("\n") == 1 and re.search("out of memory|cannot reserve", poor.stderr), str(poor)


def test_a_thousand_connections_at_once(listening):
    """D38: 1,000 workers of one process join within seconds, hold a lease each where there is one, and are all served."""
    crawl, world, endpoint = listening("--per-host", "100", pages=1000, hosts=250, errors=0, redirects=0, others=0)
    peers = [peer.Peer(endpoint, f"p{number}") for number in range(1000)]
    for one in peers:
        one.say_hello()
    began, done, joined = time.monotonic(), 0, 0
    waiting = set(peers)
    while waiting and time.monotonic() - began < 30:
        for one in list(waiting):
            while one.socket.poll(0):
                message = peer.pb.Message.FromString(one.socket.recv())
                joined += message.HasField("welcome")
                for visit in message.assign.visits:
                    one.say(pages=peer.pb.Pages(pages=[peer.page(visit.lease)]))
                    done += 1
                if message.HasField("bye"):
                    waiting.discard(one)
            if time.monotonic() > one.beat_at and one in waiting:
                one.beat()
    assert joined == 1000 and not waiting, f"{joined} joined, {len(waiting)} were not said Bye, {done} pages"
    crawl.wait(10)
    checker.check_exit(crawl, 0)
    checker.check_crawl(crawl)
    checker.check_resources(crawl.peaks, trawl_fds=1100)
    assert crawl.summary["done"] == 1000 and crawl.summary["longest_stop_ms"] < 2000
    for one in peers:
        one.close()


def test_fifty_workers(listening, programs):
    """D38: 50 real processes join at once; each does something, the rows are right."""
    crawl, world, endpoint = listening(pages=3000, latency=60)
    crew = programs.start("trawl-worker", "--connect", endpoint, "-w", "50", "-c", "2", "--name", "crew")
    crawl.wait(60)
    checker.check_everything(crawl, world)
    assert len(crawl.summary["workers"]) == 50 and all(worker["pages"] for worker in crawl.summary["workers"])
    assert crew.wait(10) == 0


def test_a_consumer_that_stops_reading(origin, programs):
    """D24: stdout is a pipe that nobody empties, and strangers flood: memory stays bounded; when it is read again, all is there."""
    world, port = origin(pages=1500, links=60, hosts=50), free_port()
    argv = (path_of("trawl"), "-i", world.urls, "--no-robots", "-w", 2, "--listen", f"tcp://127.0.0.1:{port}")
    with subprocess.Popen([*map(str, argv)], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as crawl:
        try:
            first = crawl.stdout.read(1000)
            with peer.Blast(f"tcp://127.0.0.1:{port}", "small_pages"):
                time.sleep(3)
                peak = status(crawl.pid, "VmHWM")
            rest, _ = crawl.communicate(timeout=60)
        finally:
            crawl.kill()
    assert crawl.returncode == 0
    assert peak < 96 << 10, f"{peak} KiB"
    rows = checker.parse_rows(first + rest)
    checker.check_no_row_twice(rows)
    checker.assert_same_rows(rows, world.truth_rows())


def test_the_end_waits_for_nobody(listening):
    """D44: a worker that reads nothing does not hold up the end: Bye is sent, linger is bounded."""
    crawl, world, endpoint = listening(workers=1, pages=300, latency=20)
    crawl.wait_for(" joined")
    deaf = peer.Raw(int(endpoint.rsplit(":", 1)[1])).shake_hands()
    hello = peer.pb.Hello(protocol=1, instance=bytes(16), name="deaf", pid=1, slots=1, capacity=0)
    deaf.send(peer.Raw.frame(peer.body_of(sequence=1, hello=hello).SerializeToString()))
    began = time.monotonic()
    crawl.wait(30)
    checker.check_everything(crawl, world)
    assert time.monotonic() - began < 10


def test_results_sent_before_the_end_of_a_worker_count(listening, programs):
    """D44: a worker asked to leave sends what it finished before it ends: nothing of it is fetched again."""
    crawl, world, endpoint = listening(pages=400, latency=30, hosts=100)
    for number in range(4):
        worker = programs.start("trawl-worker", "--connect", endpoint, "-c", "16", "--name", f"w{number}", "-v")
        crawl.wait_for(f"worker w{number} joined")
        time.sleep(0.2)
        worker.stop()
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world, retries=0)


def test_bursts_while_busy(listening):
    """D45: bursts of pages and heartbeats of many sizes: none waits unseen: each is followed by its Assign at once."""
    crawl, world, endpoint = listening("--per-host", "100", pages=3000, hosts=250, errors=0, redirects=0, others=0)
    one, longest = peer.Peer(endpoint, "bursty"), 0.0
    one.join(capacity=100)
    left = 3000
    while left:
        began = time.monotonic()
        visits = one.hear("assign", 5.0).visits
        longest = max(longest, time.monotonic() - began)
        left -= len(visits)
        for _ in range(len(visits) % 7 * 20):
            one.beat()
        one.say(pages=peer.pb.Pages(pages=[peer.page(v.lease, ["http://a/"] * (v.lease % 9)) for v in visits]))
    one.hear("bye")
    crawl.wait(10)
    checker.check_exit(crawl, 0)
    assert crawl.summary["done"] == 3000
    assert longest < 1.0, f"{longest} s between a burst and its answer"


@pytest.mark.parametrize("nth", [3, 10, 25, 60, 150])
def test_a_worker_killed_at_its_nth_message(listening, programs, nth):
    """D3, D4: killed within its n-th send on the wire, before or in the middle of a report: one result or none, never half."""
    require("ptrace")
    crawl, world, endpoint = listening(pages=300, hosts=50, size=20000, links=100)
    inject = f"inject=sendto,sendmsg:signal=KILL:when={nth}"
    traced = programs.start(
        *("strace", "-f", "-o", "/dev/null", "-e", "trace=sendto,sendmsg", "-e", inject),
        *(path_of("trawl-worker"), "--connect", endpoint, "-c", "8", "--name", "doomed"),
    )
    wait_until(lambda: not traced.running, 20, "it was not killed")
    assert traced.process.wait() in (-9, 137)
    programs.started.remove(traced)
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world, retries=1)
