#!/usr/bin/python3
"""Writes charset_labels.inc, the labels by which pages name their encodings, sorted by byte.

usage: charset_labels.py labels.tsv > charset_labels.inc

labels.tsv holds the WHATWG table as it was in 2012 (label TAB encoding); what the Encoding Standard changed since stands
here.
"""
import sys

ADDED = {
    "utf-8": "unicode11utf8 unicode20utf8 x-unicode20utf8",
    "koi8-u": "koi8-ru",
    "utf-16be": "unicodefffe",
    "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "shift_jis": "ms932",
    "replacement": "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
}

labels = {}
with open(sys.argv[1], encoding="ascii") as table:
    for line in table:
        if not line.startswith("#"):
            label, name = line.split()
            labels[label] = name
for name, more in ADDED.items():
    for label in more.split():
        labels[label] = name
print("/* Labels of encodings (Encoding Standard 4.2), sorted by byte. Written by charset_labels.py. */")
for label in sorted(labels):
    constant = labels[label].upper().replace("-", "_")
    print(f'{{"{label}", {constant}}},')
