"""Crawls that are killed and run again: one command, one state, outputs that stay."""

from collections import Counter

from harness import checker
from harness.crawl import Crawl


class Resumable:
    """A command line with --state whose runs follow each other. Each start() is one process of the same run."""

    def __init__(self, programs, world, at, *arguments):
        at.mkdir()
        self.programs, self.world, self.at = programs, world, at
        self.state = at / "state"
        self.files = {"output": at / "links.tsv", "pages": at / "pages.tsv", "summary": at / "summary.json"}
        self.arguments = [
            "-i", world.urls, "--no-robots", "-q", "--state", self.state, "-o", self.files["output"],
            "--pages", self.files["pages"], "--summary", self.files["summary"], *arguments,
        ]  # fmt: skip

    def start(self, *more, before=(), env=None):
        """Starts it, behind the words of another program (strace and its options) if given."""
        program = [*before, *([self._trawl()] if before else ["trawl"])]
        return Crawl(self.programs.start(*program, *self.arguments, *more, env=env), self.files, True)

    @staticmethod
    def _trawl():
        from harness.program import path_of

        return path_of("trawl")

    def run_to_the_end(self, *more, timeout=60.0):
        """Runs it again without disturbance; checks everything and returns the crawl."""
        done = self.start(*more).wait(timeout)
        assert done.code == 0, str(done)
        self.check(done)
        return done

    def check(self, done):
        checker.check_crawl(done, self.world.truth_rows())
        checker.assert_same_outcomes(done.pages, self.world.outcome_rows())
        twice = [row for row, count in Counter(page["url"] for page in done.pages).items() if count > 1]
        assert not twice, f"pages finished twice: {twice[:3]}"
        assert done.summary["lines"] == len(self.world.url_list())
