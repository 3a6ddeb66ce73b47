"""Goal: what the other tests stand on can fail: the checker finds what it should, programs are stopped, skips are judged."""

import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest

from harness import capability, checker, table, tally
from harness.program import Programs, free_port, wait_until
from harness.walk import Walk

GOOD = b"source_url\tparsed_url\nhttp://a/\thttp://b/\nhttp://a/\thttp://c/\nhttp://d/\thttp://a/\n"
ROWS = [("http://a/", "http://b/"), ("http://a/", "http://c/"), ("http://d/", "http://a/")]

SUMMARY = {
    "lines": 10, "blank": 1, "malformed": 2, "duplicate": 3, "admitted": 4, "done": 2, "failed": 1, "refused": 1,
    "quarantined": 0, "pending": 0, "rows": 3, "outcomes": {"ok": 2, "dns": 1, "robots": 1, "tls": 0},
}  # fmt: skip


def pages_table(*rows):
    lines = ["\t".join(checker.PAGES_HEADER)]
    for url, outcome, links in rows:
        fields = dict.fromkeys(checker.PAGES_HEADER, "") | {"url": url, "outcome": outcome, "links": links}
        lines.append("\t".join(fields.values()))
    return ("\n".join(lines) + "\n").encode()


PAGES = pages_table(("http://a/", "ok", "2"), ("http://d/", "ok", "1"), ("http://e/", "dns", ""), ("http://f/", "robots", "0"))


def a_crawl(output=GOOD, pages=PAGES, **summary):
    rows = checker.parse_rows(output)
    return SimpleNamespace(
        output=rows, rows=sorted(rows), pages=checker.parse_pages(pages), summary=SUMMARY | summary, stderr=""
    )


def test_a_right_crawl_passes():
    checker.check_crawl(a_crawl(), ROWS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"http://a/\thttp://b/\n",
        GOOD[:-1],
        GOOD[:-12],
        GOOD + b"\n",
        GOOD + b"http://a/\n",
        GOOD + b"http://a/\thttp://b/\thttp://c/\n",
        GOOD + b"http://a/\t\n",
        GOOD + b"http://a/\thttp://b/\x00\n",
        GOOD + b"http://a/\thttp://b/\r\n",
        GOOD + b"http://a/\thttp://\xff/\n",
    ],
)
def test_torn_or_foreign_output_is_found(content):
    with pytest.raises((AssertionError, UnicodeDecodeError)):
        checker.parse_rows(content)


@pytest.mark.parametrize("more", [b"http://d/\thttp://a/\n", b"http://a/\thttp://e/\n"])
def test_rows_that_stand_twice_or_apart_are_found(more):
    with pytest.raises(AssertionError):
        checker.check_no_row_twice(checker.parse_rows(GOOD + more))


@pytest.mark.parametrize(
    "change", [{"lines": 11}, {"admitted": 5, "lines": 11}, {"pending": 1}, {"outcomes": {"ok": 3, "robots": 1}}, {"rows": 4}]
)
def test_a_broken_balance_is_found(change):
    with pytest.raises(AssertionError):
        checker.check_crawl(a_crawl(**change))


@pytest.mark.parametrize(
    "pages",
    [
        PAGES + PAGES.split(b"\n")[1] + b"\n",
        pages_table(("http://a/", "ok", "2"), ("http://d/", "ok", "1"), ("http://e/", "dns", "")),
        PAGES.replace(b"http://d/", b"http://g/"),
        PAGES[:-1],
    ],
)
def test_a_pages_table_that_differs_is_found(pages):
    with pytest.raises(AssertionError):
        checker.check_crawl(a_crawl(pages=pages))


def test_rows_that_differ_from_the_truth_are_found():
    for truth in (ROWS[1:], ROWS + [("http://a/", "http://z/")], ROWS[:2] + [("http://d/", "http://b/")]):
        with pytest.raises(AssertionError):
            checker.check_crawl(a_crawl(), truth)


def test_outcomes_that_differ_are_found():
    pages = checker.parse_pages(PAGES)
    right = [(page["url"], page["outcome"], "", "") for page in pages]
    checker.assert_same_outcomes(pages, right)
    for wrong in (right[1:], right + [("http://z/", "ok", "", "")], right[1:] + [(right[0][0], "tls", "", "")]):
        with pytest.raises(AssertionError):
            checker.assert_same_outcomes(pages, wrong)


