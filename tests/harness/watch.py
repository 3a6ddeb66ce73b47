"""What programs take while they run: memory and descriptors, sampled from /proc."""

import os
import threading
import time
from collections import defaultdict
from pathlib import Path


def descriptors(pid):
    """How many it has open; 0 when it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def status(pid, field):
    """A number of /proc/PID/status, such as VmRSS and VmHWM in KiB; 0 when the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def cpu_seconds(pid):
    """What it has used, in user and kernel; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def name_of(pid):
    try:
        return Path(os.readlink(f"/proc/{pid}/exe")).name
    except OSError:
        return ""


class Watch:
    """Samples a program and its children until it ends. `peaks` then is, by program name, the most that a process of that
    name took: {"VmHWM": KiB, "fds": number}."""

    def __init__(self, program, interval=0.05):
        self.program, self.interval = program, interval
        self.peaks = defaultdict(lambda: {"VmHWM": 0, "fds": 0})
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _sample(self, pid):
        name = name_of(pid)
        if name.startswith("trawl"):  # between fork and exec a worker is still its parent's image
            peak = self.peaks[name]
            peak["VmHWM"] = max(peak["VmHWM"], status(pid, "VmHWM"))
            peak["fds"] = max(peak["fds"], descriptors(pid))

    def _run(self):
        while self.program.running:
            try:
                for pid in [self.program.pid, *self.program.children()]:
                    self._sample(pid)
            except OSError:  # it ended while it was looked at
                pass
            time.sleep(self.interval)
