"""Goal: -f jsonl writes one page a line, failures too, that any JSON reader reads, with the links of the TSV rows."""

import socket
import threading

import pytest

from harness import checker

ALSO_IN_PAGES = ["url", "outcome", "status", "final_url", "redirects", "bytes", "attempts", "worker"]


@pytest.fixture
def jsonl(crawl, tmp_path):
    """jsonl(arguments...) crawls into JSON lines and returns the crawl and the pages."""

    def run(*arguments, **options):
        done = crawl(*arguments, "-f", "jsonl", "-o", tmp_path / "pages.jsonl", "--no-robots", output=False, **options)
        return done, checker.parse_json_lines((tmp_path / "pages.jsonl").read_bytes())

    return run


@pytest.mark.quick
def test_a_made_up_web_has_the_same_links_and_ends(origin, jsonl):
    world = origin(pages=300, hosts=20, errors=20, redirects=20, others=10)
    done, pages = jsonl("-i", world.urls)
    assert done.code == 0, str(done)
    rows = checker.rows_of(pages)
    checker.assert_same_rows(rows, world.truth_rows())
    assert done.summary["rows"] == len(rows)
    assert len(pages) == len(done.pages) == done.summary["admitted"]
    checker.assert_same_outcomes(
        [dict(page, status=str(page["status"] or "")) for page in pages], world.outcome_rows()
    )


def test_a_line_says_what_the_pages_table_says(origin, jsonl):
    world = origin(pages=200, hosts=20, errors=20, redirects=20, others=10)
    done, pages = jsonl("-i", world.urls)
    table = {row["url"]: row for row in done.pages}
    assert len(pages) == len(table)
    for page in pages:
        said = ["" if page[name] is None else str(page[name]) for name in ALSO_IN_PAGES]
        assert said == [table[page["url"]][name] for name in ALSO_IN_PAGES]


@pytest.mark.parametrize("arguments", [["--no-header"], ["-f", "json"]])
def test_what_does_not_go_together_is_one_line(crawl, arguments):
    done = crawl("-f", "jsonl", *arguments, "http://h/", output=False, pages=False, summary=False)
    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


class Hostile:
    """A server that answers each path with the bytes given for it and closes."""

    def __init__(self, answers):
        self.answers = answers
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                asked = peer.recv(65536).split(b" ")[1:2]
                peer.sendall(self.answers.get(asked[0].decode() if asked else "", b""))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


def answer(kind, body=b"", status=b"200 OK"):
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, kind, len(body)) + body


def test_whatever_a_server_sends_is_a_line_of_json(jsonl):
    """H88: bytes of strangers in headers, errors and rel values break no line and no string."""
    page = b"<a href='/x' rel='a&#10;b \xe2\x80\xa8 \"\\ \xff &#133;'><a href='/y' rel=nofollow>"
    server = Hostile(
        {
            "/ok": answer(b"text/html; charset=utf-8; x=\"\\\xff\xe2\x80\xa8\x85\x0b", page),
            "/type": answer(b"\"\\\x01\x1b[2J\xc0\xaf", page),
            "/status": answer(b"text/html", status=b'404 "\\\xff\xe2\x80\xa8'),
            "/garbage": b"\"\\\xff\xe2\x80\xa8\r\n\r\n",
            "/redirect": b"HTTP/1.1 301 x\r\nLocation: http://[\"\\\xff\xe2\x80\xa8\r\nContent-Length: 0\r\n\r\n",
            "/empty": b"",
        }
    )
    urls = [server.url(path) for path in server.answers]
    done, pages = jsonl(*urls)
    ended = {page["url"]: page for page in pages}
    assert done.code == 0 and set(ended) == set(urls)
    links = ended[server.url("/ok")]["links"]
    assert [link["url"] for link in links] == [server.url("/x"), server.url("/y")]
    assert links[1]["rel"] == ["nofollow"]
    assert links[0]["rel"] == ["a", "b", "\u2028", '"\\', "\ufffd", "\u2026"]
    assert ended[server.url("/status")]["outcome"] == "http_status"
    redirect = ended[server.url("/redirect")]
    assert (redirect["outcome"], redirect["error"]) == ("redirect_bad", 'http://["\\\ufffd\u2028')
    assert ended[server.url("/type")]["outcome"] == "not_html"
    server.listener.close()


def test_a_refused_url_was_never_fetched(jsonl):
    done, (page,) = jsonl("http://127.0.0.1:1/x")
    assert done.code == 3
    assert (page["outcome"], page["status"], page["bytes"], page["worker"]) == ("port", None, None, None)
    assert set(page["times"].values()) == {None}
