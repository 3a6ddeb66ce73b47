"""What must hold after every crawl, whatever happened in it: I1 to I9 of the catalogue of faults.

Everything here takes a crawl (crawl.py) and raises AssertionError with the first few offenders.
"""

import json
from collections import Counter

from harness.program import PRESET

HEADER = "source_url\tparsed_url"
PAGES_HEADER = (
    "url outcome status final_url redirects type charset bytes links depth attempts worker started_ms total_ms "
    "truncated error"
).split()

FIELDS = [
    "url", "final_url", "redirects", "status", "outcome", "error", "depth", "attempts", "type", "charset", "bytes",
    "truncated", "times", "worker", "links",
]  # fmt: skip
TIMES = ["dns", "connect", "tls", "first_byte", "total", "parse"]

# DESIGN: where each outcome is counted.
OUTCOMES = {
    "done": "ok not_html parse_aborted redirected",
    "failed": "http_status dns dns_temporary connect tls timeout_connect timeout_first_byte timeout_total stall reset "
    "empty_reply bad_http headers_too_big bad_encoding redirect_loop redirect_limit redirect_bad host_down",
    "refused": "robots robots_unreachable address port",
    "quarantined": "crashes_worker stalls_worker",
}
CLASS_OF = {outcome: name for name, outcomes in OUTCOMES.items() for outcome in outcomes.split()}


def parse_rows(content, header=True):
    """The (source, link) rows of a TSV output, in the order they stand (I3: it parses to the last byte)."""
    text = content.decode("utf-8")  # strictly: the output is UTF-8 whatever the pages were
    lines = text.split("\n")
    assert lines.pop() == "", f"the output ends in a torn line: {text[-200:]!r}"
    if header:
        assert lines and lines[0] == HEADER, f"the output begins with {lines[:1]}"
        del lines[0]
    rows = []
    for number, line in enumerate(lines, 1 + header):
        fields = line.split("\t")
        assert len(fields) == 2 and all(fields), f"line {number} is no row: {line!r}"
        control = [c for c in line if c != "\t" and (c < " " or c == "\x7f")]
        assert not control, f"line {number} holds {control}: {line!r}"
        rows.append(tuple(fields))
    return rows


def parse_json_lines(content):
    """The pages of a JSONL output, each checked for its shape."""
    text = content.decode("utf-8")
    assert text == "" or text.endswith("\n"), f"the output ends in a torn line: {text[-200:]!r}"
    assert text.splitlines() == text.split("\n")[:-1], "some readers see more lines than there are"
    pages = [json.loads(line) for line in text.split("\n")[:-1]]
    for page in pages:
        assert list(page) == FIELDS and list(page["times"]) == TIMES, page
        assert all(value is None or value >= 0 for value in page["times"].values()), page
        assert CLASS_OF[page["outcome"]] == "done" or page["links"] == [], page
        for link in page["links"]:
            assert list(link) == ["url", "tag", "attr", "rel", "repaired"], link
    return pages


def rows_of(pages):
    """The rows that a TSV output of the same pages would hold."""
    return [(page["url"], link["url"]) for page in pages for link in page["links"]]


def parse_pages(content):
    """The rows of a pages table as dicts by its header."""
    lines = content.decode("utf-8").split("\n")
    assert lines.pop() == "", "the pages table ends in a torn line"
    assert lines and lines[0].split("\t") == PAGES_HEADER, f"the pages table begins with {lines[:1]}"
    pages = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        assert len(fields) == len(PAGES_HEADER), f"line {number} of the pages table is no row: {line!r}"
        pages.append(dict(zip(PAGES_HEADER, fields)))
    return pages


def check_balance(summary):
    """I1 as the program counts: nothing vanishes between the list and the end."""
    s = summary
    listed = s["blank"] + s["malformed"] + s["duplicate"] + s["admitted"] - s.get("found", 0)
    assert s["lines"] == listed, f"lines {s['lines']} but blank + malformed + duplicate + admitted - found = {listed}"
    ended = s["done"] + s["failed"] + s["refused"] + s["quarantined"] + s["pending"]
    assert s["admitted"] == ended, f"admitted {s['admitted']} but done + ... + pending = {ended}"
    counted = Counter()
    for outcome, count in s["outcomes"].items():
        counted[CLASS_OF[outcome]] += count
    for name in OUTCOMES:
        assert counted[name] == s[name], f"{name} is {s[name]} but its outcomes sum to {counted[name]}"


def check_no_row_twice(rows):
    """I2: no row twice, and a page's rows stand together, since pages are written whole."""
    twice = [row for row, count in Counter(rows).items() if count > 1]
    assert not twice, f"{len(twice)} rows stand twice, such as {twice[:3]}"
    left, current = set(), None
    for source, _ in rows:
        if source != current:
            assert source not in left, f"the rows of {source} stand in two places"
            if current is not None:
                left.add(current)
            current = source


