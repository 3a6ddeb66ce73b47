"""Goal: whatever a user gets wrong is said in one clear line on stderr, with the right exit code, and nothing is lost
(D16, D18, D27, D28, D42, H75, H88, H89, H92)."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import time

import pytest

from harness import checker, peer
from harness.program import free_port, path_of

OLD = "a list that took a day\n"
SUMMARY = re.compile(r"(finished|interrupted|failed|pipe_closed) in [\d.]+ s: |(lines|admitted) \d+ = |  [a-z_]+ +\d+$")


def complaints(program):
    """What it said on stderr, but for the few lines in which it sums up."""
    return [line for line in program.stderr.splitlines() if not SUMMARY.match(line)]


def assert_one(program, code, pattern):
    """Exit code and complaint: one line, printable."""
    said = complaints(program)
    assert program.code == code, str(program)
    assert len(said) == 1 and re.search(pattern, said[0]), f"not one line with '{pattern}': {said}"
    assert all(" " <= c <= "~" for c in said[0])


@pytest.fixture
def at(tmp_path):
    """A directory with a list of one URL that nobody answers, and an old output."""
    (tmp_path / "list").write_text("http://127.0.0.1:59999/\n")
    (tmp_path / "old").write_text(OLD)
    return tmp_path


# ---- mistakes that are found before anything is fetched -------------------------------------------------------------


def empty(at):
    (at / "list").write_text("")


def blank(at):
    (at / "list").write_text("\n  \n\t\r\n\n")


def bom_only(at):
    (at / "list").write_bytes(b"\xef\xbb\xbf")


def directory(at):
    (at / "list").unlink()
    (at / "list").mkdir()


def missing(at):
    (at / "list").unlink()


def symbolic(at):
    (at / "soft").symlink_to("old")


def dangling(at):
    (at / "soft").symlink_to("new")


def hard(at):
    os.link(at / "old", at / "hard")


def list_is_hard(at):
    os.link(at / "list", at / "hard")


def fifo(at):
    os.mkfifo(at / "fifo")


LIST = ("-i", "list")

# What is prepared, arguments, exit code, what the one line says.
MISTAKES = [
    (missing, (*LIST, "-o", "old"), 1, "list: cannot be read: No such file"),
    (directory, (*LIST, "-o", "old"), 1, "list: cannot be read: Is a directory"),
    (None, ("-i", "list/below", "-o", "old"), 1, "list/below: cannot be read: Not a directory"),
    (empty, (*LIST, "-o", "old"), 3, "no usable URL among 0 lines"),
    (blank, (*LIST, "-o", "old"), 3, "no usable URL among 4 lines"),
    (bom_only, (*LIST, "-o", "old"), 3, "no usable URL among 1 line"),
    (None, (*LIST, "-o", "no/such/out"), 1, "no/such/out: cannot be written: No such file"),
    (None, (*LIST, "-o", "."), 1, r"\.: cannot be written: Is a directory"),
    (None, (*LIST, "-o", "old", "--pages", "no/such/pages"), 1, "no/such/pages: cannot be written"),
    (None, (*LIST, "-o", "old", "--summary", "no/such/sum"), 1, "no/such/sum: cannot write the summary: No such"),
    (None, (*LIST, "-o", "old", "--summary", "."), 1, r"\.: cannot write the summary: Is a directory"),
    (fifo, (*LIST, "-o", "fifo"), 1, "fifo: cannot be written: a FIFO that nobody reads"),
    (None, (*LIST, "-o", "old", "--pages", "old"), 1, "old: -o and --pages are one file"),
    (None, (*LIST, "-o", "old", "--pages", "./old"), 1, "old: -o and --pages are one file"),
    (symbolic, (*LIST, "-o", "old", "--pages", "soft"), 1, "soft: -o and --pages are one file"),
    (dangling, (*LIST, "-o", "soft", "--pages", "new"), 1, "new: -o and --pages are one file"),
    (hard, (*LIST, "-o", "hard", "--pages", "old"), 1, "old: -o and --pages are one file"),
    (None, (*LIST, "-o", "-", "--pages", "-"), 1, "-: -o and --pages are one file"),
    (None, (*LIST, "--summary", "-"), 1, "-: -o and --summary are one file"),
    (None, (*LIST, "-o", "old", "--pages", "-", "--summary", "-"), 1, "-: --pages and --summary are one file"),
    (None, (*LIST, "-o", "old", "--summary", "old"), 1, "old: -o and --summary are one file"),
    (None, ("-i", "old", "-o", "old"), 1, "old: -i and -o are one file"),
    (list_is_hard, (*LIST, "-o", "hard"), 1, "hard: -i and -o are one file"),
    (list_is_hard, (*LIST, "-o", "old", "--pages", "hard"), 1, "hard: -i and --pages are one file"),
    (None, (*LIST, "-o", "old", "--summary", "list"), 1, "list: -i and --summary are one file"),
    (None, (*LIST, "-o", "old", "--wrokers", "2"), 2, r"unknown option --wrokers: did you mean --workers\?"),
    (None, (*LIST, "-o", "old", "--work", "2"), 2, r"unknown option --work: did you mean --workers\?"),
    (None, (*LIST, "-o", "old", "-W", "2"), 2, r"unknown option -W: did you mean -w \(--workers\)\?"),
    (None, (*LIST, "-o", "old", "-w"), 2, r"option --workers needs a value \(N\)"),
    (None, (*LIST, "-o", "old", "--no-robots=yes"), 2, "option --no-robots takes no value"),
    (None, (*LIST, "-o", "old", "-w", "5000"), 2, "--workers: '5000' is not a whole number from 0 to 1024"),
    (None, (*LIST, "-o", "old", "-w", "-1"), 2, "--workers: '-1' is not"),
    (None, (*LIST, "-o", "old", "-w", "two\x1b[31m%n"), 2, r"--workers: 'two\\x1b\[31m%n' is not a whole number"),
    (None, (*LIST, "-o", "old", "-c", "0"), 2, "--concurrency: '0' is not a whole number from 1"),
    (None, (*LIST, "-o", "old", "--per-host", "99999999999999999999"), 2, "--per-host: '9+' is not"),
    (None, (*LIST, "-o", "old", "--timeout", "0"), 2, "--timeout: '0' is not"),
    (None, (*LIST, "-o", "old", "--timeout", "nan"), 2, "--timeout: 'nan' is not"),
    (None, (*LIST, "-o", "old", "--max-body", "2T"), 2, "--max-body: '2T' is not"),
    (None, (*LIST, "-o", "old", "--max-redirects", "101"), 2, "--max-redirects: '101' is not"),
    (None, (*LIST, "-o", "old", "--links", "b"), 2, "--links: 'b' is not"),
    (None, (*LIST, "-o", "old", "--contact", "a\nb"), 2, "--contact holds a byte that a header cannot"),
    (None, (*LIST, "-o", "old", "-q", "-v"), 2, "-q and -v contradict"),
    (None, (*LIST, "-o", "old", "-w", "0"), 2, "--workers: 0 leaves no worker: add --listen"),
    (None, (*LIST, "-o", "old", "--listen", "7777"), 2, "--listen: '7777' is not an endpoint: write tcp://HOST:PORT"),
    (None, (*LIST, "-o", "old", "--listen", "tcp://0.0.0.0:0"), 2, "open to other machines .* --insecure"),
    (None, (*LIST, "-o", "old", "--listen", "tcp://*:0"), 2, "open to other machines .* --insecure"),
    (None, (*LIST, "-o", "old", "--listen", "tcp://no-such-name.invalid:0", "--insecure"), 1, "this machine has no such"),
    (None, ("-o", "old"), 2, "no URLs: name some, or a list with -i FILE"),
]


@pytest.mark.parametrize(
    "prepare, arguments, code, says", MISTAKES, ids=[" ".join(row[1]).replace("\n", " ") for row in MISTAKES]
)
def test_a_mistake_is_one_line_and_leaves_no_trace(programs, at, prepare, arguments, code, says):
    if prepare:
        prepare(at)
    before = sorted(path.name for path in at.iterdir())
    done = programs.run("trawl", "--no-robots", *arguments, cwd=at)
    assert_one(done, code, says)
    assert done.stdout == "" and done.stderr.count("\n") == 1
    assert (at / "old").read_text() == OLD
    assert sorted(path.name for path in at.iterdir() if "-trawl" not in path.name and path.name != "new") == before


def test_an_output_is_not_the_state(programs, at):
    for arguments in ("-o",), ("-o", "old", "--pages"), ("-o", "old", "--summary"):
        run = (*LIST, "--state", "st", *arguments, "st/data.mdb")
        done = programs.run("trawl", "--no-robots", *run, cwd=at)
        assert_one(done, 1, f"st/data.mdb: --state and {arguments[-1]} are one file")


def test_a_list_that_may_not_be_read(programs, at):
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--clear-groups", path_of("trawl")]
        for path in at.resolve().parents[:3]:
            os.chmod(path, stat.S_IMODE(path.stat().st_mode) | 0o011)
        os.chmod(at, 0o777)
    else:
        command = ["trawl"]
    os.chmod(at / "list", 0)
    done = programs.run(*command, "--no-robots", "-i", at / "list", "-o", at / "new", cwd="/")
    assert_one(done, 1, "list: cannot be read: Permission denied")
    assert not (at / "new").exists()


def test_an_argument_without_a_scheme_is_told_what_was_meant(programs, at):
    done = programs.run("trawl", "--no-robots", "-o", at / "old", "example.com")
    assert done.code == 3
    first, second = complaints(done)
    assert "argument: example.com: no scheme; did you mean https://example.com ?" in first
    assert "no usable URL among 1 line" in second
    assert (at / "old").read_text() == OLD


def test_a_dash_is_told_how_to_read_standard_input(programs, at):
    done = programs.run("trawl", "--no-robots", "-o", at / "old", "-")
    assert done.code == 3
    assert "argument: -: not a URL; -i - reads the standard input" in complaints(done)[0]
    assert (at / "old").read_text() == OLD


def test_a_port_in_use(programs, at):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        done = programs.run("trawl", "--no-robots", "-i", at / "list", "-o", at / "old", "--listen", endpoint)
    assert_one(done, 1, f"{endpoint}: cannot listen there: Address already in use")
    assert (at / "old").read_text() == OLD


def test_the_worker_program_is_missing(programs, at):
    (at / "bin").mkdir()
    shutil.copy(path_of("trawl"), at / "bin")
    done = programs.run(at / "bin/trawl", "--no-robots", "-i", at / "list", "-o", at / "old")
    assert_one(done, 1, "bin/trawl-worker: the worker program is missing; install it beside trawl")
    assert (at / "old").read_text() == OLD


def test_a_worker_program_that_is_none(programs, at):
    (at / "bin").mkdir()
    shutil.copy(path_of("trawl"), at / "bin")
    (at / "bin/trawl-worker").write_text("#!/bin/sh\necho 'no such library' >&2\nexit 127\n")
    (at / "bin/trawl-worker").chmod(0o755)
    done = programs.run(at / "bin/trawl", "--no-robots", "-w", "1", "-i", at / "list", "-o", at / "new")
    assert done.code == 1, str(done)
    assert "no such library" in done.stderr
    assert complaints(done)[-1].endswith("three workers in a row died before they said Hello: the run ends")


def test_a_second_run_on_the_same_output(programs, plain_world, start_crawl, at):
    world = plain_world(60, latency=0.2)
    first = start_crawl("-i", world.urls, "--no-robots", "--per-host", "2", "-v", output=at / "rows")
    first.wait_for("Found ")
    second = programs.run("trawl", "--no-robots", "-i", at / "list", "-o", at / "rows")
    assert_one(second, 1, "rows: another process is writing it; name another file or wait")
    first.wait()
    checker.check_crawl(first, world.truth_rows())


# ---- lists as people have them --------------------------------------------------------------------------------------


def crawl_list(crawl, tmp_path, content, **options):
    listed = tmp_path / "the-list"
    listed.write_bytes(content)
    return crawl("-i", listed, "--no-robots", "-w", "1", **options)


def counts(done):
    return tuple(done.summary[name] for name in ("lines", "blank", "malformed", "duplicate", "admitted"))


def test_crlf_bom_blanks_and_duplicates(plain_world, crawl, tmp_path):
    world = plain_world(3)
    zero, one, two = (url.encode() for url in world.url_list())
    content = b"\xef\xbb\xbf" + zero + b"\r\n" + zero + b"\r\n\r\n  " + one + b"\t\r\n" + zero + b"#part\r\n" + two
    done = crawl_list(crawl, tmp_path, content)
    assert done.code == 0 and complaints(done) == []
    assert counts(done) == (6, 1, 0, 2, 3)
    checker.check_crawl(done, world.truth_rows())


def test_malformed_lines_have_numbers_and_only_twenty_of_a_kind_are_shown(plain_world, crawl, tmp_path):
    world = plain_world(1)
    bare = b"".join(b"www.example%d.com/x\n" % number for number in range(30))
    others = b"ftp://example.com/\nmailto:a@example.com\nhttp://\nhttp://a b/\n//example.com/\n\xff\xfe\nlocalhost:8080\n"
    done = crawl_list(crawl, tmp_path, bare + others + world.url_list()[0].encode() + b"\n")
    assert done.code == 0
    assert counts(done) == (38, 0, 37, 0, 1)
    said = complaints(done)
    assert "the-list, line 1: www.example0.com/x: no scheme; did you mean https://www.example0.com/x ?" in said[0]
    assert [int(number) for number in re.findall(r", line (\d+): www", done.stderr)] == list(range(1, 21))
    assert "further lines of this kind are only counted" in said[20]
    for number, says in ((31, "neither http nor https"), (32, "neither"), (33, "not a URL"), (34, "not a URL"), (36, "not a URL")):
        assert re.search(rf"the-list, line {number}: .*{says}", done.stderr), said
    assert r"line 36: \xff\xfe: not a URL" in done.stderr
    checker.check_crawl(done, world.truth_rows())


def test_a_line_of_ten_megabytes(plain_world, crawl, tmp_path):
    world = plain_world(2)
    zero, one = (url.encode() for url in world.url_list())
    huge = b"http://127.0.0.1/" + b"a" * 10_000_000
    done = crawl_list(crawl, tmp_path, zero + b"\n" + huge + b"\n" + one + b"\n" + huge)
    assert done.code == 0
    assert counts(done) == (4, 0, 2, 0, 2)
    said = complaints(done)
    assert len(said) == 2 and all(len(line) < 500 for line in said)
    assert re.search(r"line 2: http://127.0.0.1/a+\.\.\.: longer than 8192 bytes", said[0])
    checker.check_crawl(done, world.truth_rows())


def test_nul_and_invalid_utf8_are_bytes_like_others(plain_world, crawl, tmp_path):
    """H75, H88, H89: what is written and said is printable; the URL as listed stands in the output unless it cannot."""
    world = plain_world(1)
    url = world.url_list()[0].encode()
    content = url + b"?a\0b\n" + url + b"?\xff\n\0\n" + url + b"?\x1b[31m\n" + url + b"?%n%s\n" + url + "?ö\n".encode()
    done = crawl_list(crawl, tmp_path, content)
    assert done.code == 0
    assert counts(done) == (6, 1, 0, 0, 5)
    sources = {source for source, _ in done.rows}
    base = url.decode()
    assert sources <= {base + tail for tail in ("?a%00b", "?%EF%BF%BD", "?%1B[31m", "?%n%s", "?ö")}


def test_a_fifo_is_read_to_its_end(plain_world, start_crawl, tmp_path):
    world = plain_world(5)
    os.mkfifo(tmp_path / "fifo")
    done = start_crawl("-i", tmp_path / "fifo", "--no-robots", "-w", "1", "-v")
    urls = world.url_list()
    with open(tmp_path / "fifo", "w") as writer:
        writer.write(urls[0] + "\n")
        writer.flush()
        done.wait_for("Found ")  # what has been written is crawled before the end is known
        writer.write("\n".join(urls[1:]))
    done.wait()
    assert done.code == 0
    checker.check_crawl(done, world.truth_rows())


def test_stdin_is_a_pipe(plain_world, crawl):
    world = plain_world(5)
    with open(world.urls, "rb") as listed:
        done = crawl("-i", "-", "--no-robots", "-w", "1", stdin=listed)
    assert done.code == 0
    checker.check_crawl(done, world.truth_rows())


def closed(program, *redirections):
    return ["sh", "-c", f'exec "$0" "$@" {" ".join(redirections)}', path_of(program)]


def test_stdin_is_closed(programs, at):
    done = programs.run(*closed("trawl", "<&-"), "--no-robots", "-i", "-", "-o", at / "old")
    assert_one(done, 1, "stdin: cannot be read: Bad file descriptor")
    assert (at / "old").read_text() == OLD


def test_stdin_is_a_terminal(plain_world, programs, tmp_path):
    """It says what it waits for, and Ctrl-D ends the list."""
    world = plain_world(1)
    ours, theirs = pty.openpty()
    done = programs.start("trawl", "--no-robots", "-w", "1", "-i", "-", "-o", tmp_path / "rows", stdin=theirs)
    os.close(theirs)
    done.wait_for("reading URLs from the terminal, one a line; end with Ctrl-D")
    os.write(ours, world.url_list()[0].encode() + b"\n\x04")
    done.code = done.wait(20)
    os.close(ours)
    assert done.code == 0 and len(complaints(done)) == 1, str(done)
    assert sorted(checker.parse_rows((tmp_path / "rows").read_bytes())) == world.truth_rows()


# ---- outputs that fail ----------------------------------------------------------------------------------------------


def test_the_reader_of_the_pipe_leaves(origin, tmp_path):
    """D27: `| head -1` is a way to look, not an error; the run ends with it."""
    world = origin(pages=3000, latency=20, errors=0)
    began = time.monotonic()
    line = f"'{path_of('trawl')}' -i '{world.urls}' --no-robots --pages '{tmp_path}/pages' | head -1; echo ${{PIPESTATUS[@]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "source_url\tparsed_url\n0 0\n"
    assert [text for text in done.stderr.splitlines() if "WARNING" not in text] == []
    assert len((tmp_path / "pages").read_text().splitlines()) < 3000, f"after {time.monotonic() - began} s all was fetched"


@pytest.mark.parametrize(
    "outputs, names",
    [
        (("-o", "/dev/full"), "/dev/full"),
        (("-o", "rows", "--pages", "/dev/full"), "/dev/full"),
        (("-o", "rows", "--summary", "/dev/full"), "/dev/full"),
    ],
)
def test_a_full_disk(programs, plain_world, tmp_path, outputs, names):
    """D25's first half; a device that is named as an output stays one."""
    world = plain_world(3)
    done = programs.run("trawl", "--no-robots", "-w", "1", "-i", world.urls, *outputs, cwd=tmp_path)
    assert_one(done, 1, f"{names}: cannot .*No space left on device")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_stdout_is_closed(programs, plain_world):
    world = plain_world(1)
    done = programs.run(*closed("trawl", ">&-"), "--no-robots", "-w", "1", "-i", world.urls)
    assert_one(done, 1, "stdout: cannot be written: Bad file descriptor")


