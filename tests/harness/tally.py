#!/usr/bin/python3
"""Sums up results of tests, and fails where a test was skipped although it could have run.

usage: tally.py RESULTS.xml...    (as ctest and pytest write them; a file that is not there counts as a failure)

A skipped test has to say what it misses: `absent: NAME`, a capability (capability.py) or a path. The last line printed is
`N passed, N failed, N skipped`. Exit code 1 when anything failed, or was skipped without need.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.capability import absent  # noqa: E402

CMOCKA = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+)$|^absent: (\S+)", re.MULTILINE)


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []  # (test, what is absent or None)

    def add_file(self, path):
        if not Path(path).is_file():
            print(f"failed: {path} was not written")
            self.failed += 1
            return
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if case.find("system-out") is not None and case.get("status"):
                self._add_unit(case)
            else:
                self._add_pytest(case)

    def _add_unit(self, case):
        """A program of cmocka tests, which ctest sees as one: each of them counts."""
        name, reason = case.get("name"), None
        passed, failed, skipped = 0, set(), []
        for result, test, missing in CMOCKA.findall(case.findtext("system-out")):
            if missing:
                reason = missing
            elif result == "OK":
                passed += 1
            elif result == "FAILED":
                failed.add(test)
            else:
                skipped.append((f"{name} {test}", reason))
            if test:
                reason = None
        if case.get("status") == "fail" or failed:
            print(f"failed: {name} {' '.join(sorted(failed))}")
            self.failed += len(failed) or 1
        elif not passed and not skipped:
            passed = 1  # not cmocka's
        self.passed += passed
        self.skipped += skipped

    def _add_pytest(self, case):
        name = f"{case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            print(f"failed: {name}")
            self.failed += 1
        elif skip is not None:
            found = re.search(r"absent: (\S+)", skip.get("message", ""))
            self.skipped.append((name, found and found.group(1)))
        else:
            self.passed += 1

    def judge_skips(self):
        """Counts a skipped test as failed where what it missed is here."""
        needed = []
        for test, missing in self.skipped:
            try:
                reason = absent(missing) if missing else None
            except KeyError:
                reason = None
            if reason:
                print(f"skipped: {test}: {reason}")
                needed.append((test, missing))
            else:
                print(f"failed: {test} was skipped, but {missing or 'what it misses is not said, or something'} is here")
                self.failed += 1
        self.skipped = needed


def main(paths):
    tally = Tally()
    for path in paths:
        tally.add_file(path)
    tally.judge_skips()
    print(f"{tally.passed} passed, {tally.failed} failed, {len(tally.skipped)} skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
