#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What needs a terminal: questions and their answers, a terminal that goes away, one that nobody reads.

REPRISE names the program. Nothing here sleeps: each test waits for what the program says.
"""
import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import replays

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


ITEMS = """\
reprise: 1
id: items
params: {hosts: {type: list, of: string, default: [db1, db2]}}
steps:
  - {id: w, title: Wipe it, for_each: params.hosts, as: host, max_parallel: 2, effect: destroy,
     approve: {prompt: "really ${{ host }}?"}, run: [touch, "${{ host }}"], timeout: 5s}
"""

# a step that lasts until there is a file `go`, and then a question
LATER = """\
reprise: 1
id: later
steps:
  - {id: gate, effect: read, file.stat: go, within: 1m, every: 50ms}
  - {id: zap, effect: destroy, run: [touch, zapped], timeout: 5s}
"""

# beside a question, lines when there is a file `go`; a file `said` when they are out
BESIDE = """\
reprise: 1
id: beside
steps:
  - {id: zap, effect: destroy, run: [touch, zapped], timeout: 5s}
  - id: talk
    needs: []
    steps:
      - {id: gate, effect: read, file.stat: go, within: 1m, every: 50ms}
      - {id: lines, effect: read, run: "printf 'line 1\\nline 2\\nline 3\\n'; exit STATUS", timeout: 5s}
      - {id: end, run: [touch, said], timeout: 5s}
"""

# a manual step whose time is up after a second, and one that comes behind it
LATE = """\
reprise: 1
id: late
steps:
  - {id: first, manual: Do the first, timeout: 1s, allow_failure: true}
  - {id: gate, effect: read, file.stat: go, within: 1m, every: 50ms}
  - {id: second, manual: Do the second}
"""

TWO_HANDS = """\
reprise: 1
id: two-hands
steps:
  - {id: left, manual: Do the left, inputs: {size: {type: int}, name: {type: string, default: it}}}
  - {id: right, needs: [], manual: Do the right, inputs: {size: {type: int}}}
  - {id: told, run: [echo, "${{ steps.left.outputs.size }} ${{ steps.left.outputs.name }} ${{ steps.right.outputs.size }}"], timeout: 5s}
"""

FINALLY = """\
reprise: 1
id: finally
steps:
  - {id: zap, effect: destroy, run: [touch, zapped], timeout: 5s}
finally:
  - {id: clean, effect: destroy, run: [touch, cleaned], timeout: 5s}
"""

WHOLE = """\
reprise: 1
id: whole
title: Whole
params: {folder: {type: string, default: /srv/data}}
templates:
  wipe:
    params: {folder: {type: string}}
    steps:
      - {id: clear, effect: destroy, run: [rm, -r, --, "${{ params.folder }}"], timeout: 5s}
steps:
  - {id: find, effect: read, run: [echo, a.dump], timeout: 5s, outputs: {dump: stdout.trim()}}
  - id: replace
    title: Replace the data
    timeout: 1h
    steps:
      - id: restore
        title: Restore from the dump
        preconditions:
          - {file.stat: "${{ steps.find.outputs.dump }}", expect: size > 0}
          - {expect: steps.find.outputs.dump != ''}
        approve:
          prompt: |
            all since ${{ steps.find.outputs.dump }}
              will be lost
        steps:
          - {id: look, effect: read, run: [echo, x], timeout: 5s, outputs: {name: stdout.trim()}}
          - {id: drop, title: Drop it, effect: destroy, when: steps.look.outputs.name != '',
             run: 'drop "$NAME"', env: {NAME: "${{ steps.look.outputs.name }}"}, timeout: 5s}
          - {id: used, use: wipe, with: {folder: "${{ params.folder }}/old"}}
          - {id: node, for_each: "['a', 'b']", effect: destroy, approve: true, run: [wipe, "${{ item }}"], timeout: 5s}
          - {id: load, run: [load, "${{ steps.find.outputs.dump }}"], timeout: 5s}
      - {id: app, run: [start, app], timeout: 5s}
  - {id: tell, run: [tell], timeout: 5s}
