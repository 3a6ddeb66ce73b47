"""Goal: whatever a worker or a coordinator says that it should not, the rows are those of an undisturbed run."""

import json
import time

import pytest

from harness import checker, peer
from harness.program import free_port, wait_until
from harness.watch import cpu_seconds, status


@pytest.fixture
def bad_worker(plain_world, programs, start_crawl):
    """Runs a crawl with one honest local worker and one that misbehaves; returns the crawl and the world."""

    def run(habit, count=300, budget=40, **more):
        world, endpoint = plain_world(count, latency=0.03), f"tcp://127.0.0.1:{free_port()}"
        options = ("--no-robots", "-w", 1, "-c", 8, "--per-host", 40, "--timeout", 5, "--listen", endpoint, "-v")
        guest = peer.start(programs, "worker", "--connect", endpoint, "--name", "bad", "--misbehave", habit)
        done = start_crawl("-i", world.urls, *options)
        done.wait(budget)
        checker.check_everything(done, world, budget=budget, **more)
        done.guest = guest
        done.bad = next((worker for worker in done.summary["workers"] if worker["name"] == "bad"), {"pages": 0})
        return done

    return run


def test_a_worker_whose_messages_are_lost(bad_worker):
    """D10 in little: a number is missing, the session is over at once, its leases go to others; it may come again."""
    done = bad_worker("gap", retries=8)
    assert "worker bad: session over: a message of it was lost" in done.stderr


def test_results_that_arrive_twice(bad_worker):
    """D13: a lease ends with its first result; the second is counted and dropped."""
    done = bad_worker("duplicate")
    # the last ones may arrive when the run is over
    assert 0 < done.summary["late_results"] <= done.bad["pages"]


def test_results_of_a_session_that_is_over(bad_worker):
    """D14: what a worker still holds from before its session ended counts no more."""
    done = bad_worker("late", count=600, retries=8)
    assert done.summary["late_results"] > 0


def test_forged_leases(bad_worker):
    """D15: pages under leases that were never given, or given to another worker, are dropped."""
    done = bad_worker("forge")
    assert done.summary["late_results"] > 0


@pytest.mark.parametrize("habit", ["garbage", "bitflips", "huge"])
def test_messages_that_are_none(bad_worker, habit):
    """D17: random bytes, flipped bits, cut messages, columns of links beyond the limits: dropped, counted, session over."""
    done = bad_worker(habit, count=500, retries=8)
    assert done.summary["garbage_messages"] > 0
    assert done.stderr.count("dropped a message") <= 20


def test_messages_of_ten_thousand_frames(bad_worker):
    """D17: 10,000 frames are one message that is dropped; the worker's others count."""
    done = bad_worker("frames", count=600)
    assert done.bad["pages"] > 0 and done.summary["garbage_messages"] > 0


def test_a_worker_that_falls_silent(bad_worker):
    """D1, D11: five seconds without a word, and what it held goes to others; its late results are none."""
    done = bad_worker("silent", retries=3)
    assert "worker bad: session over: silent for 5 s" in done.stderr


def test_a_flood_of_heartbeats(bad_worker):
    """D24: a chatty peer does not starve the others."""
    done = bad_worker("flood")
    assert all(worker["pages"] for worker in done.summary["workers"])


def test_a_worker_that_claims_room_for_everything(bad_worker):
    """D22: capacity 2^32-1 is bounded, and what one hoards does not keep the others idle for longer than a lease lasts."""
    done = bad_worker("greedy")
    assert done.bad["pages"] > 0


def test_a_worker_without_room(bad_worker):
    """D22: capacity 0 means no work, and no harm."""
    assert bad_worker("idle").bad["pages"] == 0


def test_a_slow_worker(bad_worker):
    """D22: a worker a hundred times slower gets little work and holds the tail for no longer than one page of its own."""
    done = bad_worker("slow", budget=15)
    assert done.bad["pages"] < 20


def test_a_worker_that_lies(plain_world, programs, start_crawl):
    """D23: empty results at once: the crawl ends, and the summary shows whose pages have no links (lies are out of scope)."""
    world, endpoint = plain_world(300, latency=0.03), f"tcp://127.0.0.1:{free_port()}"
    peer.start(programs, "worker", "--connect", endpoint, "--name", "bad", "--misbehave", "liar")
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "--per-host", "20", "--listen", endpoint).wait()
    checker.check_exit(done, 0)
    checker.check_crawl(done)
    assert set(done.rows) <= set(world.truth_rows())
    assert all(page["links"] == "0" for page in done.pages if page["worker"] == "bad")


@pytest.mark.parametrize("habit", ["leaver", "rehello"])
def test_a_worker_that_leaves_with_leases_or_begins_anew(bad_worker, habit):
    """D21: Bye, or a second Hello, gives back at once what was held."""
    done = bad_worker(habit, retries=8)
    assert "worker bad: session over: it " + ("left" if habit == "leaver" else "said Hello again") in done.stderr


