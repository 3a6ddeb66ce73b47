"""The second opinion on links: parse5 and Node's URL, from $TRAWL_SHARED/oracle."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from harness.capability import ROOT, SHARED
from harness.world import read_table

CACHE = Path(os.environ.get("XDG_CACHE_HOME", ROOT / "build")) / "trawl-oracle"


class NoOracle(Exception):
    """It cannot be had here, and why."""


def install():
    """Copies the oracle to a cache and installs what it needs, once; later calls return at once. Returns the script.
    Raises NoOracle where it is absent, or npm is, or npm cannot reach its registry."""
    if not (SHARED / "oracle").is_dir():
        raise NoOracle(f"no {SHARED / 'oracle'}")
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise NoOracle(f"no {program}")
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("links.mjs", "package.json"):
            shutil.copyfile(SHARED / "oracle" / name, CACHE / name)
        if not (CACHE / "node_modules/parse5").is_dir():
            done = subprocess.run(
                ["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--fetch-retries=1"],
                cwd=CACHE,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            if done.returncode != 0:
                said = " ".join((done.stderr or done.stdout).split())
                raise NoOracle(f"npm install: {said[:300] or done.returncode}")
    return CACHE / "links.mjs"


def links(script, pages, output, kind="href", schemes="http"):
    """The rows for `pages` (FILE, URL and charset a line), sorted; `output` is where they are written."""
    with open(pages, "rb") as listed, open(output, "wb") as out:
        subprocess.run(
            ["node", script, "--kind", kind, "--schemes", schemes], stdin=listed, stdout=out, check=True, timeout=600
        )
    return sorted(read_table(output))
