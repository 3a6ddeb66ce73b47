#!/usr/bin/python3
"""Prints how far the tests agree with test data by others, and what they covered of the catalogue of faults and hostile
inputs: number, what was done, what happened.

usage: table.py RESULTS.xml...    (as ctest and pytest write them)

The numbers stand where the tests are: in the docstrings of tests in Python (conftest.py puts them into the results), in the
goal at the top of a unit test's file, and in the comment before one of its tests.
"""

import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"\b([HDI])([1-9]\d?)\b(?: to \1(\d+))?")
COMMENT = re.compile(r"/\*(.*?)\*/\s*(?:static (?:void|int) (\w+)\()?", re.DOTALL)
CMOCKA = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (\w+)$", re.MULTILINE)
CORPUS = re.compile(r"^corpus: (.*): (\d+) of (\d+)$", re.MULTILINE)
WORDS = {"OK": "passed", "FAILED": "FAILED", "SKIPPED": "skipped"}


def numbers_in(text):
    """The catalogue's numbers that a text names, ranges ("D13 to D15") expanded."""
    found = []
    for letter, first, last in NUMBER.findall(text):
        found += [f"{letter}{n}" for n in range(int(first), int(last or first) + 1)]
    return list(dict.fromkeys(found))


def order(number):
    return "DHI".index(number[0]), int(number[1:])


def told(text):
    """What a text says behind its numbers."""
    text = " ".join(text.replace("\n *", " ").split()).strip("* ")
    return re.sub(r"^Goal: ", "", re.sub(r"^(?:[HDI]\d+(?:, | to | and )?)+[^:.]{0,30}[:.] ", "", text))


class Table:
    def __init__(self):
        self.rows = {}  # (number, what was done) -> [what it says, Counter of outcomes]
        self.corpora = []  # (name, cases that agree, cases)

    def add(self, text, done, outcome):
        for number in numbers_in(text):
            row = self.rows.setdefault((number, done), [told(text), Counter()])
            row[1][outcome] += 1

    def add_file(self, path):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if case.get("status"):
                self._add_unit(case)
            else:
                self._add_pytest(case)

    def _add_unit(self, case):
        self.corpora += CORPUS.findall(case.findtext("system-out") or "")
        part, _, module = case.get("name").partition("/")
        source = ROOT / "tests" / "unit" / part / f"{module}_test.c"
        if not source.is_file():
            return
        outcomes = dict((name, WORDS[word]) for word, name in CMOCKA.findall(case.findtext("system-out") or ""))
        whole = "FAILED" if case.get("status") == "fail" else "passed"
        for comment, name in COMMENT.findall(source.read_text()):
            if name in outcomes:
                self.add(comment, f"{part}/{module}: {name.replace('_', ' ')}", outcomes[name])
            elif "Goal:" in comment:
                self.add(comment, f"{part}/{module}", whole)

    def _add_pytest(self, case):
        text = next((p.get("value") for p in case.iter("property") if p.get("name") == "goal"), "")
        name = case.get("name").split("[")[0].removeprefix("test_").replace("_", " ")
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = "FAILED"
        elif skip is not None:
            outcome = f"skipped ({skip.get('message')})"
        else:
            outcome = "passed"
        self.add(text, name, outcome)

    def print_corpora(self):
        for name, right, cases in self.corpora:
            print(f"{name:44} {int(right):>6,} of {int(cases):>6,}")

    def print(self):
        for (number, done), (text, outcomes) in sorted(self.rows.items(), key=lambda row: order(row[0][0])):
            result = ", ".join(f"{count} {word}" if sum(outcomes.values()) > 1 else word for word, count in outcomes.items())
            print(f"{number:4} {textwrap.shorten(done, 64, placeholder=' ...'):64}  {result}")
            for line in textwrap.wrap(text, 124, max_lines=2, placeholder=" ..."):
                print(f"       {line}")


def main(paths):
    table = Table()
    for path in paths:
        if Path(path).is_file():
            table.add_file(path)
    if table.corpora:
        print("\nTest data by others, and how many cases agree with it:\n")
        table.print_corpora()
    if table.rows:
        print("\nFaults and hostile inputs that were tried:\n")
        table.print()
        covered = sorted({number for number, _ in table.rows}, key=order)
        print(f"\n{len(covered)} of the catalogue: {' '.join(covered)}")


if __name__ == "__main__":
    main(sys.argv[1:])
