#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds an example against the source it is taken from: example.py README SOURCE

The blocks of C in the README are pieces of SOURCE: between two lines that say "…" each must stand there as it is, but for
white space, and behind the one before it within its block.
"""

import os
import re
import sys


def squeeze(text):
    return re.sub(r"\s+", "", text)


def blocks(text):
    """What is indented by seven columns or more, without the blank lines around it."""
    lines = [line if line.startswith("       ") or not line.strip() else None for line in text.split("\n")]
    block = []
    for line in [*lines, None]:
        if line is not None:
            block.append(line)
            continue
        if any(piece.strip() for piece in block):
            yield from re.split(r"\n\s*\n(?=       \S)", "\n".join(block).strip("\n"))
        block = []


def main():
    readme, source = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        code = squeeze(file.read())
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    seen = wrong = 0
    for block in blocks(text):
        at = 0
        for piece in re.split(r"^\s*…\s*$", block, flags=re.M):
            found = code.find(squeeze(piece), at)
            seen += 1
            if found < 0:
                wrong += 1
                print(f"{os.path.basename(readme)}: not in {os.path.basename(source)}, or not in this order:\n{piece}")
                break
            at = found + len(squeeze(piece))
    if seen < 10:
        print(f"{os.path.basename(readme)}: only {seen} pieces of code were found in it")
    return 1 if wrong or seen < 10 else 0


sys.exit(main())
