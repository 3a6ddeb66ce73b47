"""Goal: a run killed anywhere goes on where it was: rows once, all of them, and the balance holds over all its processes."""

import os
import random
import signal
import time

import pytest

from harness.resume import Resumable


@pytest.fixture
def resumable(programs, origin, tmp_path):
    """resumable(arguments..., pages=...) is a Resumable over a made-up web."""

    def make(*arguments, **world):
        return Resumable(programs, origin(**world), tmp_path / "run", *arguments)

    return make


def test_killed_in_the_middle(resumable):
    """D5: kill -9 after some commits, then the same command again."""
    run = resumable("-w", "2", pages=1500, latency=50, hosts=40)
    first = run.start("-c", "8")
    time.sleep(2.5)
    first.signal(signal.SIGKILL)
    assert first.program.wait() == 137
    done = run.start().wait()
    assert done.code == 0, str(done)
    run.check(done)
