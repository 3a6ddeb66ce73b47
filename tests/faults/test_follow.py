"""Goal: a walk along links that is killed and run again finds what one by others' means finds, each page and row once."""

import random
import re
import signal
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from harness import checker
from harness.walk import Walk


@pytest.fixture
def start_walk(start_crawl, tmp_path):
    """start_walk(arguments...) starts the same resumable crawl again and again."""
    (tmp_path / "disk").mkdir()
    files = ["--state", tmp_path / "disk/state", "--pages", tmp_path / "disk/pages.tsv"]

    def start(*arguments):
        crawl = start_crawl(
            "-d", "50", "--no-robots", *files, *arguments, output=tmp_path / "disk/links.tsv", pages=False
        )
        crawl.files["pages"] = tmp_path / "disk/pages.tsv"
        return crawl

    return start


def test_a_walk_killed_in_the_middle(site, oracle, start_walk, tmp_path):
    """kill -9 at seeded times, slowed down by a delay, then at full speed to the end."""
    start = f"http://127.0.0.1:{site.port}/postgresql-doc-15/html/index.html"
    walk = Walk(oracle, tmp_path / "walk", start, 50)
    rng = random.Random(1)
    for _ in range(3):
        crawl = start_walk("-w", "2", "--delay", "0.01", start)
        time.sleep(rng.uniform(1.2, 2.5))
        assert crawl.running, str(crawl)
        crawl.signal(signal.SIGKILL)
        crawl.program.wait(10)
    done = start_walk("-w", "2", start).wait(120)
    walk.check(done)
    assert sum(worker["pages"] for worker in done.summary["workers"]) < len(walk.pages)


@pytest.mark.parametrize("limit, most", [("--max-pages", 250), ("--max-per-host", 60), ("--max-time", 1.5)])
def test_a_limit_holds_over_kills(origin, start_crawl, tmp_path, limit, most):
    """What was fetched and not kept counts for nothing; what was kept counts, and without the limit the rest follows."""
    world = origin(linked=True, pages=400, hosts=4, links=3, redirects=10, latency=2)
    files = ["--state", tmp_path / "state", "--pages", tmp_path / "pages.tsv"]

    def start(*arguments):
        given = "-i", world.urls, "-d", "50", "-w", "2", "--no-robots", *files, *arguments
        crawl = start_crawl(*given, output=tmp_path / "links.tsv", pages=False)
        crawl.files["pages"] = tmp_path / "pages.tsv"
        return crawl

    slowly = "--delay", "0.02", limit, most
    rng = random.Random(2)
    for _ in range(2):
        crawl = start(*slowly)
        time.sleep(rng.uniform(0.5, 1.3))
        crawl.signal(signal.SIGKILL)
        crawl.program.wait(10)
    done = start(*slowly).wait(60)
    assert done.code == 0 and done.summary["exit_reason"] == "limit", str(done)
    checker.check_crawl(done)
    if limit == "--max-pages":
        assert len(done.pages) == most
    if limit == "--max-per-host":
        assert set(Counter(urlsplit(page["url"]).hostname for page in done.pages).values()) == {most}
    done = start().wait(60)
    checker.check_exit(done, 0)
    checker.check_found(done, world)


@pytest.mark.soak
def test_a_large_site_is_walked_whole(site, oracle, start_crawl, start_walk, tmp_path):
    """./dev soak large: ten thousand pages, by one, two and four workers, and by two that are killed with their coordinator."""
    start = f"http://127.0.0.1:{site.port}/openjdk-17-doc/api/index.html"
    walk = Walk(oracle, tmp_path / "walk", start, 50)
    assert len(walk.pages) > 10000
    for workers in (1, 2, 4):
        done = start_crawl("-d", "50", "--no-robots", "-w", workers, start).wait(300)
        walk.check(done)
        print(f"{workers} workers: {len(done.pages)} pages, {len(done.rows)} rows, {done.summary['seconds']:.1f} s")
    for _ in range(3):
        crawl = start_walk("-w", "2", "--delay", "0.001", start)
        time.sleep(2)
        assert crawl.running, str(crawl)
        crawl.signal(signal.SIGKILL)
        crawl.program.wait(10)
    done = start_walk("-w", "2", start).wait(300)
    walk.check(done)
    print(f"2 workers, killed 3 times: {re.search('resuming.*', done.stderr).group()}")
