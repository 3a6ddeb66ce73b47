"""Starting programs and stopping what was started: by process id, nothing else."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness.capability import ROOT

PRESET = os.environ.get("TRAWL_PRESET", "release")
BIN = Path(os.environ.get("TRAWL_BIN", ROOT / "build" / PRESET / "bin"))
SANITIZER = re.compile(r"^.*(?:ERROR: \w+Sanitizer|: runtime error: ).*$", re.MULTILINE)


def path_of(name):
    """The built program of that name; other names (tc, nginx) are left to PATH."""
    built = BIN / name
    if not built.exists() and name.startswith("trawl"):
        raise AssertionError(f"{built} is not built")
    return str(built) if built.exists() else name


def free_port():
    """A TCP port that nobody on loopback holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, seconds=10.0, message="it did not happen"):
    """Returns what() as soon as it is true; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{message} within {seconds:g} s")
        time.sleep(0.02)


def environment(**changes):
    """Ours without what would change the programs' settings (TRAWL_...), and with the changes."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TRAWL_")}
    clean.update({name: str(value) for name, value in changes.items()})
    return clean


class Program:
    """A running program whose stdout and stderr go to files in `directory`."""

    def __init__(self, argv, directory, env=None, stdin=subprocess.DEVNULL, cwd=None):
        directory.mkdir(parents=True, exist_ok=True)
        self.argv = [path_of(argv[0]), *map(str, argv[1:])]
        self.stdout_path, self.stderr_path = directory / "stdout", directory / "stderr"
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(
                self.argv, stdin=stdin, stdout=out, stderr=err, cwd=cwd or directory, env=env or environment()
            )
        self.pid = self.process.pid

    @property
    def stdout(self):
        return self.stdout_path.read_text(errors="replace")

    @property
    def stderr(self):
        return self.stderr_path.read_text(errors="replace")

    @property
    def running(self):
        return self.process.poll() is None

    def __repr__(self):  # what a failed assertion shows
        tail = "\n".join((self.stdout[-1000:] + self.stderr[-3000:]).splitlines()[-30:])
        return f"{' '.join(self.argv)} (exit {self.process.poll()}):\n{tail}"

    def wait_for(self, pattern, seconds=10.0):
        """Waits until stdout or stderr matches; returns the match. Fails when the program ends before that."""

        def look():
            ended = not self.running  # asked first: what it wrote before it ended counts
            found = re.search(pattern, self.stdout) or re.search(pattern, self.stderr)
            if not found and ended:
                raise AssertionError(f"no '{pattern}' from {self}")
            return found

        return wait_until(look, seconds, f"no '{pattern}' from {self}")

    def wait(self, seconds=60.0):
        """Waits for the end and returns the exit code, as a shell shows it: 130 after SIGINT. A program that is still
        there after so many seconds is killed, and that is a failure."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            text = str(self)
            self.kill()
            raise AssertionError(f"still running after {seconds:g} s: {text}") from None
        self.check_sanitizers()
        code = self.process.returncode
        return code if code >= 0 else 128 - code

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=15.0):
        """SIGTERM, and SIGKILL for what does not heed it (a failure too). Returns the exit code; nothing for the dead."""
        if self.running:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def check_sanitizers(self):
        found = SANITIZER.search(self.stderr)
        assert not found, f"{found.group()}\nfrom {self}"

    def children(self):
        """The process ids of its children."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return sorted(int(pid) for task in tasks for pid in task.read_text().split())


class Programs:
    """Starts programs for one test, each in a directory of its own, and stops at its end those that still run."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []

    def start(self, *argv, **options):
        directory = self.directory / f"{len(self.started)}-{Path(argv[0]).name}"
        program = Program(argv, directory, **options)
        self.started.append(program)
        return program

    def run(self, *argv, timeout=60.0, **options):
        """Starts it and waits for its end; returns it with `code` set."""
        program = self.start(*argv, **options)
        program.code = program.wait(timeout)
        return program

    def stop_all(self):
        """In the reverse order of starting. What went wrong in any of them is told when all are stopped."""
        errors = []
        for program in reversed(self.started):
            try:
                if program.running:
                    program.stop()
                program.check_sanitizers()
            except AssertionError as error:
                errors.append(str(error))
        assert not errors, "\n".join(errors)