"""

ASKED = """\
APPROVAL NEEDED for restore: Restore from the dump
  What it will do:
    DESTROYS  drop (Drop it)
              drop "$NAME"
              with NAME="${{ steps.look.outputs.name }}"
              only when steps.look.outputs.name != ''
              what stands as ${{ … }} is not known yet: it is done with what is found
    DESTROYS  clear
              rm -r -- /srv/data/old
    DESTROYS  node
              wipe '${{ item }}'
              for each item: a, b
              asked about once more, by itself, before it is done
              what stands as ${{ … }} is not known yet: it is done with what is found
    changes   load
              load a.dump
  Checked before, and once more before it begins:
    file.stat path=a.dump: size > 0
      found: size is 1, age is AGE; from 2026-01-02 03:04:05 UTC
    steps.find.outputs.dump != ''
  Nothing in this runbook undoes: drop, clear, node, load
  On no, nothing of this is done, nor what needs it: app, tell.
  It stays open until """


# a drill whose first step goes another way when there is a file `gone`; beside it a step that lasts until there is `go`
DRILL = """\
reprise: 1
id: drill
steps:
  - {id: gate, effect: read, file.stat: go, within: 1m, every: 50ms}
  - {id: look, title: Is it there?, needs: [], effect: read, run: "test ! -e gone", timeout: 5s, allow_failure: true}
  - {id: change, needs: [look], run: [touch, changed], timeout: 5s}
  - {id: behind, needs: [gate], run: [touch, behind], timeout: 5s}
  - {id: zap, needs: [gate], effect: destroy, run: [touch, zapped], timeout: 5s}
finally:
  - {id: tidy, run: [touch, tidied], timeout: 5s}
