"""Goal: a clock that is set and a machine that sleeps change nothing: waiting is measured by the monotonic clock, and who
slept himself blames nobody."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from harness import checker
from harness.program import environment, free_port, wait_until


def pages_done(crawl):
    """Of a crawl with -v."""
    return len(re.findall(r"Found \d+ links", crawl.stderr))


def wait_for_pages(crawl, count):
    wait_until(lambda: pages_done(crawl) >= count, 20, f"no {count} pages from {crawl}")


def assert_undisturbed(done, world):
    """As if nothing had been: every page fetched once, by sessions that lasted."""
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    assert {page["attempts"] for page in done.pages} == {"1"}
    assert "session over: silent" not in done.stderr and "died of" not in done.stderr


@pytest.fixture
def wall_clock(tmp_path):
    """wall_clock.env(...) is an environment whose wall clock wall_clock.set("+1y") sets while programs run; the monotonic
    clock goes on."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))

    class WallClock:
        def __init__(self):
            self.file = tmp_path / "time"
            self.set("+0")

        def set(self, offset):
            fresh = tmp_path / "time.new"
            fresh.write_text(offset + "\n")
            fresh.rename(self.file)

        def env(self):
            return environment(
                LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=self.file, FAKETIME_NO_CACHE=1, FAKETIME_DONT_FAKE_MONOTONIC=1
            )

    return WallClock()


def test_the_wall_clock_is_set(origin, start_crawl, wall_clock):
    """D33: a year forward and then a day behind the beginning: no lease, session or time-out ends, no time is wrong."""
    world = origin(pages=400, latency=100, hosts=50, errors=0)
    options = ("--no-robots", "-w", 2, "-c", 8, "-v", "--log-format", "json")
    done = start_crawl("-i", world.urls, *options, env=wall_clock.env())
    wait_for_pages(done, 50)
    wall_clock.set("+1y")
    wait_for_pages(done, 150)
    assert len(set(re.findall(r'"time":"(\d{4})', done.stderr))) > 1, "the clock was not set"
    wall_clock.set("-1d")
    done.wait()
    assert_undisturbed(done, world)
    assert 0 < done.summary["seconds"] < 60
    assert all(0 <= int(page["started_ms"]) < 60000 and 0 <= int(page["total_ms"]) < 30000 for page in done.pages)


def test_a_machine_that_sleeps(origin, start_crawl):
    """D34: everything stops for longer than a session may be silent, and wakes up one after the other: nobody is blamed."""
    world = origin(pages=400, latency=100, hosts=50, errors=0)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", 2, "-c", 8, "-v")
    wait_for_pages(done, 50)
    everyone = [done.pid, *done.children(), world.program.pid]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    before = pages_done(done)
    time.sleep(6.5)
    assert pages_done(done) == before
    for pid in everyone:
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)
    done.wait()
    assert_undisturbed(done, world)


def test_a_worker_that_sleeps_while_it_waits(programs):
    """D34: no coordinator came, but for most of that time it was not there itself."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    worker = programs.start("trawl-worker", "--connect", endpoint, "--patience", "6")
    wait_until(lambda: "no answer" in worker.stderr, 10, f"not a word from {worker}")  # after 3 s
    os.kill(worker.pid, signal.SIGSTOP)
    time.sleep(4)
    os.kill(worker.pid, signal.SIGCONT)
    time.sleep(0.5)
    assert worker.running, str(worker)
    assert worker.wait(10) == 1 and "for 6 s: giving up" in worker.stderr
