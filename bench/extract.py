#!/usr/bin/python3
# what finding links costs: beside a bare scan, beside tidy, and on pages that are meant to hurt

import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / os.environ.get("TRAWL_PRESET", "release")
SCAN = Path(os.environ.get("TRAWL_SHARED", ROOT.parent / "shared")) / "limits/scan_limit.c"
TIDY_EVERY = 20  # tidy is slow: it reads every 20th page


def run(*command, listed=""):
    done = subprocess.run(command, input=listed, capture_output=True, text=True, check=True)
    return done.stdout


def manuals():
    """Every HTML page of the manuals installed here, as FILE and URL."""
    pages = sorted(Path("/usr/share/doc").glob("**/*.html"))
    return "".join(f"{page}\thttp://site.test{page}\n" for page in pages if page.is_file())


def scanner():
    """Builds the bare scan, which is not ours; None where it is absent."""
    if not SCAN.exists():
        print(f"no {SCAN}: nothing to compare with")
        return None
    program = BUILD / "scan_limit"
    source = SCAN.read_text().replace("CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID")  # others may be at work here
    run("cc", "-O2", "-o", str(program), "-x", "c", "-", listed=source)
    return program


def measure(rounds, table, kind):
    """MB/s in interleaved rounds; each program takes its own median besides."""
    files = "".join(row.split("\t")[0] + "\n" for row in table.splitlines())
    some = "".join(table.splitlines(keepends=True)[::TIDY_EVERY])
    scan = scanner()
    commands = {
        "a bare scan": ([scan], files),
        "tokenizer and link filter": ([BUILD / "bin/tokenizer-bench", "-r", "5"], files),
        **{
            f"everything, {parser}": ([BUILD / "bin/tidy-limit", "--parser", parser, "--links", kind, "--rounds", "5"], table)
            for parser in ("stream", "auto")
        },
        "everything, tidy": ([BUILD / "bin/tidy-limit", "--parser", "tidy", "--links", kind], some),
    }
    speeds = {name: [] for name, (command, _) in commands.items() if command[0]}
    for _ in range(rounds):
        for name in speeds:
            command, listed = commands[name]
            said = run(*map(str, command), listed=listed)
            speeds[name].append(float(re.search(r"([\d.]+) MB/s", said)[1]))
    return {name: statistics.median(of) for name, of in speeds.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("list", nargs="?", help="FILE, URL and perhaps charset a line; all manuals in /usr/share/doc without")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--links", default="href", choices=["href", "a", "all"])
    wanted = parser.parse_args()
    table = Path(wanted.list).read_text() if wanted.list else manuals()
    if not table:
        sys.exit("no HTML in /usr/share/doc: install a manual (postgresql-doc-15), or name a list")

    speeds = measure(wanted.rounds, table, wanted.links)
    scan, tidy = speeds.get("a bare scan"), speeds["everything, tidy"]
    print(f"{'MB/s, ' + str(len(table.splitlines())) + ' pages':30} {'':>8} {'of scan':>8} {'x tidy':>8}")
    for name, speed in speeds.items():
        print(f"{name:30} {speed:8.0f} {speed / scan if scan else 0:8.2f} {speed / tidy:8.1f}")

    print("\nresolving, by shape of the reference")
    print(run(str(BUILD / "bin/url-bench"), "5"))
    for parser_name, megabytes in (("auto", 10), ("stream", 10), ("auto", 1)):
        print(f"hostile pages of {megabytes} MB, {parser_name}", flush=True)
        print(run(str(BUILD / "bin/hostile-pages"), "--parser", parser_name, "--megabytes", str(megabytes)), flush=True)
    print("not run: hostile-pages --parser tidy --megabytes 1, which takes ten minutes")


if __name__ == "__main__":
    main()
