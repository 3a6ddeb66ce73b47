#!/usr/bin/python3
"""What following costs the coordinator: link checks a second while most links are known, and a grant with very much queued.

usage: ./dev bench follow [--pages N] [--links N] [--rounds N]

The worker fetches nothing (bench/null_worker.c). Its pages hold links of which one in ten is new; the others were met before:
lately, as the menus and neighbours of a site are, or at any time, which is the worst there is. All go the way that links of
real pages go: scope, traps, recent fingerprints, the store's, the queue, commits. The goal is 400,000 checks/s. Then the
frontier alone (bench/frontier_bench.c).
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

HOSTS, NEW, LATELY = 100, 100, 100_000  # origins of one name; new links in a thousand; how many back "lately" goes


def crawl(directory, pages, links, recent, state):
    """Runs one crawl up to its limit; returns its summary and the coordinator's CPU seconds."""
    programs = Programs(directory)
    shutil.rmtree(directory / "state", ignore_errors=True)
    endpoint = f"ipc://{directory}/socket"
    given = ["-d", 1000, "--no-robots", "-q", "-o", directory / "rows.tsv", "--per-host", 1000, "-w", 0, "--listen", endpoint]
    given += ["--max-pages", pages, "--summary", directory / "summary.json", "http://127.0.0.1:20000/"]
    given += ["--state", directory / "state"] if state else []
    trawl = programs.start("trawl", *given)
    worker = programs.start("null-worker", endpoint, links, NEW, HOSTS, recent)
    _, status, use = os.wait4(trawl.pid, 0)
    worker.wait(30)
    assert status == 0, str(trawl)
    return json.loads((directory / "summary.json").read_text()), use.ru_utime + use.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200000)
    parser.add_argument("--links", type=int, default=50, help="on each page")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as name:
        for what, recent in (("lately", LATELY), ("at any time", 0)):
            for state in (False, True):
                runs = [crawl(Path(name), options.pages, options.links, recent, state) for _ in range(options.rounds)]
                seconds = median(summary["seconds"] for summary, _ in runs)
                cpu = median(cpu for _, cpu in runs)
                links, found = runs[0][0]["links"], runs[0][0]["found"]
                stop = max(summary["longest_stop_ms"] for summary, _ in runs)
                rows.append(
                    (f"met {what}{', --state' if state else ''}", f"{links / seconds:,.0f}", f"{cpu / links * 1e6:.2f}",
                     f"{1 - found / links:.0%}", f"{found:,}", f"{options.pages / seconds:,.0f}", f"{stop:.0f}")
                )  # fmt: skip
    measure.table(("", "checks/s", "CPU us each", "seen before", "queued", "pages/s", "longest stop ms"), rows)
    print()
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as name:
        print(Programs(Path(name)).run("frontier-bench", timeout=600).stdout, end="")


if __name__ == "__main__":
    main()
