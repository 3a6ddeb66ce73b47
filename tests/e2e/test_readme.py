"""Goal: who types what README.md shows, in a clean clone, gets what it says."""

import re
import shutil
import subprocess

import pytest

from harness.capability import ROOT, require
from harness.program import environment, free_port

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```sh( container)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OURSELVES = "./dev test\n"  # would run this, and so on


def blocks(container):
    return [text for kind, text in BLOCK.findall(README) if bool(kind) == container and text != OURSELVES]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What git would clone, with the changes that are not committed yet."""
    at = tmp_path_factory.mktemp("clone") / "trawl"
    listed = subprocess.run(
        ["sh", "-c", "git ls-files -z --cached --others --exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode != 0:  # no git, or no repository
        shutil.copytree(ROOT, at, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))
        return at
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (at / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, at / name)
    return at


def run(clone, commands, timeout):
    """In one shell, as someone would who goes through the page; whatever still runs at its end is stopped."""
    script = "set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\nset -v\n" + "\n".join(commands)
    script = script.replace("7777", str(free_port()))
    done = subprocess.run(
        ["bash", "-c", script], cwd=clone, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        env=environment(), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done


def lines(path):
    return sorted(path.read_text().splitlines())


def test_all_commands_run_as_written(clone):
    done = run(clone, blocks(container=False), 600)
    assert "and these are exactly the links that stand on its pages" in done.stdout
    assert "exactly right" in done.stdout
    for file, head in (
        ("foundurls.tsv", "source_url\tparsed_url\n"),
        ("links.tsv", "source_url\tparsed_url\n"),
        ("second.tsv", "source_url\tparsed_url\n"),
        ("pages.tsv", "url\toutcome\tstatus\tfinal_url\tredirects\ttype\tcharset\tbytes\tlinks\tdepth\t"),
        ("summary.json", "{\n"),
    ):
        assert (clone / file).read_text().startswith(head), file
    assert re.search(r"resuming: [1-9]\d\d? of 1,000 done", done.stderr), done.stderr[-4000:]
    assert "no row lost, none twice" in done.stdout
    assert done.stderr.count("already finished; --fresh starts again") == 1
    for line in (
        "https://example.com/\thttps://example.com/docs/a%20b?x=1&y=2\n",
        "https://example.com/\thttps://example.com/docs/2.html\n",
        "allowed\tAllow: /private/map\n",
        "https://example.com/x\nhttps://cdn.example/y\nhttp://example.com/%7Eme\n-\n",
    ):
        assert line in done.stdout


def test_the_containers_commands_run_as_written(clone):
    require("container")
    practice = [text for text in blocks(container=False) if "trawl-origin" in text or text == "./dev run\n"]
    text = [block.replace("-t trawl ", "-t localhost/trawl-test ").replace("/data trawl ", "/data localhost/trawl-test ")
            for block in blocks(container=True)]  # fmt: skip
    run(clone, practice + text, 900)
    assert (clone / "crawl/links.tsv").read_text().startswith("source_url\tparsed_url\n")


def test_what_it_says_of_the_programs_is_so(programs):
    """Each option that it names exists, and each outcome."""
    from harness.checker import CLASS_OF

    outcomes = set(re.findall(r"`([a-z_]+)`", README.split("| outcome of a page |")[1].split("\n\n")[0]))
    assert outcomes == set(CLASS_OF)
    programs_named = ("trawl", "trawl-worker", "trawl-extract", "trawl-robots", "trawl-origin")
    known = "".join(programs.run(name, "--help").stdout for name in programs_named)
    prose = README.replace("--user`", "").replace("--entrypoint", "").replace("--rm", "").replace("--network", "")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose))
    assert {name for name in named if name not in known} == set()


@pytest.mark.parametrize("words, line", [(("bogus",), "no command bogus: see"), (("fuzz", "nope"), "no fuzz target nope: there are")])
def test_dev_says_at_once_what_it_does_not_know(words, line):
    done = subprocess.run([ROOT / "dev", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode and not done.stdout
    assert done.stderr.startswith(f"dev: {line} ") and done.stderr.count("\n") == 1
