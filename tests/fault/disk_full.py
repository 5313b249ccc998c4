#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs whose record finds no room, from the first byte on and at every size after that.

REPRISE names the program; EVERY=N takes every Nth size. Nothing here sleeps: each test waits for what the program says.
"""
import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import replays  # pylint: disable=wrong-import-position

PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
EVERY = int(os.environ.get("EVERY", "1"))
LIMIT_S = 120
STEP = 256 * EVERY
BLOCK = 4096
KIB = 1024
OK, FAILED, UNDECIDED, DAMAGED = 0, 1, 3, 6

# What changes writes a line into a file of its own each time it is begun, whatever the limit it was begun with.
DID = """\
#!/bin/sh
ulimit -S -f unlimited
echo begun >>"world/$1"
test "$1" != flaky || test "$(wc -l <world/flaky)" -ge 2
"""

BOOK = """\
reprise: 1
id: full
title: Parallel steps, retries, a pipe, an approval and a person
steps:
  - {id: look, needs: [], effect: read, run: [seq, "400"], timeout: 1m, outputs: {last: stdout.trim()}}
  - {id: left, needs: [], run: [./did, left], timeout: 1m}
  - {id: right, needs: [], run: [./did, right], timeout: 1m}
  - {id: flaky, needs: [], run: [./did, flaky], timeout: 1m, retry: {attempts: 3, delay: 1ms}}
  - {id: pipe, needs: [left, right], pipe: [[./did, pipe], [./did, pipe-end]], timeout: 1m}
  - id: block
    needs: [flaky, pipe]
    steps:
      - {id: first, run: [./did, first], timeout: 1m}
      - {id: each, for_each: "[1, 2]", effect: read, file.stat: did}
    finally:
      - {id: mend, run: [./did, mend], timeout: 1m}
  - {id: person, manual: Look at the lamp, timeout: 1m}
  - id: wipe
    effect: destroy
    preconditions: [{file.stat: did}]
    run: [./did, wipe]
    timeout: 1m
    verify: [{file.stat: did}]
finally:
  - {id: tidy, run: [./did, tidy], timeout: 1m}
verify: [{file.stat: did}]
"""
ONCE = ("left", "right", "pipe", "first", "mend", "wipe", "tidy")
WORLD = dict.fromkeys(ONCE, 1) | {"flaky": 2}
NO_RUNBOOK = "ends before it holds the runbook whole"
REFUSED = "the record cannot be written, so nothing that changes is begun"

# It waits until it is told to go on.
WAITS = """\
reprise: 1
id: waits
title: Waits
steps:
  - {id: gate, effect: read, file.stat: go, within: 5m, every: 50ms}
  - {id: left, run: [./did, left], timeout: 1m}