"""


class Session:
    """A program on a terminal of its own."""

    def __init__(self, folder, *command):
        self.folder = folder
        self.said = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execv(command[0], [str(word) for word in command])

    def await_text(self, text):
        """Reads until it says this; what follows is waited for from behind it. Returns what stood before it."""
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
        before, self.said = self.said.split(text, 1)
        return before

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
        self.addCleanup(self.decide_again)

    def decide_again(self):
        """Whatever came of it, its record gives the same decisions."""
        self.assertEqual(replays.differing(PROGRAM, self.folder), [])

    def session(self, runbook, *more):
        (self.folder / "a.yaml").write_text(runbook)
        return Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", "--color", "never", *more)

    def touch(self, name):
        (self.folder / name).touch()

    def lines(self, kind):
        """The lines of the record of this type."""
        whole = (self.folder / "t.jsonl").read_text().rpartition("\n")[0]
        return [line for line in map(json.loads, whole.splitlines()) if line["type"] == kind]

    def answers(self):
        """Who answered what, by node."""
        nodes = {line["id"]: line["node"] for line in self.lines("ask")}
        return [(nodes[line["id"]], line["answer"]) for line in self.lines("answered")]

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

    def drill(self):
        """A run that was as it should be, followed by one that is not; the question about that."""
        self.touch("go")
        session = self.session(DRILL, "--approve", "zap")
        self.assertEqual(session.end(), 0)
        for name in ("go", "changed", "behind", "zapped", "tidied"):
            (self.folder / name).unlink()
        self.touch("gone")
        (self.folder / "t.jsonl").rename(self.folder / "drill.jsonl")
        session = Session(self.folder, PROGRAM, "replay", "--live", "drill.jsonl", "--transcript", "t.jsonl",
                          "--color", "never")
        session.await_text("look       NOT AS RECORDED: Is it there?\n"
                           "                       recorded  its action succeeded\n"
                           "                       now       its action failed: exit status 1\n")
        session.await_text("NOT AS RECORDED. GO ON? for look: Is it there?\n"
                           "    recorded  its action succeeded\n"
                           "    now       its action failed: exit status 1\n")
        session.await_text("then the finally steps run.\n")
        session.await_text("Type go on to go on all the same, stop to stop here: ")
        return session

    def replayed(self):
        """What `reprise replay` says of the record."""
        return subprocess.run([PROGRAM, "replay", "t.jsonl"], cwd=self.folder, check=False, capture_output=True,
                              text=True).stdout

    def test_a_departure_and_on(self):
        """Nothing begins before it is answered, whatever ends meanwhile; then all of it."""
        session = self.drill()
        self.touch("go")
        for word in ("y", "go", "look"):
            session.type(word + "\n")
            session.await_text("That is neither")
            session.await_text("stop to stop here: ")
        until = time.monotonic() + LIMIT_S
        while len(self.lines("finished")) < 2:  # the gate has seen the file
            self.assertLess(time.monotonic(), until)
            select.select([], [], [], 0.01)
        self.assertEqual(len(self.lines("start")), 2)
        session.type("go on\n")
        session.await_text("to go on, says ")
        session.await_text("Type zap to approve")
        session.type("zap\n")
        self.assertEqual(session.end(), 0)
        self.assertIn("Was not as recorded:\n  look: its action succeeded then, its action failed now\n", session.said)
        self.assertTrue(self.there("changed") and self.there("behind") and self.there("zapped"))
        self.assertEqual(self.answers(), [("look", "approved"), ("zap", "approved")])
        self.assertIn("the same", self.replayed())

    def test_a_departure_and_no_further(self):
        session = self.drill()
        session.type("stop\n")
        session.await_text("to stop, says ")
        session.await_text("the run stops here")
        self.assertEqual(session.end(), 5)
        self.assertTrue(self.there("tidied"))
        self.assertFalse(self.there("changed") or self.there("behind") or self.there("zapped"))
        self.assertEqual([line["outcome"] for line in self.lines("run.finished")], ["interrupted"])
        self.assertIn("the same", self.replayed())

    def test_a_departure_and_an_interrupt(self):
        session = self.drill()
        session.type("\x03")
        session.await_text("The question is withdrawn: interrupted by SIGINT.")
        self.assertEqual(session.end(), 4)
        self.assertFalse(self.there("changed"))
        self.assertIn("the same", self.replayed())

    def test_a_departure_beside_a_question(self):
        """It comes first; the other question comes again, and a line for that is no answer to this."""
        book = DRILL.replace("[gate], effect: destroy", "[], effect: destroy").replace(
            "test ! -e gone", "while test ! -e go; do sleep 0.05; done; test ! -e gone")
        self.touch("go")
        self.assertEqual(self.session(book, "--approve", "zap").end(), 0)
        (self.folder / "go").unlink()
        self.touch("gone")
        (self.folder / "t.jsonl").rename(self.folder / "drill.jsonl")
        session = Session(self.folder, PROGRAM, "replay", "--live", "drill.jsonl", "--transcript", "t.jsonl",
                          "--color", "never")
        session.await_text("Type zap to approve")
        self.touch("go")
        session.await_text("This question comes again, behind the next one.")
        session.await_text("NOT AS RECORDED. GO ON? for look")
        session.await_text("Press Enter to go on: ")
        session.type("zap\n")
        session.await_text("stop to stop here: ")
        session.type("go on\n")
        session.await_text("Type zap to approve")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertEqual(self.answers(), [("look", "approved"), ("zap", "denied")])
        self.assertIn("the same", self.replayed())

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

    def test_given_beforehand_is_said(self):
        session = self.session(ONE, "--approve", "drop")
        session.await_text("APPROVAL GIVEN BEFOREHAND for drop\n")
        session.await_text("approved by --approve drop, given by ")
        self.assertEqual(session.end(), 0)
        self.assertNotIn("Type", session.said)

    def test_items_one_after_another(self):
        """Both are asked at once. One is on the screen, and only its own name answers it."""
        session = self.session(ITEMS)
        session.await_text("APPROVAL NEEDED for w[0] (host db1): Wipe it\n")
        session.await_text("really db1?")
        before = session.await_text("Type w[0] to approve, no to deny: ")
        self.assertNotIn("db2", before)
        session.type("w\n")
        session.await_text("w alone says too little, this is about w[0].\n  Type w[0] to approve")
        session.type("w[1]\n")
        session.await_text("That is neither.\n  Type w[0] to approve")
        self.assertFalse(self.there("db1") or self.there("db2"))
        session.type("w[0]\n")
        session.await_text("APPROVAL NEEDED for w[1] (host db2): Wipe it\n")
        session.await_text("Type w[1] to approve, no to deny: ")
        session.type("w[0]\n")
        session.await_text("That is neither.\n  Type w[1] to approve")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertTrue(self.there("db1"))
        self.assertFalse(self.there("db2"))
        self.assertEqual(self.answers(), [("w[0]", "approved"), ("w[1]", "denied")])

    def test_one_item_given_beforehand(self):
        session = self.session(ITEMS, "--approve", "w[1]")
        session.await_text("APPROVAL GIVEN BEFOREHAND for w[1] (host db2)")
        session.await_text("Type w[0] to approve")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertTrue(self.there("db2"))
        self.assertFalse(self.there("db1"))

    def test_two_answers_at_once(self):
        """The second was typed before its question was seen."""
        session = self.session(GATED)
        session.await_text("Type drop to approve")
        session.type("drop\nload\n")
        session.await_text("APPROVAL NEEDED for load")
        session.await_text("What was typed before this is no answer to it.\n  Type load to approve, no to deny: ")
        self.assertFalse(self.there("loaded"))
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertFalse(self.there("loaded"))

    def test_typed_too_early(self):
        session = self.session(LATER)
        session.await_text("file.stat path=go")
        session.type("zap\n")
        session.await_text("zap\n")
        self.touch("go")
        session.await_text("What was typed before this is no answer to it.\n  Type zap to approve, no to deny: ")
        session.type("\n")
        session.await_text("Type zap to approve, no to deny: ")
        self.assertFalse(self.there("zapped"))
        session.type("zap\n")
        self.assertEqual(session.end(), 0)

    def test_typed_while_the_terminal_stands_still(self):
        """Stopped with ^S it shows no question; what is typed then was typed without seeing one."""
        session = self.session(LATER)
        session.await_text("file.stat path=go")
        session.type("\x13")
        self.touch("go")
        while not self.lines("ask"):
            select.select([], [], [], 0.01)
        session.type("zap\n")
        session.type("\x11")
        session.await_text("What was typed before this is no answer to it.\n  Type zap to approve, no to deny: ")
        self.assertFalse(self.there("zapped"))
        session.type("no\n")
        self.assertEqual(session.end(), 3)

    def test_a_step_called_no(self):
        session = self.session(ONE.replace("drop,", "no,"))
        session.await_text("Type approve no to approve, no to deny: ")
        session.type("no\n")
        self.assertEqual(session.end(), 3)
        self.assertFalse(self.there("dropped"))

    def test_half_typed_too_early(self):
        session = self.session(LATER)
        session.await_text("file.stat path=go")
        session.type("za")
        session.await_text("za")
        self.touch("go")
        session.await_text("Type zap to approve, no to deny: ")
        session.type("p\n")
        session.await_text("That is neither.\n  Type zap to approve, no to deny: ")
        self.assertFalse(self.there("zapped"))
        session.type("zap\n")
        self.assertEqual(session.end(), 0)

    def test_lines_beside_a_question(self):
        """They wait until it is answered: nothing comes between, and what is being typed stays whole."""
        session = self.session(BESIDE.replace("STATUS", "0"))
        session.await_text("Other steps go on: what they say is shown after the answer")
        session.await_text("Type zap to approve, no to deny: ")
        session.type("za")
        session.await_text("za")
        self.touch("go")
        self.await_file("said")
        session.type("p\n")
        self.assertEqual(session.await_text("p\n"), "")
        session.await_text("| line 1\n")
        session.await_text("approved by")
        self.assertEqual(session.end(), 0)
        self.assertNotIn("Type", session.said)

    def test_lines_are_let_through(self):
        """An empty line shows them, and the question below them once more."""
        session = self.session(BESIDE.replace("STATUS", "0"))
        session.await_text("Type zap to approve, no to deny: ")
        self.touch("go")
        self.await_file("said")
        session.type("\n")
        session.await_text("| line 3\n")
        session.await_text("APPROVAL NEEDED for zap\n")
        session.await_text("Type zap to approve, no to deny: ")
        session.type("no\n")
        self.assertEqual(session.end(), 3)

    def test_a_failure_beside_a_question(self):
        """It is shown at once, and what was half typed was meant without it."""
        session = self.session(BESIDE.replace("STATUS", "1"))
        session.await_text("Type zap to approve, no to deny: ")
        session.type("za")
        session.await_text("za")
        self.touch("go")
        session.await_text("lines      FAILED")
        session.await_text("APPROVAL NEEDED for zap\n")
        session.await_text("Type zap to approve, no to deny: ")
        session.type("p\n")
        session.await_text("That is neither.\n  Type zap to approve, no to deny: ")
        self.assertFalse(self.there("zapped"))
        session.type("no\n")
        self.assertIn(session.end(), (1, 3))

    def test_lines_elsewhere(self):
        """The question is where the person is, and in the log; the log does not wait."""
        (self.folder / "a.yaml").write_text(BESIDE.replace("STATUS", "0"))
        session = Session(self.folder, "/bin/bash", "-c", "exec $REPRISE run a.yaml --transcript t.jsonl 2>log")
        session.await_text("APPROVAL NEEDED for zap\n  What it will do:\n    DESTROYS  touch zapped\n")
        session.await_text("Type zap to approve, no to deny: ")
        self.touch("go")
        self.await_file("said")
        while "| line 3\n" not in (self.folder / "log").read_text():
            select.select([], [], [], 0.01)
        session.type("zap\n")
        self.assertEqual(session.end(), 0)
        log = (self.folder / "log").read_text()
        self.assertIn("APPROVAL NEEDED for zap", log)
        self.assertNotIn("Type", log)
        self.assertNotIn("line 1", session.said)

    def test_answered_too_late(self):
        """The question goes away under one's hands; what was meant for it answers nothing."""
        session = self.session(LATE)
        session.await_text("PLEASE DO THIS for first\n")
        session.await_text("It stays open until ")
        session.await_text("Type done once first is done, failed if it cannot be done: ")
        session.type("do")
        session.await_text("The question is withdrawn: its time was up.\n")
        session.type("ne\n")
        session.await_text("Nothing is asked any more: this is no answer to anything.\n")
        self.touch("go")
        session.await_text("Type done once second is done, failed if it cannot be done: ")
        time.sleep(1)  # What was open for less is not told.
        session.type("failed\n")
        self.assertEqual(session.end(), 1)
        self.assertEqual(self.answers(), [("second", "denied")])
        self.assertRegex(session.said, r"NOT RECOVERED after \S+, \d\S*s of it with a question open: ")

    def test_answered_too_late_for_the_next(self):
        """The same, with the next question there already: a line has to be ended first."""
        self.touch("go")
        session = self.session(LATE)
        session.await_text("Type done once first is done")
        session.type("do")
        session.await_text("The question is withdrawn: its time was up.\n")
        session.await_text("PLEASE DO THIS for second\n")
        session.await_text("The question before this one is gone. Press Enter to go on: ")
        session.type("done\n")
        session.await_text("Type done once second is done, failed if it cannot be done: ")
        self.assertEqual(self.answers(), [])
        session.type("failed\n")
        self.assertEqual(session.end(), 1)

    def test_inputs(self):
        """Each is asked for by itself; what is typed ahead of a question is not taken for its answer."""
        session = self.session(TWO_HANDS)
        session.await_text("PLEASE DO THIS for left\n  Do the left\n")
        before = session.await_text("Type done once left is done")
        self.assertNotIn("right", before)
        session.type("done\n7\n")
        session.await_text("  left.size (int): ")
        session.type("big\n")
        session.await_text("not a whole number")
        session.await_text("  left.size (int): ")
        session.type("8\nother\n")
        session.await_text("  left.name (string), or nothing for it: ")
        session.type("\n")
        session.await_text("Type done once right is done")
        session.type("done\n")
        session.await_text("  right.size (int): ")
        session.type("9\n")
        session.await_text("| 8 it 9\n")
        self.assertEqual(session.end(), 0)

    def test_a_whole_question(self):
        self.touch("a.dump")
        (self.folder / "a.dump").write_text("x")
        os.utime(self.folder / "a.dump", (1767323045, 1767323045))
        session = self.session(WHOLE)
        before, behind = ASKED.split("AGE")
        session.await_text(before)
        self.assertRegex(session.await_text(behind), r"^\d+d\d\dh$")
        before = session.await_text(" UTC, ")
        self.assertRegex(before, r"^\d\d:\d\d:\d\d$")
        self.assertRegex(session.await_text(" from now.\n"), r"^(1h|59m\d+s)$")
        session.await_text("    all since a.dump\n      will be lost\n  Type restore to approve, no to deny: ")
        session.type("no\n")
        self.assertEqual(session.end(), 3)

    def test_interrupt_at_a_question(self):
        session = self.session(ONE)
        session.await_text("Type drop to approve, no to deny: ")
        session.type("\x03")
        session.await_text("The question is withdrawn: interrupted by SIGINT.\n")
        self.assertEqual(session.await_text("INTERRUPTED").count("interrupted: what runs is being ended. "), 1)
        self.assertEqual(session.end(), 4)
        self.assertNotIn("Type", session.said)
        self.assertFalse(self.there("dropped"))
        self.assertIn("sealed", self.verified())

    def test_interrupt_and_the_next_question(self):
        session = self.session(FINALLY)
        session.await_text("Type zap to approve, no to deny: ")
        session.type("\x03")
        session.await_text("The question is withdrawn")
        session.await_text("then the finally steps run")
        session.await_text("APPROVAL NEEDED for clean")
        session.await_text("Press Enter to go on: ")
        session.type("clean\n")
        session.await_text("Type clean to approve, no to deny: ")
        self.assertFalse(self.there("cleaned"))
        session.type("clean\n")
        self.assertEqual(session.end(), 4)
        self.assertTrue(self.there("cleaned"))
        self.assertFalse(self.there("zapped"))

    def test_interrupt_with_questions_in_a_row(self):
        """None of those that wait is put to anybody any more."""
        session = self.session(ITEMS)
        session.await_text("Type w[0] to approve")
        session.type("\x03")
        session.await_text("The question is withdrawn")
        self.assertEqual(session.end(), 4)
        self.assertNotIn("APPROVAL", session.said)
        self.assertEqual(self.answers(), [])

    def test_terminal_lost_at_a_question(self):
        session = self.session(ITEMS)
        session.await_text("Type w[0] to approve")
        session.hang_up()
        # nobody can be asked any more, which is said, and the run is not left hanging
        self.assertEqual(session.end(), 3)
        self.assertIn("sealed", self.verified())
        self.assertFalse(self.there("db1") or self.there("db2"))
        self.assertEqual([(line["answer"], line["who"]) for line in self.lines("answered")],
                         [("unavailable", f"the terminal was closed; --approve 'w[{i}]' gives it beforehand")
                          for i in range(2)])

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

    def test_pass_phrase_of_a_key(self):
        for word, status in (("right", 0), ("wrong", 2)):
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:right", "-out",
                            self.folder / "key.pem"], check=True)
            session = self.session(ONE, "--approve", "drop", "--sign-key", "key.pem")
            session.await_text("Pass phrase of key.pem: ")
            while termios.tcgetattr(session.fd)[3] & termios.ECHO:
                time.sleep(0.01)  # it is asked before the echo is off
            session.type(word + "\n")
            self.assertEqual(session.end(), status)
            self.assertNotIn(word + "\n", session.said)
            if status:
                self.assertIn("the pass phrase of key.pem is wrong", session.said)
                self.assertFalse(self.there("t.jsonl"))
            else:
                self.assertIn("signature", self.lines("seal")[0])
                (self.folder / "t.jsonl").unlink()

    def test_no_pass_phrase_without_a_person(self):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:right", "-out",
                        self.folder / "key.pem"], check=True)
        session = self.session(ONE, "--non-interactive", "--sign-key", "key.pem")
        self.assertEqual(session.end(), 2)
        self.assertIn("nobody can be asked for its pass phrase", session.said)

    def test_color(self):
        for more, wanted in (((), True), (("--color", "never"), False)):
            (self.folder / "a.yaml").write_text(ONE)
            session = Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", "--approve", "drop",
                              *more)
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
