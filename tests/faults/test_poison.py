"""Goal: a page that kills workers ends alone in quarantine; bystanders come through; deaths nobody explains end the run."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness import checker
from harness.program import BIN, free_port


class Marked(BaseHTTPRequestHandler):
    """One plain host whose pages hold what their path says: a world cannot, since its pages are all to be survived."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        mark = self.path.strip("/").split("/")[0]
        body = f"<p>trawl:{mark} <a href=/found>x</a>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def marked():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Marked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def sabotaged(tmp_path):
    """trawl beside a worker that harms itself on marked pages; a crawl started with it is found on this path."""
    at = tmp_path / "sabotaged"
    at.mkdir()
    shutil.copy(BIN / "trawl", at / "trawl")
    shutil.copy(BIN.parent / "tests" / "trawl-worker-sabotage", at / "trawl-worker")
    return at / "trawl"


def crawl_with(programs, program, urls, *arguments):
    """As the crawl fixture, with that program."""
    from harness.crawl import Crawl

    at = programs.directory / f"{len(programs.started)}-trawl"
    files = {"output": at / "links.tsv", "pages": at / "pages.tsv", "summary": at / "summary.json"}
    given = ["-o", files["output"], "--pages", files["pages"], "--summary", files["summary"]]
    return Crawl(programs.start(program, "-i", urls, "--no-robots", *arguments, *given), files)


def outcome_of(crawl, url):
    return next(page["outcome"] for page in crawl.pages if page["url"] == url)


def check_poison(crawl, poison, outcome, world):
    assert crawl.code == 0, str(crawl)
    checker.check_crawl(crawl, world.truth_rows())
    assert outcome_of(crawl, poison) == outcome
    assert crawl.summary["quarantined"] == 1
    others = [page for page in crawl.pages if page["url"] != poison]
    checker.assert_same_outcomes(others, world.outcome_rows())


@pytest.mark.parametrize("mark", ["crash", "segv", "exit"])
def test_a_page_that_crashes_workers_is_quarantined_alone(origin, programs, marked, sabotaged, tmp_path, mark):
    """D41: three deaths, then crashes_worker; thousands of bystanders keep their outcomes."""
    world, poison = origin(pages=5000 if mark == "crash" else 500), f"{marked}/{mark}"
    urls = tmp_path / "urls.txt"
    listed = world.url_list()
    urls.write_text("\n".join(listed[: len(listed) // 2] + [poison] + listed[len(listed) // 2 :]) + "\n")
    done = crawl_with(programs, sabotaged, urls, "-w", "2").wait(90)
    check_poison(done, poison, "crashes_worker", world)
    assert sum(worker["deaths"] for worker in done.summary["workers"]) == 3


def test_a_page_that_stalls_workers_is_quarantined_alone(origin, programs, marked, sabotaged, tmp_path):
    """D41: a worker that stands still for 5 s is ended by its parent; three times, then stalls_worker."""
    world, poison = origin(pages=200), f"{marked}/hang"
    urls = tmp_path / "urls.txt"
    urls.write_text(poison + "\n" + world.urls.read_text())
    done = crawl_with(programs, sabotaged, urls, "-w", "2").wait(60)
    check_poison(done, poison, "stalls_worker", world)


def test_a_remote_crew_tells_what_its_processes_died_on(origin, programs, marked, sabotaged, start_crawl, tmp_path):
    """D41 from afar: the supervisor's next process brings the blame in its Hello."""
    world, poison, endpoint = origin(pages=300), f"{marked}/crash", f"tcp://127.0.0.1:{free_port()}"
    urls = tmp_path / "urls.txt"
    urls.write_text(poison + "\n" + world.urls.read_text())
    programs.start(sabotaged.with_name("trawl-worker"), "--connect", endpoint, "-w", "2")
    done = start_crawl("-i", urls, "--no-robots", "--listen", endpoint).wait(60)
    check_poison(done, poison, "crashes_worker", world)


def test_a_worker_that_dies_before_hello_ends_the_run(origin, programs, tmp_path):
    """D41: a worker program that cannot start is one clear line and exit 1, not a loop."""
    at = tmp_path / "broken"
    at.mkdir()
    shutil.copy(BIN / "trawl", at / "trawl")
    (at / "trawl-worker").write_text("#!/bin/sh\nexit 1\n")
    (at / "trawl-worker").chmod(0o755)
    world = origin(pages=10)
    done = crawl_with(programs, at / "trawl", world.urls, "-w", "1").wait(20)
    assert done.code == 1, str(done)
    assert done.stderr.count("three workers in a row died before they said Hello") == 1
    checker.check_balance(done.summary)
