"""Goal: following the links of a real site finds what a walk by others' means finds: pages, how far, how they end, and rows."""

import pytest

from harness import checker
from harness.walk import Walk


@pytest.fixture(scope="module")
def start(site):
    return f"http://127.0.0.1:{site.port}/postgresql-doc-15/html/index.html"


@pytest.fixture(scope="module")
def walk(start, oracle, tmp_path_factory):
    """All of one manual."""
    found = Walk(oracle, tmp_path_factory.mktemp("walk"), start, 50)
    assert len(found.pages) > 1000
    return found


@pytest.fixture(scope="module")
def short_walk(start, oracle, tmp_path_factory):
    return Walk(oracle, tmp_path_factory.mktemp("short"), start, 1)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_real_site_is_walked_whole(start, walk, crawl, workers):
    walk.check(crawl("-d", "50", "--no-robots", "-w", workers, start, timeout=120))


def test_no_deeper_than_asked(start, short_walk, walk, crawl):
    assert len(short_walk.pages) < len(walk.pages)
    short_walk.check(crawl("-d", "1", "--no-robots", "-w", "2", start, timeout=120))


def test_a_limit_that_is_raised_leaves_nothing_out(start, walk, crawl, tmp_path):
    """Stopped by --max-pages, gone on with a higher one, at last with none: the sets are those of one run."""
    outputs = {"output": tmp_path / "links.tsv"}
    at = ["--state", tmp_path / "state", "--pages", tmp_path / "pages.tsv"]
    for most in (50, 400):
        done = crawl("-d", "50", "--no-robots", *at, "--max-pages", most, start, pages=False, timeout=120, **outputs)
        assert done.code == 0 and done.summary["exit_reason"] == "limit", str(done)
        assert done.summary["done"] + done.summary["failed"] == most
    done = crawl("-d", "50", "--no-robots", *at, start, pages=False, timeout=120, **outputs)
    done.pages = checker.parse_pages((tmp_path / "pages.tsv").read_bytes())
    walk.check(done)
