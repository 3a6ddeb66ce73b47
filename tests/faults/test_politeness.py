"""Goal: manners hold while workers are killed: the delay of each host, and how much of it is asked for at once."""

import os
import signal
import time

import pytest

from harness import checker
from harness.world import most_at_once, smallest_gap


def crawl_with_kills(start_crawl, world, *words):
    """Kills a worker now and then. Returns the crawl, which went well all the same, and what each host was asked."""
    crawl = start_crawl("-i", world.urls, "-d", "50", "-w", "4", "-c", "256", "--retries", "5", *words)
    kills = []
    for _ in range(4):
        time.sleep(0.4)
        for pid in crawl.children()[:1] if crawl.program.running else []:
            kills.append(time.monotonic())
            os.kill(pid, signal.SIGKILL)
    crawl.wait(60)
    checker.check_exit(crawl, 0)
    checker.check_crawl(crawl, world.truth_rows())
    assert {page["outcome"] for page in crawl.pages} == {"ok"}
    assert sum(worker["deaths"] for worker in crawl.summary["workers"]) > 0
    return crawl, world.answers(kills)


@pytest.mark.parametrize("hosts, pages, delay", [(1, 8, 0.3), (100, 400, 0.3), (2000, 6000, 0.5)])
def test_a_delay_is_kept_while_workers_are_killed(origin, start_crawl, hosts, pages, delay):
    """D2: no host is asked twice within its delay, whatever becomes of who asked first; and all rows are there."""
    world = origin(pages=pages, hosts=hosts, links=2, size=500, latency=10, linked=True, errors=0, redirects=0, others=0)
    crawl, asked = crawl_with_kills(start_crawl, world, "--delay", delay)
    assert crawl.summary["most_in_flight"] == 1
    for host, answers in asked.items():
        gap = smallest_gap(answers)
        assert gap is None or gap >= delay, f"{host} was asked again after {gap:.6f} s"


@pytest.mark.parametrize("hosts, pages", [(1, 120), (100, 2000), (2000, 16000)])
def test_no_host_is_asked_for_more_at_once_while_workers_are_killed(origin, start_crawl, hosts, pages):
    """D2: what a dead worker was asking for holds its slots until it is known to be dead."""
    latency = 200 if hosts == 100 else 50
    world = origin(pages=pages, hosts=hosts, links=4, branch=5, size=500, latency=latency, linked=True, errors=0, redirects=0, others=0)
    crawl, asked = crawl_with_kills(start_crawl, world, "--per-host", "3")
    assert crawl.summary["most_in_flight"] <= 3
    for host, answers in asked.items():
        assert most_at_once(answers) <= 3, f"{host} was asked for {most_at_once(answers)} at once"


@pytest.mark.soak
def test_hosts_that_hang_are_parked_and_given_up(origin, start_crawl):
    """H16: ./dev soak parked: a few pages of each are tried, after 30, 60 and 120 s one more, the rest is not fetched; all
    others have long been done by then."""
    world = origin(pages=160, hosts=8, silent_hosts=2, errors=0, redirects=0, others=0)
    crawl = start_crawl("-i", world.urls, "-w", "2", "--no-robots", "--timeout", "1", "--retries", "0").wait(400)
    checker.check_exit(crawl, 0)
    checker.check_crawl(crawl, world.truth_rows())
    good = [page for page in crawl.pages if page["outcome"] == "ok"]
    down = [page for page in crawl.pages if page["outcome"] == "host_down"]
    assert len(good) == 120 and len(crawl.pages) == 160 and len(down) >= 40 - 2 * 10
    assert max(int(page["started_ms"]) for page in good) < 30000
    answers = world.answers()
    for host in ("127.0.0.7", "127.0.0.8"):
        asked = [answer[0] for answer in answers[host]]
        assert len(asked) <= 10
        assert [round(after - before) for before, after in zip(asked[-4:], asked[-3:])] == [31, 61, 121]
