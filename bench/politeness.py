#!/usr/bin/python3
"""What hosts that hang cost the others: the time of 1,000 good hosts beside as many silent ones, and alone.

usage: ./dev bench politeness [--hosts N] [--pages N] [--slots N] [--rounds N] [--seconds S]

Both crawls are of one world, so that the good hosts' pages are the same; each is stopped when the good ones are long done
(a host that hangs is given up after minutes). Times are when the last good page ended, from the table of pages.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import checker, measure  # noqa: E402
from harness.program import Programs  # noqa: E402
from harness.world import Origin, most_at_once  # noqa: E402

WORKERS = 4


def crawl(programs, urls, slots, seconds, pages):
    """Seconds until the last good page had ended, once all are there."""
    at = programs.directory / f"{len(programs.started)}-trawl"
    table, summary = at / "pages.tsv", at / "summary.json"
    words = ("-d", "50", "-w", WORKERS, "-c", slots // WORKERS, "-q", "-o", "/dev/null", "--max-time", seconds)
    measure.run(programs, "trawl", "-i", urls, *words, "--pages", table, "--summary", summary, watch=False)
    good = [page for page in checker.parse_pages(table.read_bytes()) if page["outcome"] == "ok"]
    assert len(good) == pages, f"{len(good)} of {pages} good pages after {seconds} s: --seconds has to be more"
    return max(float(page["started_ms"]) + float(page["total_ms"]) for page in good) / 1000


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hosts", type=int, default=1000)
    options.add_argument("--pages", type=int, default=50, help="of each host")
    options.add_argument("--slots", type=int, default=1200, help="pages in flight, of four workers together")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=40, help="each crawl is stopped after")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        programs = Programs(Path(directory))
        try:
            world = Origin(
                programs, linked=True, hosts=2 * given.hosts, silent_hosts=given.hosts, pages=2 * given.hosts * given.pages,
                links=3, size=2000, latency=20, errors=0, redirects=0, others=0,
            )  # fmt: skip
            alone = Path(directory) / "good.txt"
            alone.write_text("".join(url + "\n" for url in world.url_list()[: given.hosts]))
            count = given.hosts * given.pages
            print(f"{given.hosts} good hosts with {given.pages} pages each, {given.slots} slots, {given.rounds} rounds")
            one, both = measure.interleaved(
                given.rounds,
                lambda: crawl(programs, alone, given.slots, given.seconds, count),
                lambda: crawl(programs, world.urls, given.slots, given.seconds, count),
            )
            print(f"alone                              {median(one):6.2f} s")
            print(f"beside {given.hosts:5} hosts that hang       {median(both):6.2f} s")
            print(f"ratio                              {median(both) / median(one):6.2f}")
            print(f"of one host at once, at most       {max(map(most_at_once, world.answers().values())):6}")
        finally:
            programs.stop_all()


if __name__ == "__main__":
    main()
