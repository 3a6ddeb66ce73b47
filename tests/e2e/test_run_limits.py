"""Goal: a run ends where it was told to, as a success with the rest pending, and goes on with a higher limit until nothing is
left out: --max-pages, --max-per-host, --max-time."""

from collections import Counter
from urllib.parse import urlsplit

import pytest

from harness import checker

WORLD = {"linked": True, "pages": 400, "hosts": 4, "links": 3, "redirects": 10, "latency": 2}


@pytest.fixture
def go_on(start_crawl, tmp_path):
    """go_on(arguments...) runs the same resumable crawl again; its pages are those of all runs so far."""
    state = ["--state", tmp_path / "state", "--pages", tmp_path / "pages.tsv"]

    def run(*arguments):
        crawl = start_crawl("-d", "50", "-w", "2", *state, *arguments, output=tmp_path / "links.tsv", pages=False)
        crawl.files["pages"] = tmp_path / "pages.tsv"
        return crawl.wait(60)

    return run


def check_at_limit(done):
    assert done.code == 0 and done.summary["exit_reason"] == "limit", str(done)
    assert done.summary["pending"] > 0 and "at a limit: the same command with a higher one goes on" in done.stderr
    checker.check_crawl(done)


def by_host(pages):
    return Counter(urlsplit(page["url"]).hostname for page in pages)


def test_pages_are_limited(origin, go_on):
    """Robots files and what robots.txt refuses are none: a page is what was fetched."""
    world = origin(robots="redirect", **WORLD)
    for most in (1, 60, 60, 200):
        done = go_on("-i", world.urls, "--max-pages", most)
        check_at_limit(done)
        assert done.summary["done"] + done.summary["failed"] == most
    done = go_on("-i", world.urls)
    assert done.code == 0 and done.summary["exit_reason"] == "finished", str(done)
    checker.check_found(done, world)
    assert done.summary["refused"] > 0


def test_pages_of_each_host_are_limited(origin, go_on):
    world = origin(**WORLD)
    for most in (1, 20, 20, 50):
        done = go_on("-i", world.urls, "--max-per-host", most)
        check_at_limit(done)
        assert set(by_host(done.pages).values()) == {most}
    done = go_on("-i", world.urls)
    assert done.code == 0 and done.summary["exit_reason"] == "finished", str(done)
    checker.check_found(done, world)


def test_the_time_is_limited(origin, go_on):
    """That of all runs together; the delay alone makes the world take two seconds."""
    world = origin(**WORLD)
    slowly = ("-i", world.urls, "--delay", "0.02")
    ended = []
    for most in (0.4, 0.4, 1.2):
        done = go_on(*slowly, "--max-time", most)
        check_at_limit(done)
        ended.append(len(done.pages))
    assert ended[0] == ended[1] < ended[2]
    done = go_on("-i", world.urls)
    assert done.code == 0 and done.summary["exit_reason"] == "finished", str(done)
    checker.check_found(done, world)