def test_a_worker_of_another_protocol(bad_worker):
    """D16: refused with both versions, once; it leaves with exit 2 and does not try again."""
    done = bad_worker("oldprotocol")
    assert done.stderr.count("refused a worker that speaks protocol 99; this is protocol 1") == 1
    assert done.guest.wait(5) == 2
    assert "refused: different protocol (protocol 1)" in done.guest.stderr


# ---- by hand


@pytest.fixture
def listening(origin, start_crawl):
    """A crawl that waits for workers: returns it, its world and its endpoint."""

    def start(*options, workers=0, pages=60, **world):
        web = origin(pages=pages, **world)
        endpoint = f"tcp://127.0.0.1:{free_port()}"
        crawl = start_crawl("-i", web.urls, "--no-robots", "-w", workers, "--listen", endpoint, "-v", *options)
        return crawl, web, endpoint

    return start


def test_two_peers_with_one_instance(listening, programs):
    """D20: the second Hello takes over; the first is told that its session is over, and what it held is given again."""
    crawl, world, endpoint = listening()
    first = peer.Peer(endpoint, "twin")
    first.join(capacity=5)
    assert len(first.take(5)) == 5
    second = peer.Peer(endpoint, "twin", first.instance)
    second.join(capacity=5)
    assert len(second.take(5)) == 5
    first.beat()
    assert first.hear("refuse", beating=False).reason == peer.pb.Refuse.SESSION_OVER
    crawl.wait_for("worker twin: session over: it said Hello again \\(5 leases go back\\)")
    second.say(bye=peer.pb.Bye())
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world)


def test_a_peer_that_takes_the_instance_of_another(listening, programs):
    """D20: a Hello on a connection with a session, and with the instance of a second one, ends both."""
    crawl, world, endpoint = listening()
    first, second = peer.Peer(endpoint, "one"), peer.Peer(endpoint, "two")
    first.join()
    second.join()
    second.instance = first.instance
    second.join()
    first.beat()
    assert first.hear("refuse", beating=False).reason == peer.pb.Refuse.SESSION_OVER
    second.say(bye=peer.pb.Bye())
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world, retries=1)


def test_a_late_result_after_another_worker_has_the_url(listening, programs):
    """D14: a result that arrives when the lease went to another, and one when it was finished by the other, change nothing."""
    crawl, world, endpoint = listening(pages=20, hosts=1)
    late = peer.Peer(endpoint, "late")
    late.join(capacity=6)
    held = late.take(6)
    late.say(bye=peer.pb.Bye())
    other = peer.Peer(endpoint, "other")
    other.join(capacity=6)
    again = other.take(6)
    assert {visit.url for visit in held} == {visit.url for visit in again}
    assert not {visit.lease for visit in held} & {visit.lease for visit in again}
    late.join(capacity=0)
    late.say(pages=peer.pb.Pages(pages=[peer.page(visit.lease, ["http://forged/"]) for visit in held]))
    late.say(pages=peer.pb.Pages(pages=[peer.page(visit.lease, ["http://forged/"]) for visit in again]))
    late.say(bye=peer.pb.Bye())
    other.say(bye=peer.pb.Bye())
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world)
    assert crawl.summary["late_results"] == 12


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"slots": 0}, peer.pb.Refuse.BAD_HELLO),
        ({"protocol": 0}, peer.pb.Refuse.PROTOCOL),
        ({"protocol": 2**32 - 1}, peer.pb.Refuse.PROTOCOL),
    ],
    ids=lambda value: str(value),
)
def test_hellos_outside_the_limits(listening, programs, change, reason):
    """D16: refused with the reason."""
    crawl, world, endpoint = listening(pages=5)
    stranger = peer.Peer(endpoint)
    stranger.say_hello(**change)
    refuse = stranger.hear("refuse", beating=False)
    assert refuse.reason == reason and refuse.protocol == 1 and refuse.text
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world)


def test_a_flood_of_names(listening, programs):
    """I5: a peer that says Hello under ever new names fills neither memory nor the summary."""
    crawl, world, endpoint = listening(pages=5)
    stranger = peer.Peer(endpoint)
    stranger.join(capacity=0)
    before = status(crawl.pid, "VmRSS")
    for number in range(20000):
        stranger.name = f"{number:0200}"
        stranger.say_hello(capacity=0)
        while stranger.socket.poll(0):
            stranger.socket.recv()
    wait_until(lambda: f"{19999:0200} joined" in crawl.stderr, 20)
    assert status(crawl.pid, "VmRSS") - before < 4 << 10
    stranger.say(bye=peer.pb.Bye())
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world)
    assert len(crawl.summary["workers"]) < 2000


def test_deaths_without_end(listening, programs):
    """I5, D17: a Hello that tells of more deaths than a supervisor can is refused."""
    crawl, world, endpoint = listening(pages=5)
    stranger = peer.Peer(endpoint)
    stranger.say_hello(died_on=[peer.pb.Death(instance=bytes(16), lease=n) for n in range(300)])
    wait_until(lambda: "is not of this protocol" in crawl.stderr)
    assert crawl.stderr.count("\n") < 100
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait()
    checker.check_everything(crawl, world)


