#!/usr/bin/python3
"""What trawl-robots answers to the published cases of other parsers, by kind and part; what monsters of 2 MB cost the matcher.

usage: ./dev bench robots

Cases are in the test data by others (corpora/robots/cases.tsv); without it only the second part is shown, bench/robots_bench.c:
microseconds, and beside them the matcher's own steps, which no busy machine changes.
"""

import base64
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from harness import measure  # noqa: E402
from harness.capability import SHARED  # noqa: E402
from harness.program import Programs, environment, path_of  # noqa: E402


def cases(path):
    """(id, kind, whether it is allowed, agent, URL, body) of each."""
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, kind, allowed, agent, url, body = ["" if field == "-" else field for field in line.split("\t")[:6]]
            yield name, kind, allowed == "1", agent, url, base64.b64decode(body)


def answer(agent, url, body):
    """Of the matcher: the program itself refuses an empty agent, and what is neither a URL nor a path."""
    agent, url = agent or "nobody", url if url.startswith("/") or "://" in url else "/" + url
    return subprocess.run(
        [path_of("trawl-robots"), "--", agent, url], input=body, capture_output=True, env=environment(), check=False
    ).returncode


def put_questions(path):
    agreed, asked, others = defaultdict(int), defaultdict(int), []
    for name, kind, allowed, *question in cases(path):
        key = kind if kind in ("rfc9309", "google") else "of others", re.sub(r"-\d+$", "", name)
        asked[key] += 1
        agreed[key] += answer(*question) == (0 if allowed else 1)
        if kind == "google" and answer(*question) != (0 if allowed else 1):
            others.append(name)
    for kind in ("rfc9309", "google", "of others"):
        parts = sorted(key for key in asked if key[0] == kind)
        rows = [(f"{kind}, {part}", agreed[kind, part], asked[kind, part]) for _, part in parts]
        measure.table((kind, "agree", "cases"), [*rows, (f"{kind}, all", sum(row[1] for row in rows), sum(row[2] for row in rows))])
        print()
    print(f"Google's own that are declined (docs/politeness.md): {' '.join(others)}\n")


def main():
    path = SHARED / "corpora/robots/cases.tsv"
    if path.exists():
        put_questions(path)
    else:
        print(f"no {path}: no cases to ask\n")
    with tempfile.TemporaryDirectory(prefix="trawl-bench-") as name:
        print(Programs(Path(name)).run("robots-bench", timeout=600).stdout, end="")


if __name__ == "__main__":
    main()
