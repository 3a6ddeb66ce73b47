"""Goal: trawl-extract prints the links of one page, or resolves references, and its exit code says how that went."""

import json
import re
import subprocess

import pytest

from harness.capability import SHARED, require
from harness.program import environment, path_of

PAGE = b"<base href=/b/><a href='x?a=1&copy=2'>\xe9</a><a href=mailto:m>m</a><a href=x#f>f</a><img src=i>"


def extract(*arguments, page=PAGE, **changes):
    return subprocess.run(
        [path_of("trawl-extract"), *arguments],
        input=page,
        capture_output=True,
        timeout=60,
        env=environment(**changes),
        check=False,
    )


def rows(*arguments, **options):
    done = extract(*arguments, **options)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


@pytest.mark.quick
def test_rows_without_a_header():
    assert rows("--url", " http://h/p ") == ["http://h/p\thttp://h/b/x?a=1&copy=2", "http://h/p\thttp://h/b/x#f"]
    assert rows("--url", "http://h/p", "--links", "all")[-1] == "http://h/p\thttp://h/b/i"
    assert "http://h/p\tmailto:m" in rows("--url", "http://h/p", "--all-schemes")
    assert rows("--url", "http://h/p", "--parser", "none") == []
    assert rows("--url", "http://h/p", page=b"") == []


@pytest.mark.quick
def test_a_page_as_a_line_of_json():
    page = b"<meta charset=latin1><a href=x rel=' nofollow \tUGC\xe9'>x</a><link rel=next href=/n><img src='i\xe9'>"
    (line,) = rows("--url", " http://h/p", "--links", "all", "-f", "jsonl", page=page)
    assert json.loads(line) == {
        "url": "http://h/p",
        "outcome": "ok",
        "charset": "windows-1252",
        "bytes": len(page),
        "truncated": False,
        "links": [
            {"url": "http://h/x", "tag": "a", "attr": "href", "rel": ["nofollow", "UGCé"], "repaired": False},
            {"url": "http://h/n", "tag": "link", "attr": "href", "rel": ["next"], "repaired": False},
            {"url": "http://h/i%C3%A9", "tag": "img", "attr": "src", "rel": [], "repaired": False},
        ],
    }
    (line,) = rows("--url", "http://h/\"ö", "--format", "jsonl", "--parser", "none", page=b"")
    assert json.loads(line) == {
        "url": 'http://h/"ö', "outcome": "ok", "charset": None, "bytes": 0, "truncated": False, "links": []
    }  # fmt: skip


def test_json_says_which_links_were_repaired():
    page = b"<a href=x rel=next>x</a><title>open <a href=y rel='me nofollow'>y</a>"
    (line,) = rows("--url", "http://h/", "-f", "jsonl", page=page)
    assert [(link["url"], link["rel"], link["repaired"]) for link in json.loads(line)["links"]] == [
        ("http://h/x", ["next"], False),
        ("http://h/y", ["me", "nofollow"], True),
    ]


def test_json_says_what_was_cut():
    page = b"".join(b"<a href=%d rel=\xff>" % i for i in range(60000))
    done = extract("--url", "http://h/", "-f", "jsonl", page=page)
    found = json.loads(done.stdout)
    assert (done.returncode, found["truncated"], len(found["links"])) == (0, True, 50000)
    assert found["links"][-1]["rel"] == ["ÿ"]


def test_json_has_the_links_of_the_rows():
    links = b"".join(b"<a href='%s' rel='a\"\\ b'>" % bytes([c]) for c in range(1, 256) if c != ord("'"))
    (line,) = rows("--url", "http://h/d/", "--charset", "latin1", "--all-schemes", "-f", "jsonl", page=links)
    urls = [row.split("\t")[1] for row in rows("--url", "http://h/d/", "--charset", "latin1", "--all-schemes", page=links)]
    assert [link["url"] for link in json.loads(line)["links"]] == urls
    assert json.loads(line)["links"][0]["rel"] == ['a"\\', "b"]


def test_the_url_as_rows_show_it():
    assert rows("--url", "http://h/ö", page=b"<a href=x>") == ["http://h/ö\thttp://h/x"]
    assert rows("--url", "http://h/\tö", page=b"<a href=x>") == ["http://h/%C3%B6\thttp://h/x"]
    assert rows("--url", b"http://h/\xff", page=b"<a href=x>") == ["http://h/%EF%BF%BD\thttp://h/x"]


def test_the_charset_acts_as_the_header():
    page = b"<meta charset=utf-8><a href='/\xe4?\xe4'>"
    assert rows("--url", "http://h/", page=page) == ["http://h/\thttp://h/%EF%BF%BD?%EF%BF%BD"]
    assert rows("--url", "http://h/", "--charset", "latin1", page=page) == ["http://h/\thttp://h/%C3%A4?%E4"]


