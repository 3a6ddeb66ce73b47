"""Goal: trawl-extract prints the links of one page, or resolves references, and its exit code says how that went."""

import json
import re
import subprocess
from pathlib import Path

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


def rows_of(pages, parser, kind):
    """The rows for `pages` (FILE, URL and charset a line), as bytes, all pages by one extractor."""
    command = [path_of("tidy-limit"), "--rows", "--parser", parser, "--links", kind]
    with open(pages, "rb") as listed:
        return subprocess.run(command, stdin=listed, capture_output=True, timeout=120, check=True).stdout


def by_page(table):
    found = {}
    for row in table.decode().splitlines():
        source, url = row.split("\t")
        found.setdefault(source, []).append(url)
    return found


def write_pages(directory, contents, charset="utf-8"):
    """Writes pages and their list; page N is http://hN.test/d/p."""
    listed = []
    for number, content in enumerate(contents):
        (directory / f"{number}.html").write_bytes(content)
        listed.append(f"{directory / str(number)}.html\thttp://h{number}.test/d/p\t{charset}\n")
    (directory / "pages.tsv").write_text("".join(listed))
    return directory / "pages.tsv"


def html5lib_inputs():
    require("shared")
    for source in sorted((SHARED / "corpora/html5lib/tree-construction").glob("**/*.dat")):
        for case in source.read_bytes().split(b"#data\n")[1:]:
            yield case.split(b"\n#errors", 1)[0]


