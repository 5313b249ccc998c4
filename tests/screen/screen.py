#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live terminal: what stands on the screen while a run goes on, and what is left of it behind.

REPRISE names the program. Nothing here sleeps: each test waits for what the screen shows.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import processes
from window import LIMIT_S, Window

PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
SIZES = (60, 20), (80, 24), (200, 50)

# two at once, each until its pipe is closed; then one that asks, and destroys
SHOP = """\
reprise: 1
id: shop
title: Bring the shop back
objectives: {rto: 1h}
steps:
  - {id: look, title: Look what is there, effect: read, run: "echo all is there", timeout: 1m}
  - {id: fetch, needs: [look], title: Fetch the dump, effect: read, run: "seq 1 40; cat one", timeout: 5m}
  - {id: check, needs: [look], title: Check the disks, effect: read, run: "printf 'disk 1\\\\r'; printf 'disk 2\\\\r'; cat two",
     timeout: 5m}
  - {id: drop, needs: [fetch, check], title: Drop the old database, effect: destroy, run: [touch, dropped], timeout: 1m,
     approve: {prompt: all of it will be lost}}
  - {id: load, title: Load the dump, run: [touch, loaded], timeout: 1m}
"""

# all that could move a cursor, change a mode or a title, hide or turn what follows, or be wider than it looks
HOSTILE = b"".join((
    b"clear \x1b[2J\x1b[H\x1b[3J end\n", b"alternate \x1b[?1049h\x1b[?25l end\n", b"title \x1b]0;gotcha\x07 end\n",
    b"c1 \xc2\x9b2J\xc2\x9d0;x\xc2\x9c end\n", b"raw c1 \x9b2J end\n", "turned \u202egnol\u202c end\n".encode(),
    b"back\x08\x08\x08\x7f end\n", b"up \x1bM\x1b7\x1b8\x1bc end\n", b"tab\tafter end\n", b"bell \x07 end\n",
    "wide 店を開ける e\u0301\u0301 \U0001f600 end\n".encode(), b"half \xe5\xba end\n", b"\x0e\x0f shift end\n",
    "long ".encode() + "店".encode() * 300 + b"\n"))

PANEL = re.compile(r"^(-- |now   |next  |done  |\d+ of \d+ steps done)")
TYPE = "Type drop to approve, no to deny:"


