"""Goal: the container image crawls as a user who is not root, and `stop` drains the crawl and ends it with its own code (D40)."""

import json
import os
import subprocess

import pytest

from harness import checker
from harness.capability import ROOT, require
from harness.program import Program, environment, wait_until
from harness.world import read_table

IMAGE = "localhost/trawl-test"
USER = 65532


def podman(*words, timeout=60):
    return subprocess.run(
        ["podman", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False
    )


def succeeds(*words, **options):
    done = podman(*words, **options)
    assert done.returncode == 0, f"podman {' '.join(map(str, words))}: {done.stderr[-2000:]}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image():
    """Built once; layers that have not changed come from podman's cache."""
    require("container")
    succeeds("build", "-q", "-t", IMAGE, "-f", ROOT / "deploy/Dockerfile", ROOT, timeout=900)
    return IMAGE


class Web:
    """A made-up web in a container; others join its network and its directory, which is their /data."""

    def __init__(self, image, directory, *options):
        self.image, self.directory = image, directory
        directory.mkdir()
        directory.chmod(0o777)  # for the user in there
        self.volume = ("-v", f"{directory}:/data")
        files = ("--urls", "urls.txt", "--truth", "truth.tsv")
        self.name = succeeds(
            "run", "-d", "--rm", *self.volume, "--entrypoint", "trawl-origin", image, *files, *options
        )
        wait_until(lambda: "listening on" in podman("logs", self.name).stdout, 20, "the origin did not listen")

    def start(self, name, at, *arguments):
        """Starts the image's trawl as a user would, in the foreground."""
        options = ("--rm", "--name", name, "--network", f"container:{self.name}", *self.volume)
        return Program(["podman", "run", *options, self.image, *arguments], at, env=environment(), cwd=ROOT)

    def truth_rows(self):
        return sorted(read_table(self.directory / "truth.tsv"))

    def rows(self):
        return sorted(checker.parse_rows((self.directory / "links.tsv").read_bytes()))

    def summary(self):
        return json.loads((self.directory / "summary.json").read_text())


@pytest.fixture
def web(image, tmp_path):
    started = []

    def start(*options):
        started.append(Web(image, tmp_path / "data", *options))
        return started[-1]

    yield start
    for one in started:
        podman("stop", "-t", "2", one.name)


CRAWL = ("-i", "urls.txt", "-o", "links.tsv", "--summary", "summary.json", "--no-robots")


def test_the_image_says_what_it_runs_and_as_whom(image):
    (config,) = json.loads(succeeds("image", "inspect", image))
    assert config["Config"]["User"] == f"{USER}:{USER}"
    assert config["Config"]["Entrypoint"] == ["trawl"]  # no shell between the signals and trawl
    assert succeeds("run", "--rm", image, "--version").startswith("trawl 0.")
    for name in ("trawl-worker", "trawl-extract", "trawl-origin"):
        assert succeeds("run", "--rm", "--entrypoint", name, image, "--version").startswith(f"{name} 0.")


def test_it_crawls_a_made_up_web(web, tmp_path):
    world = web("--pages=500")
    crawl = world.start(f"trawl-test-{os.getpid()}", tmp_path / "crawl", *CRAWL)
    assert crawl.wait(60) == 0, str(crawl)
    checker.assert_same_rows(world.rows(), world.truth_rows())
    checker.check_balance(world.summary())
    assert (world.directory / "links.tsv").stat().st_uid == USER


def test_stop_drains_the_crawl_and_ends_with_its_code(web, tmp_path):
    """D40: what was in flight is finished and written, the rest is pending; nothing had to be killed."""
    world, name = web("--pages=3000", "--latency=200", "--errors=0", "--redirects=0"), f"trawl-test-{os.getpid()}"
    crawl = world.start(name, tmp_path / "crawl", *CRAWL, "-w", "2", "-c", "8", "-v")
    crawl.wait_for("Found ", 30)
    succeeds("stop", name)
    assert crawl.wait(20) == 143, str(crawl)
    summary = world.summary()
    checker.check_balance(summary)
    assert summary["exit_reason"] == "interrupted" and summary["pending"] > 0
    rows = world.rows()
    assert rows and set(rows) <= set(world.truth_rows())
    assert summary["rows"] == len(rows)
