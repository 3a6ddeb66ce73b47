"""Running trawl and reading all it leaves behind."""

import json
from pathlib import Path

from harness import checker
from harness.program import path_of
from harness.watch import Watch


VALUED = {"-w", "-c", "-f", "--delay", "--per-host", "--retries", "--timeout"}


def settle(words):
    """What a test adds replaces what its fixture gives: of each of these options the last one, for trawl takes no two."""
    words = [str(word) for word in words]
    for at in reversed(range(len(words))):
        if words[at] in VALUED and words[at] in words[at + 2 :]:
            del words[at : at + 2]
    return words


class Crawl:
    """A crawl that runs or has ended. After wait(): code, stdout, stderr, output (rows as they stand), rows (sorted), pages,
    summary; what was not written is None. `peaks` is what its processes took (watch.py). `form` is how to read the rows:
    "header", "no-header", or "jsonl"."""

    def __init__(self, program, files, form="header"):
        self.program = program
        self.files = files
        self.form = form
        self.watch = Watch(program)
        self.code = self.output = self.rows = self.pages = self.summary = None

    @property
    def peaks(self):
        return self.watch.peaks

    def __getattr__(self, name):  # stdout, stderr, pid, signal, wait_for, children ...
        return getattr(self.program, name)

    def wait(self, timeout=60.0):
        self.code = self.program.wait(timeout)
        self.output = self._read("output", self._parse_rows)
        self.rows = None if self.output is None else sorted(self.output)
        self.pages = self._read("pages", checker.parse_pages)
        self.summary = self._read("summary", json.loads)
        return self

    def _parse_rows(self, content):
        if self.form == "jsonl":
            return checker.rows_of(checker.parse_json_lines(content))
        return checker.parse_rows(content, self.form == "header")

    def _read(self, name, parse):
        path = self.files.get(name)
        return parse(path.read_bytes()) if path and path.is_file() else None

    def __repr__(self):  # what a failed assertion shows
        return str(self.program)


def start(programs, *arguments, output=None, pages=True, summary=True, header=True, before=(), **options):
    """Starts trawl with these arguments and -o, --pages and --summary in the program's own directory; `output` names another
    file for -o, which makes crawls resumable; output, pages or summary False leaves that option out. Without header the
    arguments hold --no-header. Only TSV outputs are read back. `before` are the words of another program that starts it."""
    program = [*before, path_of("trawl")]
    at = programs.directory / f"{len(programs.started)}-{Path(program[0]).name}"
    files = {"output": output or at / "links.tsv", "pages": at / "pages.tsv", "summary": at / "summary.json"}
    for name, wanted in (("output", output), ("pages", pages), ("summary", summary)):
        if wanted is False:
            del files[name]
    words = {"output": "-o", "pages": "--pages", "summary": "--summary"}
    if "--retries" not in arguments:
        arguments += ("--retries", "0")  # what is asked for twice is asked for because of a fault
    given = [word for name, path in files.items() for word in (words[name], path)]
    return Crawl(programs.start(*program, *settle(arguments), *given, **options), files, "header" if header else "no-header")
