"""Goal: following, a redirect is a page whose target is another, where the scope lets it; those of the URLs listed widen it."""

import pytest

from harness import checker
from harness.capability import require

BARE, WWW, OTHER = "bare.test", "www.bare.test", "other.test"


@pytest.fixture
def names(tmp_path):
    """The words that start a program where these names are this machine; only there, in a mount namespace of its own."""
    require("mount")
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {BARE} {WWW} {OTHER}\n")
    return "unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts


@pytest.fixture
def port(routes):
    """That of a web of three names: the first one redirects to the second, whose pages redirect to the third too."""
    port = int(routes.origin.rpartition(":")[2])
    routes.add("/", b"", 301, location=f"http://{WWW}:{port}/home")
    routes.add("/home", f"<a href=/a>1</a><a href=/b>2</a><a href=http://{BARE}:{port}/c>3</a><a href=//{OTHER}/no>".encode())
    routes.add("/a", b"", 302, location=f"http://{OTHER}:{port}/outside")
    routes.add("/b", b"<a href=/d>4</a>")
    routes.add("/c", b"", 308, location=f"http://{WWW}:{port}/moved")
    routes.add("/d", b"<a href=/too/deep>5</a>")
    for path in ("/moved", "/outside", "/no", "/too/deep"):
        routes.add(path, b"nothing")
    return port


def ended(done, port):
    """(outcome, depth, redirects, final URL) of each page, without the port."""
    short = {page["url"]: page for page in done.pages}
    return {
        url.replace(f":{port}", ""): (page["outcome"], page["depth"], page["redirects"], page["final_url"].replace(f":{port}", ""))
        for url, page in short.items()
    }


def test_where_a_listed_url_is_redirected_joins_the_scope(routes, port, names, crawl):
    """http://bare.test/ leads to www.bare.test and the crawl goes on there; other pages' redirects lead nowhere new."""
    done = crawl("-d", "2", "--no-robots", "-w", "1", f"http://{BARE}:{port}/", before=names)
    assert done.code == 0, str(done)
    checker.check_crawl(done)
    assert ended(done, port) == {
        f"http://{BARE}/": ("redirected", "0", "0", f"http://{WWW}/home"),
        f"http://{WWW}/home": ("ok", "0", "1", f"http://{WWW}/home"),
        f"http://{WWW}/a": ("redirected", "1", "0", f"http://{OTHER}/outside"),
        f"http://{WWW}/b": ("ok", "1", "0", f"http://{WWW}/b"),
        f"http://{BARE}/c": ("redirected", "1", "0", f"http://{WWW}/moved"),
        f"http://{WWW}/moved": ("ok", "1", "1", f"http://{WWW}/moved"),
        f"http://{WWW}/d": ("ok", "2", "0", f"http://{WWW}/d"),
    }
    assert done.summary["skipped_by"]["scope"] == 2  # a link, and a redirect
    assert sorted(routes.asked) == ["/", "/a", "/b", "/c", "/d", "/home", "/moved"]


@pytest.mark.parametrize("scope, asked", [("host", "/ /a"), ("domain", "/ /a"), ("any", "/ /a /outside")])
def test_a_redirect_out_of_scope_ends_there(routes, crawl, scope, asked):
    """Its page is done as `redirected`, the target is counted as a link skipped and never asked for."""
    port = routes.origin.rpartition(":")[2]
    routes.add("/", b"<a href=/a>1</a>")
    routes.add("/a", b"<a href=/in/a/redirect>", 302, location=f"http://localhost:{port}/outside")
    routes.add("/outside", b"<a href=/x>x</a>")
    done = crawl("-d", "1", "--scope", scope, "--no-robots", "-w", "1", routes.origin + "/")
    assert done.code == 0, str(done)
    checker.check_crawl(done)
    assert sorted(routes.asked) == asked.split()
    page = next(page for page in done.pages if page["url"] == routes.origin + "/a")
    assert (page["outcome"], page["final_url"]) == ("redirected", f"http://localhost:{port}/outside")
    assert done.summary["skipped"] == (0 if scope == "any" else 1)


def test_a_page_that_redirects_to_itself(routes, crawl):
    url = routes.add("/", b"", 302, location="/#again")
    done = crawl("-d", "1", "--no-robots", "-w", "1", url)
    (page,) = done.pages
    assert (page["outcome"], page["links"], routes.asked) == ("redirect_loop", "0", ["/"])


def test_a_chain_is_followed_as_far_as_allowed(routes, crawl):
    """Each of its URLs is a page, and counts the redirects before it (H41); a circle ends where it has been."""
    for hop in range(4):
        routes.add(f"/hop{hop}", b"", 302, location=f"/hop{hop + 1}")
    routes.add("/circle", b"", 302, location="/back")
    routes.add("/back", b"", 302, location="/circle")
    words = ("-d", "1", "--no-robots", "-w", "1", "--max-redirects", "3")
    done = crawl(*words, routes.origin + "/hop0", routes.origin + "/circle")
    found = {page["url"].removeprefix(routes.origin): (page["outcome"], page["redirects"]) for page in done.pages}
    assert found == {
        "/hop0": ("redirected", "0"),
        "/hop1": ("redirected", "1"),
        "/hop2": ("redirected", "2"),
        "/hop3": ("redirect_limit", "3"),
        "/circle": ("redirected", "0"),
        "/back": ("redirected", "1"),
    }
    assert done.summary["skipped"] == 0
