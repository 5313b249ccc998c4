#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What needs a terminal: questions and their answers, a terminal that goes away, one that nobody reads.

REPRISE names the program. Nothing here sleeps: each test waits for what the program says.
"""
import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
LIMIT_S = 60

GATED = """\
reprise: 1
id: gated
title: Gated
steps:
  - {id: drop, title: Drop it, effect: destroy, run: [touch, dropped], timeout: 5s,
     approve: {prompt: all of it will be lost}}
  - {id: load, needs: [], effect: destroy, run: [touch, loaded], timeout: 5s}
"""

ONE = """\
reprise: 1
id: one
title: One
steps:
  - {id: drop, effect: destroy, run: [touch, dropped], timeout: 5s}
  - {id: load, run: [touch, loaded], timeout: 5s}
"""

SLOW = """\
reprise: 1
id: slow
title: Slow
steps:
  - {id: wait, run: "trap '' TERM; touch begun; while true; do sleep 1000 & wait; done",
     timeout: 1h, grace: 1h}
  - {id: never, run: [touch, never], timeout: 5s}
"""

LOUD = """\
reprise: 1
id: loud
title: Loud
steps:
  - {id: talk, run: "head -c 2000000 /dev/zero | tr '\\\\0' x | fold -w 70; touch talked", timeout: 50s}
  - {id: change, run: [touch, changed], timeout: 5s}
"""


TALKATIVE = """\
reprise: 1
id: talkative
title: Talkative
steps:
""" + "".join(
    f"  - {{id: t{i}, effect: read, run: 'seq -f %060.0f 30', timeout: 50s}}\n" for i in range(8)
) + "  - {id: change, run: [touch, changed], timeout: 5s}\n"


class Session:
    """A program on a terminal of its own."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        self.said = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execv(PROGRAM, [str(PROGRAM), *arguments])

    def await_text(self, text):
        """Reads until it says this; what follows is waited for from behind it."""
        until = time.monotonic() + LIMIT_S
        while text not in self.said:
            ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise AssertionError(f"{text!r} was not said within {LIMIT_S} s, but:\n{self.said}")
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                piece = b""
            if not piece:
                raise AssertionError(f"it ended without {text!r}:\n{self.said}")
            self.said += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        self.said = self.said.split(text, 1)[1]

    def type(self, text):
        os.write(self.fd, text.encode())

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1

    def end(self):
        """Its exit status; what it said last is in said."""
        while self.fd >= 0:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                break
            if not piece:
                break
            self.said += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        _, status = os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Terminal(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-terminal-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def session(self, runbook, *more):
        (self.folder / "a.yaml").write_text(runbook)
        return Session(self.folder, "run", "a.yaml", "--transcript", "t.jsonl", *more)

    def there(self, name):
        return (self.folder / name).exists()

    def await_file(self, name):
        until = time.monotonic() + LIMIT_S
        while not self.there(name):
            self.assertLess(time.monotonic(), until, f"{name} does not come")
            select.select([], [], [], 0.01)

    def verified(self):
        done = subprocess.run([PROGRAM, "verify", "t.jsonl"], cwd=self.folder, check=False,
                              capture_output=True, text=True)
        return done.stdout

    def test_approve(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        self.assertFalse(self.there("dropped"))
        session.type("drop\n")
        self.assertEqual(session.end(), 0)
        self.assertIn("approved by", session.said)
        self.assertTrue(self.there("loaded"))
        self.assertIn("sealed", self.verified())

    def test_deny(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertIn("denied by", session.said)
        self.assertFalse(self.there("dropped") or self.there("loaded"))

    def test_end_of_input_denies(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        session.type("\x04")
        self.assertEqual(session.end(), 3)
        self.assertIn("denied by", session.said)

    def test_other_words_are_no_answer(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        for word in ("yes", "y", "DROP", "drop it", "x" * 3000):
            session.type(word + "\n")
            session.await_text("That is neither")
            session.await_text("Type drop to approve")
        session.type("\n")
        session.await_text("Type drop to approve")
        session.type("  drop \n")
        self.assertEqual(session.end(), 0)

    def test_two_questions(self):
        session = self.session(GATED)
        session.await_text("all of it will be lost")
        session.await_text("Type drop to approve")
        session.type("drop\n")
        session.await_text("Type load to approve")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertTrue(self.there("dropped"))
        self.assertFalse(self.there("loaded"))

    def test_given_beforehand(self):
        session = self.session(GATED, "--approve", "load")
        session.await_text("Type drop to approve")
        session.type("drop\n")
        self.assertEqual(session.end(), 0)
        self.assertTrue(self.there("dropped") and self.there("loaded"))

    def test_interrupt_at_a_question(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        session.type("\x03")
        self.assertEqual(session.end(), 4)
        self.assertFalse(self.there("dropped"))
        self.assertIn("sealed", self.verified())

    def test_terminal_lost_at_a_question(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve")
        session.hang_up()
        # nobody can be asked any more, which is said, and the run is not left hanging
        self.assertEqual(session.end(), 3)
        self.assertIn("sealed", self.verified())
        self.assertFalse(self.there("dropped"))

    def test_interrupt_twice(self):
        session = self.session(SLOW)
        self.await_file("begun")
        session.type("\x03")
        session.await_text("interrupted")
        session.type("\x03")
        self.assertEqual(session.end(), 4)
        self.assertIn("again", session.said)
        self.assertFalse(self.there("never"))
        self.assertIn("sealed", self.verified())

    def test_terminal_lost_meanwhile(self):
        session = self.session(LOUD)
        session.await_text("talk")
        session.hang_up()
        self.assertEqual(session.end(), 0)
        self.assertTrue(self.there("changed"))

    def test_nobody_reads(self):
        """A pipe that is full and is not read: the run goes on."""
        (self.folder / "a.yaml").write_text(TALKATIVE)
        reading, writing = os.pipe()
        # pipes of one page: full at once
        fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl"], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writing, start_new_session=True)
        os.close(writing)
        try:
            self.await_file("changed")
        finally:
            os.close(reading)
        self.assertEqual(process.wait(LIMIT_S), 0)
        self.assertIn("sealed", self.verified())

    def test_color(self):
        for more, wanted in (((), True), (("--color", "never"), False)):
            session = self.session(ONE, "--approve", "drop", *more)
            self.assertEqual(session.end(), 0)
            self.assertEqual("\x1b[" in session.said, wanted)
            (self.folder / "t.jsonl").unlink()


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    for name in ("NO_COLOR",):
        os.environ.pop(name, None)
    os.environ["TERM"] = "xterm"
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main()