def test_stdout_is_closed_and_not_needed(programs, plain_world, tmp_path):
    world = plain_world(1)
    for redirections in ((">&-",), ("2>&-",), ("<&-", ">&-", "2>&-")):
        done = programs.run(
            *closed("trawl", *redirections), "--no-robots", "-w", "1", "-i", world.urls, "-o", tmp_path / "rows"
        )
        assert done.code == 0, str(done)
        assert sorted(checker.parse_rows((tmp_path / "rows").read_bytes())) == world.truth_rows()


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_summary_on_stdout_is_written_there(programs, plain_world, tmp_path, name):
    world = plain_world(1)
    words = ("--no-robots", "-w", "1", "-i", world.urls, "-o", tmp_path / "rows", "--summary", name)
    done = programs.run("trawl", *words, cwd=tmp_path)
    assert done.code == 0 and json.loads(done.stdout)["exit_reason"] == "finished"
    assert not (tmp_path / "-").exists()
    assert os.path.islink("/dev/stdout")


def test_programs_can_read_every_line_of_a_json_log(programs, plain_world, tmp_path):
    """Warnings, pages and the last words: each line is an object, and the last one holds the summary."""
    world = plain_world(2)
    words = ("--no-robots", "-w", "1", "-i", world.urls, "-v", "--log-format", "json", "-o", tmp_path / "rows")
    done = programs.run("trawl", *words, "--summary", tmp_path / "sum", "nonsense", "http://127.0.0.1:25/")
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["level"] for line in said} == {"INFO", "WARNING"}
    assert all(set(line) - {"summary"} == {"time", "level", "name", "message"} for line in said)
    last, written = said[-1], json.loads((tmp_path / "sum").read_text())
    assert last["message"].startswith("finished in ")
    assert all(last["summary"][name] == value for name, value in written.items() if name != "seconds"), str(done)


