"""Goal: links are followed exactly as deep, as often and as gently as asked, judged by the log of who was asked."""

from urllib.parse import urlsplit

import pytest

from harness import checker
from harness.world import most_at_once, smallest_gap

CALM = {"linked": True, "errors": 0, "redirects": 0, "others": 0}


def check_manners(answers, at_once, gap=None):
    """No host was asked for more at once, or sooner after an answer."""
    for host, of_host in answers.items():
        assert most_at_once(of_host) <= at_once, f"{host} was asked for {most_at_once(of_host)} at once"
        if gap is not None and len(of_host) > 1:
            assert smallest_gap(of_host) >= gap, f"{host} was asked again after {smallest_gap(of_host):.6f} s"


@pytest.mark.parametrize("hosts, workers, depth", [(1, 1, 3), (1, 4, 0), (1, 4, 1), (1, 4, 50), (30, 4, 3)])
def test_exactly_as_deep_as_asked(origin, crawl, hosts, workers, depth):
    """Pages, depths, outcomes and rows are those of the truth, with redirects, errors and pages that are no HTML."""
    world = origin(linked=True, pages=600, hosts=hosts, links=2, redirects=10)
    if depth == 0:  # a list: the rows of its pages, and no link is followed
        done = crawl("-i", world.urls, "-w", workers, "--retries", "0")
        assert {page["url"] for page in done.pages} == set(world.url_list())
        checker.assert_same_rows(done.rows, world.truth_rows(0))
    else:
        checker.check_found(crawl("-i", world.urls, "-d", depth, "-w", workers, "--retries", "0"), world, depth)


@pytest.mark.parametrize("hosts, pages, delay", [(1, 12, 0.1), (100, 400, 0.2), (2000, 4000, 0.3)])
def test_a_delay_is_kept(origin, crawl, hosts, pages, delay):
    """By four workers together: one request of a host at a time, robots.txt among them; and the summary knows it."""
    world = origin(pages=pages, hosts=hosts, links=2, size=500, **CALM)
    done = crawl("-i", world.urls, "-d", "50", "-w", "4", "-c", "256", "--delay", delay)
    checker.check_found(done, world)
    check_manners(world.answers(), 1, delay)
    assert done.summary["most_in_flight"] == 1
    assert done.summary["smallest_gap_ms"] >= delay * 1000


@pytest.mark.parametrize("hosts, pages, latency", [(1, 150, 30), (100, 1000, 100), (2000, 6000, 50)])
def test_no_host_is_asked_for_more_at_once(origin, crawl, hosts, pages, latency):
    """--per-host holds over four workers together, and is made use of."""
    world = origin(pages=pages, hosts=hosts, links=6, latency=latency, size=500, branch=5, **CALM)
    done = crawl("-i", world.urls, "-d", "50", "-w", "4", "-c", "256", "--per-host", "3")
    checker.check_found(done, world)
    answers = world.answers()
    check_manners(answers, 3)
    most = max(map(most_at_once, answers.values()))
    assert most <= done.summary["most_in_flight"] <= 3
    assert most == 3 or hosts == 2000  # more hosts than slots: nobody gets that far


@pytest.mark.parametrize("robots", "deny delay redirect huge mixed".split())
def test_robots_txt_is_obeyed(origin, crawl, robots):
    """Rows of the pages permitted, refusals of the others, no request for them, and a Crawl-delay kept (H84)."""
    few = robots == "delay"
    world = origin(pages=36 if few else 180, hosts=9, links=3, robots=robots, crawl_delay=1 if few else 0, **CALM)
    done = crawl("-i", world.urls, "-d", "50", "-w", "2")
    checker.check_found(done, world)
    refused = {url for url, (outcome, _, _) in world.found().items() if outcome.startswith("robots")}
    answers = world.answers()
    asked = {f"http://{host}:{world.port}{answer[2]}" for host, of_host in answers.items() for answer in of_host}
    assert not asked & refused
    assert refused
    if few:
        check_manners(answers, 1, 1.0)


MONSTER, CUT = 2_000_000, 512 * 1024
MONSTERS = {
    "plain": b"Disallow: /none/%07d\n",
    "stars": b"Disallow: /*a*a*a*a*b%07d$\n",
    "groups": b"User-agent: other%07d\nDisallow: /\n\n",
    "carriage returns": b"Disallow: /none/%07d\r",
    "bytes": b"\xff\0<p>%07d\n",
}


