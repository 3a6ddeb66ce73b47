"""Goal: what the made-up web says of itself is true of what it serves: depths, robots.txt, hosts, refusals, times."""

import subprocess
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urljoin, urlsplit

import pytest

from harness.checker import assert_same_rows
from harness.program import environment, path_of
from harness.world import most_at_once, smallest_gap


def ask(url):
    """Status, headers and body of one answer; redirects are not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def walk(world, any_host):
    """Depths by the rows of the truth and by what redirects really say: {url: depth}."""
    links, depths = defaultdict(set), {}
    for source, link in world.truth_rows():
        links[source].add(link.split("#")[0])
    redirects = {url for url, (outcome, _, _) in world.found().items() if outcome in ("redirected", "redirect_loop")}
    hosts = {urlsplit(url).hostname for url in world.url_list()}
    level, depth = world.url_list(), 0
    while level:
        deeper = []
        while level:
            url = level.pop()
            if url in depths or not (any_host or urlsplit(url).hostname in hosts):
                continue
            depths[url] = depth
            if url in redirects:
                level.append(urljoin(url, ask(url)[1]["Location"]))
            deeper += links[url]
        level, depth = deeper, depth + 1
    return depths


@pytest.mark.parametrize(
    "world",
    [
        {"hosts": 1, "links": 3},
        {"hosts": 20, "links": 2, "across": 20, "errors": 8, "redirects": 10, "robots": "part"},
        {"hosts": 30, "links": 2, "across": 10, "starts": 5, "scope": "any", "robots": "mixed", "silent_hosts": 3},
        {"hosts": 30, "links": 5, "across": 10, "starts": 5, "robots": "mixed", "branch": 2},
    ],
)
def test_depths_of_a_linked_world(origin, crawl, tmp_path, world):
    """Found by walking what is served; and the rows are those that trawl reads on its pages."""
    made = origin(linked=True, pages=900, **world)
    found = made.found()
    assert walk(made, world.get("scope") == "any") == {url: depth for url, (_, _, depth) in found.items()}
    listed = tmp_path / "found.txt"
    listed.write_text("".join(url + "\n" for url, (outcome, _, _) in found.items() if outcome == "ok"))
    assert_same_rows(crawl("-i", listed, "--no-robots", "-w", "1").rows, made.truth_rows())


def test_robots_txt_says_what_the_truth_says(origin):
    """trawl-robots reads the same out of each host's file as the origin has put into it (H84)."""
    hosts, pages = 9, 180
    made = origin(linked=True, pages=pages, hosts=hosts, links=0, errors=0, redirects=0, others=0, branch=1, robots="mixed")
    found, refused = made.found(), 0
    for host in range(hosts):
        urls = [url for url in found if urlsplit(url).hostname == f"127.0.0.{host + 1}"]
        try:
            text = urllib.request.urlopen(f"http://127.0.0.{host + 1}:{made.port}/robots.txt", timeout=30).read()
        except urllib.error.HTTPError as error:
            assert (error.code, len(urls)) in ((404, pages / hosts), (500, 1))
            continue
        for url in urls:
            done = subprocess.run(
                [path_of("trawl-robots"), "--gate", "trawl", url], input=text, env=environment(), capture_output=True, check=False
            )
            assert done.returncode == (found[url][0] == "robots"), (url, found[url], done)
            refused += done.returncode
    assert refused > 5


def test_thousands_of_hosts(origin, crawl):
    made = origin(pages=2000, hosts=2000, links=2, size=300)
    listed = crawl("-i", made.urls, "--no-robots", "-w", "1", "-c", "256")
    assert_same_rows(listed.rows, made.truth_rows())
    assert len({urlsplit(url).hostname for url in made.url_list()}) == 2000


def test_the_log_shows_how_a_host_was_asked(origin):
    """Gaps and parallelism, as tests of politeness read them, of requests whose times are known."""
    made = origin(pages=40, hosts=2, latency=200, errors=0, redirects=0, others=0)
    ones = [url for url in made.url_list() if urlsplit(url).hostname == "127.0.0.1"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, ones[:8]))
    ask(made.url_list()[1])
    ask(made.url_list()[1])
    answers = made.answers()
    assert most_at_once(answers["127.0.0.1"]) == 8
    assert smallest_gap(answers["127.0.0.1"]) < 0
    assert most_at_once(answers["127.0.0.2"]) == 1
    assert smallest_gap(answers["127.0.0.2"]) > 0
    assert all(answered - asked >= 0.19 for answers_of in answers.values() for asked, answered, _, _ in answers_of)


def test_a_host_that_is_asked_too_much_refuses(origin):
    made = origin(pages=10, hosts=1, refuse_first=2, refuse_with=503, retry_after="date", errors=0, redirects=0, others=0)
    answers = [ask(made.url_list()[0]) for _ in range(3)]
    assert [status for status, _, _ in answers] == [503, 503, 200]
    assert answers[0][1]["Retry-After"].endswith(" GMT")