"""


def can_mount():
    """Whether this process may mount; from now on nobody else sees what it mounts."""
    new_mounts = 0x00020000  # CLONE_NEWNS, unshare(2)
    return (ctypes.CDLL(None).unshare(new_mounts) == 0 and
            subprocess.run(["mount", "--make-rprivate", "/"], check=False, stderr=subprocess.DEVNULL).returncode == 0)


class Run:
    """A run in a folder of its own, and what came of it."""

    def __init__(self, folder, book, options, size=None, transcript=None):
        self.folder, self.options, self.size = folder, options, size
        self.transcript = transcript or folder / "t.jsonl"
        self.status, self.said = None, ""
        (folder / "world").mkdir(parents=True)
        (folder / "did").write_text(DID)
        (folder / "did").chmod(0o755)
        (folder / "book.yaml").write_text(book)

    def begin(self):
        return subprocess.Popen([PROGRAM, "run", "book.yaml", "--transcript", self.transcript, *self.options],
                                cwd=self.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, start_new_session=True, preexec_fn=self.limit)

    def limit(self):
        """Only the soft limit: what changes the world can put that off."""
        if self.size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))

    def run(self):
        with self.begin() as process:
            try:
                self.said = process.communicate(timeout=LIMIT_S)[1]
            finally:
                process.kill()
        self.status = process.returncode
        return self

    def lines(self):
        """Those of the record: there is none that is not whole."""
        return [json.loads(line) for line in self.transcript.read_bytes().split(b"\n")[:-1]]

    def is_sealed(self):
        lines = self.lines()
        return bool(lines) and lines[-1]["type"] == "seal"

    def begun(self):
        """How often each step that changes something was, by the mark it left."""
        return {path.name: len(path.read_text().split()) for path in (self.folder / "world").iterdir()
                if path.name != "pipe-end"}

    def recorded(self):
        """How often each was, by the record."""
        count = {}
        for line in self.lines():
            if line["type"] == "start" and line["what"] == "action" and line["class"] != "read":
                count[line["step"]] = count.get(line["step"], 0) + 1
        return count


class DiskFull(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.mounts = can_mount()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-fault-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, name, mode, **more):
        return Run(self.folder / name, BOOK,
                   ["--approve", "wipe", "--answer", "person=done", "--on-record-failure", mode], **more)

    def whole(self):
        """The run as it is where there is room: how many bytes that takes."""
        run = self.make("whole", "stop").run()
        self.assertEqual((run.status, run.begun(), run.is_sealed()), (OK, WORLD, True), run.said)
        self.assertNotIn("RECORD FAILED", run.said)
        return run.transcript.stat().st_size

    def hold(self, run):
        """What holds of every run, wherever its record ended."""
        begun, recorded, sealed = run.begun(), run.recorded(), run.is_sealed()
        told = f"{run.folder.name}: {run.said}"
        if run.status == FAILED:
            self.assertRegex(run.said, r"(?m)^THE RECORD FAILED: cannot (write to|reserve space for) .*/t\.jsonl: ", told)
        self.assertEqual("the record is not whole: cannot write to" in run.said, not sealed, told)
        if "--on-record-failure continue" in " ".join(run.options):
            self.assertEqual(begun, WORLD, told)
            self.assertEqual(run.status, OK if sealed else DAMAGED, told)
            self.assertNotIn(REFUSED, run.said, told)
            return
        for step, count in begun.items():
            self.assertLessEqual(count, recorded.get(step, 0), f"{step} began without a line in the record; {told}")
        if begun == WORLD and not refused(run):
            self.assertEqual(run.status, OK if sealed else DAMAGED, told)
        else:
            self.assertEqual(run.status, FAILED, told)
            self.assertNotEqual(refused(run), [], told)
            self.assertIn("keep it on another disk (--transcript PATH)", run.said, told)
        for step in refused(run):
            if step in WORLD:
                self.assertLess(begun.get(step, 0), WORLD[step], told)

    def hold_all(self, runs):
        for run in runs:
            self.hold(run)
        done = subprocess.run([PROGRAM, "verify", *(run.transcript for run in runs)], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, OK, done.stdout + done.stderr)
        self.assertNotIn("torn", done.stdout)
        differing = [said for said in replays.differing(PROGRAM, self.folder) if NO_RUNBOOK not in said]
        self.assertEqual(differing, [])

    def go_on(self, run):
        """Where there is room again, what the record lost is asked for, and nothing is done twice. How that ended."""
        if run.is_sealed() or len(run.lines()) < 2:
            return None
        done = subprocess.run([PROGRAM, "resume", "t.jsonl", "--approve", "wipe", "--answer", "person=done"],
                              cwd=run.folder, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              start_new_session=True, timeout=LIMIT_S)
        told = f"{run.folder.name}: {run.said}\nand then {done.stderr}"
        self.assertIn(done.returncode, (OK, FAILED, UNDECIDED), told)
        for step, count in run.begun().items():
            self.assertLessEqual(count, WORLD[step], f"{step} was done again unasked; {told}")
        self.assertEqual(run.is_sealed(), done.returncode != UNDECIDED, told)
        if done.returncode == OK:
            self.assertEqual(run.begun(), WORLD, told)
        return done.returncode

    def test_every_size(self):
        whole = self.whole()
        # the end is looked at closely: of the last words and the seal neither stands alone
        sizes = [*range(0, whole - 768, STEP), *range(whole - 768, whole + 64, STEP // 8)]
        runs = [self.make(f"stop-{size}", "stop", size=size) for size in sizes]
        runs += [self.make(f"continue-{size}", "continue", size=size) for size in sizes[::2]]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Run.run, runs))
        self.hold_all(runs)
        self.assertIn((DAMAGED, False), {(run.status, run.is_sealed()) for run in runs})
        with ThreadPoolExecutor(2) as pool:
            ends = set(pool.map(self.go_on, [run for run in runs if run.folder.name.startswith("stop")]))
        self.assertTrue({OK, UNDECIDED} <= ends, ends)
        self.assertEqual([said for said in replays.differing(PROGRAM, self.folder) if NO_RUNBOOK not in said], [])

    def mount(self, name, size):
        """A disk of so many bytes."""
        disk = self.folder / name
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        return disk

    def need_mounts(self):
        if not self.mounts:
            print("disk_full: nothing can be mounted here: only limits of file sizes are tried", file=sys.stderr)
            self.skipTest("nothing can be mounted here")

    def test_every_disk(self):
        """On a small disk no space can be reserved: that is told at once, and what is begun then waits for the disk."""
        self.need_mounts()
        runs = []
        for size in range(BLOCK, self.whole() + 4 * BLOCK, BLOCK * min(EVERY, 4)):
            for mode in ("stop", "continue"):
                disk = self.mount(f"disk-{mode}-{size}", size)
                runs.append(self.make(f"{mode}-{size}", mode, transcript=disk / "t.jsonl").run())
        self.hold_all(runs)
        for run in runs:
            self.assertRegex(run.said, r"(?m)^THE RECORD FAILED: cannot reserve space for .*: No space left on device$")
        self.assertTrue(any("cannot write to" in run.said for run in runs))
        self.assertEqual({run.status for run in runs}, {OK, FAILED, DAMAGED})

    def test_room_is_made(self):
        """The record is back as soon as there is room, though nothing happens in the run, and what changes begins."""
        self.need_mounts()
        disk = self.mount("disk", 2 * BLOCK)
        run = Run(self.folder / "run", WAITS, [], transcript=disk / "t.jsonl")
        with run.begin() as process:
            self.await_said(run, process, "THE RECORD FAILED")
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            self.await_said(run, process, "the record is back: what changes is begun again")
            (run.folder / "go").touch()
            run.said += process.communicate(timeout=LIMIT_S)[1]
        self.assertEqual(process.returncode, OK, run.said)
        self.assertEqual(run.begun(), {"left": 1})
        self.assertTrue(run.is_sealed())
        self.assertNotIn("not whole", run.said)

    @staticmethod
    def await_said(run, process, words):
        while words not in run.said:
            line = process.stderr.readline()
            run.said += line
            if not line:
                raise AssertionError(f"it ended before it said {words!r}: {run.said}")

    def test_what_a_step_inherits(self):
        """The interpreter outlives SIGXFSZ; a step meets limit and signal as if it had been begun by hand."""
        book = ("reprise: 1\nid: inherits\ntitle: Inherits\nsteps:\n"
                "  - {id: limit, effect: read, run: [bash, -c, ulimit -S -f], timeout: 1m, outputs: {is: stdout.trim()}}\n"
                "  - {id: signal, effect: read, run: [bash, -c, kill -XFSZ $$], timeout: 1m, expect: exit_code == 153}\n")
        run = Run(self.folder / "run", book, [], size=1024 * KIB).run()
        self.assertEqual(run.status, OK, run.said)
        outputs = [line["outputs"] for line in run.lines() if line.get("outputs")]
        self.assertEqual(outputs, [{"is": str(KIB)}])


def refused(run):
    """The steps that the run says it did not begin for want of a record."""
    return re.findall(rf"(?m)^\S+  (\S+) +FAILED(?: in \S+)?: {REFUSED}$", run.said)


if __name__ == "__main__":
    unittest.main()