def test_programs_are_waited_for_and_stopped(programs, tmp_path):
    program = programs.start("bash", "-c", "echo ready on port 5 >&2; sleep 100 & wait")
    assert program.wait_for(r"port (\d+)").group(1) == "5"
    (child,) = wait_until(program.children)
    subprocess.run(["kill", str(child)], check=True)
    assert program.wait(10) == 0
    inner = Programs(tmp_path / "inner")
    last = inner.start("sleep", "100")
    inner.stop_all()
    assert not last.running and last.process.returncode == -15


def test_programs_that_go_wrong_are_told_with_what_they_said(programs):
    with pytest.raises(AssertionError, match="(?s)no 'ready'.*exit 3.*cannot"):
        programs.start("bash", "-c", "echo cannot >&2; exit 3").wait_for("ready")
    with pytest.raises(AssertionError, match="still running"):
        programs.start("sleep", "100").wait(0.1)
    sanitized = programs.start("bash", "-c", "echo 'x.c:1: runtime error: overflow' >&2")
    with pytest.raises(AssertionError, match="runtime error"):
        sanitized.wait()
    programs.started.remove(sanitized)
    assert programs.run("bash", "-c", "kill -INT $$").code == 130


def test_settings_of_the_environment_do_not_reach_programs(programs, monkeypatch):
    monkeypatch.setenv("TRAWL_PER_HOST", "1")
    assert "TRAWL_" not in programs.run("env").stdout