@pytest.mark.parametrize("flood", ["heartbeats", "small_pages", "large_pages"])
def test_a_silent_worker_is_noticed_in_a_flood(listening, programs, flood):
    """D24, D1, I5: while strangers talk without a pause, who is silent for five seconds is still given up, and nothing
    piles up."""
    crawl, world, endpoint = listening("--timeout", 2, hosts=200)
    quiet = peer.Peer(endpoint, "quiet")
    quiet.join(capacity=5)
    assert quiet.take(5)
    with peer.Blast(endpoint, flood) as blast:
        wait_until(lambda: "worker quiet: session over: silent for 5 s" in crawl.stderr, 20)
        assert blast.sent > 50
    assert crawl.peaks["trawl"]["VmHWM"] < 96 << 10
    programs.start("trawl-worker", "--connect", endpoint)
    crawl.wait(40)
    checker.check_everything(crawl, world)


@pytest.mark.parametrize("form", ["tsv", "jsonl"])
def test_texts_that_would_break_a_line(origin, start_crawl, form):
    """H88, H89: control bytes in what a worker says of a page stand in no output and on no terminal."""
    nasty = "a\tb\nc\r\x1b]0;x\x07\x00\x7f\u202e\u0085"
    world, endpoint = origin(pages=8, hosts=8), f"tcp://127.0.0.1:{free_port()}"
    options = ("--no-robots", "-w", 0, "--listen", endpoint, "-v", "-f", form)
    crawl = start_crawl("-i", world.urls, *options, output=None if form == "tsv" else False)
    liar = peer.Peer(endpoint)
    liar.join(capacity=8)
    words = "ok not_html reset tls dns bad_http http_status parse_aborted"
    outcomes = [peer.OUTCOMES.index(name) for name in words.split()]
    pages = []
    for visit, outcome in zip(liar.take(8), outcomes):
        links = ["http://b/"] if peer.OUTCOMES[outcome] in ("ok", "parse_aborted") else []
        page = peer.page(visit.lease, links, outcome)
        page.type = page.error = page.location = nasty.encode() + b"\xff\xfe"
        page.links.rels = nasty.encode() * 3
        pages.append(page)
    for field in ("charset", "base_url"):  # printable ASCII by nature: anything else is no message
        garbage = peer.page(pages[0].lease, outcome=outcomes[0])
        setattr(garbage, field, nasty)
        liar.say(pages=peer.pb.Pages(pages=[garbage]))
        liar.join(capacity=8)
        for page, visit in zip(pages, sorted(liar.take(8), key=lambda visit: visit.lease)):
            page.lease = visit.lease
    liar.say(pages=peer.pb.Pages(pages=pages))
    liar.hear("bye")
    crawl.wait(10)
    assert crawl.code == 0, str(crawl)
    if form == "tsv":
        checker.check_crawl(crawl)
    else:
        lines = crawl.stdout.splitlines()
        assert len(lines) == 8 and all(json.loads(line) for line in lines)
    for text in (crawl.stderr_path.read_bytes(), crawl.files["pages"].read_bytes()):
        assert not set(text) & (set(range(32)) - {9, 10} | set(range(127, 256))), text


# ---- coordinators


@pytest.mark.parametrize("habit", ["gap", "duplicate", "garbage", "frames", "flood", "silent", "greedy"])
def test_our_worker_under_a_coordinator_that_misbehaves(plain_world, programs, habit):
    """D13, D16, D17, D24 from the worker's side: it drops its visits, says Hello again, does not die and does not spin."""
    world = plain_world(150, latency=0.02)
    coordinator = peer.start(programs, "coordinator", "--listen", "tcp://127.0.0.1:*", "--misbehave", habit, world.urls)
    endpoint = coordinator.wait_for(r"listening on (\S+)").group(1)
    worker = programs.start("trawl-worker", "--connect", endpoint, "-c", "4", "-v")
    assert coordinator.wait(40) == 0, f"{coordinator}\n{worker}"
    rows = checker.parse_rows(coordinator.stdout_path.read_bytes(), header=False)
    checker.assert_same_rows(rows, world.truth_rows())
    assert worker.stderr.count("joined") < 120, str(worker)
    peak = status(worker.pid, "VmHWM") if worker.running else 0
    assert peak <= checker.CEILINGS["trawl-worker"]["VmHWM"]
    if worker.running:  # a Bye may have been lost: it waits for another coordinator, quietly
        before = cpu_seconds(worker.pid)
        time.sleep(0.5)
        assert cpu_seconds(worker.pid) - before < 0.2


@pytest.mark.parametrize("habit, line", [("oldprotocol", "speaks protocol 99, this worker 1"), ("refusing", "refused")])
def test_our_worker_under_a_coordinator_of_another_protocol(plain_world, programs, habit, line):
    """D16: one line with both versions, exit 2, no second try."""
    world = plain_world(5)
    coordinator = peer.start(programs, "coordinator", "--listen", "tcp://127.0.0.1:*", "--misbehave", habit, world.urls)
    endpoint = coordinator.wait_for(r"listening on (\S+)").group(1)
    worker = programs.run("trawl-worker", "--connect", endpoint, timeout=10)
    assert worker.code == 2 and worker.stderr.count("\n") == 1 and line in worker.stderr, str(worker)
    coordinator.stop()
