"""Goal: requests carry what the user added (-H), go where he says (--proxy, -k), and tell nobody else his credentials."""

import base64
import subprocess

import pytest

from harness import checker

ADDED = ("-H", "Accept-Language: de", "-H", "Cookie: a=b", "-H", "Authorization: Basic eA==", "-H", "X-Key: k")


def page_with(link):
    return f"<a href={link}>x</a>".encode()


def check_heard(headers, credentials):
    assert headers["Accept-Language"] == "de" and headers["X-Key"] == "k"
    assert (headers["Cookie"], headers["Authorization"]) == (("a=b", "Basic eA==") if credentials else (None, None))


def test_headers_of_a_listed_page_and_its_robots(routes, crawl):
    done = crawl(routes.add("/", page_with("/x")), *ADDED, "-w", "1")
    checker.check_crawl(done, [(routes.origin + "/", routes.origin + "/x")])
    check_heard(routes.headers_of("/robots.txt"), True)
    check_heard(routes.headers_of("/"), True)


@pytest.mark.parametrize("listed", [False, True])
def test_credentials_do_not_follow_a_redirect_elsewhere(routes, more_routes, crawl, listed):
    """Neither with -d 0 to another origin, even if it is listed itself; back at home they are sent again."""
    other = more_routes()
    urls = [routes.add("/", b"", 302, location=other.origin + "/away")]
    urls += [other.add("/own", page_with("/x"))] if listed else []
    other.add("/away", b"", 302, location=routes.origin + "/home")
    routes.add("/home", page_with("/x"))
    done = crawl(*urls, *ADDED, "-w", "1")
    assert [page["outcome"] for page in done.pages] == ["ok"] * len(urls), done.pages
    for at, path, credentials in ((routes, "/", True), (other, "/away", False), (routes, "/home", True)):
        check_heard(at.headers_of(path), credentials)
    check_heard(other.heard[0], listed)  # robots.txt
    if listed:
        check_heard(other.headers_of("/own"), True)


def test_credentials_do_not_follow_links_elsewhere(routes, more_routes, crawl):
    """With --scope any, links and a redirect to another origin, and links to ours."""
    other = more_routes()
    url = routes.add("/", page_with("/deep") + page_with(other.origin + "/linked") + page_with("/moved"))
    routes.add("/deep", page_with("/"))
    routes.add("/moved", b"", 302, location=other.origin + "/reached")
    other.add("/linked", page_with(routes.origin + "/back"))
    other.add("/reached", b"")
    routes.add("/back", b"")
    done = crawl(url, "-d", "2", "--scope", "any", *ADDED, "-w", "1")
    checker.check_crawl(done)
    for path in ("/", "/deep", "/moved", "/back"):
        check_heard(routes.headers_of(path), True)
    for path in ("/linked", "/reached", "/robots.txt"):
        check_heard(other.headers_of(path), False)


def test_credentials_of_a_resumed_run(routes, more_routes, crawl, tmp_path):
    """Renewed; the next process still knows whom they are for."""
    other = more_routes()
    routes.add("/1", page_with("/2"))
    routes.add("/2", page_with(other.origin + "/3"))
    other.add("/3", b"")
    given = ["-d", "5", "--scope", "any", "--no-robots", "-w", "1", "--state", tmp_path / "state"]
    files = {"output": tmp_path / "rows"}
    crawl("-H", "Cookie: old", "--max-pages", "1", routes.origin + "/1", *given, pages=False, **files)
    done = crawl("-H", "Cookie: new", routes.origin + "/1", *given, pages=False, **files)
    assert done.summary["done"] == 3, str(done)
    assert [routes.headers_of(path)["Cookie"] for path in ("/1", "/2")] == ["old", "new"]
    assert other.headers_of("/3")["Cookie"] is None


def test_everything_goes_through_the_proxy(routes, crawl):
    """Names that nobody could look up, a redirect among them; a page that the proxy does not give is a failed page."""
    start, moved, missing = "http://one.invalid/", "http://two.invalid:81/b", "http://three.invalid/"
    routes.answers[start] = (302, {"location": moved}, b"")
    routes.answers[moved] = (200, {}, page_with("/x"))
    routes.answers[missing] = (503, {}, b"")
    proxy = routes.origin.replace("http://", "http://me:pass%20word@")
    done = crawl(start, missing, "--proxy", proxy, "--no-robots", "-w", "1")
    assert done.rows == [(start, "http://two.invalid:81/x")]
    assert {page["url"]: page["outcome"] for page in done.pages} == {start: "ok", missing: "http_status"}
    assert set(routes.asked) == {start, moved, missing}
    for headers in routes.heard:
        assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"me:pass word").decode()
    assert "pass" not in str(done.stderr)


def test_a_proxy_that_is_not_there(crawl):
    done = crawl("http://one.invalid/", "--proxy", "http://127.0.0.1:1", "--no-robots", "-w", "1")
    assert done.code == 3
    assert [page["outcome"] for page in done.pages] == ["connect"]


def test_a_proxy_that_refuses_to_connect(routes, crawl):
    """To a server with TLS it should lend a connection."""
    done = crawl("https://one.invalid/", "--proxy", routes.origin, "--no-robots", "-w", "1")
    assert done.code == 3
    assert [page["outcome"] for page in done.pages] == ["connect"]


@pytest.mark.parametrize("options,outcome", [((), "tls"), (("-k",), "ok"), (("--no-verify",), "ok")])
def test_a_certificate_of_ones_own(more_routes, crawl, tmp_path, options, outcome):
    certificate = tmp_path / "own.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*words, "-keyout", certificate, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + (tmp_path / "cert.pem").read_text())
    server = more_routes(certificate=certificate)
    done = crawl(server.add("/", page_with("/x")), "--no-robots", "-w", "1", *options)
    assert [page["outcome"] for page in done.pages] == [outcome], str(done)
    assert len(done.rows) == (outcome == "ok")
    if outcome == "tls":  # and with robots.txt before it
        done = crawl(server.origin + "/", "-w", "1")
        assert [page["outcome"] for page in done.pages] == [outcome], str(done)
        assert "/robots.txt: tls: SSL certificate problem: self-signed certificate: the pages of this host" in done.stderr
