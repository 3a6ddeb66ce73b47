#!/usr/bin/python3
"""What waiting at once buys, what processes buy, and what both do: one list in four modes, with quick and slow servers.

usage: ./dev bench modes [--workers N] [--concurrency C] [--pages N]

sync is one process that fetches one page at a time, multiprocess N such processes, async one process with C pages in flight,
hybrid N x C. The web is made up and served from loopback, so its server takes CPUs too. Every mode's rows are compared with
those that the pages hold. Quick runs are repeated, and the best rate and the median of the CPU shown: what else runs on the
machine only takes away.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import checker, measure  # noqa: E402
from harness.program import Programs  # noqa: E402
from harness.world import Origin  # noqa: E402

HEAD = ("mode", "processes x in flight", "pages/s", "times sync", "CPU us a page", "rows")
READING = """
Where servers keep you waiting (the first table) what counts is how many pages are waited for at once: async has C of them for
the price of one process, where N processes that fetch one page each have N. Where the pages keep the CPU busy (the last table)
async buys next to nothing and processes buy up to the number of CPUs; hybrid takes both, and is what trawl does unasked.
"""


def modes(workers, concurrency):
    return [("sync", 1, 1), ("multiprocess", workers, 1), ("async", 1, concurrency), ("hybrid", workers, concurrency)]


def one_mode(programs, origin, truth, workers, concurrency, parser):
    rows = programs.directory / "rows.tsv"
    cost = measure.run(
        programs, "trawl", "-i", origin.urls, "-o", rows, "-w", workers, "-c", concurrency, "--parser", parser,
        "--per-host", "64", "--no-robots", "-q",
    )  # fmt: skip
    checker.assert_same_rows(sorted(checker.parse_rows(rows.read_bytes())), truth)
    return cost


def one_setting(programs, pages, asked, parser="auto", rounds=1, **world):
    origin = Origin(programs, pages=pages, errors=0, redirects=0, others=0, **world)
    truth, kinds = origin.truth_rows(), modes(asked.workers, asked.concurrency)
    costs = measure.interleaved(
        rounds, *[lambda w=w, c=c: one_mode(programs, origin, truth, w, c, parser) for _, w, c in kinds]
    )
    rates = [pages / min(cost.wall for cost in of_mode) for of_mode in costs]
    print(f"{pages} pages, {world}, --parser {parser}".translate({ord(c): None for c in "{}'"}))
    measure.table(
        HEAD,
        [
            (name, f"{w} x {c}", f"{rate:.0f}", f"{rate / rates[0]:.1f}",
             f"{median(cost.cpu_us(pages) for cost in of_mode):.0f}", "right")
            for (name, w, c), rate, of_mode in zip(kinds, rates, costs)
        ],
    )  # fmt: skip
    print()
    origin.program.stop()


def main():
    parser = argparse.ArgumentParser(prog="./dev bench modes")
    parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 2), metavar="N")
    parser.add_argument("--concurrency", type=int, default=64, metavar="C")
    parser.add_argument("--pages", type=int, default=400, metavar="N", help="with slow servers; more with quick ones")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, which the server shares; latency in ms, size in bytes\n")
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as directory:
        programs = Programs(Path(directory))
        try:
            one_setting(programs, asked.pages, asked, latency=50)
            one_setting(programs, asked.pages * 10, asked, rounds=3, latency=0)
            one_setting(programs, asked.pages * 2, asked, parser="tidy", rounds=3, latency=0, size=25000)
        finally:
            programs.stop_all()
    print(READING.strip())


if __name__ == "__main__":
    main()
