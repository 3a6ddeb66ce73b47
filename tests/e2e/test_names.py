"""Goal: host names are looked up as this machine is told to (resolv.conf, hosts), once while the answer holds; what cannot be
found fails as what it is, and what nobody could say is asked for again (H1, H2, H3, H5)."""

import json

import pytest

from harness import checker
from harness.capability import require
from harness.names import Names
from harness.program import path_of

ANSWERS = {
    "one.test": ["127.0.0.1"],
    "second.test": ["127.0.0.5 127.0.0.1"],
    "dead.test": ["127.0.0.5 127.0.0.6"],
    "servfail.test": ["servfail"],
    "silent.test": ["silent"],
    "wrong.test": ["127.0.0.5"],  # the file of hosts knows better
    "flaky.test": ["servfail"] * 3 + ["127.0.0.1"],
}
OUTCOMES = {
    "one.test": "ok",
    "second.test": "ok",
    "dead.test": "connect",
    "servfail.test": "dns_temporary",
    "silent.test": "dns_temporary",
    "nxdomain.test": "dns",
    "wrong.test": "ok",
    "filed.test": "ok",
    "any.localhost": "ok",
    "localhost": "ok",
}


@pytest.fixture
def crawl_names(programs):
    """crawl_names(urls, option...) crawls them in a network of these names. Returns it, and the pages by URL."""
    require("mount", "netns")

    def run(urls, *options):
        names = Names(programs, ANSWERS, "127.0.0.1 wrong.test filed.test")
        at = programs.directory
        given = ("--no-robots", "-w", "1", "--timeout", "4", "-o", at / "links", "--pages", at / "pages", "--summary", at / "sum")
        done = names.start(path_of("trawl"), *given, *options, *urls)
        assert done.wait(60) == 0, str(done)
        summary = json.loads((at / "sum").read_text())
        assert summary["admitted"] == len(urls) == summary["done"] + summary["failed"], summary
        return names, {row["url"]: row for row in checker.parse_pages((at / "pages").read_bytes())}

    return run


def test_each_name_has_its_outcome(crawl_names):
    """H1, H2, H3, H5: answers, none, failure and silence of the name server; hosts and localhost come before it."""
    names, pages = crawl_names([f"http://{host}/" for host in OUTCOMES], "--retries", "0")
    assert {url: page["outcome"] for url, page in pages.items()} == {f"http://{h}/": word for h, word in OUTCOMES.items()}
    assert [names.questions(host) for host in ("wrong.test", "filed.test", "localhost", "any.localhost")] == [0, 0, 0, 0]


def test_a_name_is_asked_for_once(crawl_names):
    """A host of many pages costs one question, and its connections are used again."""
    names, pages = crawl_names([f"http://{host}/{n}" for n in range(50) for host in ("one.test", "nxdomain.test")])
    assert sorted(page["outcome"] for page in pages.values()) == ["dns"] * 50 + ["ok"] * 50
    assert (names.questions("one.test"), names.questions("nxdomain.test")) == (1, 1)


def test_what_nobody_could_say_is_asked_for_again(crawl_names):
    """H2: the name server knows the second time."""
    _, pages = crawl_names(["http://flaky.test/"], "--retries", "2")
    page = pages["http://flaky.test/"]
    assert page["outcome"] == "ok" and int(page["attempts"]) > 1, page