@pytest.mark.parametrize("parser", ["auto", "stream", "tidy"])
def test_no_page_crashes_it(tmp_path, parser):
    """Tree-construction's inputs hold everything that is odd, and each of them cut anywhere is odder. auto finds what
    stream finds, then more."""
    inputs = list(html5lib_inputs())
    cut = [page[: len(page) * part // 4] + b"<a href=x>" for page in inputs for part in (1, 2, 3)]
    pages = write_pages(tmp_path, inputs + cut)
    found = by_page(rows_of(pages, parser, "all"))
    for source, urls in by_page(rows_of(pages, "stream", "all")).items():
        assert parser != "auto" or found[source][: len(urls)] == urls


def test_agrees_with_the_oracle_on_html5lib(tmp_path, oracle):
    """Not one link of the corpus's own differs; tidy's two are known: an anchor in a table in an anchor, and a tag that
    the end of the page cuts off."""
    pages = write_pages(tmp_path, list(html5lib_inputs()))
    oracle(pages, tmp_path / "expected.tsv", kind="all")
    expected = (tmp_path / "expected.tsv").read_bytes()
    assert expected.count(b"\n") >= 10
    assert rows_of(pages, "stream", "all") == expected
    assert len(set(rows_of(pages, "tidy", "all").splitlines()) ^ set(expected.splitlines())) <= 2


# What a tree builder does and no tokenizer can know; how many of the inputs end so may only shrink.
TREE_BUILDERS_OWN = {
    rb"<frameset": 61,  # in and behind a frameset it ignores every tag but a frame's and noframes
    rb"<select": 32,  # of 2024: in a select it ignores what is no option; browsers of 2025 keep it, as we do
    rb"<col\b|<colgroup": 7,  # in a column group, and so in a template that began as one, likewise
    rb"<select><plaintext": 1,  # a tag that it ignores there, and that ends the page for a tokenizer
}


def test_a_link_behind_anything_is_found(tmp_path, oracle):
    """A link behind each of the 1,796 inputs tells what had become of the parser by then."""
    inputs = [page + b"<a href=end>" for page in html5lib_inputs()]
    pages = write_pages(tmp_path, inputs)
    oracle(pages, tmp_path / "expected.tsv", kind="all")
    expected = by_page((tmp_path / "expected.tsv").read_bytes())
    found = by_page(rows_of(pages, "stream", "all"))
    differ = [page for n, page in enumerate(inputs) if found.get(f"http://h{n}.test/d/p") != expected.get(f"http://h{n}.test/d/p")]
    assert len(inputs) > 1700 and len(differ) < 110
    for reason, most in reversed(TREE_BUILDERS_OWN.items()):
        explained = [page for page in differ if re.search(reason, page)]
        assert len(explained) <= most, reason
        differ = [page for page in differ if page not in explained]
    assert differ == []


@pytest.mark.parametrize("parser", ["auto", "stream", "tidy"])
@pytest.mark.parametrize("kind", ["a", "href", "all"])
def test_agrees_with_the_oracle_on_manuals(tmp_path, site, oracle, kind, parser):
    """On pages by people who meant to write HTML, our rows are a browser's: all of them, in the same order."""
    _, pages = site.some(tmp_path, 300)
    expected = oracle(pages, tmp_path / "expected.tsv", kind=kind)
    assert len(expected) > 1000
    assert rows_of(pages, parser, kind) == (tmp_path / "expected.tsv").read_bytes()


# Each encoding with a text in it whose bytes mean something else to others: backslashes, quotes and `<` among them.
CHARSETS = {
    "japanese": ("ソ表十能予ーあ", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-8", "utf-16le", "utf-16be", "gb18030"]),
    "chinese": ("中文網站首頁", ["big5", "gb18030", "utf-16le"]),
    "simplified": ("中文网站首页", ["gbk", "gb2312"]),
    "korean": ("한국어문서", ["euc-kr", "utf-8"]),
    "russian": ("привет", ["koi8-r", "windows-1251", "iso-8859-5", "ibm866"]),
    "western": ("äöüßé", ["windows-1252", "iso-8859-15", "iso-8859-2", "macintosh"]),
    "greek": ("αβγδ", ["iso-8859-7", "windows-1253"]),
    "turkish": ("ğışİ", ["windows-1254"]),
    "hebrew": ("שלום", ["windows-1255", "iso-8859-8"]),
    "thai": ("สวัสดี", ["windows-874"]),
}
PYTHON_CODECS = {"ibm866": "cp866", "macintosh": "mac_roman", "windows-874": "cp874", "gb2312": "gbk"}


@pytest.mark.parametrize("parser", ["auto", "stream", "tidy"])
def test_agrees_with_the_oracle_in_every_charset(tmp_path, oracle, parser):
    """Paths only: the oracle writes queries in UTF-8 always, browsers and we in the page's encoding."""
    listed = []
    for language, (text, charsets) in CHARSETS.items():
        for charset in charsets:
            page = tmp_path / f"{language}-{charset}.html"
            words = [text[at:] + text[:at] for at in range(len(text))]
            links = "".join(f"<p title=\"{w}>\">{w}<a title='{w}' href={w}/{w}#{w}>{w}</a><!-- {w} -->" for w in words)
            page.write_bytes(f"<title>{text}</title>{links}".encode(PYTHON_CODECS.get(charset, charset)))
            listed.append(f"{page}\thttp://{language}.test/{charset}/\t{charset}\n")
    (tmp_path / "pages.tsv").write_text("".join(listed))
    assert len(oracle(tmp_path / "pages.tsv", tmp_path / "expected.tsv")) > 100
    assert rows_of(tmp_path / "pages.tsv", parser, "href") == (tmp_path / "expected.tsv").read_bytes()


@pytest.mark.quick
def test_what_a_page_swallows():
    """An unclosed comment hides the rest of a page from a browser. Tidy by itself hides it too; auto asks it again."""
    page = b"<a href=1></a><!-- forgotten <p><a href=2>x</a><base href=/no/>"
    found = {parser: rows("--url", "http://h/", "--parser", parser, page=page) for parser in ("auto", "stream", "tidy", "none")}
    first, second = "http://h/\thttp://h/1", "http://h/\thttp://h/2"
    assert found == {"auto": [first, second], "stream": [first], "tidy": [first], "none": []}
    assert rows("--url", "http://h/", page=page) == found["auto"]


@pytest.mark.parametrize("parser", ["auto", "stream"])
def test_memory_does_not_grow_with_the_page(parser):
    """A page is not kept while its tags are found: eight megabytes of it take no more than one."""
    peaks = []
    for megabytes in (1, 8):
        program = subprocess.Popen(
            [path_of("trawl-extract"), "--url", "http://h/", "--parser", parser],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        program.stdin.write(b"<p title='x'>text and <b>more</b> text <a href=y>z</a>" * (megabytes * 1000 * 1000 // 54))
        program.stdin.flush()  # all but what the pipe holds has been read
        status = Path(f"/proc/{program.pid}/status").read_text()
        peaks.append(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]))
        program.communicate()
        assert program.returncode == 0
    assert peaks[1] - peaks[0] < 1024  # KiB
