#!/usr/bin/python3
"""What a page of a real site costs beside bare libcurl and beside tidy in memory, and the memory for 100,000 URLs.

usage: ./dev bench fetch [--rounds N] [--pages N]

All on loopback, each figure the median of interleaved runs beside its reference in the same ones. Figures depend on the
machine; the ratios hardly do. The site and the bare fetcher come with the shared test data; without it only the memory for a
long list is measured, on a made-up web.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import measure  # noqa: E402
from harness.capability import ROOT, SHARED, absent  # noqa: E402
from harness.program import PRESET, Programs  # noqa: E402
from harness.world import Origin, Site  # noqa: E402

POLITE_TO_NOBODY = ("--no-robots", "--per-host", "256", "-c", "64", "-w", "1", "-q", "-o", "/dev/null")


def build_fetch_limit():
    """The least that fetching can cost: libcurl and libev alone."""
    program = ROOT / "build" / PRESET / "bin" / "fetch_limit"
    source = SHARED / "limits/fetch_limit.c"
    subprocess.run(["cc", "-O2", source, "-o", program, "-lcurl", "-lev"], check=True)
    return program


def print_cost(name, costs, pages, goal=""):
    cpu = median(cost.cpu_us(pages) for cost in costs)
    wall = median(cost.wall for cost in costs)
    memory = [max(cost.megabytes(name) for cost in costs) for name in ("trawl", "trawl-worker")]
    print(f"{name:32} {cpu:7.1f} us of CPU a page, {pages / wall:6.0f} pages/s{goal}", end="")
    print(f", at most {memory[0]:.0f} MB coordinator, {memory[1]:.0f} MB worker" if memory[0] else "")
    return cpu


def against_fetching(programs, site, count, rounds):
    urls, _ = site.some(programs.directory, count)
    limit = build_fetch_limit()
    trawl = lambda parser: measure.run(programs, "trawl", "-i", urls, *POLITE_TO_NOBODY, "--parser", parser)  # noqa: E731
    nothing, standard, bare = measure.interleaved(
        rounds, lambda: trawl("none"), lambda: trawl("auto"), lambda: measure.run(programs, limit, urls, "64")
    )
    fetching = print_cost("trawl --parser none", nothing, count)
    everything = print_cost("trawl (--parser auto)", standard, count)
    reference = print_cost("libcurl and libev alone", bare, count)
    print(f"ratios {fetching / reference:.2f} (goal: at most 2.5) and {everything / reference:.2f} (goal: at most 2.6)\n")


def tidy_in_memory(programs, pages):
    with open(pages, "rb") as listed:
        done = programs.run("tidy-limit", "--parser", "tidy", "--links", "a", stdin=listed, timeout=600)
    assert done.code == 0, str(done)
    return float(re.search(r"([\d.]+) CPU us a page", done.stdout).group(1))


def against_tidy(programs, site, count, rounds):
    urls, pages = site.some(programs.directory, count)
    trawl = lambda parser: measure.run(  # noqa: E731
        programs, "trawl", "-i", urls, *POLITE_TO_NOBODY, "--links", "a", "--parser", parser
    )
    ours, bare = measure.interleaved(rounds, lambda: trawl("tidy"), lambda: tidy_in_memory(programs, pages))
    cost = print_cost("trawl --parser tidy", ours, count)
    print(f"{'tidy in memory (tidy-limit)':32} {median(bare):7.1f} us of CPU a page")
    print(f"share of the CPU that is tidy's {median(bare) / cost:.2f} (goal: at least 0.75)\n")


def long_list(programs, count=100_000):
    origin = Origin(programs, pages=count, links=3, size=400, errors=0, redirects=0, others=0)
    cost = measure.run(
        programs, "trawl", "-i", origin.urls, "--no-robots", "--per-host", "64", "-q", "-o", "/dev/null"
    )
    print_cost(f"{count:,} listed URLs", [cost], count)
    print(f"coordinator {cost.megabytes('trawl'):.0f} MB (goal: below 100), worker {cost.megabytes('trawl-worker'):.0f} MB")
    origin.program.stop()


def main():
    parser = argparse.ArgumentParser(prog="./dev bench fetch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=4000)
    asked = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, {PRESET} build, {asked.pages} pages, median of {asked.rounds} interleaved rounds\n")
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as directory:
        programs = Programs(Path(directory) / "programs")
        programs.directory.mkdir()
        site, reason = None, absent("docs")
        try:
            if reason:
                print(f"no real site here: {reason}")
            else:
                site = Site.start(Path(directory) / "site")
                against_fetching(programs, site, asked.pages, asked.rounds)
                against_tidy(programs, site, asked.pages // 2, asked.rounds)
            long_list(programs)
        finally:
            programs.stop_all()
            if site:
                site.stop()


if __name__ == "__main__":
    main()
