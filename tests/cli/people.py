#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several people and one question: who watches answers, two must agree, and one is not two.

REPRISE names the program. Nothing here sleeps: each test waits for what the program says. Two people are two users, or
two logins of one, where the kernel lets a test have them: as root, and in a place where nobody has logged in.
"""
import getpass
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import unittest

import terminal
from terminal import LIMIT_S, PROGRAM, Session
from watch import terminal_of

ONE = """\
reprise: 1
id: one
title: One
steps:
  - {id: zap, title: Zap it, effect: destroy, run: [touch, zapped], timeout: 5s, approve: {prompt: all of it is lost}}
  - {id: next, effect: destroy, run: [touch, next], timeout: 5s}
"""

BOTH = """\
reprise: 1
id: both
title: Both
steps:
  - {id: zap, title: Zap it, effect: destroy, run: [touch, zapped], timeout: 5s,
     approve: {prompt: all of it is lost, by: 2}}
"""

HANDS = """\
reprise: 1
id: hands
title: Hands
steps:
  - {id: swap, manual: Swap the disk}
  - {id: size, manual: Measure it, inputs: {size: {type: int}}}
"""

TYPE = "Type zap to approve, no to deny: "
ANOTHER = "Another person must approve it now. Type no to deny: "
NO_LOGIN = 4294967295
LOGIN = pathlib.Path("/proc/self/loginuid")


def has_no_login():
    return not LOGIN.exists() or LOGIN.read_text() == str(NO_LOGIN)


class Scene(unittest.TestCase):
    setUp = terminal.Terminal.setUp
    decide_again = terminal.Terminal.decide_again
    lines = terminal.Terminal.lines
    there = terminal.Terminal.there

    def drive(self, runbook, *more, before=()):
        (self.folder / "a.yaml").write_text(runbook)
        return Session(self.folder, *before, PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", *more)

    def watch(self, *more, before=()):
        return Session(self.folder, *before, PROGRAM, "watch", "t.jsonl", *more)

    def answers(self):
        return [(line["answer"], line["who"]) for line in self.lines("answered")]

    def report(self):
        return subprocess.run([PROGRAM, "report", "t.jsonl"], cwd=self.folder, check=True, capture_output=True,
                              text=True, timeout=LIMIT_S).stdout

    def nobody(self):
        """Words that make another user of who says them; their folder is that user's then."""
        if os.geteuid() != 0 or not has_no_login() or not shutil.which("setpriv"):
            self.skipTest("there is no second person here")
        user = pwd.getpwnam("nobody")
        os.chown(self.folder, user.pw_uid, -1)
        return shutil.which("setpriv"), f"--reuid={user.pw_uid}", "--clear-groups"


