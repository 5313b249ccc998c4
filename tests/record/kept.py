#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What was kept is still read: kept.py FOLDER

FOLDER/kept has transcripts of every version that wrote one, and `states`, which says what each must verify to: by the
program, and by tools/verify-transcript. What `reprise report` says of each is held against FOLDER/reports/NAME.md; UPDATE=1
writes those anew, and never a transcript. REPRISE names the program.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(sys.argv.pop()).resolve()
KEPT = FOLDER / "kept"
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
VERIFIER = FOLDER.parents[1] / "tools" / "verify-transcript"
DAMAGED = 6


def said(*command):
    """Status and output of a command in the folder of what was kept."""
    done = subprocess.run(command, cwd=KEPT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout


def state_of(sentence):
    """The program calls a torn one incomplete, and tells of the rest."""
    return "torn" if "of a torn line" in sentence else sentence.split(": ")[1]


class Kept(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        rows = [line.split() for line in (KEPT / "states").read_text().splitlines()]
        self.states = {name: state for name, state, _ in rows}
        self.digests = {name: digest for name, _, digest in rows}

    def test_none_is_missing_or_changed(self):
        self.assertEqual(sorted(self.states), sorted(path.name for path in KEPT.glob("*.jsonl")))
        self.assertEqual({"sealed", "incomplete", "torn", "damaged"}, set(self.states.values()))
        for name, digest in self.digests.items():
            self.assertEqual(hashlib.sha256((KEPT / name).read_bytes()).hexdigest(), digest, name)
            self.assertIn(f"`{name.removesuffix('.jsonl')}`", (KEPT / "README.md").read_text())

    def test_states(self):
        for name, state in self.states.items():
            wanted = DAMAGED if state == "damaged" else 0
            status, sentence = said(PROGRAM, "verify", name)
            self.assertEqual((state_of(sentence), status), (state, wanted), sentence)
            status, sentence = said(VERIFIER, name)
            self.assertEqual((sentence.split(": ")[1], status), (state, wanted), sentence)

    def test_signatures(self):
        for name, state in self.states.items():
            signed = "signature" in (KEPT / name).read_text(errors="replace").splitlines()[-1]
            self.assertEqual(signed, name == "signed.jsonl")
            trusted = signed or state in ("incomplete", "torn")
            for verify in ((PROGRAM, "verify"), (VERIFIER,)):
                status, sentence = said(*verify, "--key", "signed.pem", name)
                self.assertEqual(status, 0 if trusted else DAMAGED, sentence)
                self.assertEqual("signed with this key" in sentence, signed, sentence)

    def test_what_a_later_version_wrote(self):
        unknown = "of the lines are of a kind that this version does not know"
        for name in self.states:
            told = said(PROGRAM, "verify", name)[1].strip().rpartition("; ")[2]
            self.assertEqual(unknown in told, name == "later-kinds.jsonl", told)

    def test_reports(self):
        for name, state in self.states.items():
            status, report = said(PROGRAM, "report", name)
            path = FOLDER / "reports" / name.replace(".jsonl", ".md")
            self.assertEqual(status, DAMAGED if state == "damaged" else 0, name)
            if os.environ.get("UPDATE"):
                path.write_text(report)
            self.assertEqual(report, path.read_text(), name)


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
