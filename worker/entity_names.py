#!/usr/bin/python3
"""Writes entity_names.inc, the named character references of HTML, from the table that Python ships.

usage: entity_names.py > entity_names.inc
"""
from html.entities import html5


def octal(text):
    return "".join(f"\\{byte:03o}" for byte in text.encode())


print("/* The named character references of HTML (WHATWG HTML 13.5), sorted by byte: name, what it stands for in UTF-8.")
print(" * Written by entity_names.py. */")
for name in sorted(html5):
    print(f'{{"{name}", "{octal(html5[name])}"}},')