class People(Scene):
    def test_who_watches_approves(self):
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        watcher = self.watch()
        who = f"{getpass.getuser()} on {terminal_of(watcher)}"
        said = watcher.await_text(TYPE)
        self.assertIn("APPROVAL NEEDED for zap: Zap it\n", said)
        self.assertIn("  On ^D it is left to others.\n", said)
        self.assertNotIn("To be answered", said)
        watcher.type("nonsense\n")
        watcher.await_text("  That is neither.\n  " + TYPE)
        watcher.type("zap\n")
        driver.await_text(f"\n  Answered meanwhile: approved by {who}.\n")
        driver.await_text(f"approved by {who}\n")
        # what is typed now may be meant for what is gone
        driver.await_text("Press Enter to go on: ")
        driver.type("next\n")
        driver.await_text("Type next to approve, no to deny: ")
        watcher.await_text("Type next to approve, no to deny: ")
        driver.type("next\n")
        watcher.await_text("  Answered meanwhile: approved by ")
        self.assertEqual((driver.end(), watcher.end()), (0, 0))
        self.assertEqual([answer for answer, _ in self.answers()], ["approved", "approved"])
        self.assertEqual(self.answers()[0][1], who)
        self.assertEqual(self.lines("answered")[0]["person"]["uid"], os.geteuid())

    def test_who_watches_denies(self):
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        watcher = self.watch()
        watcher.await_text(TYPE)
        watcher.type("no\n")
        driver.await_text("Answered meanwhile: denied by ")
        self.assertEqual((driver.end(), watcher.end()), (3, 3))
        self.assertFalse(self.there("zapped"))

    def test_typed_before_it_was_seen(self):
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        watcher = self.watch()
        watcher.type("zap\n")
        watcher.await_text(TYPE)
        watcher.type("\n")
        watcher.await_text(TYPE)
        self.assertEqual(self.lines("answered"), [])
        driver.type("no\n")
        self.assertEqual((driver.end(), watcher.end()), (3, 3))

    def test_left_to_others(self):
        """The end of input of who watches is no word on it."""
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        watcher = self.watch()
        watcher.await_text(TYPE)
        watcher.type("\x04")
        watcher.await_text("  Left to others.\n")
        self.assertEqual(self.lines("answered"), [])
        driver.type("zap\n")
        watcher.await_text("Type next to approve, no to deny: ")
        watcher.type("\x03")
        self.assertEqual(watcher.end(), 0)
        driver.await_text("Type next to approve, no to deny: ")
        driver.type("no\n")
        self.assertEqual(driver.end(), 3)

    def test_who_only_watches(self):
        """With --tail, and without a terminal."""
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        watcher = self.watch("--tail")
        said = watcher.await_text("  or by whoever watches it on a terminal, without --tail\n")
        self.assertIn("To be answered where the run was started: ", said)
        driver.type("no\n")
        self.assertEqual((driver.end(), watcher.end()), (3, 3))
        self.assertNotIn("Type", watcher.said)

    def test_what_is_done_by_hand(self):
        """Of what asks for values nobody else can say that it is done."""
        driver = self.drive(HANDS)
        driver.await_text("Type done once swap is done")
        watcher = self.watch()
        watcher.await_text("Type done once swap is done, failed if it cannot be done: ")
        watcher.type("done\n")
        driver.await_text("Answered meanwhile: done, says ")
        watcher.await_text("To be answered where the run was started: ")
        driver.await_text("Press Enter to go on: ")
        driver.type("\n")
        driver.await_text("failed if it cannot be done: ")
        driver.type("done\n")
        driver.await_text("size.size (int): ")
        driver.type("4\n")
        self.assertEqual((driver.end(), watcher.end()), (0, 0))

    def say(self, line):
        """What the run says to this."""
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(LIMIT_S)
            talk.connect(str(self.folder / "t" / "control"))
            talk.sendall(json.dumps({"control": 1, "do": "answer", **line}).encode() + b"\n")
            return json.loads(talk.makefile().readline())

    def test_an_answer_to_something_else(self):
        driver = self.drive(ONE)
        driver.await_text(TYPE)
        digest = self.lines("ask")[0]["digest"]
        for more, why in (({"id": 7, "digest": digest}, "that question is not open any more"),
                          ({"id": 0, "digest": digest[::-1]}, "what is asked is not what was answered"),
                          ({"id": 0}, "what is asked is not what was answered")):
            told = self.say({"answer": "approved", **more})
            self.assertEqual((told["ok"], told["why"]), (False, why))
        told = self.say({"answer": "approved", "id": 0, "digest": digest})
        self.assertTrue(told["ok"])
        self.assertEqual(self.lines("answered")[0]["seq"] + 1, told["line"])
        told = self.say({"answer": "denied", "id": 0, "digest": digest})
        self.assertEqual(told["why"], "that question is not open any more")
        driver.await_text("Press Enter to go on: ")
        driver.type("\n")
        driver.await_text("Type next to approve, no to deny: ")
        driver.type("no\n")
        self.assertEqual(driver.end(), 3)

    def test_one_is_not_two(self):
        driver = self.drive(BOTH)
        said = driver.await_text(TYPE)
        self.assertIn("  It needs 2 different people; what each says holds for 1h.\n", said)
        self.assertIn(f"    reprise watch {self.folder}/t.jsonl\n", said)
        watcher = self.watch()
        watcher.await_text(TYPE)
        driver.type("zap\n")
        said = driver.await_text(ANOTHER)
        who = f"{getpass.getuser()} on {terminal_of(driver)}"
        self.assertIn("ANOTHER PERSON MUST AGREE for zap: Zap it\n", said)
        self.assertIn(f"  Agreed so far: {who}\n", said)
        driver.type("zap\n")
        said = driver.await_text(ANOTHER)
        self.assertRegex(said, rf"  {who} has agreed already, and that is the same (user|login)\.\n")
        watcher.await_text("Press Enter to go on: ")
        watcher.type("\n")
        watcher.await_text(ANOTHER)
        watcher.type("zap\n")
        watcher.await_text("has agreed already, and that is the same ")
        # nor does the run take the watcher's word for it
        asked = self.lines("ask")[-1]
        told = self.say({"answer": "approved", "id": asked["id"], "digest": asked["digest"]})
        self.assertRegex(told["why"], r"has agreed already, and that is the same (user|login)$")
        self.assertFalse(self.there("zapped"))
        driver.type("no\n")
        self.assertEqual((driver.end(), watcher.end()), (3, 3))
        self.assertEqual([answer for answer, _ in self.answers()], ["approved", "denied"])
        self.assertFalse(self.there("zapped"))

    def test_two_users(self):
        driver = self.drive(BOTH, before=self.nobody())
        driver.await_text(TYPE)
        driver.type("zap\n")
        driver.await_text(ANOTHER)
        watcher = self.watch()
        first, second = (f"{name} on {terminal_of(of)}" for name, of in (("nobody", driver), ("root", watcher)))
        said = watcher.await_text(TYPE)
        self.assertIn(f"  Agreed so far: {first}\n", said)
        watcher.type("zap\n")
        driver.await_text(f"Answered meanwhile: approved by {second}.\n")
        self.assertEqual((driver.end(), watcher.end()), (0, 0))
        self.assertTrue(self.there("zapped"))
        self.assertEqual(self.answers(), [("approved", first), ("approved", second)])
        for who in (first, second):
            self.assertIn(f"- **zap** approved by {who} at ", self.report())

    def test_the_other_comes_first(self):
        driver = self.drive(BOTH, before=self.nobody())
        driver.await_text(TYPE)
        watcher = self.watch()
        watcher.await_text(TYPE)
        watcher.type("zap\n")
        watcher.await_text(ANOTHER)
        driver.await_text("Press Enter to go on: ")
        driver.type("\n")
        driver.await_text(TYPE)
        driver.type("zap\n")
        self.assertEqual((driver.end(), watcher.end()), (0, 0))
        self.assertTrue(self.there("zapped"))

    def test_who_drives_dies(self):
        """Whoever watches is told; the run goes on with another person, and who had agreed counts still."""
        driver = self.drive(BOTH, before=self.nobody())
        driver.await_text(TYPE)
        driver.type("zap\n")
        driver.await_text(ANOTHER)
        watcher = self.watch()
        watcher.await_text(TYPE)
        os.kill(driver.pid, signal.SIGKILL)
        driver.end()
        watcher.await_text("The question is withdrawn: nobody drives the run any more.\n")
        self.assertEqual(watcher.end(), 6)
        self.assertIn("reprise resume t.jsonl goes on with it", watcher.said)
        again = Session(self.folder, PROGRAM, "resume", "t.jsonl")
        who = f"root on {terminal_of(again)}"
        self.assertIn("  Agreed so far: nobody on /dev/pts/", again.await_text(TYPE))
        again.type("zap\n")
        self.assertEqual(again.end(), 0, again.said)
        self.assertEqual(self.answers()[1], ("approved", who))
        self.assertTrue(self.there("zapped"))

    def test_beforehand_is_one(self):
        driver = self.drive(BOTH, "--approve", "zap", before=self.nobody())
        said = driver.await_text(ANOTHER)
        self.assertIn("APPROVAL GIVEN BEFOREHAND for zap", said)
        watcher = self.watch()
        watcher.await_text(TYPE)
        watcher.type("no\n")
        self.assertEqual((driver.end(), watcher.end()), (3, 3))
        self.assertFalse(self.there("zapped"))

    def test_beforehand_alone(self):
        (self.folder / "a.yaml").write_text(BOTH)
        for more in ((), ("--approve", "zap")):
            done = subprocess.run([PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", *more], cwd=self.folder,
                                  check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  timeout=LIMIT_S, start_new_session=True)
            self.assertEqual(done.returncode, 3)
            self.assertIn("there is no terminal; 2 people must agree, and --approve zap stands for one of them: run it "
                          "on a terminal, others then answer by reprise watch\n", done.stderr)
            self.assertFalse(self.there("zapped"))
            (self.folder / "t.jsonl").unlink()


class Logins(Scene):
    """One user, whom two people have become after a login of their own."""

    def login(self, name):
        if os.geteuid() != 0 or not has_no_login():
            self.skipTest("nobody can log in here")
        tried = subprocess.run([sys.executable, "-c", "open('/proc/self/loginuid', 'w').write('1')"], check=False,
                               capture_output=True)
        if tried.returncode:
            self.skipTest("the kernel keeps no logins here")
        script = f"echo {pwd.getpwnam(name).pw_uid} > /proc/self/loginuid; exec \"$@\""
        return shutil.which("sh"), "-c", script, "sh"

    def test_two_logins(self):
        driver = self.drive(BOTH, before=self.login("bin"))
        driver.await_text(TYPE)
        driver.type("zap\n")
        driver.await_text(ANOTHER)
        same = self.watch(before=self.login("bin"))
        same.await_text(ANOTHER)
        unknown = self.watch()
        unknown.await_text(ANOTHER)
        watcher = self.watch(before=self.login("daemon"))
        self.assertIn(f"  Agreed so far: root on {terminal_of(driver)} (logged in as bin)\n", watcher.await_text(TYPE))
        watcher.type("zap\n")
        self.assertEqual([session.end() for session in (driver, same, unknown, watcher)], [0, 0, 0, 0])
        self.assertEqual([line["person"]["name"] for line in self.lines("answered")], ["bin", "daemon"])
        self.assertIn("(logged in as daemon) at ", self.report())


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    os.environ.pop("NO_COLOR", None)
    os.environ["TERM"] = "dumb"
    unittest.main()