@pytest.mark.parametrize("kind", MONSTERS)
def test_a_monster_of_a_robots_txt_counts_up_to_its_last_whole_line(routes, crawl, kind):
    """H84, H85: of 2 MB half a mebibyte counts. The limit cuts a rule in the middle: what is left of it would forbid all."""
    end = b"\r" if b"\r" in MONSTERS[kind] else b"\n"
    ours = b"User-agent: trawl" + end + b"Disallow: /no" + end
    head = ours + b"".join(MONSTERS[kind] % number for number in range(CUT // 18))
    head = head[: head.rindex(end, 0, CUT - 100) + 1] + ours
    cut = b"Disallow: /"
    head += b"#" * (CUT - len(head) - len(end) - len(cut)) + end + cut
    body = head + b"none" + end + ours + b"Disallow: /yes" + end
    routes.add("/robots.txt", body + b"#" * (MONSTER - len(body)), content_type="text/plain")
    for path in ("/yes", "/no", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaa"):
        routes.add(path, b"<a href=/x>x</a>")
    done = crawl("-w", "1", *(routes.origin + path for path in ("/yes", "/no", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaa")))
    checker.check_exit(done, 0)
    assert {page["url"].removeprefix(routes.origin): page["outcome"] for page in done.pages} == {
        "/yes": "ok",
        "/no": "robots",
        "/aaaaaaaaaaaaaaaaaaaaaaaaaaaa": "ok",
    }
    assert sorted(routes.asked) == ["/aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/robots.txt", "/yes"]


@pytest.mark.parametrize("status, after", [(429, "seconds"), (429, "date"), (503, "seconds"), (429, "never")])
def test_a_host_that_asks_for_a_pause_gets_it(origin, crawl, status, after):
    """Nothing of it is asked for before the time it named, and the pages it refused have lost no attempt."""
    world = origin(
        pages=30, hosts=3, links=2, refuse_first=2, refuse_with=status, retry_after=after, retry_seconds=1, **CALM
    )
    done = crawl("-i", world.urls, "-d", "50", "-w", "2", "--per-host", "1", "--retries", "0")
    checker.check_found(done, world)
    for of_host in world.answers().values():
        refused = [at for at, answer in enumerate(of_host) if answer[3] == status]
        assert len(refused) == 2
        for at in refused if after != "never" else ():
            least = 0.0 if after == "date" else 1.0  # a date has whole seconds: up to one of them is gone
            assert of_host[at + 1][0] - of_host[at][1] >= least


def test_hosts_that_are_down_end_while_others_go_on(origin, crawl):
    """H16: those that hang are given up, none of the good ones' pages is missing."""
    world = origin(pages=400, hosts=40, links=3, silent_hosts=10, **CALM)
    done = crawl("-i", world.urls, "-d", "50", "-w", "2", "--timeout", "0.5", "--no-robots", "--retries", "0", timeout=100)
    checker.assert_same_rows(done.rows, world.truth_rows())
    ended = {page["url"]: page["outcome"] for page in done.pages}
    silent = [url for url in world.url_list() if int(urlsplit(url).hostname.split(".")[3]) > 30]
    assert len(silent) == 10 and {ended[url] for url in silent} <= {"timeout_first_byte", "timeout_total", "host_down"}


def test_traps_end(origin, crawl):
    """H77, H78: calendars, sessions and paths that grow cost what they are allowed, and the rest is all there."""
    world = origin(pages=200, hosts=4, links=3, traps=True, **CALM)
    done = crawl("-i", world.urls, "-d", "30", "-w", "2", "--max-per-host", "400", timeout=60)
    assert done.code == 0 and done.summary["exit_reason"] == "limit"
    asked = world.answers()
    assert all(sum(answer[2] != "/robots.txt" for answer in of_host) <= 400 for of_host in asked.values())
    found = {page["url"] for page in done.pages if "/trap/" not in page["url"]}
    assert found == set(world.found())
    assert done.summary["skipped_by"]["repeated"] > 0
    longest = max(len(answer[2]) for of_host in asked.values() for answer in of_host)
    assert longest < 300
