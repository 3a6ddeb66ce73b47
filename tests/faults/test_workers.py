"""Goal: whatever happens to workers, the rows are those of an undisturbed run."""

import os
import signal
import time

import pytest

from harness import checker
from harness.program import free_port, wait_until
from harness.resume import Resumable


@pytest.fixture
def resumable(programs, origin, tmp_path):
    return lambda *arguments, **world: Resumable(programs, origin(**world), tmp_path / "run", *arguments)


def pids_of_workers(crawl):
    return [pid for pid in crawl.children() if b"trawl-worker" in open(f"/proc/{pid}/cmdline", "rb").read()]


def wait_for_pages(crawl, count):
    """Waits until a crawl with -v has finished so many pages."""
    wait_until(lambda: crawl.stderr.count("INFO:trawl: Found ") >= count, 20, f"no {count} pages from {crawl}")


def test_a_worker_killed_in_the_middle(origin, start_crawl):
    """D2: kill -9 while it holds leases; they are fetched again by another, no row twice."""
    world = origin(pages=2000, latency=20)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "2", "-c", 16, "-v")
    wait_for_pages(done, 50)
    os.kill(pids_of_workers(done)[0], signal.SIGKILL)
    done.wait()
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    assert sum(worker["deaths"] for worker in done.summary["workers"]) == 1


def test_the_only_worker_of_one_host_killed(origin, start_crawl):
    """D2, D21: a dead local process holds nothing: its host's slots are free at once, not after the lease's deadline."""
    world = origin(pages=400, hosts=1, latency=20, errors=0, redirects=0)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "-v")
    wait_for_pages(done, 50)
    os.kill(pids_of_workers(done)[0], signal.SIGKILL)
    done.wait(20)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())


@pytest.mark.parametrize("interval", [0.5])
def test_a_worker_killed_every_half_second(origin, start_crawl, interval):
    """D2 again and again, with the victims taking turns."""
    world = origin(pages=3000, latency=30, hosts=100)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "3", "-c", 16)
    for turn in range(20):
        time.sleep(interval)
        if not done.running:
            break
        workers = pids_of_workers(done)
        if workers:
            os.kill(workers[turn % len(workers)], signal.SIGKILL)
    done.wait(120)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())


def test_a_worker_stopped_past_its_silence_and_continued(origin, start_crawl):
    """D8: after five seconds of silence its leases go back; what it sends later is dropped; it joins again."""
    world = origin(pages=900, latency=100, hosts=50)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "2", "-c", 4, "-v")
    wait_for_pages(done, 20)
    victim = pids_of_workers(done)[0]
    os.kill(victim, signal.SIGSTOP)
    done.wait_for("session over: silent for 5 s", 12)
    os.kill(victim, signal.SIGCONT)
    done.wait(120)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())


def test_the_coordinator_stopped_and_continued(origin, start_crawl):
    """D9: who was itself stopped blames nobody; workers wait, say Hello again, nothing is lost."""
    world = origin(pages=1500, latency=50, hosts=50)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "2", "-c", 8, "-v")
    wait_for_pages(done, 20)
    done.signal(signal.SIGSTOP)
    time.sleep(8)
    done.signal(signal.SIGCONT)
    done.wait(120)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())


@pytest.mark.parametrize("again", ["the same run", "another run"])
def test_a_coordinator_is_killed_and_another_takes_its_place(resumable, programs, again):
    """D35: workers that are connected join it, in a new session; what they still hold of the old one counts for nothing."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    run = resumable("-w", "0", "--listen", endpoint, "-v", pages=800, latency=100, hosts=60, links=5)
    run.arguments.remove("-q")
    workers = [programs.start("trawl-worker", "--connect", endpoint, "-c", 16, "--name", name) for name in ("one", "two")]
    first = run.start()
    wait_for_pages(first, 200)
    first.signal(signal.SIGKILL)
    assert first.program.wait(10) == 137
    done = run.finish(*(["--fresh"] if again == "another run" else []))
    for name in ("one", "two"):
        assert f"worker {name} joined" in done.stderr
    assert {worker["name"] for worker in done.summary["workers"] if worker["pages"]} == {"one", "two"}
    assert [worker.wait(5) for worker in workers] == [0, 0]


def test_a_killed_coordinator_leaves_no_orphans(origin, start_crawl):
    """D5: local workers notice the end of their parent and leave."""
    world = origin(pages=2000, latency=200)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "3", "-v")
    wait_until(lambda: done.stderr.count(" joined") == 3)
    workers = pids_of_workers(done)
    assert len(workers) == 3
    done.signal(signal.SIGKILL)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers), 5, "the workers did not leave")
    assert done.program.wait(5) == 137
