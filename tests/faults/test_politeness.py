"""Goal: manners hold while workers are killed: the delay of each host, and how much of it is asked for at once."""

import os
import signal
import time

import pytest

from harness import checker


@pytest.mark.parametrize("hosts, pages, delay", [(1, 8, 0.3), (100, 400, 0.3), (2000, 6000, 0.5)])
def test_a_delay_is_kept_while_workers_are_killed(origin, start_crawl, hosts, pages, delay):
    """D2: no host is asked twice within its delay, whatever becomes of who asked first; and all rows are there."""
    world = origin(pages=pages, hosts=hosts, links=2, size=500, latency=10, linked=True, errors=0, redirects=0, others=0)
    crawl = start_crawl("-i", world.urls, "-d", "50", "-w", "4", "-c", "256", "--delay", delay, "--retries", "5")
    for _ in range(4):
        time.sleep(0.3)
        for pid in crawl.children()[:1] if crawl.program.running else []:
            os.kill(pid, signal.SIGKILL)
    crawl.wait(60)
    checker.check_exit(crawl, 0)
    checker.check_crawl(crawl, world.truth_rows())
    assert {page["outcome"] for page in crawl.pages} == {"ok"}
    assert sum(worker["deaths"] for worker in crawl.summary["workers"]) > 0
    assert crawl.summary["most_in_flight"] == 1
    for host, answers in world.answers().items():
        paths = [path for _, _, path, _ in answers]
        for i, (before, after) in enumerate(zip(answers, answers[1:])):
            # What was asked for again was lost with its worker, and the origin learns that late.
            since, slack = (before[0], 0.1) if paths[i] in paths[i + 1 :] else (before[1], 0)
            assert after[0] - since >= delay - slack, f"{host} was asked again too soon: {before} {after}"


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
