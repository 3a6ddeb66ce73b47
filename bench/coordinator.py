#!/usr/bin/python3
"""What the coordinator alone can do: pages and rows a second with workers that answer at once, with and without --state.

usage: ./dev bench coordinator [--pages N] [--rounds N]

The workers fetch nothing (bench/null_worker.c), so that what is measured is seeds, queue, dispatch, collect, outputs and
commits. Goals: 30,000 pages/s at 5 links a page, 500,000 rows/s at 50, half of each with --state.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import measure  # noqa: E402
from harness.program import Programs  # noqa: E402


def write_list(path, pages):
    with open(path, "w", encoding="ascii") as out:
        for number in range(pages):
            host = f"http://host{number % 1000:04d}.example/"
            out.write(f"{host}some/path/that/is/quite/long/page/{number:012d}".ljust(80, "x") + "\n")


def crawl(directory, urls, links, state):
    """Runs one crawl; returns its summary and the coordinator's CPU seconds."""
    programs = Programs(directory)
    shutil.rmtree(directory / "state", ignore_errors=True)
    endpoint = f"ipc://{directory}/socket"
    given = ["-i", urls, "--no-robots", "-q", "-o", directory / "rows.tsv", "--per-host", 1000, "-w", 0]
    given += ["--listen", endpoint, "--summary", directory / "summary.json"]
    given += ["--state", directory / "state"] if state else []
    trawl = programs.start("trawl", *given)
    worker = programs.start("null-worker", endpoint, links)
    _, status, use = os.wait4(trawl.pid, 0)
    worker.wait(30)
    assert status == 0, str(trawl)
    return json.loads((directory / "summary.json").read_text()), use.ru_utime + use.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as name:
        directory = Path(name)
        for links, pages in ((5, options.pages), (50, options.pages // 2)):
            urls = directory / f"urls{links}.txt"
            write_list(urls, pages)
            for state in (False, True):
                runs = [crawl(directory, urls, links, state) for _ in range(options.rounds)]
                seconds = median(summary["seconds"] for summary, _ in runs)
                cpu = median(cpu for _, cpu in runs)
                stop = max(summary["longest_stop_ms"] for summary, _ in runs)
                commits = median(summary["commit_seconds"] for summary, _ in runs)
                rows.append(
                    (f"{links} links{', --state' if state else ''}", f"{pages / seconds:,.0f}", f"{pages * links / seconds:,.0f}",
                     f"{cpu / pages * 1e6:.1f}", f"{stop:.0f}", f"{commits / seconds:.0%}")
                )  # fmt: skip
    measure.table(("", "pages/s", "rows/s", "CPU us/page", "longest stop ms", "time in commits"), rows)


if __name__ == "__main__":
    main()
