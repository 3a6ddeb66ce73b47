"""Crawls that are killed and run again: one command, one state, outputs that stay."""

import shutil
from collections import Counter

from harness import checker
from harness.crawl import Crawl, settle
from harness.program import BIN, environment, path_of

LOST_WRITES = BIN.parent / "tests" / "liblost_writes.so"


class Resumable:
    """A command line with --state whose runs follow each other. What must last is in `disk`: the outputs and the state."""

    def __init__(self, programs, world, at, *arguments):
        self.programs, self.world, self.at, self.disk = programs, world, at, at / "disk"
        self.disk.mkdir(parents=True)
        self.state = self.disk / "state"
        self.files = {"output": self.disk / "links.tsv", "pages": self.disk / "pages.tsv", "summary": at / "summary.json"}
        self.list = world.urls
        self.arguments = ["--no-robots", "-q", "--state", self.state, *arguments]
        self.listed = None  # how many lines all lists given so far have together; None: those of the world's

    def start(self, *more, before=(), env=None, give_list=True):
        """Starts it, behind the words of another program (strace and its options) if given."""
        program = [*before, path_of("trawl")]
        given = ["-i", self.list] if give_list else []
        files = ["-o", self.files["output"], "--pages", self.files["pages"], "--summary", self.files["summary"]]
        form = "jsonl" if "jsonl" in self.arguments else "header"
        words = settle([*self.arguments, *files, *more])
        return Crawl(self.programs.start(*program, *given, *words, env=env), self.files, form)

    def finish(self, *more, timeout=60.0, **options):
        """Runs it again without disturbance; checks everything and returns the crawl."""
        done = self.start(*more, **options).wait(timeout)
        assert done.code == 0, str(done)
        self.check(done)
        return done

    def check(self, done):
        """Rows once and all of them, pages once and as they should be, the balance over all processes."""
        checker.check_crawl(done, self.world.truth_rows())
        checker.assert_same_outcomes(done.pages, self.world.outcome_rows())
        twice = [url for url, count in Counter(page["url"] for page in done.pages).items() if count > 1]
        assert not twice, f"pages finished twice: {twice[:3]}"
        assert done.summary["lines"] == (self.listed or len(self.world.url_list()))

    def wipe(self):
        """As before the first start."""
        shutil.rmtree(self.disk)
        self.disk.mkdir()
        self.files["summary"].unlink(missing_ok=True)

    def keep(self):
        """Remembers the disk as it is, for put_back()."""
        shutil.rmtree(self.at / "kept", ignore_errors=True)
        shutil.copytree(self.disk, self.at / "kept")

    def put_back(self):
        shutil.rmtree(self.disk)
        shutil.copytree(self.at / "kept", self.disk)

    # ---- a disk that forgets (tests/lost_writes.c)

    def start_forgetful(self, *more, kill=0, seed=0, ignore=0):
        """Starts it on a disk that keeps what was synced, and with a seed a random half of the rest; lose_power() then
        leaves only that."""
        shutil.rmtree(self.at / "durable", ignore_errors=True)
        (self.at / "durable").mkdir()
        env = environment(
            LD_PRELOAD=LOST_WRITES,
            LOST_WRITES_DIR=self.disk,
            LOST_WRITES_SHADOW=self.at / "durable",
            LOST_WRITES_KILL=kill,
            LOST_WRITES_SEED=seed,
            LOST_WRITES_IGNORE=ignore,
            LOST_WRITES_LOG=self.at / "operations",
        )
        return self.start(*more, env=env)

    def operations(self):
        """What the last forgetful start did: ("write", path) in order."""
        lines = (self.at / "operations").read_text().splitlines()
        return [tuple(line.split(" ", 2)[1:]) for line in lines]

    def lose_power(self):
        shutil.rmtree(self.disk)
        shutil.copytree(self.at / "durable", self.disk)
