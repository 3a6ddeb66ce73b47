"""What this machine can do, by name.

A test that needs more than a plain machine asks for it with require(); where it is missing the test is skipped, with the
name in the reason. tally.py asks again afterwards: a test that was skipped although it could have run is a failure.
"""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = (ROOT / os.environ.get("TRAWL_SHARED", "../shared")).resolve()


def _runs(*argv):
    """Why the command does not succeed, or None."""
    if not shutil.which(argv[0]):
        return f"no {argv[0]}"
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    if done.returncode == 0:
        return None
    lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit {done.returncode}"]
    return f"{' '.join(argv)}: {lines[-1]}"


def _shared():
    return None if SHARED.is_dir() else f"no {SHARED}"


def _oracle():
    from harness import oracle  # which asks here where things are

    try:
        oracle.install()
    except oracle.NoOracle as error:
        return str(error)
    return None


def _docs():
    """The site of manuals: nginx and the manuals are installed where that is possible, and minimal images forbid it."""
    if not (SHARED / "site/serve-docs.sh").is_file():
        return f"no {SHARED / 'site/serve-docs.sh'}"
    if all(Path("/usr/share/doc", d).is_dir() for d in ("postgresql-doc-15/html", "openjdk-17-doc/api")):
        return None if shutil.which("nginx") or os.geteuid() == 0 else "no nginx, and not root"
    if os.geteuid() != 0:
        return "the manuals are not installed, and not root"
    for rules in Path("/etc/dpkg/dpkg.cfg.d").glob("*"):
        if "path-exclude" in rules.read_text(errors="replace"):
            return f"{rules} leaves documentation out"
    return None


def _container():
    """Podman, and the image that ours starts from: nothing is downloaded for a test."""
    return _runs("podman", "image", "exists", "docker.io/library/debian:bookworm-slim")


_REASONS = {
    "shared": _shared,  # test data by others
    "oracle": _oracle,  # the second opinion on links, on Node
    "docs": _docs,  # a real site on loopback
    "container": _container,
    "netns": lambda: _runs("unshare", "-n", "true"),
    "iptables": lambda: _runs("unshare", "-n", "iptables", "-L"),
    "ptrace": lambda: _runs("strace", "-o", "/dev/null", "true"),
    "mount": lambda: _runs("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"),
}


def absent(name):
    """Why this machine cannot do it, or None. `name` is one of the above, or a path that should be there."""
    if "/" in name:
        return None if Path(ROOT, name).exists() else f"no {name}"
    return _REASONS[name]()


def require(*names):
    """Skips the test that calls it unless the machine can do all of these."""
    import pytest  # tally.py runs without it

    for name in names:
        reason = absent(name)
        if reason:
            pytest.skip(f"absent: {name} ({reason})")
