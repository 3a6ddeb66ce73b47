"""The second opinion on links: parse5 and Node's URL, from $TRAWL_SHARED/oracle."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from harness.capability import ROOT, SHARED
from harness.world import read_table

CACHE = Path(os.environ.get("XDG_CACHE_HOME", ROOT / "build")) / "trawl-oracle"


def install():
    """Copies the oracle to a cache and installs what it needs, once; later calls return at once. Returns the script.
    Raises AssertionError where npm cannot."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("links.mjs", "package.json"):
            shutil.copyfile(SHARED / "oracle" / name, CACHE / name)
        if not (CACHE / "node_modules/parse5").is_dir():
            done = subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund"],
                cwd=CACHE,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"npm install: {(done.stderr or done.stdout)[-500:]}"
    return CACHE / "links.mjs"


def links(script, pages, output, kind="href", schemes="http"):
    """The rows for `pages` (FILE, URL and charset a line), sorted; `output` is where they are written."""
    with open(pages, "rb") as listed, open(output, "wb") as out:
        subprocess.run(
            ["node", script, "--kind", kind, "--schemes", schemes], stdin=listed, stdout=out, check=True, timeout=600
        )
    return sorted(read_table(output))
