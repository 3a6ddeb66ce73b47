"""Places to crawl: the made-up web of trawl-origin, and a real site of manuals."""

import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from harness.capability import SHARED
from harness.program import free_port, wait_until


def read_table(path):
    """The rows of a TSV file without header, as tuples."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    assert lines.pop() == "", f"{path} ends in a torn line"
    return [tuple(line.split("\t")) for line in lines]


class Origin:
    """A running trawl-origin. `urls`, `truth` and `outcomes` are files; truth_rows() is what a crawl of all should write,
    outcome_rows() what its pages table should say."""

    def __init__(self, programs, **world):
        """The world's numbers are trawl-origin's options: Origin(programs, pages=100, linked=True, refuse_first=2)."""
        at = programs.directory / f"{len(programs.started)}-trawl-origin"
        self.urls, self.truth, self.outcomes = at / "urls.txt", at / "truth.tsv", at / "outcomes.tsv"
        self.log = at / "access.tsv"
        names = {name: f"--{name.replace('_', '-')}" for name in world}
        options = [names[name] if value is True else f"{names[name]}={value}" for name, value in world.items()]
        self.program = programs.start(
            *("trawl-origin", *options, "--log", self.log),
            *("--urls", self.urls, "--truth", self.truth, "--outcomes", self.outcomes),
        )
        self.port = int(self.program.wait_for(r"listening on 127\.0\.0\.1:(\d+)", 30).group(1))

    def truth_rows(self, depth=None):
        """Of a linked world those of pages at most that deep."""
        rows = sorted(read_table(self.truth))
        if depth is None:
            return rows
        found = self.found(depth)
        return [row for row in rows if row[0] in found]

    def outcome_rows(self):
        """(url, outcome, status, final URL) of each listed URL, or each that a crawl of a linked world finds, sorted."""
        return sorted(row[:4] for row in read_table(self.outcomes))

    def found(self, depth=None):
        """What a crawl of a linked world comes to, at most that deep: {url: (outcome, status, depth)}."""
        rows = read_table(self.outcomes)
        return {url: (word, status, int(at)) for url, word, status, _, at in rows if depth is None or int(at) <= depth}

    def answers(self, kills=()):
        """All that was asked, by host: [(asked, answered, path, status)] in the order of asking, in seconds. Ends the
        origin: its log is complete then. It learns that somebody is gone when it answers (status 0), or even reads: with the
        times at which workers were killed (time.monotonic()) such a visit was over at the first of them since it asked,
        else at the last before it was read."""
        self.program.stop()
        hosts = defaultdict(list)
        for asked, host, path, status, answered in read_table(self.log):
            asked, answered = float(asked), float(answered)
            if status == "0" and kills:
                before = max((at for at in kills if at <= asked), default=asked)
                answered = min((at for at in kills if asked <= at <= answered), default=before)
                asked = min(asked, answered)
            hosts[host].append((asked, answered, path, int(status)))
        return {host: sorted(answers) for host, answers in hosts.items()}

    def fetches(self):
        """How often each URL was asked for. Ends the origin: its log is complete then."""
        self.program.stop()
        asked = Counter()
        for _, host, path, _, _ in read_table(self.log):
            asked[f"http://{host}:{self.port}{path}"] += 1
        return asked

    def fetches_needed(self):
        """How often an undisturbed crawl may ask for a URL: as listed, and at the end of each redirect chain. Where a
        connection that it used again was closed on it, libcurl asks again, up to five times, and then a fresh one is tried."""
        needed = Counter()
        for url, outcome, _, final in self.outcome_rows():
            needed[url] += 7 if outcome in ("empty_reply", "reset") else 1
            if final and final != url:
                needed[final] += 1
        return needed

    def url_list(self):
        return self.urls.read_text().splitlines()


def smallest_gap(answers):
    """The least time from the end of an answer to the next request of that host; None where it was asked once. `answers` is
    a host's list of Origin.answers()."""
    gaps = [after[0] - before[1] for before, after in zip(answers, answers[1:])]
    return min(gaps, default=None)


def most_at_once(answers):
    """How many of a host's answers were under way at the same time."""
    steps = sorted([(asked, 1) for asked, _, _, _ in answers] + [(answered, -1) for _, answered, _, _ in answers])
    now = most = 0
    for _, step in steps:  # who ends at the moment when another begins was there before
        now += step
        most = max(most, now)
    return most


class Site:
    """The manuals of others on loopback, from nginx. `urls` is the URL list, `pages` the oracle's input."""

    def __init__(self, directory, urls, pages, port):
        self.directory, self.urls, self.pages, self.port = directory, urls, pages, port

    @classmethod
    def start(cls, directory):
        """Raises AssertionError with what the script said where it does not serve."""
        port = free_port()
        done = subprocess.run(
            ["bash", SHARED / "site/serve-docs.sh", "start", directory, str(port)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return cls(directory, directory / "urls.txt", directory / "pages.tsv", port)

    def stop(self):
        """By the process id that nginx wrote."""
        pid_file = self.directory / "nginx.pid"
        subprocess.run(["bash", SHARED / "site/serve-docs.sh", "stop", self.directory], check=True, timeout=30)
        wait_until(lambda: not pid_file.exists(), 15, "nginx did not end")

    def some(self, directory, count):
        """The first pages of the shuffled lists, as (url list, oracle's input)."""
        urls, pages = directory / "some-urls.txt", directory / "some-pages.tsv"
        for short, full in ((urls, self.urls), (pages, self.pages)):
            lines = full.read_text().splitlines(keepends=True)[:count]
            short.write_text("".join(lines))
        return urls, pages
