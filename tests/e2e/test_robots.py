"""Goal: trawl-robots says what a robots.txt lets an agent fetch, by which rule, and its exit code says so too."""

import subprocess

import pytest

from harness.program import environment, path_of

FILE = b"User-agent: trawl\nDisallow: /private\nAllow: /private/%7Eme$\n"


def ask(*arguments, file=FILE):
    done = subprocess.run(
        [path_of("trawl-robots"), *arguments], input=file, capture_output=True, timeout=60, env=environment(), check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    "arguments, code, line",
    [
        (("trawl", "http://h/"), 0, "allowed\t-\n"),
        (("trawl", "http://h/private/x"), 1, "disallowed\tDisallow: /private\n"),
        (("trawl", "/private/x"), 1, "disallowed\tDisallow: /private\n"),
        (("other", "http://h/private/x"), 0, "allowed\t-\n"),
        (("trawl", "http://h/private/%7eme"), 0, "allowed\tAllow: /private/%7Eme$\n"),
        (("trawl", "http://h/private/~me"), 1, "disallowed\tDisallow: /private\n"),
        (("--gate", "trawl", "http://h/private/~me"), 0, "allowed\tAllow: /private/%7Eme$\n"),
        (("--gate", "trawl", "http://h/x/../private"), 1, "disallowed\tDisallow: /private\n"),
    ],
)
def test_verdicts(arguments, code, line):
    assert ask(*arguments) == (code, line, "")


def test_robots_txt_itself():
    forbidden = b"user-agent: *\ndisallow: /"
    assert ask("trawl", "http://h/robots.txt", file=forbidden)[0] == 1
    assert ask("--gate", "trawl", "http://h/robots.txt", file=forbidden) == (0, "allowed\t-\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("trawl",),
        ("trawl", "http://h/", "x"),
        ("trawl", "nourl"),
        ("trawl", ""),
        ("", "http://h/"),
        ("--gate", "", "http://h/"),
        ("--gate", "trawl", "h/x"),
        ("--no",),
    ],
)
def test_wrong_usage(arguments):
    code, out, err = ask(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("trawl-robots: ") and err.count("\n") == 1


def test_hostile_files():
    """H84, H85: they end soon, and what they hold reaches no terminal as it is."""
    assert ask("trawl", "http://h/" + "a" * 4000, file=b"user-agent:*\ndisallow:/*" + b"a*" * 8000 + b"b")[0] == 0
    assert ask("trawl", "http://h/", file=bytes(range(256)) * 8192)[0] == 0
    assert ask("trawl", "http://h/x", file=b"user-agent:*\ndisallow:/\x1b[2J*\ndisallow:*\x01$\ndisallow:/") == (
        1,
        "disallowed\tDisallow: /\n",
        "",
    )
    assert "\x1b" not in ask("trawl", "http://h/x\x1b[2J", file=b"user-agent:*\ndisallow:/x\x1b[2J")[1]