def test_free_ports_can_be_bound(programs):
    port = free_port()
    server = programs.start(sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    with pytest.raises(AssertionError):
        server.wait_for("never", 0.5)
    assert server.running


def test_the_second_opinion_reads_the_real_site(site, oracle, tmp_path):
    urls, pages = site.some(tmp_path, 20)
    rows = oracle(pages, tmp_path / "links.tsv")
    assert len(rows) > 100
    assert {source for source, _ in rows} <= set(urls.read_text().splitlines())


UNIT = """<testsuite><testcase name="common/x" status="{status}"><system-out>[ RUN      ] one
[       OK ] one
[ RUN      ] two
{two}
</system-out></testcase></testsuite>"""
PYTEST = '<testsuites><testsuite><testcase classname="e2e" name="t">{}</testcase></testsuite></testsuites>'


@pytest.mark.parametrize(
    "content, expected",
    [
        (UNIT.format(status="run", two="[       OK ] two"), (2, 0, 0)),
        (UNIT.format(status="fail", two="[  FAILED  ] two\n[  FAILED  ] two"), (1, 1, 0)),
        (UNIT.format(status="fail", two="Segmentation fault"), (1, 1, 0)),
        (UNIT.format(status="run", two="absent: no/such/file\n[  SKIPPED ] two"), (1, 0, 1)),
        (UNIT.format(status="run", two="absent: tests/pytest.ini\n[  SKIPPED ] two"), (1, 1, 0)),
        (UNIT.format(status="run", two="[  SKIPPED ] two"), (1, 1, 0)),
        (PYTEST.format(""), (1, 0, 0)),
        (PYTEST.format('<failure message="x"/>'), (0, 1, 0)),
        (PYTEST.format('<error message="x"/>'), (0, 1, 0)),
        (PYTEST.format('<skipped message="absent: impossible (said so)"/>'), (0, 0, 1)),
        (PYTEST.format('<skipped message="absent: possible"/>'), (0, 1, 0)),
        (PYTEST.format('<skipped message="absent: unheard-of"/>'), (0, 1, 0)),
        (PYTEST.format('<skipped message="not today"/>'), (0, 1, 0)),
        (None, (0, 1, 0)),
    ],
    ids=range(1, 15),
)
def test_results_are_summed_and_needless_skips_fail(tmp_path, monkeypatch, capsys, content, expected):
    monkeypatch.setitem(capability._REASONS, "impossible", lambda: "said so")
    monkeypatch.setitem(capability._REASONS, "possible", lambda: None)
    if content:
        (tmp_path / "results.xml").write_text(content)
    assert tally.main([str(tmp_path / "results.xml")]) == (1 if expected[1] else 0)
    assert capsys.readouterr().out.splitlines()[-1] == "{} passed, {} failed, {} skipped".format(*expected)


@pytest.mark.parametrize(
    "text, numbers, says",
    [
        ("D2, D8: twice", ["D2", "D8"], "twice"),
        ("D13 to D15 and H88: forged.", ["D13", "D14", "D15", "H88"], "forged."),
        ("Goal: a thing that is\n * so (D41, H1).", ["D41", "H1"], "a thing that is so (D41, H1)."),
        ("0xD0 and D0 are no numbers, nor HD12", [], "0xD0 and D0 are no numbers, nor HD12"),
    ],
)
def test_numbers_of_the_catalogue_are_found(text, numbers, says):
    assert table.numbers_in(text) == numbers
    assert table.told(text) == says


def test_the_table_tells_what_became_of_each_number(tmp_path, capsys):
    (tmp_path / "results.xml").write_text(
        '<testsuites><testsuite><testcase classname="faults.t" name="test_of_it[1]"><properties><property name="goal" '
        'value="D2: done."/></properties></testcase><testcase classname="faults.t" name="test_of_it[2]"><properties>'
        '<property name="goal" value="D2: done."/></properties><failure message="x"/></testcase></testsuite></testsuites>'
    )
    table.main([str(tmp_path / "results.xml")])
    shown = capsys.readouterr().out
    assert "D2   of it" in shown and "1 passed, 1 FAILED" in shown and "done." in shown


def test_a_checker_of_limits_finds_what_is_beyond():
    checker.check_resources({"trawl": {"VmHWM": 1000, "fds": 10}, "other": {"VmHWM": 1 << 40, "fds": 1}})
    for peak in ({"VmHWM": 1 << 30, "fds": 10}, {"VmHWM": 1000, "fds": 1000}):
        with pytest.raises(AssertionError):
            checker.check_resources({"trawl": peak})
    checker.check_fetches({"a": 2, "b": 1}, {"a": 1, "b": 1}, 1)
    with pytest.raises(AssertionError):
        checker.check_fetches({"a": 3}, {"a": 1}, 1)
    finished = SimpleNamespace(code=0, summary={"exit_reason": "finished"}, stderr="")
    checker.check_exit(finished, 0)
    for wrong in ({"code": 1}, {"summary": {"exit_reason": "failed"}}):
        with pytest.raises(AssertionError):
            checker.check_exit(SimpleNamespace(**vars(finished) | wrong), 0)
    with pytest.raises(AssertionError):
        checker.check_exit(SimpleNamespace(code=3, summary=None, stderr="WARNING: hm"), 3)


def test_a_walk_finds_each_page_of_a_host_at_its_distance(routes, tmp_path):
    """Redirects keep the distance, other hosts are left alone, and so is what is too far."""
    html = {"content-type": "text/html; charset=utf-8"}
    routes.answers["/"] = (200, html, b"/a /b#x http://other.test/ /gone")
    routes.answers["/a"] = (200, html, b"/ /b /deep")
    routes.answers["/b"] = (302, {"location": "/c?q"}, b"")
    routes.answers["/c?q"] = (200, {"content-type": "text/css"}, b"/never")
    routes.answers["/deep"] = (200, html, b"/too-deep")

    def words_as_links(pages, _):
        rows = []
        for line in pages.read_text().splitlines():
            path, url, _ = line.split("\t")
            rows += [(url, urljoin(url, word)) for word in open(path, encoding="utf-8").read().split()]
        return rows

    found = Walk(words_as_links, tmp_path / "walk", routes.origin + "/", 2)
    assert found.pages == {
        routes.origin + path: page
        for path, page in {
            "/": (0, "ok", "200"),
            "/a": (1, "ok", "200"),
            "/b": (1, "redirected", "302"),
            "/c?q": (1, "not_html", "200"),
            "/gone": (1, "http_status", "404"),
            "/deep": (2, "ok", "200"),
        }.items()
    }
    assert (routes.origin + "/deep", routes.origin + "/too-deep") in found.rows