# ---- workers and coordinators that do not meet ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, code, says",
    [
        ((), 2, "--connect ENDPOINT is missing"),
        (("--connect", "nonsense"), 2, "--connect: 'nonsense' is not an endpoint: write tcp://HOST:PORT or ipc://PATH"),
        (("--connect", "tcp://127.0.0.1:9", "-w", "0"), 2, "--workers: '0' is not a whole number from 1"),
        (("--connect", "tcp://127.0.0.1:9", "--name", "a b"), 2, "--name takes printable ASCII without spaces"),
        (("--connect", "tcp://127.0.0.1:9", "--patiense", "1"), 2, r"unknown option --patiense: did you mean --patience\?"),
        (("--connect", "tcp://127.0.0.1:9", "extra"), 2, "unexpected argument 'extra'"),
    ],
)
def test_what_is_wrong_with_a_worker_is_one_line(programs, arguments, code, says):
    assert_one(programs.run("trawl-worker", *arguments), code, says)


def test_a_coordinator_that_never_comes(programs):
    """It backs off, says so once, and leaves when its patience is over."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    done = programs.run("trawl-worker", "--connect", endpoint, "--patience", "5", "--name", "lonely")
    assert done.code == 1
    waiting, leaving = complaints(done)
    assert f"lonely: no answer from a coordinator at {endpoint}; trying for 5 s" in waiting
    assert f"lonely: no coordinator at {endpoint} for 5 s: giving up" in leaving


def test_a_coordinator_that_is_gone(programs, plain_world, start_crawl):
    world, endpoint = plain_world(100, latency=0.2), f"tcp://127.0.0.1:{free_port()}"
    done = start_crawl("-i", world.urls, "--no-robots", "--listen", endpoint, "-v")
    worker = programs.start("trawl-worker", "--connect", endpoint, "--patience", "5", "--name", "orphan")
    done.wait_for("Found ")
    done.signal(signal.SIGKILL)
    assert done.program.wait(5) == 137
    worker.code = worker.wait(25)
    assert worker.code == 1, str(worker)
    over, waiting, leaving = complaints(worker)
    assert "orphan: session over: " in over
    assert f"orphan: no answer from a coordinator at {endpoint}; trying for 5 s" in waiting
    assert "giving up" in leaving


def test_no_worker_for_ten_seconds(programs, plain_world, start_crawl):
    """It says once what it waits for, and goes on when one comes."""
    world, endpoint = plain_world(5), f"tcp://127.0.0.1:{free_port()}"
    done = start_crawl("-i", world.urls, "--no-robots", "--listen", endpoint)
    done.wait_for("no worker for 10 s", 15)
    programs.start("trawl-worker", "--connect", endpoint)
    done.wait()
    assert done.code == 0
    (said,) = complaints(done)
    assert f"no worker for 10 s: waiting for one to connect to {endpoint}" in said
    checker.check_crawl(done, world.truth_rows())


def test_a_worker_of_another_protocol(programs, plain_world, start_crawl):
    """D16: refused with both versions on both sides; the run goes on with workers of its own."""
    world, endpoint = plain_world(5), f"tcp://127.0.0.1:{free_port()}"
    done = start_crawl("-i", world.urls, "--no-robots", "--listen", endpoint)
    stranger = peer.Peer(endpoint)
    stranger.say_hello(protocol=99)
    refusal = stranger.hear("refuse")
    assert refusal.protocol == 1 and refusal.reason == peer.pb.Refuse.PROTOCOL
    stranger.close()
    programs.start("trawl-worker", "--connect", endpoint)
    done.wait()
    assert done.code == 0
    (said,) = complaints(done)
    assert "refused a worker that speaks protocol 99; this is protocol 1" in said
    checker.check_crawl(done, world.truth_rows())


def test_a_coordinator_of_another_protocol(programs):
    """D16: the worker says both versions once and leaves with 2 instead of trying again."""
    socket_ = peer.open_socket(peer.zmq.ROUTER)
    socket_.setsockopt(peer.zmq.LINGER, 0)
    port = socket_.bind_to_random_port("tcp://127.0.0.1")
    worker = programs.start("trawl-worker", "--connect", f"tcp://127.0.0.1:{port}")
    assert socket_.poll(10000)
    who, _ = socket_.recv_multipart()
    refusal = peer.pb.Refuse(reason=peer.pb.Refuse.PROTOCOL, protocol=99, text="different protocol")
    socket_.send_multipart([who, peer.pb.Message(refuse=refusal).SerializeToString()])
    worker.code = worker.wait(10)
    socket_.close(0)
    assert_one(worker, 2, "refused: the coordinator speaks protocol 99, this worker 1")
