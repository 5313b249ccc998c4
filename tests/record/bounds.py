#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""However much a run prints and however long it is, its record is read line by line: bounds.py FOLDER

REPRISE names the program.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(sys.argv.pop()).resolve()
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
LIMIT_S = 250
KIB, MIB = 1 << 10, 1 << 20
LINE = MIB  # schema/transcript.md: the longest line
UNREAD, READ = 128 * KIB, 8 * MIB  # schema/language.md: what is kept of a stream
WORST = 6  # "\\u0000": a byte of the output at its longest
PRINTED = 200 * MIB
FEW, MANY = 1000, 5000

# NUL bytes take most room in the record; where an expression reads the stream, more of it is kept
LOUD = f"""\
reprise: 1
id: loud
title: Loud
steps:
  - {{id: unread, effect: read, run: [head, -c, "{PRINTED}", /dev/zero], timeout: 5m}}
  - id: read
    effect: read
    pipe: [[yes, a line like any other], [head, -c, "{PRINTED}"]]
    timeout: 5m
    expect: stdout != ''                       # more than even that keeps: it is no answer
    allow_failure: true
"""

LONG = """\
reprise: 1
id: long
title: Long
params: {items: {type: int}}
steps:
  - {id: list, effect: read, run: [seq, "${{ params.items }}"], timeout: 1m, outputs: {all: lines}}
  - {id: each, for_each: steps.list.outputs.all, file.stat: /, outputs: {is: type}}
"""


class Bounds(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-bounds-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def record(self, name, book, *options):
        """The lines of a run that went well; none is longer than a line may be."""
        (self.folder / f"{name}.yaml").write_text(book)
        transcript = self.folder / f"{name}.jsonl"
        done = subprocess.run([PROGRAM, "run", f"{name}.yaml", "-q", "--transcript", transcript, *options],
                              cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(transcript, "rb") as file:
            lines = list(file)
        self.assertLessEqual(max(map(len, lines)), LINE)
        return lines

    def test_much_output(self):
        lines = self.record("loud", LOUD)
        told = [json.loads(line) for line in lines]
        for op, bound in ((1, UNREAD), (2, READ)):
            kept = "".join(line["text"] for line in told if line["type"] == "output" and line["op"] == op)
            stream = next(line["result"]["stdout"]["$stream"] for line in told
                          if line["type"] == "finished" and line["op"] == op)
            self.assertLessEqual(len(kept), bound)
            self.assertGreater(len(kept), bound // 2)
            self.assertEqual((stream["size"], stream["whole"]), (PRINTED, False))
            if op == 1:  # what lies between is NUL bytes too
                self.assertEqual(stream["sha256"], hashlib.sha256(bytes(PRINTED - len(kept))).hexdigest())
        self.assertLess(sum(map(len, lines)), WORST * UNREAD + 2 * READ)

    def test_many_items(self):
        sizes = []
        for items in (FEW, MANY):
            lines = self.record(f"long-{items}", LONG, "-p", f"items={items}")
            stats = [line for line in lines if b'"file.stat"' in line]
            self.assertEqual(len(stats), items)
            # the list stands in three lines: as an output, twice, and as what the loop goes through
            self.assertLessEqual(sum(len(line) > 4 * KIB for line in lines), 8)
            sizes.append(sum(map(len, lines)))
        self.assertLess(sizes[1], sizes[0] * MANY // FEW * 5 // 4)


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
