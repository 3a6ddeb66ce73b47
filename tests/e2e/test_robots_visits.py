"""Goal: a worker that is told to visit a robots.txt reports its body as it is, below 512 KiB, and what a server says of when to
come again (H64, H84)."""

import email.utils
import gzip
import io
import time

import pytest

from harness import peer
from harness.peer import OUTCOMES, pb  # puts tests/peers on the path

from coordinator import Coordinator

LIMIT = 512 * 1024
RULES = b"".join(b"Disallow: /a/path/of/this/site/%06d\n" % n for n in range(600 * 1024 // 38 + 1))


class Keeper(Coordinator):
    """Has every URL visited as a robots.txt and keeps the pages that come back, by URL."""

    kind = pb.Visit.ROBOTS

    def __init__(self, urls):
        super().__init__("tcp://127.0.0.1:*", urls, io.StringIO())
        self.pages = {}

    def kind_of(self, listed):
        return self.kind

    def on_page(self, session, page):
        self.pages[session.leases[page.lease][1]] = page
        super().on_page(session, page)


@pytest.fixture
def visit(programs):
    """visit(urls, name=value...) has one of our workers (or a Python one) visit them and returns its pages by URL; values go to
    the Keeper."""

    def run(urls, python=False, **values):
        coordinator = Keeper(urls)
        vars(coordinator).update(values)
        if python:
            worker = peer.start(programs, "worker", "--connect", coordinator.endpoint)
        else:
            worker = programs.start("trawl-worker", "--connect", coordinator.endpoint, "-c", "16")
        assert coordinator.run(30) == 0, str(worker)
        assert worker.wait(5) == 0, str(worker)
        return coordinator.pages

    return run


def ended(page):
    return OUTCOMES[page.outcome], page.status, page.truncated


def test_a_body_comes_back_as_it_is(routes, visit):
    body = b"User-agent: *\r\nDisallow: /\0\xff <a href=/x>\n"
    types = "text/plain", "text/html", "text/html; charset=utf-16", "application/octet-stream", ""
    urls = [routes.add(f"/{n}/robots.txt", body, content_type=name) for n, name in enumerate(types)]
    for url, page in visit(urls).items():
        assert ended(page) == ("ok", 200, False), url
        assert (page.body, page.bytes, page.charset) == (body, len(body), "")
        assert not page.HasField("links")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_body_is_cut_at_512_kib_decoded(routes, visit, coding):
    sizes = 0, 1, LIMIT, LIMIT + 1, len(RULES), 100 * len(RULES)
    bodies, urls = {size: (RULES * 100)[:size] for size in sizes}, {}
    for size, body in bodies.items():
        sent = gzip.compress(body, 1) if coding == "gzip" else body
        urls[routes.add(f"/{size}/robots.txt", sent, content_encoding=coding)] = size
    for url, page in visit(urls).items():
        size = urls[url]
        assert ended(page) == ("ok", 200, size > LIMIT), size
        assert page.body == bodies[size][:LIMIT], size


def test_a_redirect_is_reported_and_not_followed(routes, visit):
    url = routes.add("/robots.txt", b"Disallow: /no\n", status=301, location="/elsewhere")
    target = routes.add("/elsewhere", b"Disallow: /yes\n", content_type="text/html")
    pages = visit([url])
    assert ended(pages[url]) == ("redirected", 301, False)
    assert (pages[url].location, pages[url].body) == (b"/elsewhere", b"")
    assert (pages[target].body, ended(pages[target])) == (b"Disallow: /yes\n", ("ok", 200, False))
    assert routes.asked == ["/robots.txt", "/elsewhere"]


def test_only_a_success_has_a_body(routes, visit):
    statuses = 401, 403, 404, 410, 429, 500, 503
    urls = {routes.add(f"/{status}/robots.txt", b"Disallow: /\n", status=status): status for status in statuses}
    for url, page in visit(urls).items():
        assert ended(page) == ("http_status", urls[url], False)
        assert (page.body, page.retry_after) == (b"", 0)


@pytest.mark.parametrize("kind", ["ROBOTS", "PAGE"])
def test_when_a_server_wants_to_be_asked_again(routes, visit, kind):
    later, past = (email.utils.formatdate(time.time() + seconds, usegmt=True) for seconds in (100, -100))
    said = {"120": (120, 120), later: (60, 100), past: (0, 0), "soon": (0, 0), "999999": (86400, 86400), "0": (0, 0)}
    urls = {routes.add(f"/{n}", b"", status=503, retry_after=value): value for n, value in enumerate(said)}
    for url, page in visit(urls, kind=pb.Visit.Kind.Value(kind)).items():
        least, most = said[urls[url]]
        assert least <= page.retry_after <= most, urls[url]


def test_many_at_once(routes, visit):
    """Each another, all in the worker at the same time: none is lost, mixed up or too large for a message."""
    bodies = {f"/{n}": RULES[n : n + LIMIT - n % 3] for n in range(60)}
    urls = [routes.add(path, body) for path, body in bodies.items()]
    pages = visit(urls)
    assert [path for url, path in zip(urls, bodies, strict=True) if pages[url].body != bodies[path]] == []


def test_a_private_address_is_refused_for_robots_too(routes, visit):
    url = routes.add("/robots.txt", b"Disallow: /\n")
    assert ended(visit([url], private_ok=False)[url]) == ("address", 0, False)
    assert routes.asked == []


def test_an_unknown_kind_is_visited_as_a_page(routes, visit):
    url = routes.add("/robots.txt", b"<a href=/x>x</a>")
    page = visit([url], kind=77)[url]
    assert ended(page) == ("ok", 200, False)
    assert (page.links.count, page.body) == (1, b"")


def test_a_python_worker_says_the_same(routes, visit):
    urls = [
        routes.add("/plain", b"Disallow: /\n"),
        routes.add("/long", RULES),
        routes.add("/none", b"", status=404),
        routes.add("/moved", b"", status=302, location="/plain"),
        routes.add("/busy", b"", status=503, retry_after="120"),
        routes.add("/too/busy", b"", status=429, retry_after=email.utils.formatdate(time.time() + 1e6)),
        routes.add("/unclear", b"", status=429, retry_after="soon"),
    ]
    pages = [
        {url: (*ended(page), page.body, page.location, page.retry_after) for url, page in visit(urls, python).items()}
        for python in (False, True)
    ]
    assert pages[0] == pages[1]
