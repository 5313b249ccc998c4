#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A person goes on with a run whose interpreter was killed.

REPRISE names the program. Nothing here sleeps: each test waits for what the program says or does.
"""
import json
import os
import re
import signal
import subprocess
import sys
import unittest

import terminal
from terminal import PROGRAM, Session

LOST = """\
reprise: 1
id: lost
steps:
  - {id: first, run: "echo first >>log", timeout: 1m}
  - {id: load, title: Load it, run: "echo begun >>log; test -e go || sleep 1000", timeout: 1h}
  - {id: last, run: "echo last >>log", timeout: 1m}
"""

ASKED = """\
reprise: 1
id: asked
steps:
  - {id: told, manual: Look around, inputs: {size: {type: int}}}
  - {id: zap, effect: destroy, run: "echo zap >>log", timeout: 1m}
"""


OPEN = """\
reprise: 1
id: open
steps:
  - {id: swap, needs: [], manual: Swap the cable}
  - {id: beside, needs: [], run: "echo begun >>log; while ! test -e go; do sleep 0.05; done; echo end >>log", timeout: 1m}
  - {id: last, run: "echo last >>log", timeout: 1m}
"""


class Resume(unittest.TestCase):
    setUp = terminal.Terminal.setUp
    decide_again = terminal.Terminal.decide_again
    session = terminal.Terminal.session
    await_file = terminal.Terminal.await_file
    there = terminal.Terminal.there
    touch = terminal.Terminal.touch
    lines = terminal.Terminal.lines
    answers = terminal.Terminal.answers

    def resume(self, *more):
        return Session(self.folder, PROGRAM, "resume", "t.jsonl", "--color", "never", *more)

    def kill(self, session):
        os.kill(session.pid, signal.SIGKILL)
        session.end()

    def outage(self):
        """The interpreter dies, its launcher dies, and the process that it watched over."""
        session = self.session(LOST)
        self.await_file("log")
        while "begun" not in (self.folder / "log").read_text():
            pass
        self.kill(session)
        self.await_file("t/op-2.run")
        run = json.loads((self.folder / "t/op-2.run").read_text())
        for pid in [run["launcher"]["pid"], *(stage["pid"] for stage in run["stages"])]:
            os.kill(pid, signal.SIGKILL)

    def log(self):
        return (self.folder / "log").read_text().split()

    def test_done_again(self):
        self.outage()
        session = self.resume()
        session.await_text("was under way: load\n")
        session.await_text("WAS THIS DONE? for load: Load it\n")
        session.await_text("    changes   echo begun >>log; test -e go || sleep 1000\n")
        session.await_text("Where it is left, the step stays lost, and what needs it is not done: last.\n")
        session.await_text("Type done if load was done, again load to have it done again, left to leave it lost, ^D to say it later: ")
        session.type("yes\n")
        session.await_text("That is none of these.\n")
        session.type("again\n")
        session.await_text("again alone says too little: it would do this twice.\n")
        self.touch("go")
        session.type("again load\n")
        session.await_text("load       to be done again, says ")
        self.assertEqual(session.end(), 0)
        self.assertEqual(self.log(), ["first", "begun", "begun", "last"])
        self.assertEqual(self.answers(), [("load", "again")])

    def test_was_done(self):
        self.outage()
        session = self.resume()
        session.await_text("left to leave it lost, ^D to say it later: ")
        session.type("done\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual(self.log(), ["first", "begun", "last"])
        self.assertNotIn("half done", session.said)

    def test_left(self):
        self.outage()
        session = self.resume()
        session.await_text("left to leave it lost, ^D to say it later: ")
        session.type("no\n")
        session.await_text("That is none of these.\n")
        session.type("left\n")
        session.await_text("load       LOST in ")
        self.assertEqual(session.end(), 1)
        self.assertEqual(self.log(), ["first", "begun"])

    def test_nobody_there_any_more(self):
        """The terminal goes; the question stays for whoever comes next."""
        self.outage()
        session = self.resume()
        session.await_text("left to leave it lost, ^D to say it later: ")
        session.hang_up()
        self.assertEqual(session.end(), 3)
        self.assertEqual(self.lines("run.finished"), [])
        session = self.resume()
        session.await_text("WAS THIS DONE? for load: Load it\n")
        session.await_text("left to leave it lost, ^D to say it later: ")
        session.type("done\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual(len(self.lines("ask")), 1)

    def test_questions_stand(self):
        """What was asked is asked again, once; what was answered is not."""
        session = self.session(ASKED)
        session.await_text("failed if it cannot be done: ")
        self.kill(session)
        session = self.resume()
        session.await_text("PLEASE DO THIS for told")
        session.await_text("failed if it cannot be done: ")
        session.type("done\n")
        session.await_text("told.size (int): ")
        session.type("3\n")
        session.await_text("Type zap to approve, no to deny: ")
        self.kill(session)
        session = self.resume()
        session.await_text("done before: told\n")
        session.await_text("APPROVAL NEEDED for zap\n")
        session.await_text("Type zap to approve, no to deny: ")
        session.type("zap\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual(self.log(), ["zap"])
        self.assertEqual(self.answers(), [("told", "approved"), ("zap", "approved")])
        self.assertEqual(len(self.lines("ask")), 2)
        self.assertEqual(len(self.lines("run.resumed")), 2)

    def test_nobody_to_ask(self):
        """Without a terminal the run goes as far as it can, and its questions stay open for somebody."""
        session = self.session(OPEN)
        session.await_text("failed if it cannot be done: ")
        self.await_file("log")
        self.kill(session)
        self.touch("go")
        done = subprocess.run([PROGRAM, "resume", "t.jsonl", "--color", "never"], cwd=self.folder, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("beside     succeeded", done.stderr)
        self.assertIn("swap waits for a person: --answer swap=done says beforehand that it is done\n", done.stderr)
        self.assertEqual(self.lines("run.finished"), [])
        session = self.resume()
        session.await_text("PLEASE DO THIS for swap")
        session.await_text("failed if it cannot be done: ")
        session.type("done\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual(self.log(), ["begun", "end", "last"])

    def test_not_now(self):
        """The end of input is no word on whether something was done."""
        self.outage()
        session = self.resume()
        session.await_text("left to leave it lost, ^D to say it later: ")
        session.type("\x04")
        session.await_text("Left for later.\n")
        self.assertEqual(session.end(), 3)
        self.assertEqual(self.lines("answered"), [])

    def test_ended_when_asked(self):
        """What goes on is ended by ^C like what was begun here, its whole tree."""
        session = self.session(LOST)
        self.await_file("log")
        while "begun" not in (self.folder / "log").read_text():
            pass
        self.kill(session)
        session = self.resume()
        pid = int(re.search(r"its process (\d+)", session.await_text(" still runs, and is waited for\n")).group(1))
        session.type("\x03")
        self.assertEqual(session.end(), 4)
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)


if __name__ == "__main__":
    sys.exit(unittest.main())
