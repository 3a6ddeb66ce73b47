"""Goal: in any order that a seed can name, workers are killed, stopped and continued, and the rows are the same.

TRAWL_SEED=N replays one schedule; TRAWL_SCHEDULES=N says how many are tried.
"""

import os
import random
import signal
import time

import pytest

from harness import checker

FIRST = int(os.environ.get("TRAWL_SEED", "1"))
COUNT = 1 if "TRAWL_SEED" in os.environ else int(os.environ.get("TRAWL_SCHEDULES", "10"))


def workers_of(crawl):
    found = []
    for pid in crawl.children():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if b"trawl-worker" in file.read():
                    found.append(pid)
        except OSError:
            pass  # it has just been killed
    return found


def disturb(crawl, seed):
    """One schedule: what was done, as (second, what, which worker). Everyone is continued at its end."""
    rng, began, done, stopped = random.Random(seed), time.monotonic(), [], set()
    for _ in range(rng.randrange(3, 12)):
        time.sleep(rng.uniform(0.02, 0.4))
        workers = workers_of(crawl)
        if not crawl.running or not workers:
            break
        turn = rng.randrange(3)
        pid = workers[turn % len(workers)]
        what = rng.choice([signal.SIGKILL, signal.SIGSTOP, signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM])
        if what == signal.SIGTERM and any(name == "SIGTERM" for _, name, _ in done):
            what = signal.SIGKILL  # who is asked to leave is not replaced: one is enough
        if what == signal.SIGCONT and stopped:
            pid = stopped.pop()
        elif what == signal.SIGSTOP:
            stopped.add(pid)
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            stopped.discard(pid)
        done.append((round(time.monotonic() - began, 2), signal.Signals(what).name, turn))
    time.sleep(rng.choice([0, 0, 0, 0.5]))
    for pid in stopped:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    return done


def run_schedule(origin, start_crawl, seed):
    world = origin(pages=800, latency=50, hosts=40, seed=seed)
    crawl = start_crawl("-i", world.urls, "--no-robots", "-w", 3, "-c", 8, "-v", "--timeout", 10)
    crawl.wait_for(" joined")
    schedule = disturb(crawl, seed)
    print(f"seed {seed} (TRAWL_SEED={seed} replays it): {schedule}")
    crawl.wait(60)
    checker.check_everything(crawl, world, retries=len(schedule))
    return schedule


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_schedule(origin, start_crawl, seed):
    """D2, D8: a seeded schedule of kill, stop, continue and SIGTERM on 3 workers: I1 to I9 hold."""
    run_schedule(origin, start_crawl, seed)


@pytest.mark.soak
def test_two_hundred_schedules(tmp_path_factory):
    """D2, D8, D43: 200 seeded schedules, or as many as fit into the time given: I1 to I9 hold in each."""
    from harness import crawl as crawl_module
    from harness.program import Programs
    from harness.world import Origin

    end, failed, count = time.monotonic() + float(os.environ.get("TRAWL_SOAK_SECONDS", "600")), [], 0
    for seed in range(1000, 1200):
        if time.monotonic() > end:
            break
        programs = Programs(tmp_path_factory.mktemp(f"seed{seed}"))
        try:
            run_schedule(
                lambda **world: Origin(programs, **world),
                lambda *arguments, **options: crawl_module.start(programs, *arguments, **options),
                seed,
            )
        except AssertionError as error:
            failed.append(seed)
            print(f"seed {seed}: {error}")
        finally:
            programs.stop_all()
        count += 1
    print(f"{count} schedules, failed: {failed}")
    assert not failed, f"of {count} schedules these failed: {failed}"
