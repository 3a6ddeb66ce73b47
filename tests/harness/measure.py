"""What a run costs: wall clock, CPU and memory. For benchmarks; no test asserts a time."""

import resource
import time

from harness.watch import Watch


class Cost:
    """Of one finished program, with the children that it waited for."""

    def __init__(self, program, wall, cpu, peaks):
        self.program, self.wall, self.cpu, self.peaks = program, wall, cpu, peaks

    def megabytes(self, name):
        """The most memory that one process of that program held."""
        return self.peaks[name]["VmHWM"] / 1024

    def cpu_us(self, pages):
        return self.cpu / pages * 1e6


def _children_cpu():
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def run(programs, *argv, timeout=600.0, watch=True, **options):
    """Runs it to its end, which has to be a good one. Nothing else that this process started may end meanwhile."""
    cpu, began = _children_cpu(), time.monotonic()
    program = programs.start(*argv, **options)
    watcher = Watch(program) if watch else None
    code = program.wait(timeout)
    wall = time.monotonic() - began
    if watcher:
        watcher.thread.join()
    assert code == 0, str(program)
    return Cost(program, wall, _children_cpu() - cpu, watcher.peaks if watcher else {})


def interleaved(rounds, *runs):
    """Calls each of the runs in turn, so many times; what happens to the machine meanwhile happens to all of them alike.
    Returns a list of what they returned for each."""
    results = [[] for _ in runs]
    for _ in range(rounds):
        for result, call in zip(results, runs):
            result.append(call())
    return results




def table(head, rows):
    """Prints them in columns, the first one to the left."""
    cells = [head, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))
