"""Goal: manners hold while workers are killed: the delay of each host, and how much of it is asked for at once."""

import os
import signal
import time

import pytest

from harness import checker


@pytest.mark.parametrize("hosts, pages, delay", [(1, 10, 0.2), (100, 400, 0.3), (2000, 6000, 0.5)])
def test_a_delay_is_kept_while_workers_are_killed(origin, start_crawl, hosts, pages, delay):
    """D2: no host is asked twice within its delay, whatever becomes of who asked first; and all rows are there."""
    latency = 0.1
    world = origin(pages=pages, hosts=hosts, links=2, size=500, latency=100, linked=True, errors=0, redirects=0, others=0)
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
        # The origin learns that somebody is gone when it answers: ends are up to a latency late.
        for before, after in zip(answers, answers[1:]):
            assert after[0] - before[1] >= delay - latency, f"{host} was asked again too soon: {before} {after}"
            assert after[0] - before[0] >= delay, f"{host} was asked again too soon: {before} {after}"
