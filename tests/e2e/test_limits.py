"""Goal: every ceiling of the design holds: what is at the limit is taken whole, one beyond is cut, counted and marked
(H41, H43, H48, H70, H83)."""

import gzip

import pytest

from harness import checker

URL = 8192
LINKS = 50_000
LINK_BYTES = 4 * 1024 * 1024
BODY = 8 * 1024 * 1024
REDIRECTS = 10


def crawl_one(crawl, tmp_path, url, *arguments):
    listed = tmp_path / "list"
    listed.write_text(url + "\n")
    done = crawl("-i", listed, "--no-robots", "-w", "1", *arguments)
    checker.check_crawl(done)
    (page,) = done.pages
    return done, page


def ending_in_a_link(size):
    """A page of that many bytes that begins and ends with a link."""
    first, last = b"<!DOCTYPE html><a href=/first>f</a>\n", b"<a href=/last>l</a>"
    return first + b"<p>words \n" * ((size - len(first) - len(last)) // 10) + b" " * ((size - len(first) - len(last)) % 10) + last


@pytest.mark.parametrize("parser", ["auto", "tidy", "none"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_a_body(routes, crawl, tmp_path, parser, coding, beyond):
    """Decoded bytes count; what is there by then is parsed."""
    limit = 300_000  # tidy takes seconds for the standard one, which has a test below
    body = ending_in_a_link(limit + beyond)
    headers = {"content_encoding": "gzip"} if coding == "gzip" else {}
    url = routes.add("/", gzip.compress(body) if headers else body, **headers)
    done, page = crawl_one(crawl, tmp_path, url, "--max-body", str(limit), "--parser", parser)
    assert (page["outcome"], page["bytes"], page["truncated"]) == ("ok", str(limit), str(beyond))
    assert done.summary["truncated"] == beyond
    # One byte beyond is the last one of the closing tag, which no link needs.
    assert len(done.rows) == (0 if parser == "none" else 2)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_body_of_the_standard_size(routes, crawl, tmp_path, beyond):
    url = routes.add("/", ending_in_a_link(BODY + beyond))
    done, page = crawl_one(crawl, tmp_path, url)
    assert (page["outcome"], page["bytes"], page["truncated"]) == ("ok", str(BODY), str(beyond))
    assert {link for _, link in done.rows} == {routes.origin + "/first", routes.origin + "/last"}


def test_a_bomb_is_not_decoded_to_its_end(routes, crawl, tmp_path):
    """H48: 200 KB of gzip that are 200 MB."""
    url = routes.add("/", gzip.compress(b"<a href=/first>f</a>" + bytes(200_000_000), 9), content_encoding="gzip")
    done, page = crawl_one(crawl, tmp_path, url)
    assert (page["outcome"], page["bytes"], page["truncated"]) == ("ok", str(BODY), "1")
    assert done.rows == [(url, routes.origin + "/first")]


def of_length(origin, size):
    return origin + "/" + "u" * (size - len(origin) - 1)


def test_a_listed_url(routes, crawl, tmp_path):
    longest = of_length(routes.origin, URL)
    routes.add(longest[len(routes.origin) :], b"<a href=x>")
    (tmp_path / "list").write_text(f"{longest}\n{longest}u\n")
    done = crawl("-i", tmp_path / "list", "--no-robots", "-w", "1")
    assert done.code == 0
    assert (done.summary["done"], done.summary["malformed"]) == (1, 1)
    assert "line 2" in done.stderr and "longer than 8192 bytes" in done.stderr
    assert done.rows == [(longest, routes.origin + "/x")]


def test_the_url_of_a_link(routes, crawl, tmp_path):
    longest = of_length(routes.origin, URL)
    path = longest[len(routes.origin) :]
    url = routes.add("/", f"<a href={longest}>1</a><a href={path}u>2</a><a href={path}?>3</a><a href=/x>4</a>".encode())
    done, page = crawl_one(crawl, tmp_path, url)
    assert [link for _, link in done.output] == [longest, routes.origin + "/x"]
    assert page["outcome"] == "ok"


@pytest.mark.parametrize("parser", ["auto", "tidy"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_the_links_of_a_page(routes, crawl, tmp_path, parser, beyond):
    count = LINKS + beyond
    url = routes.add("/", b"<!DOCTYPE html>" + b"".join(b"<a href=%d>" % n for n in range(count)))
    done, page = crawl_one(crawl, tmp_path, url, "--parser", parser)
    if page["outcome"] == "parse_aborted":
        return  # on a slow machine tidy's budget of time may come first
    assert (page["outcome"], page["links"], page["truncated"]) == ("ok", str(LINKS), str(beyond))
    assert [link for _, link in done.output] == [f"{routes.origin}/{n}" for n in range(LINKS)]


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_bytes_of_a_pages_links(routes, crawl, tmp_path, beyond):
    """They count as they travel, joined by a byte."""
    count, size = 1024, 4095
    links = [f"{routes.origin}/{n:06}" for n in range(count)]
    links = [link + "p" * (size - len(link)) for link in links]
    assert len("\n".join(links)) == LINK_BYTES - 1
    links[-1] += "p" * (1 + beyond)
    url = routes.add("/", "".join(f"<a href={link}>" for link in links).encode())
    done, page = crawl_one(crawl, tmp_path, url)
    assert (page["outcome"], page["links"], page["truncated"]) == ("ok", str(count - beyond), str(beyond))
    assert [link for _, link in done.output] == links[: count - beyond]


def chain(routes, hops):
    for hop in range(hops):
        routes.add(f"/hop{hop}", b"", 302, location=f"/hop{hop + 1}")
    routes.add(f"/hop{hops}", b"<a href=/x>")
    return routes.origin + "/hop0"


@pytest.mark.parametrize("arguments, limit", [((), REDIRECTS), (("--max-redirects", "3"), 3), (("--max-redirects", "0"), 0)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_redirects(routes, crawl, tmp_path, arguments, limit, beyond):
    """H41: the chain's end is told, and what is beyond it never asked for."""
    url = chain(routes, limit + beyond)
    done, page = crawl_one(crawl, tmp_path, url, *arguments)
    assert page["outcome"] == ("redirect_limit" if beyond else "ok")
    assert page["redirects"] == str(limit) and page["final_url"] == f"{routes.origin}/hop{limit}"
    assert done.rows == ([] if beyond else [(url, routes.origin + "/x")])
    assert routes.asked == [f"/hop{hop}" for hop in range(limit + 1)]


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_target_of_a_redirect(routes, crawl, tmp_path, beyond):
    """H43"""
    target = of_length(routes.origin, URL + beyond)
    routes.add(target[len(routes.origin) :], b"<a href=/x>")
    url = routes.add("/from", b"", 301, location=target)
    _, page = crawl_one(crawl, tmp_path, url)
    assert page["outcome"] == ("redirect_bad" if beyond else "ok")