class Live(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-screen."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.windows = []
        self.addCleanup(self.end_all)
        (self.folder / "a.yaml").write_text(SHOP)
        for name in "one", "two":
            os.mkfifo(self.folder / name)

    def end_all(self):
        """Whatever this test has begun, and what that has."""
        while left := processes.descendants():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        for window in self.windows:
            with contextlib.suppress(OSError):
                os.close(window.fd)

    def window(self, columns, rows, *command, env=None):
        window = Window(self.folder, columns, rows, *command, env=env)
        self.windows.append(window)
        return window

    def run_it(self, columns=80, rows=24, more=(), env=None):
        return self.window(columns, rows, PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", *more, env=env)

    def release(self, *names):
        """Lets steps end that read from these pipes."""
        for name in names:
            os.close(os.open(self.folder / name, os.O_WRONLY))

    def answers(self):
        lines = map(json.loads, (self.folder / "t.jsonl").read_text().splitlines())
        return [line["answer"] for line in lines if line["type"] == "answered"]

    def nothing_is_left(self, window):
        """Of the panel, in what scrolled off and on the screen; nor of any mode that it set."""
        self.assertEqual([line for line in window.all() if PANEL.match(line)], [])
        self.assertFalse(window.screen.cursor.hidden)
        self.assertIn(7 << 5, window.screen.mode)  # lines wrap
        self.assertNotIn(b"\x1b[?1049", window.raw)
        self.assertNotIn(b"\x1b[?25", window.raw)

    def in_order(self, window, *wanted):
        lines = iter(window.all())
        for text in wanted:
            self.assertTrue(any(text in line for line in lines), f"{text!r} is missing, or comes earlier:\n" +
                            "\n".join(window.all()))


class Runs(Live):
    def go_through(self, columns, rows):
        window = self.run_it(columns, rows)
        before = window.state()
        window.await_panel("1 of 5 steps done, RTO 1h: ", "now   fetch", "| 40", "now   check", "next  drop",
                           "DESTROYS  ASKS FIRST")
        if rows >= 24:
            window.await_panel("| disk 2")  # of a line that has not come to its end
        self.assertEqual(window.state(), before)  # whatever happens to it now, nothing has to be put back
        lines = window.lines()
        panel = next(i for i, line in enumerate(lines) if line.startswith("-- "))
        self.assertEqual(lines[panel - 1], "")
        self.assertEqual(window.screen.cursor.y, panel - 1)
        self.assertTrue(all(len(line) < columns for line in lines[panel:]))
        self.assertLessEqual(len([line for line in lines[panel:] if line]), rows // 2)
        self.release("one", "two")
        window.await_shown(TYPE)
        self.assertEqual([line for line in window.lines() if PANEL.match(line)], [])  # the question stands alone
        self.assertEqual(window.raw.count(b"\a"), 1)
        window.type("drop\n")
        self.assertEqual(window.end(), 0)
        self.nothing_is_left(window)
        self.in_order(window, "Bring the shop back (shop)", "look       | all is there", "fetch      | 1",
                      "fetch      | 24", "fetch      … 8 lines not shown", "fetch      | 40", "APPROVAL NEEDED for drop",
                      TYPE + " drop", "approved by ", "drop       succeeded", "RECOVERED")
        self.assertEqual(self.answers(), ["approved"])

    def test_sixty(self):
        self.go_through(*SIZES[0])

    def test_eighty(self):
        self.go_through(*SIZES[1])

    def test_two_hundred(self):
        self.go_through(*SIZES[2])

    def test_typed_ahead(self):
        """What was typed before the question, and an empty line behind it, are no answers; nor do they spoil the panel."""
        window = self.run_it()
        window.await_shown("now   fetch", "now   check", "| 40")
        for typed in "drop\n", "\n", "\n", "\n":
            said = len(window.raw)
            window.type(typed)
            window.await_that(lambda: b"\x1b[J" in window.raw[said:] and window.rests())
        self.release("one", "two")
        window.await_shown("  What was typed before this is no answer to it.", TYPE)
        window.type("\n")
        window.await_that(lambda: window.raw.count(TYPE.encode()) == 2)
        self.assertEqual(self.answers(), [])
        self.assertFalse((self.folder / "dropped").exists())
        self.assertEqual(window.raw.count(b"\a"), 1)
        window.type("no\n")
        self.assertEqual(window.end(), 3)
        self.nothing_is_left(window)

    def test_resized(self):
        window = self.run_it(100, 30)
        window.await_shown("now   fetch", "now   check", "| 40")
        for columns, rows in (40, 30), (120, 40), (64, 40):
            window.size(columns, rows)
            window.await_that(lambda: any(line.startswith("-- ") and len(line) == columns - 1
                                          for line in window.lines()))
        window.await_shown("now   fetch", "now   check")
        self.release("one", "two")
        window.await_shown(TYPE)
        window.type("drop\n")
        self.assertEqual(window.end(), 0)
        self.nothing_is_left(window)

    def test_no_size(self):
        """Where a window has no size, or is too small for anything, there are lines alone."""
        window = self.run_it(80, 3)
        window.await_shown("| 24")
        self.release("one", "two")
        window.await_said(TYPE.encode())
        window.type("drop\n")
        self.assertEqual(window.end(), 0)
        self.assertNotIn(b"steps done", window.raw)

    def test_plain(self):
        for more, env in ((("--plain",), {}), ((), {"TERM": "dumb"}), (("--quiet",), {})):
            window = self.run_it(more=more, env=env)
            self.release("one", "two")
            window.await_shown(TYPE)
            window.type("drop\n")
            self.assertEqual(window.end(), 0)
            self.assertNotIn(b"steps done", window.raw)
            self.assertNotIn(b"\x1b[J", window.raw)
            if "--quiet" not in more:
                self.assertNotIn(b"\a", window.raw)
            (self.folder / "t.jsonl").unlink()

    def test_without_colour(self):
        window = self.run_it(env={"NO_COLOR": "1"})
        window.await_shown("now   fetch", "now   check", "next  drop")
        self.release("one", "two")
        window.await_shown(TYPE)
        window.type("no\n")
        self.assertEqual(window.end(), 3)
        self.assertNotRegex(window.raw, rb"\x1b\[[0-9;]*m")

    def test_hostile(self):
        """Whatever a step says, or is called, is text."""
        (self.folder / "said").write_bytes(HOSTILE)
        (self.folder / "a.yaml").write_text(SHOP.replace("seq 1 40", "cat said").replace(
            "Check the disks", r'"Check \e[2J\e]0;gotcha\a \u202e \u009b2J the disks"'))
        for columns, rows in SIZES:
            window = self.run_it(columns, rows)
            window.await_shown("now   fetch", "now   check", r"Check \x1b[2J", "店店店")
            self.release("one", "two")
            window.await_shown(TYPE)
            window.type("drop\n")
            self.assertEqual(window.end(), 0)
            self.nothing_is_left(window)
            self.assertEqual(window.screen.title, "")
            self.in_order(window, "Bring the shop back (shop)", r"| clear \x1b[2J\x1b[H\x1b[3J end", r"| alternate \x1b[",
                          r"| title \x1b]0;gotcha\x07 end", r"| c1 \x9b2J\x9d0;x\x9c end", "| raw c1 �2J end",
                          "| turned �gnol� end", r"| back\x08\x08\x08\x7f end", r"| up \x1bM\x1b7\x1b8\x1bc end",
                          "| tab    after end", r"| bell \x07 end", "| wide 店", "| half �", r"| \x0e\x0f shift end", "| long 店")
            (self.folder / "t.jsonl").unlink()

    def test_nobody_reads(self):
        """A terminal that stands still does not hold up the run, nor does the panel wait for it."""
        window = self.run_it(more=("--approve", "drop"))
        self.release("one", "two")
        until = time.monotonic() + LIMIT_S
        while not (self.folder / "loaded").exists():
            self.assertLess(time.monotonic(), until)
        self.assertEqual(window.end(), 0)
        self.nothing_is_left(window)

    def test_interrupted(self):
        window = self.run_it()
        window.await_shown("now   fetch", "now   check", "| 40")
        window.type("\x03")
        self.assertEqual(window.end(), 4)
        self.nothing_is_left(window)
        self.in_order(window, "interrupted: what runs is being ended.", "INTERRUPTED after ")


class Stopped(Live):
    """With a shell around it, that stops it and lets it go on."""

    def shell(self, command):
        window = self.window(80, 24, shutil.which("bash"), "--norc", "--noprofile", "-i", env={"PS1": "$ "})
        window.await_shown("$")
        window.type(command + "\n")
        return window

    def run_in_shell(self):
        return self.shell(f"{PROGRAM} run a.yaml --transcript t.jsonl")

    def finish(self, window):
        window.await_that(lambda: window.lines()[window.screen.cursor.y] == "$")
        window.type("exit\n")
        window.end()
        self.nothing_is_left(window)

    def test_suspended(self):
        window = self.run_in_shell()
        window.await_shown("now   fetch", "now   check", "| 40")
        window.type("\x1a")
        window.await_shown("suspended: what was begun goes on, but nobody watches its timeouts", "Stopped")
        self.assertEqual([line for line in window.lines() if PANEL.match(line)], [])
        window.type("fg\n")
        window.await_shown("now   fetch", "now   check")
        self.release("one", "two")
        window.await_shown(TYPE)
        window.type("drop\n")
        window.await_shown("RECOVERED")
        self.finish(window)

    def test_typed_at_the_shell(self):
        """A question stands: what was typed before it goes on is no answer to it."""
        window = self.run_in_shell()
        self.release("one", "two")
        window.await_shown(TYPE)
        window.type("\x1a")
        window.await_shown("Stopped")
        window.type("fg\ndrop\n")
        window.await_that(lambda: window.raw.count(TYPE.encode()) == 2)
        window.type("\n")
        window.await_that(lambda: window.raw.count(TYPE.encode()) == 3)
        self.assertEqual(self.answers(), [])
        window.type("drop\n")
        window.await_shown("RECOVERED")
        self.assertEqual(self.answers(), ["approved"])
        self.finish(window)

    def test_ended_in_time(self):
        """What ended while nobody watched has not timed out."""
        (self.folder / "a.yaml").write_text(SHOP.replace("timeout: 5m", "timeout: 3s"))
        window = self.run_in_shell()
        window.await_shown("now   fetch", "now   check", "| 40")
        window.type("\x1a")
        window.await_shown("Stopped")
        self.release("one", "two")
        until = time.monotonic() + 4  # past the timeout: there is no other condition
        while time.monotonic() < until:
            pass
        window.type("fg\n")
        window.await_shown(TYPE)
        window.type("drop\n")
        window.await_shown("RECOVERED")
        self.finish(window)

    def test_in_the_background(self):
        """The terminal is another's: lines come, as from any program, and nothing is drawn."""
        window = self.run_in_shell()
        window.await_shown("now   fetch", "now   check", "| 40")
        window.type("\x1a")
        window.await_shown("Stopped")
        window.type("bg\n")
        window.await_shown("&")
        said = len(window.raw)
        self.release("one")
        window.await_shown("fetch      succeeded")
        self.assertNotIn(b"steps done", window.raw[said:])
        window.type("fg\n")
        window.await_shown("now   check")
        self.release("two")
        window.await_shown(TYPE)
        window.type("no\n")
        window.await_shown("NOT APPROVED after ")
        self.finish(window)

    def test_killed(self):
        window = self.run_in_shell()
        window.await_shown("now   fetch", "now   check", "| 40")
        pid = int(subprocess.run(["pgrep", "-P", str(window.pid)], check=True, capture_output=True).stdout.split()[0])
        os.kill(pid, signal.SIGKILL)
        window.await_shown("Killed")
        self.assertFalse(window.screen.cursor.hidden)
        window.type("echo still h''ere; exit\n")
        window.await_shown("still here")
        window.end()


class Others(Live):
    def test_watched(self):
        (self.folder / "a.yaml").write_text(SHOP.replace("timeout: 5m}", "timeout: 5m, estimate: 20m}"))
        driver = self.run_it()
        driver.await_shown("now   fetch", "now   check", "| 40")
        watcher = self.window(60, 20, PROGRAM, "watch", "t.jsonl")
        # it foretells by itself, and at this width in two lines
        watcher.await_shown("-- Bring the shop back", "now   fetch", "now   check", " more, 90% within ", "the RTO of 1h ")
        self.release("one", "two")
        watcher.await_shown(TYPE)
        self.assertEqual([line for line in watcher.lines() if PANEL.match(line)], [])
        watcher.type("drop\n")
        self.assertEqual((driver.end(), watcher.end()), (0, 0))
        self.nothing_is_left(driver)
        self.nothing_is_left(watcher)

    def test_watching_ends(self):
        driver = self.run_it()
        driver.await_shown("now   fetch", "now   check", "| 40")
        watcher = self.window(80, 24, PROGRAM, "watch", "t.jsonl", "--tail")
        watcher.await_shown("-- Bring the shop back", "now   fetch", "now   check")
        watcher.type("\x03")
        self.assertEqual(watcher.end(), 0)
        self.nothing_is_left(watcher)
        driver.type("\x03")
        self.assertEqual(driver.end(), 4)

    def test_played(self):
        driver = self.run_it(more=("--approve", "drop"))
        driver.await_shown("now   fetch", "now   check", "| 40")
        self.release("one", "two")
        self.assertEqual(driver.end(), 0)
        player = self.window(80, 24, PROGRAM, "replay", "t.jsonl", "--speed", "0.5")
        player.await_shown("-- Bring the shop back", "steps done")
        self.assertEqual(player.end(), 0)
        self.nothing_is_left(player)
        self.in_order(player, "fetch      | 24", "RECOVERED", "the same: ")


class Tmux(Live):
    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.folder / "tmux", "-f", "/dev/null", *words], cwd=self.folder, check=True,
                              capture_output=True, text=True, timeout=LIMIT_S).stdout

    def shown(self, *more):
        return self.tmux("capture-pane", "-p", "-t", "s", *more).splitlines()

    def await_that(self, holds):
        until = time.monotonic() + LIMIT_S
        while not holds(self.shown()):
            self.assertLess(time.monotonic(), until, "\n".join(self.shown()))

    def test_tmux(self):
        self.tmux("new-session", "-d", "-s", "s", "-x", "100", "-y", "30", f"{PROGRAM} run a.yaml --transcript t.jsonl; cat")
        self.addCleanup(self.tmux, "kill-server")
        for columns, rows in (100, 30), (60, 20), (200, 50):
            self.tmux("resize-window", "-t", "s", "-x", str(columns), "-y", str(rows))
            self.await_that(lambda lines: any(line.startswith("-- Bring") and len(line) == columns - 1
                                              for line in lines) and any("now   check" in line for line in lines))
            lines = self.shown("-S", "-")
            self.assertEqual(len([line for line in lines if line.startswith("-- Bring")]), 1, "\n".join(lines))
        self.release("one", "two")
        self.await_that(lambda lines: any(TYPE in line for line in lines))
        self.tmux("send-keys", "-t", "s", "drop", "Enter")
        self.await_that(lambda lines: any(line.startswith("RECOVERED") for line in lines))
        self.assertEqual([line for line in self.shown("-S", "-") if PANEL.match(line)], [])
        self.assertEqual(self.tmux("display-message", "-p", "-t", "s", "#{cursor_flag} #{wrap_flag}").split(), ["1", "1"])


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    processes.be_subreaper()
    unittest.main(verbosity=1)
