#!/usr/bin/python3
"""What a long list costs: memory, disk, the first request, and how soon a resumed run makes its first.

usage: ./dev bench memory [--urls N] [--known N]

The list comes on stdin, without a worker at first, so that all of it is queued. Goals for 10 million URLs of 80 bytes:
anonymous memory below 256 MB, disk below 250 bytes a URL, first request within 1 s of the first line, and within 2 s of the
start of a run resumed with a million known URLs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness.program import Programs, environment, path_of  # noqa: E402


def lines(count):
    for number in range(count):
        host = f"http://host{number % 1000:04d}.example/"
        yield f"{host}some/path/that/is/quite/long/page/{number:012d}".ljust(80, "x") + "\n"


class Coordinator:
    def __init__(self, directory, *arguments, list_on_stdin=True):
        self.directory, self.socket, self.peak = directory, directory / "socket", 0
        self.endpoint = f"ipc://{self.socket}"
        self.socket.unlink(missing_ok=True)  # of one that was killed
        words = [path_of("trawl"), "--no-robots", "-q", "-o", directory / "rows.tsv", "--per-host", "1000", "-w", "0"]
        words += ["--listen", self.endpoint, *arguments, *(["-i", "-"] if list_on_stdin else [])]
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, env=environment())
        self.started = time.monotonic()

    def status(self, name):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        return 0

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def feed(self, count):
        block = []
        for line in lines(count):
            block.append(line)
            if len(block) == 10000:
                self.process.stdin.write("".join(block).encode())
                block = []
                self.peak = max(self.peak, self.status("RssAnon"))
        self.process.stdin.write("".join(block).encode())
        self.process.stdin.close()

    def settle(self):
        """Waits until it does nothing any more."""
        before = -1.0
        while self.cpu() - before > 0.03:
            before = self.cpu()
            time.sleep(4)
            self.peak = max(self.peak, self.status("RssAnon"))

    def disk(self):
        for fd in Path(f"/proc/{self.process.pid}/fd").iterdir():
            if "data.mdb" in os.readlink(fd) or ".trawl-queue" in os.readlink(fd):
                return fd.stat().st_blocks * 512
        return 0

    def end(self):
        self.process.kill()
        self.process.wait()


def seconds_to_first_request(coordinator, programs, since):
    """With a worker that is there at once; one that came before it could be connected to would wait longer and longer."""
    while not coordinator.socket.exists():
        time.sleep(0.005)
    programs.start("null-worker", coordinator.endpoint, 5).wait_for("asked", 60)
    return time.monotonic() - since


def measure_list(directory, urls, *arguments):
    coordinator = Coordinator(directory, *arguments)
    coordinator.feed(urls)
    fed = time.monotonic() - coordinator.started
    coordinator.settle()
    print(f"{urls:,} URLs{' with --state' if arguments else ''}: taken in {fed:.1f} s ({urls / fed:,.0f}/s, "
          f"{coordinator.cpu() / urls * 1e6:.1f} us of CPU each), anonymous memory at most {coordinator.peak:.0f} MB, "
          f"disk {coordinator.disk() / urls:.0f} bytes a URL")  # fmt: skip
    coordinator.end()


def measure_first_request(directory, *arguments):
    coordinator = Coordinator(directory, *arguments)
    time.sleep(0.5)
    since = time.monotonic()
    coordinator.process.stdin.write(next(lines(1)).encode())
    coordinator.process.stdin.flush()
    print(f"first request {seconds_to_first_request(coordinator, Programs(directory), since):.2f} s after the first line")
    coordinator.end()


def measure_resumed(directory, known, *arguments):
    again = Coordinator(directory, *arguments, list_on_stdin=False)
    print(f"first request {seconds_to_first_request(again, Programs(directory), again.started):.2f} s after a start that "
          f"resumes {known:,} URLs")  # fmt: skip
    again.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=10_000_000)
    parser.add_argument("--known", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trawl-bench-", dir=os.environ.get("TRAWL_TMPDIR")) as name:
        directory = Path(name)
        state = ("--state", directory / "state")
        for given in ((), state):
            measure_list(directory, options.urls, *given)
            shutil.rmtree(directory / "state", ignore_errors=True)
            measure_first_request(directory, *given)
            shutil.rmtree(directory / "state", ignore_errors=True)
        measure_list(directory, options.known, *state)
        measure_resumed(directory, options.known, *state)


if __name__ == "__main__":
    main()