def check_pages(pages, summary, rows):
    """The pages table against the summary and the output: each finished URL once, each count the same."""
    urls = Counter(page["url"] for page in pages)
    twice = [url for url, count in urls.items() if count > 1]
    assert not twice, f"{len(twice)} pages stand twice, such as {twice[:3]}"
    outcomes = {name: count for name, count in summary["outcomes"].items() if count}
    assert Counter(page["outcome"] for page in pages) == outcomes
    assert summary["rows"] == len(rows)
    links = Counter(source for source, _ in rows)
    for page in pages:
        assert int(page["links"] or 0) == links.pop(page["url"], 0), f"the links of {page}"
    assert not links, f"rows of pages that are not in the pages table: {list(links)[:3]}"


def assert_same_rows(rows, truth):
    """I4: exactly the rows of the ground truth, in any order."""
    found, expected = Counter(rows), Counter(truth)
    missing, extra = expected - found, found - expected
    assert not missing and not extra, (
        f"{sum(missing.values())} rows missing, such as {sorted(missing)[:3]}; "
        f"{sum(extra.values())} too many, such as {sorted(extra)[:3]}"
    )


def assert_same_outcomes(pages, expected):
    """The pages table says of each listed URL what is expected: (url, outcome, status, final URL)."""
    found = {page["url"]: (page["outcome"], page["status"], page["final_url"]) for page in pages}
    wrong = [(row, found.get(row[0])) for row in expected if found.get(row[0]) != row[1:]]
    assert not wrong, f"{len(wrong)} pages ended otherwise than expected, such as {wrong[:3]}"
    assert len(found) == len(expected), f"{len(found)} pages, but {len(expected)} are listed"


# I5, I6: what one process may take in these tests' worlds, in KiB and descriptors. A coordinator holds what waits, a worker
# what its visits have in hand: 64 slots with a page of 8 MiB each are beyond these worlds.
CEILINGS = {"trawl": {"VmHWM": 96 << 10, "fds": 96}, "trawl-worker": {"VmHWM": 128 << 10, "fds": 256}}

EXIT_REASONS = {0: ("finished", "limit", "pipe_closed"), 1: ("failed",), 3: ("finished",), 130: ("interrupted",), 143: ("interrupted",)}


def check_resources(peaks, **more):
    """I5 and I6: no process took more than it may; check_resources(peaks, trawl_fds=1100) raises one ceiling."""
    if PRESET == "asan":
        return  # its shadow memory and quarantine are not ours to bound
    for program, peak in peaks.items():
        for field, ceiling in CEILINGS.get(program, {}).items():
            ceiling = more.get(f"{program.replace('-', '_')}_{field}", ceiling)
            assert peak[field] <= ceiling, f"{program} took {peak[field]} of {field}, and {ceiling} are the ceiling"


def check_exit(crawl, code):
    """I7: the exit code, the reason in the summary, and, of a failure, at least one line that says why."""
    assert crawl.code == code, f"exit {crawl.code}, not {code}: {crawl}"
    if crawl.summary is not None:
        assert crawl.summary["exit_reason"] in EXIT_REASONS[code], f"exit {code}, but {crawl.summary['exit_reason']}"
    if code in (1, 2, 3):
        assert "ERROR" in crawl.stderr, f"exit {code} without a reason: {crawl}"


def check_fetches(fetches, needed, retries):
    """I9: no URL was asked for more often than an undisturbed crawl does and `retries` more."""
    wrong = [(url, count) for url, count in fetches.items() if count > needed.get(url, 1) + retries]
    assert not wrong, f"{len(wrong)} URLs were fetched too often, such as {wrong[:3]}"


def check_everything(crawl, world, code=0, budget=60.0, retries=0, **more):
    """I1 to I9 of a crawl that went to its end: against the truth of its world, within `budget` seconds, each URL fetched at
    most `retries` times more than once. `more` raises ceilings (check_resources)."""
    check_exit(crawl, code)
    check_crawl(crawl, world.truth_rows())
    check_resources(crawl.peaks, **more)
    assert crawl.summary is None or crawl.summary["seconds"] <= budget, f"{crawl.summary['seconds']} s of {budget}"
    if crawl.pages is not None:
        listed = Counter(world.url_list())
        assert Counter(page["url"] for page in crawl.pages) == listed, "the pages table is not the list"
    check_fetches(world.fetches(), world.fetches_needed(), retries)


def check_crawl(crawl, truth=None):
    """All of the above, as far as the crawl wrote it; with the truth, which holds for a crawl that went to its end."""
    if crawl.summary is not None:
        check_balance(crawl.summary)
    if crawl.output is not None:
        check_no_row_twice(crawl.output)
    if crawl.summary is not None and crawl.pages is not None and crawl.output is not None:
        check_pages(crawl.pages, crawl.summary, crawl.output)
    if truth is not None:
        assert crawl.summary is None or crawl.summary["pending"] == 0
        assert_same_rows(crawl.rows, truth)


def check_found(crawl, world, depth=None):
    """Exactly the pages that following a linked world comes to, each with its end and at its depth, and exactly their rows."""
    check_crawl(crawl)
    assert_same_rows(crawl.rows, world.truth_rows(depth))
    pages = {page["url"]: (page["outcome"], page["status"], int(page["depth"])) for page in crawl.pages}
    expected = world.found(depth)
    wrong = [(url, pages.get(url), expected.get(url)) for url in pages | expected if pages.get(url) != expected.get(url)]
    assert not wrong, f"{len(wrong)} pages ended otherwise than expected, such as {wrong[:3]}"
