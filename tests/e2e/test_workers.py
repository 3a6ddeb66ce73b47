"""Goal: however many workers, on whichever wire, the rows are the same; workers join and leave as they like."""

import signal

import pytest

from harness import checker
from harness.program import free_port


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_local_workers_writes_the_same_rows(origin, crawl, workers):
    world = origin(pages=2000)
    done = crawl("-i", world.urls, "--no-robots", "-w", workers, "-c", 16)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    checker.assert_same_outcomes(done.pages, world.outcome_rows())
    assert len(done.summary["workers"]) == workers


@pytest.mark.quick
def test_workers_over_tcp_one_of_them_there_before_the_coordinator(origin, programs, start_crawl):
    world, endpoint = origin(pages=1000, latency=50), f"tcp://127.0.0.1:{free_port()}"
    early = programs.start("trawl-worker", "--connect", endpoint, "--name", "early")
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "0", "--listen", endpoint, "-v")
    done.wait_for("worker early joined")
    late = programs.start("trawl-worker", "--connect", endpoint, "--name", "late")
    done.wait()
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    assert early.wait(5) == late.wait(5) == 0
    assert {worker["name"] for worker in done.summary["workers"] if worker["pages"]} == {"early", "late"}


def test_a_crew_of_two_processes_over_tcp(origin, programs, crawl):
    world, endpoint = origin(pages=1000), f"tcp://127.0.0.1:{free_port()}"
    crew = programs.start("trawl-worker", "--connect", endpoint, "-w", "2", "--name", "crew")
    done = crawl("-i", world.urls, "--no-robots", "--listen", endpoint)
    assert done.code == 0, str(done)
    checker.check_crawl(done, world.truth_rows())
    assert {worker["name"] for worker in done.summary["workers"]} == {"crew-1", "crew-2"}
    assert crew.wait(5) == 0


def test_a_worker_that_is_asked_to_leave_loses_nothing(origin, programs, start_crawl):
    """D40 for a worker: SIGTERM finishes what it fetches, gives back the rest, says Bye."""
    world, endpoint = origin(pages=1000, latency=50), f"tcp://127.0.0.1:{free_port()}"
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "--listen", endpoint, "-v")
    guest = programs.start("trawl-worker", "--connect", endpoint, "--name", "guest", "-v")
    done.wait_for("worker guest joined")
    guest.signal(signal.SIGTERM)
    assert guest.wait(10) == 0
    done.wait()
    assert done.code == 0, str(done)
    assert "worker guest: session over: it left" in done.stderr
    checker.check_crawl(done, world.truth_rows())


def test_the_coordinator_drains_on_ctrl_c_and_says_what_is_pending(origin, start_crawl):
    """D40: the first SIGINT finishes what is in flight; rows of whole pages stand, the rest is pending, exit 130."""
    world = origin(pages=3000, latency=100, errors=0, redirects=0, hosts=20)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "-c", 16, "-v")
    done.wait_for("Found ")
    done.signal(signal.SIGINT)
    done.wait(20)
    assert done.code == 130, str(done)
    checker.check_crawl(done)
    truth = set(world.truth_rows())
    assert done.rows and set(done.rows) <= truth
    assert done.summary["exit_reason"] == "interrupted" and done.summary["pending"] > 0


def test_ctrl_c_twice_stops_at_once(origin, start_crawl):
    """D40: the second SIGINT does not wait for pages that take their time."""
    world = origin(pages=200, latency=20000, errors=0, redirects=0)
    done = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "-v")
    done.wait_for("joined")
    done.signal(signal.SIGTERM)
    done.wait_for("once more stops at once")
    done.signal(signal.SIGTERM)
    done.wait(8)
    assert done.code == 143, str(done)
    checker.check_crawl(done)


def test_a_real_site_whole_and_exact(site, oracle, crawl, tmp_path):
    """All pages of the manuals, against parse5 and Node's URL."""
    done = crawl("-i", site.urls, "--links", "a", "--no-robots", "--per-host", "256", timeout=180)
    assert done.code == 0, str(done)
    assert done.summary["failed"] == 0
    checker.check_crawl(done, oracle(site.pages, tmp_path / "oracle.tsv", kind="a"))
