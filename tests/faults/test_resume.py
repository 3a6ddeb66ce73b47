"""Goal: a run killed anywhere goes on where it was: rows once, all of them, and the balance holds over all its processes."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from harness.program import BIN, path_of, wait_until
from harness.resume import Resumable


@pytest.fixture
def resumable(programs, origin, tmp_path):
    """resumable(arguments..., pages=...) is a Resumable over a made-up web."""

    def make(*arguments, **world):
        return Resumable(programs, origin(**world), tmp_path / "run", *arguments)

    return make


@pytest.fixture
def slow(resumable):
    """One that takes some three seconds, and so a group or two before its last."""
    return resumable("-w", "1", pages=600, latency=50, hosts=40, links=5)


def kill_after(run, seconds, *more, **options):
    crawl = run.start(*more, **options)
    time.sleep(seconds)
    assert crawl.running, str(crawl)
    crawl.signal(signal.SIGKILL)
    crawl.program.wait(10)


def test_killed_in_the_middle(slow):
    """D5: kill -9 after a commit, then the same command again; what was done is not fetched again."""
    kill_after(slow, 2.2, "-c", "8")
    done = slow.finish()
    assert sum(worker["pages"] for worker in done.summary["workers"]) < len(slow.world.url_list())


def test_json_lines_killed_in_the_middle(resumable):
    """D5: the same of -f jsonl, twice: each page is one line, and no line is torn."""
    run = resumable("-w", "1", "-f", "jsonl", pages=600, latency=50, hosts=40, links=5)
    for _ in range(2):
        kill_after(run, 1.6, "-c", "8")
    run.finish("-c", "64")


def test_says_how_far_it_was(resumable):
    run = resumable("-w", "1", pages=1200, latency=50, hosts=40)
    run.arguments.remove("-q")
    kill_after(run, 2.2, "-c", "8")
    done = run.finish()
    assert re.search(r"resuming: [\d,]+ of 1,200 done", done.stderr), str(done)


def test_a_finished_run_says_so(resumable):
    """After the last commit, before the summary: "finished" was in it, the summary is printed."""
    run = resumable("-w", "1", pages=50)
    run.arguments.remove("-q")
    first = run.finish()
    run.files["summary"].unlink()
    again = run.finish()
    assert "already finished; --fresh starts again" in again.stderr
    assert again.summary["done"] == first.summary["done"]
    assert again.summary["run_id"] == first.summary["run_id"]
    fresh = run.finish("--fresh")
    assert "already finished" not in fresh.stderr
    assert fresh.summary["run_id"] != first.summary["run_id"]


def test_a_finished_run_takes_a_list_that_grew(resumable):
    """What follows the known lines is crawled, and so is a URL among the arguments; a list with nothing new in it is not."""
    run = resumable("-w", "1", pages=80)
    run.arguments.remove("-q")
    whole = run.list.read_text().splitlines(keepends=True)
    run.list = run.at / "list.txt"
    lists = (whole[:40], whole[:60], whole[:60] + whole[:10], list(reversed(whole[:60])))
    for lines, says in zip(lists, (False, False, True, True)):
        run.list.write_text("".join(lines))
        done = run.start().wait()
        assert done.code == 0, str(done)
        assert ("already finished; --fresh starts again" in done.stderr) == says, str(done)
        assert done.summary["admitted"] == len(set(lines)), str(done)
    arguments = [line.strip() for line in whole[60:]]
    run.listed = 60 + 10 + 60 + 20
    done = run.finish(*arguments, give_list=False)
    assert done.summary["duplicate"] == 10 + 60
    again = run.finish(*arguments, give_list=False)
    assert "already finished; --fresh starts again" in again.stderr


def test_a_finished_run_that_goes_on_is_killed(resumable):
    run = resumable("-w", "1", pages=600, latency=50, hosts=40, links=5)
    whole = run.list.read_text().splitlines(keepends=True)
    run.list = run.at / "list.txt"
    run.list.write_text("".join(whole[:100]))
    assert run.start("-c", "64").wait().code == 0
    run.list.write_text("".join(whole))
    kill_after(run, 1.5, "-c", "8")
    run.finish("-c", "64")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed(slow, stop):
    """D40: drained, committed, and said to be resumable."""
    slow.arguments.remove("-q")
    crawl = slow.start("-c", "4")
    time.sleep(1.3)
    crawl.signal(stop)
    assert crawl.program.wait() == 128 + stop
    assert "interrupted: the same command goes on from here" in crawl.stderr
    slow.finish()


def test_an_interrupted_run_without_state_says_that_it_is_lost(origin, start_crawl):
    world = origin(pages=500, latency=50)
    crawl = start_crawl("-i", world.urls, "--no-robots", "-w", "1", "-c", "4")
    time.sleep(1)
    crawl.signal(signal.SIGINT)
    assert crawl.program.wait() == 130
    assert "this run cannot be resumed; with --state DIR it could" in crawl.stderr


def test_two_runs_on_one_state(slow):
    """D36: the second is refused and told by whom."""
    first = slow.start("-c", "4")
    wait_until(lambda: (slow.state / "data.mdb").exists())
    second = slow.start().wait(10)
    assert second.code == 1
    assert f"process {first.pid} is using this state" in second.stderr
    first.wait()
    slow.check(first)


# ---- lists


def test_a_list_that_grew(slow):
    """The known prefix is skipped, what follows is added."""
    whole = slow.list.read_text().splitlines(keepends=True)
    slow.list = slow.at / "list.txt"
    slow.list.write_text("".join(whole[:400]))
    kill_after(slow, 1.5, "-c", "4")
    slow.list.write_text("".join(whole))
    slow.finish()


def test_a_list_that_changed(slow):
    """What is known in it counts as duplicate, what is new is added."""
    whole = slow.list.read_text().splitlines(keepends=True)
    slow.list = slow.at / "list.txt"
    slow.list.write_text("".join(whole[:400]))
    kill_after(slow, 1.5, "-c", "4")
    slow.list.write_text("".join(reversed(whole)))
    slow.listed = 400 + len(whole)
    done = slow.finish()
    assert done.summary["duplicate"] == 400


def test_no_list_when_all_of_it_was_read(slow):
    kill_after(slow, 1.5, "-c", "4")
    slow.finish(give_list=False)


def test_a_list_through_a_pipe(slow):
    """A pipe cannot be looked at first: its known lines are not counted again."""
    whole = slow.list.read_text()
    for half in (0, 1):
        words = [path_of("trawl"), "-i", "-", *slow.arguments, "-o", slow.files["output"], "--pages", slow.files["pages"],
                 "--summary", slow.files["summary"], "-c", "4"]  # fmt: skip
        crawl = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        lines = whole.splitlines(keepends=True)
        crawl.stdin.write("".join(lines[: len(lines) // 2 if half == 0 else None]).encode())
        crawl.stdin.flush()
        if half == 0:
            time.sleep(1.5)
            crawl.kill()
            crawl.wait()
            crawl.stdin.close()
        else:
            crawl.stdin.close()
            assert crawl.wait(60) == 0
    slow.finish(give_list=False)


def test_half_a_list_and_no_other(slow):
    """A list that was not read to its end is asked for: exit 2."""
    words = [path_of("trawl"), "-i", "-", *slow.arguments, "-o", slow.files["output"]]
    crawl = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    crawl.stdin.write("".join(slow.list.read_text().splitlines(keepends=True)[:200]).encode())
    crawl.stdin.flush()
    time.sleep(1.5)
    crawl.kill()
    crawl.communicate()
    again = subprocess.run([words[0], *words[3:]], capture_output=True, text=True, timeout=20, check=False)
    assert again.returncode == 2
    assert "the list was read up to line 200 only" in again.stderr


# ---- what is refused


def test_an_output_that_is_not_the_run_s_is_refused(slow):
    kill_after(slow, 2, "-c", "8")
    slow.keep()
    length = slow.files["output"].stat().st_size
    for spoil, said in (
        (lambda path: path.unlink(), "No such file"),
        (lambda path: os.truncate(path, 100), "is 100 bytes long, but "),
        (lambda path: path.write_bytes(b"x" * length), "do not end as they did"),
    ):
        for name in ("output", "pages"):
            slow.put_back()
            spoil(slow.files[name])
            refused = slow.start().program
            assert refused.wait(10) == 1
            assert str(slow.files[name]) in refused.stderr and said in refused.stderr, str(refused)
    slow.put_back()
    slow.finish()


def test_another_command_is_refused(slow):
    kill_after(slow, 1.5, "-c", "8")
    refused = slow.start("--links", "a").program
    assert refused.wait(10) == 2
    assert "--links" in refused.stderr
    slow.finish("-w", "2", "-c", "100", "--timeout", "20")


def test_stdout_that_is_a_file_is_refused(slow):
    done = subprocess.run(
        [path_of("trawl"), "-i", slow.list, "--no-robots", "--state", slow.state],
        stdout=open(slow.at / "rows", "wb"), stderr=subprocess.PIPE, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "name the output file with -o" in done.stderr


def test_a_damaged_state_is_one_line(slow):
    """D32"""
    kill_after(slow, 1.5, "-c", "8")
    data = slow.state / "data.mdb"
    for content in (b"", b"\0" * 100000, data.read_bytes()[: data.stat().st_size // 2]):
        data.write_bytes(content)
        refused = slow.start().program
        assert refused.wait(10) == 1
        assert "this state is damaged and cannot be resumed" in refused.stderr
        assert refused.stderr.count("\n") == 1
    slow.finish("--fresh")


# ---- disks that are full or fail (D25, D26)


def fail(run, path, call, error, when):
    """Runs it with a call on a path failing; returns the ended crawl."""
    inject = ["strace", "-o", "/dev/null", "-P", path, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
    return run.start("-c", "8", before=inject).wait()


def check_same_pages(done):
    """The rows and the table of pages tell of the same pages."""
    assert done.rows and {source for source, _ in done.rows} == {page["url"] for page in done.pages if page["links"] != "0"}


@pytest.mark.parametrize("name", ["output", "pages"])
def test_a_full_disk_under_an_output_of_a_run_without_state(slow, name):
    """Nobody goes on with it, but what there is fits together."""
    at = slow.arguments.index("--state")
    del slow.arguments[at : at + 2]
    done = fail(slow, slow.files[name], "write", "ENOSPC", "3+")
    assert done.code == 1, str(done)
    assert "No space left on device" in done.stderr
    check_same_pages(done)


@pytest.mark.parametrize("name", ["output", "pages"])
def test_a_full_disk_under_an_output(slow, name):
    slow.arguments.remove("-q")
    done = fail(slow, slow.files[name], "write", "ENOSPC", "3+")
    assert done.code == 1, str(done)
    assert "No space left on device" in done.stderr
    check_same_pages(done)
    assert "the same command goes on from there" in done.stderr
    assert done.summary["exit_reason"] == "failed"
    slow.finish()


@pytest.mark.parametrize("path,call", [("output", "fdatasync"), ("pages", "fdatasync"), ("data", "fdatasync"), ("data", "pwrite64,writev,pwritev")])
def test_a_failed_sync_or_a_full_disk_under_the_state(slow, path, call):
    """Nobody knows what the disk holds then: the outputs are left as they are."""
    at = slow.state / "data.mdb" if path == "data" else slow.files[path]
    done = fail(slow, at, call, "EIO" if "sync" in call else "ENOSPC", "2+")
    assert done.code == 1, str(done)
    slow.finish()


def test_short_writes_and_interrupts_are_nothing(slow):
    """D26"""
    inject = ["strace", "-o", "/dev/null", "-P", slow.files["output"], "-e", "trace=write", "-e", "inject=write:error=EINTR:when=1+2"]
    done = slow.start("-c", "8", before=inject).wait()
    assert done.code == 0, str(done)
    slow.check(done)


# ---- killed at every call (D5, D31)

CALLS = "write,writev,pwrite64,pwritev,fsync,fdatasync,ftruncate,rename,unlink"


def traced(run):
    paths = [run.files["output"], run.files["pages"], run.state / "data.mdb", run.state / "data.mdb.new", run.state / "lock", run.state]
    return ["strace"] + [word for path in paths for word in ("-P", path)]


def points_of(run, start):
    """(call, n) of every call on what must last, of a run that start(before) begins and nothing disturbs."""
    log = run.at / "strace.log"
    start([*traced(run), "-o", log, "-e", f"trace={CALLS}"]).program.wait(60)
    calls = re.findall(r"^(\w+)\(", log.read_text(), re.MULTILINE)
    return [(call, calls[: at + 1].count(call)) for at, call in enumerate(calls)]


def kill_at(run, start, point):
    call, number = point
    words = [*traced(run), "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"]
    return start(words).program.wait(60)


def chosen(points, count):
    """A seeded sample; all of them without a count."""
    return points if count is None else random.Random(1).sample(points, min(count, len(points)))


@pytest.fixture
def small(resumable):
    """Begins, commits a group after a second, ends."""
    return resumable("-w", "1", pages=60, latency=150, hosts=20, links=5, redirects=2, errors=2)


def matrix(run, prepare, start, count):
    prepare()
    points = points_of(run, start)
    killed = 0
    for point in chosen(points, count):
        prepare()
        killed += kill_at(run, start, point) == 137
        try:
            run.finish("-c", "64")
        except AssertionError as error:
            raise AssertionError(f"killed at {point}: {error}") from error
    print(f"{len(points)} points, {killed} kills")
    assert killed


def test_killed_at_every_call(small):
    """Each write, sync, truncation and rename of a whole run."""
    matrix(small, small.wipe, lambda before: small.start("-c", "7", before=before), 20)


def test_killed_at_every_call_of_a_recovery(small):
    """Between two truncations, too: the same recovery again."""
    kill_after(small, 1.4, "-c", "3")
    small.keep()
    matrix(small, small.put_back, lambda before: small.start("-c", "64", before=before), 8)


# ---- loss of power (D7)


def lose_power_at(run, point, seed, ignore=0):
    code = run.start_forgetful("-c", "7", kill=point, seed=seed, ignore=ignore).program.wait(60)
    run.lose_power()
    return code


def lose_power_everywhere(run, count):
    run.start_forgetful("-c", "7").program.wait(60)
    points = [(at + 1, seed) for at in range(len(run.operations())) for seed in (0, 1, 2)]
    for point, seed in chosen(points, count):
        run.wipe()
        lose_power_at(run, point, seed)
        try:
            run.finish("-c", "64")
        except AssertionError as error:
            raise AssertionError(f"power lost at {point} with seed {seed}: {error}") from error
    print(f"{len(points)} losses of power")


def test_power_lost_at_every_operation(small):
    """What was not synced is gone, or a random half of it: what is left is resumed."""
    lose_power_everywhere(small, 12)


def run_id(run):
    path = run.files["summary"]
    return json.loads(path.read_text())["run_id"] if path.exists() else None


def what_is_wrong(run):
    """Why the same command does not come to the right end on what a loss of power left; None when it does, and as the same
    run if that was over."""
    before = run_id(run)
    try:
        done = run.start("-c", "64").wait(30)
        if done.code:
            return done.stderr.strip().split("\n")[-1]
        run.check(done)
    except (AssertionError, OSError, TypeError) as error:
        return str(error).split("\n")[0][:60] or "rows or pages are missing"
    return None if before in (None, run_id(run)) else "the finished run began again"


def catch_mutant(run, operations, at):
    """A loss of power, (operation, seed), that the sync at that operation would have made harmless, and what it did; None when
    there is none."""
    sync = sum("sync" in what for what, _ in operations[: at + 1])
    named = [(what, path.removesuffix(".new")) for what, path in operations]
    again = [then for then in range(at + 1, len(named)) if named[then] == named[at]]
    for point in [again[0] + 1 if again else 0, at + 2]:  # just before the next one of its kind, or at the end; at once
        for seed in [*range(1, 25), 0]:
            run.wipe()
            run.files["summary"].unlink(missing_ok=True)
            lose_power_at(run, point, seed, sync)
            if wrong := what_is_wrong(run):
                return point, seed, wrong.replace(str(run.disk), "")
    return None


@pytest.mark.soak
def test_every_sync_is_needed(small):
    """Mutants: with each sync in turn doing nothing, some loss of power leaves what cannot be resumed."""
    small.start_forgetful("-c", "7").program.wait(60)
    operations = small.operations()
    missed = []
    for at, (what, path) in enumerate(operations):
        if "sync" in what:
            caught = catch_mutant(small, operations, at)
            print(f"without {what} {path[len(str(small.disk)):]} at {at + 1}: {caught or 'not caught'}")
            if not caught:
                missed.append((at + 1, what, path))
    assert not missed, f"nobody would notice if these syncs were missing: {missed}"


# ---- coordinator and workers together (D6), and everything at random (D43)


def kill_all(crawl, rng):
    victims = [crawl.pid, *[pid for pid in crawl.children()]]
    rng.shuffle(victims)
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    crawl.program.wait(10)


def kill_all_at_random(resumable, seed, most, pages):
    rng = random.Random(seed)
    run = resumable("-w", "2", "-c", "8", pages=pages, latency=20, hosts=60, links=5)
    kills = 0
    for _ in range(most):
        crawl = run.start()
        time.sleep(rng.uniform(0.05, 2.0))
        if not crawl.running:
            break
        kill_all(crawl, rng)
        kills += 1
    run.finish("-c", "64", timeout=300)
    print(f"{kills} kills")
    assert kills


def test_coordinator_and_workers_killed_at_random(resumable):
    """D6: all of them, again and again, at seeded times."""
    kill_all_at_random(resumable, 1, 6, 3000)


class Nemesis:
    """Does something bad to a crawl every now and then, and starts it again when it is dead."""

    def __init__(self, run, seed):
        self.run, self.rng, self.done = run, random.Random(seed), []
        self.crawl = run.start()

    def victims(self):
        return [pid for pid in self.crawl.children() if b"trawl-worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def send(self, pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def kill_worker(self):
        for pid in self.rng.sample(self.victims(), 1):
            self.send(pid, signal.SIGKILL)

    def kill_coordinator(self):
        self.crawl.signal(signal.SIGKILL)

    def kill_everything(self):
        kill_all(self.crawl, self.rng)

    def interrupt(self):
        self.crawl.signal(signal.SIGTERM)

    def stop_worker(self):
        for pid in self.rng.sample(self.victims(), 1):
            self.send(pid, signal.SIGSTOP)
            time.sleep(self.rng.uniform(0.1, 7))
            self.send(pid, signal.SIGCONT)

    def stop_coordinator(self):
        self.crawl.signal(signal.SIGSTOP)
        time.sleep(self.rng.uniform(0.1, 7))
        self.crawl.signal(signal.SIGCONT)

    def strike(self):
        time.sleep(self.rng.uniform(0.2, 4))
        blow = self.rng.choice(
            (self.kill_worker, self.kill_coordinator, self.kill_everything, self.interrupt, self.stop_worker, self.stop_coordinator)
        )
        if not self.crawl.running:
            return
        self.done.append(blow.__name__)
        try:
            blow()
        except (ProcessLookupError, FileNotFoundError, ValueError):
            pass  # it ended meanwhile
        if blow in (self.kill_coordinator, self.kill_everything, self.interrupt):
            self.crawl.program.wait(20)

    def go_on(self):
        """Starts it again if it is dead; checks and begins anew if it had come to its end."""
        if self.crawl.running:
            return
        code = self.crawl.program.wait()
        if code == 0:
            self.crawl.wait()
            self.run.check(self.crawl)
            self.run.wipe()
        assert code in (0, 137, 143), str(self.crawl)
        self.crawl = self.run.start()


def haunt(resumable, seconds, seed, pages):
    print(f"seed {seed}")
    run = resumable("-w", "3", "-c", "8", pages=pages, latency=20, hosts=100, links=5)
    nemesis = Nemesis(run, seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        nemesis.strike()
        nemesis.go_on()
    if nemesis.crawl.running:
        kill_all(nemesis.crawl, nemesis.rng)
    run.finish("-c", "64", timeout=300)
    print(Counter(nemesis.done))


def test_a_nemesis_for_a_while(resumable):
    """D43, D8, D9: kills, stops and interrupts of whichever process, for as long as a normal run of the tests allows."""
    haunt(resumable, 60, 1, 6000)


@pytest.mark.soak
def test_nemesis(resumable):
    """D43: ./dev soak nemesis SECONDS --seed N"""
    haunt(resumable, float(os.environ["TRAWL_SOAK_SECONDS"]), int(os.environ["TRAWL_SEED"]), 20000)


@pytest.mark.soak
def test_matrix_of_a_run(small):
    """D5, D31: ./dev soak matrix: every call of a run, not a sample."""
    matrix(small, small.wipe, lambda before: small.start("-c", "7", before=before), None)


@pytest.mark.soak
def test_matrix_of_a_recovery(small):
    kill_after(small, 1.4, "-c", "3")
    small.keep()
    matrix(small, small.put_back, lambda before: small.start("-c", "64", before=before), None)


@pytest.mark.soak
def test_matrix_of_lost_writes(small):
    """D7: power lost at every operation, with nothing or a random half of what was not synced left."""
    lose_power_everywhere(small, None)


@pytest.mark.soak
def test_matrix_of_random_kills(resumable):
    """D6: two hundred seeded kills of all processes together."""
    kill_all_at_random(resumable, 1, 200, 40000)
