#!/usr/bin/python3
"""What hosts see of a crawl by four workers, from the log of the asked: gaps under --delay, requests at once under --per-host.

usage: ./dev bench manners [--delay S] [--per-host N]

Each with all workers left alone, and while one of them after the other is killed. A gap is from the end of an answer, or from
the death of who waited for it, to the next request. Beside it stands what the coordinator says that it granted: from one grant
to the next.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import checker, crawl, measure  # noqa: E402
from harness.program import Programs  # noqa: E402
from harness.world import Origin, most_at_once, smallest_gap  # noqa: E402

WORKERS, KILLS = 4, 4
SIZES = ((1, 12), (100, 600), (2000, 8000))  # hosts, and pages of all of them


def run(programs, hosts, pages, killed, *words):
    """Returns the crawl, what each host was asked, and how many workers died."""
    world = Origin(programs, linked=True, pages=pages, hosts=hosts, links=4, branch=5, size=500, latency=50, errors=0, redirects=0, others=0)
    done = crawl.start(programs, "-i", world.urls, "-d", "50", "-w", WORKERS, "-c", "256", "--retries", "5", *words)
    kills = []
    for _ in range(KILLS if killed else 0):
        time.sleep(0.4)
        for pid in done.children()[:1] if done.running else []:
            kills.append(time.monotonic())
            os.kill(pid, signal.SIGKILL)
    checker.check_exit(done.wait(120), 0)
    checker.check_crawl(done, world.truth_rows())
    return done, world.answers(kills).values(), sum(worker["deaths"] for worker in done.summary["workers"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.3)
    parser.add_argument("--per-host", type=int, default=3)
    options = parser.parse_args()
    gaps, at_once = [], []
    for hosts, pages in SIZES:
        for killed in (False, True):
            with tempfile.TemporaryDirectory(prefix="trawl-bench-") as name:
                programs = Programs(Path(name))
                done, answers, deaths = run(programs, hosts, pages, killed, "--delay", options.delay)
                least = min(gap for gap in map(smallest_gap, answers) if gap is not None)
                gaps.append((hosts, deaths, f"{least * 1000:.1f}", f"{done.summary['smallest_gap_ms']:.1f}"))
                done, answers, deaths = run(programs, hosts, pages, killed, "--per-host", options.per_host)
                at_once.append((hosts, deaths, max(map(most_at_once, answers)), done.summary["most_in_flight"]))
    print(f"--delay {options.delay:g}: smallest gap in ms")
    measure.table(("hosts", "killed", "seen", "granted"), gaps)
    print(f"\n--per-host {options.per_host}: most requests of a host at once")
    measure.table(("hosts", "killed", "seen", "granted"), at_once)


if __name__ == "__main__":
    main()