def test_a_file_instead_of_standard_input(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(PAGE)
    assert rows("--url", "http://h/p", str(page), page=b"") == rows("--url", "http://h/p", "-")


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["--url", "http://h/", "/nonexistent"], 1),
        (["--url", "http://h/", "/"], 1),
        ([], 2),
        (["--url", "example.com"], 2),
        (["--resolve", "example.com"], 2),
        (["--url", "http://h/", "--resolve", "http://h/"], 2),
        (["--url", "http://h/", "--links", "some"], 2),
        (["--url", "http://h/", "a", "b"], 2),
        (["--ur", "http://h/"], 2),
    ],
)
def test_what_is_wrong_is_one_line_and_a_code(arguments, code):
    done = extract(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (code, b"", 1)


@pytest.mark.quick
def test_resolve_gives_a_line_for_a_line():
    lines = b"x\n\n//y\nhttp://[\nmailto:z\n  q\r\na\0b\nlast"
    assert rows("--resolve", "http://h/d/p", page=lines) == [
        "http://h/d/x", "http://h/d/p", "http://y/", "-", "mailto:z", "http://h/d/q", "http://h/d/a%00b", "http://h/d/last"
    ]  # fmt: skip
    assert rows("--resolve", "http://h/", page=b"") == []


def test_resolve_agrees_with_wpt():
    require("shared")
    cases = json.loads((SHARED / "corpora/wpt-url/urltestdata.json").read_text())
    by_base = {}
    for case in cases:
        if isinstance(case, dict) and case.get("base") and "\n" not in case["input"]:
            expected = "-" if case.get("failure") else case["href"]
            by_base.setdefault(case["base"], []).append((case["input"], expected))
    for base, pairs in by_base.items():
        done = extract("--resolve", base, page="".join(i + "\n" for i, _ in pairs).encode("utf-8", "surrogatepass"))
        if done.returncode == 2:
            continue  # the base itself is no URL
        assert done.stdout.decode().splitlines() == [expected for _, expected in pairs], base


def test_a_reader_that_goes_away_is_no_failure():
    page = b"".join(b"<a href=%d>" % i for i in range(20000))
    command = [path_of("trawl-extract"), "--url", "http://h/"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        _, said = program.communicate(page, timeout=60)
    assert (program.returncode, said) == (0, b"")


def test_a_full_disk_is_a_failure():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [path_of("trawl-extract"), "--url", "http://h/"],
            input=PAGE, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)


def test_what_does_not_fit_is_said():
    done = extract("--url", "http://h/", page=b"".join(b"<a href=%d>" % i for i in range(60000)))
    assert (done.returncode, done.stdout.count(b"\n"), done.stderr.count(b"\n")) == (0, 50000, 1)


def test_agrees_with_the_oracle_on_html5lib(tmp_path, oracle):
    """Tree-construction's pages hold everything that is odd. Tidy's two differences are known: an anchor in a table in an
    anchor, and a tag that the end of the page cuts off."""
    require("shared")
    pages = tmp_path / "pages.tsv"
    listed, found = [], []
    for source in sorted((SHARED / "corpora/html5lib/tree-construction").glob("**/*.dat")):
        for data in re.findall(rb"(?:^|\n)#data\n(.*?)\n#errors", source.read_bytes(), re.DOTALL):
            if not re.search(rb"href|src|action|cite|background|data=|content", data, re.IGNORECASE):
                continue
            page = tmp_path / f"{len(listed)}.html"
            page.write_bytes(data)
            url = f"http://h{len(listed)}.test/d/p"
            listed.append(f"{page}\t{url}\tutf-8\n")
            found += rows("--url", url, "--charset", "utf-8", "--links", "all", page=data)
    pages.write_text("".join(listed))
    expected = {"\t".join(row) for row in oracle(pages, tmp_path / "expected.tsv", kind="all")}
    assert len(listed) > 40 and len(expected) > 5
    assert len(set(found) ^ expected) <= 2


@pytest.mark.parametrize("kind", ["a", "href", "all"])
def test_agrees_with_the_oracle_on_manuals(tmp_path, site, oracle, kind):
    """On pages by people who meant to write HTML, tidy's rows are a browser's: all of them, in the same order."""
    _, pages = site.some(tmp_path, 300)
    expected = oracle(pages, tmp_path / "expected.tsv", kind=kind)
    with open(pages, "rb") as listed:
        done = subprocess.run(
            [path_of("tidy-limit"), "--rows", "--links", kind], stdin=listed, capture_output=True, timeout=60, check=True
        )
    assert len(expected) > 1000
    assert done.stdout == (tmp_path / "expected.tsv").read_bytes()
