#!/usr/bin/python3
"""Writes inputs for a fuzz target to start from, made of test data by others.

usage: seeds.py TARGET DIRECTORY    ($TRAWL_SHARED/corpora, $TRAWL_SHARED being ../shared unless set; what is absent gives none)
"""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("TRAWL_SHARED", "../shared")) / "corpora"
MESSAGES = [
    'sequence: 1 hello { protocol: 1 instance: "0123456789abcdef" name: "w" pid: 1 slots: 2 capacity: 3 version: "1" '
    'died_on { instance: "0123456789abcdef" lease: 9 signal: 11 } }',
    'sequence: 1 welcome { protocol: 1 run_id: "0123456789abcdef" settings { timeout_ms: 5 user_agent: "a" headers: "A: b" } }',
    'refuse { reason: PROTOCOL protocol: 1 text: "no" }',
    "sequence: 2 heartbeat { capacity: 1 sent_us: 2 echo_us: 3 }",
    'sequence: 3 assign { visits { lease: 7 url: "http://h/" attempt: 1 } visits { lease: 8 url: "http://i/" kind: ROBOTS } }',
    'sequence: 4 pages { pages { lease: 7 status: 200 type: "text/html" charset: "UTF-8" bytes: 5 timings { total: 9 } '
    'links { count: 2 urls: "http://a/\\nb:c" kinds: "\\000\\001" flags: "\\000\\000\\001\\200" rels: "a b\\n" } } '
    'pages { lease: 8 outcome: 3 status: 301 location: "/x" error: "e" body: "User-agent: *" } }',
    'sequence: 5 bye { text: "over" }',
]


def read_json(name):
    return json.loads((CORPORA / name).read_text(encoding="utf-8"))


def encode(text):
    return text.encode("utf-8", "surrogatepass")


def urls():
    for case in read_json("wpt-url/urltestdata.json"):
        if isinstance(case, dict):
            yield encode("\0" + (case.get("base") or "") + "\n" + case["input"])


def lists():
    lines = [encode(case["input"]) for case in read_json("wpt-url/urltestdata.json") if isinstance(case, dict)]
    for at in range(0, len(lines), 10):
        yield b"\n".join(lines[at : at + 10])
    yield b"\xef\xbb\xbfhttp://h/\r\n\nexample.com\nhttp://h:1/\nhttp://H/#f\n"


def values():
    for case in read_json("wpt-html-links/srcset.json"):
        yield encode(case["srcset"])
    for case in read_json("wpt-html-links/meta-refresh.json"):
        yield encode(case["content"])
    for case in read_json("wpt-mime/mime-types.json"):
        if isinstance(case, dict):
            yield encode(case["input"])
    for case in re.findall(r'"input":"((?:[^"\\]|\\.)*)"', (CORPORA / "html5lib/tokenizer/entities.test").read_text())[:300]:
        yield encode(case)


def pages(folder="tree-construction"):
    for source in sorted((CORPORA / "html5lib" / folder).glob("*.dat")):
        yield from re.findall(rb"(?:^|\n)#data\n(.*?)\n#(?:errors|encoding)", source.read_bytes(), re.DOTALL)


def encoded():
    for page in pages("encoding"):
        yield b"\0\0" + page
    for number, encoding in enumerate(["utf-8", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "utf-16be"]):
        yield bytes([number, 0]) + "aあ漢字<a>한".encode(encoding, "ignore")


def packed():
    for text in MESSAGES:
        yield subprocess.run(
            ["protoc", f"--proto_path={ROOT / 'proto'}", "--encode=trawl.Message", "trawl.proto"],
            input=text.encode(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout


def rules():
    for line in (CORPORA / "robots/cases.tsv").read_text().splitlines()[1:]:
        text = line.split("\t")[5]
        if text not in ("", "-"):
            yield b"\0\2/a" + base64.b64decode(text)


TARGETS = {
    "url": urls,
    "seed": lists,
    "value": values,
    "charset": encoded,
    "message": packed,
    "tokenizer": lambda: (b"\1\0" + page for page in pages()),
    "extract": lambda: (bytes([number % 256, 0, 0]) + page for number, page in enumerate(pages())),
    "tidy": pages,
    "robots": rules,
}


def main(target, directory):
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written = 0
    try:
        for seed in TARGETS.get(target, lambda: ())():
            (directory / f"{written:05}").write_bytes(seed)
            written += 1
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"seeds for {target}: {error}")
    print(f"{written} seeds for {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
