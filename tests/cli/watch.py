#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People beside a run: notes from other terminals, and those who watch.

REPRISE names the program. Nothing here sleeps: each test waits for what the program says or does.
"""
import fcntl
import getpass
import json
import os
import pathlib
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from terminal import LIMIT_S, PROGRAM, Session

# a step that prints until there is a file `go`
LOUD = """\
reprise: 1
id: loud
title: Loud
steps:
  - {id: talk, title: Talk, run: "touch begun; until [ -e go ]; do seq 500; sleep 0.01; done", timeout: 5m}
  - {id: change, run: [touch, changed], timeout: 5s}
"""

# one that waits for it in silence, and much before and behind
WHOLE = """\
reprise: 1
id: whole
title: A whole one
steps:
  - {id: look, title: Look, effect: read, run: "echo one; echo two >&2; exit 3", allow_failure: true, timeout: 5s}
  - {id: gate, title: Wait for it, effect: read, file.stat: go, within: 5m, every: 50ms}
  - {id: each, title: Each, for_each: "['a', 'b']", run: [echo, "${{ item }}"], timeout: 5s}
  - id: block
    title: A block
    steps:
      - {id: inner, run: "printf 'no line'", timeout: 5s, outputs: {said: stdout}}
      - {id: wrong, title: It goes wrong, run: "echo it is broken >&2; exit 1", timeout: 5s}
  - {id: never, run: [touch, never], timeout: 5s}
"""

ASKS = """\
reprise: 1
id: asks
title: Asks
steps:
  - {id: zap, title: Zap it, effect: destroy, run: [touch, zapped], timeout: 5s,
     approve: {prompt: all of it is lost}}
"""

SECRET = """\
reprise: 1
id: secret
secrets: {token: {file: token}}
steps:
  - {id: gate, effect: read, file.stat: go, within: 5m, every: 50ms}
"""

GATE = """\
reprise: 1
id: gate
title: Gate
steps:
  - {id: gate, effect: read, file.stat: go, within: 5m, every: 50ms}
"""


def terminal_of(session):
    """The name of its terminal (TIOCGPTN, ioctl_tty(2))."""
    number, = struct.unpack("i", fcntl.ioctl(session.fd, 0x80045430, b"    "))
    return f"/dev/pts/{number}"


class Beside(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-watch-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.transcript = "t.jsonl"

    def begin(self, *words, **more):
        """A program with no terminal, in the background."""
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [PROGRAM, *words], cwd=self.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_book(self, runbook, *more):
        (self.folder / "a.yaml").write_text(runbook)
        return self.begin("run", "a.yaml", "--transcript", self.transcript, *more)

    def do(self, *words):
        """Status and what it said on both."""
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, check=False, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S, start_new_session=True)
        return done.returncode, done.stdout, done.stderr

    def note(self, *words):
        return self.do("note", self.transcript, *words)

    def touch(self, name):
        (self.folder / name).touch()

    def lines(self, kind=None):
        """The whole lines of the record, or those of a type."""
        path = self.folder / self.transcript
        text = path.read_text().rpartition("\n")[0] if path.exists() else ""
        return [line for line in map(json.loads, text.splitlines()) if kind in (None, line["type"])]

    def await_true(self, holds, what):
        until = time.monotonic() + LIMIT_S
        while not holds():
            self.assertLess(time.monotonic(), until, what)
            select.select([], [], [], 0.01)

    def await_line(self, kind):
        self.await_true(lambda: self.lines(kind), f"there is no line {kind}")

    def await_said(self, process, text):
        """Reads its output until it says this. Returns all that was read, a part of what follows perhaps too."""
        until = time.monotonic() + LIMIT_S
        said = b""
        while text.encode() not in said:
            ready, _, _ = select.select([process.stdout], [], [], max(0, until - time.monotonic()))
            piece = os.read(process.stdout.fileno(), 65536) if ready else b""
            self.assertTrue(piece, f"{text!r} was not said, but:\n{said.decode('utf-8', 'replace')}")
            said += piece
        return said.decode("utf-8", "replace")

    def verified(self):
        return self.do("verify", self.transcript)[1]

    def test_a_note(self):
        process = self.run_book(GATE)
        self.await_line("start")
        status, out, err = self.note("traffic", "is off")
        noted, = self.lines("note")
        self.assertEqual((status, out, err), (0, "", f"noted as line {noted['seq'] + 1}: traffic is off\n"))
        self.assertEqual((noted["text"], noted["who"]), ("traffic is off", f"{getpass.getuser()}, without a terminal"))
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0, shown)
        self.assertIn(f"{getpass.getuser()}, without a terminal: traffic is off\n", shown)
        self.assertIn(f"note by {getpass.getuser()}, without a terminal: traffic is off\n",
                      self.do("report", self.transcript)[1])
        self.assertIn("sealed", self.verified())
        self.assertFalse((self.folder / "t").exists(), "the socket is left behind")

    def test_a_note_by_id_and_with_a_terminal(self):
        home = self.folder / "home"
        os.environ["REPRISE_HOME"] = str(home)
        self.addCleanup(os.environ.pop, "REPRISE_HOME")
        (self.folder / "a.yaml").write_text(GATE)
        process = self.begin("run", "a.yaml")
        self.await_true(lambda: list(home.glob("runs/*.jsonl")), "there is no record")
        self.transcript = str(next(home.glob("runs/*.jsonl")).relative_to(self.folder))
        self.await_line("start")
        session = Session(self.folder, PROGRAM, "note", self.lines("run.started")[0]["run"], "on it")
        name = terminal_of(session)
        session.await_text(": on it\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual([line["who"] for line in self.lines("note")], [f"{getpass.getuser()} on {name}"])
        self.touch("go")
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_notes_of_several_while_outputs_pour_in(self):
        process = self.run_book(LOUD, "--quiet")
        self.await_true((self.folder / "begun").exists, "it does not begin")
        said = []

        def tell(name):
            for i in range(25):
                said.append((f"{name} {i}", *self.note(name, str(i))))

        people = [threading.Thread(target=tell, args=(name,)) for name in ("alice", "bob")]
        for person in people:
            person.start()
        for person in people:
            person.join()
        self.touch("go")
        process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0)
        self.assertIn("sealed", self.verified())
        lines = self.lines()
        self.assertEqual(len(self.lines("note")), 50)
        self.assertTrue(self.lines("output"))
        for text, status, _, err in said:
            self.assertEqual(status, 0, err)
            number = int(err.removeprefix("noted as line ").partition(":")[0])
            self.assertEqual(lines[number - 1]["text"], text)

    def test_secrets_are_masked(self):
        (self.folder / "token").write_text("hunter2222\n")
        process = self.run_book(SECRET)
        self.await_line("start")
        status, _, err = self.note("the token is hunter2222, or aHVudGVyMjIyMg==")
        self.assertEqual(status, 0)
        self.assertRegex(err, r"^noted as line \d+, with the secrets in it masked\n$")
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0)
        # of base64 the last digit is shared with what follows
        self.assertEqual(self.lines("note")[0]["text"],
                         "the token is ${{ secrets.token }}, or ${{ secrets.token }}g==")
        for text in ((self.folder / self.transcript).read_text(), shown, self.do("watch", self.transcript)[1]):
            self.assertNotIn("hunter2222", text)
            self.assertIn("${{ secrets.token }}", text)

    def test_what_is_no_note(self):
        process = self.run_book(GATE)
        self.await_line("start")
        self.assertEqual(self.note(" ", ""), (2, "", "reprise: a note needs a text\n"))
        self.assertEqual(self.note("x" * 4097),
                         (2, "", "reprise: a note has at most 4096 bytes, this one has 4097\n"))
        status, _, err = self.note("x" * 4096)
        self.assertEqual(status, 0, err)
        self.assertEqual(self.do("note", "./nix.jsonl", "x"), (2, "", "reprise: there is no run ./nix.jsonl\n"))
        self.assertEqual(self.do("note", "nix", "x")[0], 2)
        self.touch("go")
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_control_characters(self):
        process = self.run_book(GATE)
        self.await_line("start")
        status, _, err = self.note("a\x1b[2Jb\nc")
        self.assertEqual(status, 0)
        self.assertTrue(err.endswith(": a\\x1b[2Jb … (1 more line)\n"), err)
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        self.assertIn(": a\\x1b[2Jb\n", shown)
        self.assertNotIn("\x1b", shown + self.do("report", self.transcript)[1])

    def test_a_deep_folder(self):
        self.transcript = "/".join(["deep" * 10] * 5) + "/t.jsonl"
        process = self.run_book(GATE)
        self.await_line("start")
        self.assertEqual(self.note("here")[0], 0)
        self.touch("go")
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_without_a_socket(self):
        """The run goes on, and says that it goes without."""
        (self.folder / "t").mkdir()
        self.touch("t/control")
        process = self.run_book(GATE)
        self.await_line("start")
        status, _, err = self.note("x")
        self.assertEqual(status, 1)
        self.assertIn("nobody drives the run any more, or its socket could not be made: its record ends at", err)
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 0)
        self.assertIn("the run goes on, but nobody can watch it or add notes to it: cannot make the socket ", shown)
        self.assertIn("/t/control: Address already in use\n", shown)

    def test_a_killed_run(self):
        """Whoever watches is told, and a note finds nobody. The record is left as it is."""
        process = self.run_book(LOUD, "--quiet")
        watcher = None
        try:
            self.await_line("output")
            watcher = self.begin("watch", self.transcript)
            self.await_said(watcher, "talk       | 1\n")
        finally:
            process.kill()
            self.touch("go")
        process.communicate()
        _, err = watcher.communicate(timeout=LIMIT_S)
        self.assertEqual(watcher.returncode, 6)
        self.assertRegex(err, r"^reprise: the run was cut off: its record ends with line \d+, at \S+Z; "
                              r"reprise resume t\.jsonl goes on with it\n$")
        self.assertTrue((self.folder / "t" / "control").is_socket())
        before = (self.folder / self.transcript).read_bytes()
        status, _, err = self.note("x")
        self.assertEqual(status, 1)
        self.assertRegex(err, r"nobody drives the run any more, or its socket could not be made: its record ends at ")
        status, out, err = self.do("watch", self.transcript)
        self.assertEqual(status, 6)
        self.assertIn("talk       | 1\n", out)
        self.assertIn("nobody drives the run any more", err)
        self.assertEqual((self.folder / self.transcript).read_bytes(), before)
        # the last that the step's launcher leaves: then nothing is written to the folder any more
        self.await_true(lambda: list(self.folder.glob("t/op-*.exit")), "the step does not end")

    def test_watch_from_start_to_end(self):
        """Whether it comes early, late or afterwards, it shows what the run's own terminal showed, to the byte."""
        process = self.run_book(WHOLE)
        self.await_true((self.folder / self.transcript).exists, "there is no record")
        early = self.begin("watch", self.transcript)
        self.await_said(early, "Wait for it\n")
        late = self.begin("watch", self.transcript)
        before = self.await_said(late, "Wait for it\n")
        self.assertEqual(self.note("go on")[0], 0)
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn("It goes wrong", shown)
        self.assertEqual(before + late.communicate(timeout=LIMIT_S)[0], shown)
        self.assertTrue(shown.endswith(early.communicate(timeout=LIMIT_S)[0]))
        self.assertEqual((early.returncode, late.returncode), (1, 1))
        self.assertEqual(self.do("watch", self.transcript), (1, shown, ""))

    def test_tail(self):
        process = self.run_book(WHOLE)
        self.await_line("output")
        self.await_true(lambda: any(line["node"] == "gate" for line in self.lines("start")), "gate does not begin")
        watcher = self.begin("watch", "--tail", self.transcript)
        before = self.await_said(watcher, "left out …\n")
        self.assertNotIn("look", before)
        self.touch("go")
        _, shown = process.communicate(timeout=LIMIT_S)
        out, _ = watcher.communicate(timeout=LIMIT_S)
        self.assertTrue(shown.endswith(out), out)
        self.assertIn("gate       succeeded", out)
        self.assertEqual(watcher.returncode, 1)
        status, out, _ = self.do("watch", "--tail", self.transcript)
        self.assertEqual(status, 1)
        self.assertTrue(out.startswith("\nNOT RECOVERED after "), out)

    def test_a_question(self):
        (self.folder / "a.yaml").write_text(ASKS)
        session = Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", self.transcript)
        where = f"{getpass.getuser()} on {terminal_of(session)}"
        session.await_text("Type zap to approve")
        for more in ((), ("--tail",)):
            watcher = self.begin("watch", self.transcript, *more)
            said = self.await_said(watcher, f"  To be answered where the run was started: {where}\n")
            self.assertIn("APPROVAL NEEDED for zap: Zap it\n", said)
            self.assertIn("It stays open until it is answered.", said)
            self.assertIn("all of it is lost\n", said)
        session.type("zap\n")
        self.assertEqual(session.end(), 0)
        out, _ = watcher.communicate(timeout=LIMIT_S)
        self.assertEqual(watcher.returncode, 0)
        self.assertRegex(out, rf"zap +approved by {where}\n")
        self.assertNotIn("To be answered", out)
        self.assertNotIn("To be answered", self.do("watch", self.transcript)[1])

        asked, = self.lines("ask")
        answered, = self.lines("answered")
        self.assertEqual((answered["who"], answered["digest"]), (where, asked["digest"]))
        clock = answered["at"][11:19]
        self.assertIn(f"- **zap** approved by {where} at {clock} UTC, digest {asked['digest'][:12]}: all of it is lost\n",
                      self.do("report", self.transcript)[1])

    def test_a_question_answered_beforehand(self):
        (self.folder / "a.yaml").write_text(ASKS)
        session = Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", self.transcript, "--approve", "zap")
        where = f"{getpass.getuser()} on {terminal_of(session)}"
        self.assertEqual(session.end(), 0)
        asked, = self.lines("ask")
        answered, = self.lines("answered")
        self.assertEqual((answered["who"], answered["digest"]), (f"--approve zap, given by {where}", asked["digest"]))
        _, out, _ = self.do("watch", self.transcript)
        self.assertIn("APPROVAL GIVEN BEFOREHAND for zap", out)
        self.assertIn(f"--approve zap, given by {where} at {answered['at'][11:19]} UTC, digest {asked['digest'][:12]}",
                      self.do("report", self.transcript)[1])

    def test_a_question_withdrawn(self):
        (self.folder / "a.yaml").write_text(ASKS)
        session = Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", self.transcript)
        session.await_text("Type zap to approve")
        watcher = self.begin("watch", self.transcript)
        self.await_said(watcher, "To be answered")
        session.type("\x03")
        self.assertEqual(session.end(), 4)
        out, _ = watcher.communicate(timeout=LIMIT_S)
        self.assertEqual(watcher.returncode, 4)
        self.assertIn("  The question is withdrawn: interrupted by SIGINT.\n", out)

    def test_interrupting_who_watches(self):
        """It ends that alone."""
        process = self.run_book(GATE)
        self.await_line("start")
        session = Session(self.folder, PROGRAM, "watch", self.transcript)
        session.await_text("file.stat path=go")
        session.type("\x03")
        self.assertEqual(session.end(), 0)
        self.touch("go")
        self.assertEqual(process.wait(LIMIT_S), 0)
        self.assertEqual(self.lines("signal"), [])

    def test_what_is_over(self):
        for more, expected, word in (((), 3, "denied"), (("--approve", "zap"), 0, "recovered")):
            process = self.run_book(ASKS, *more)
            self.assertEqual(process.wait(LIMIT_S), expected)
            status, _, err = self.note("x")
            self.assertEqual(status, 1)
            self.assertRegex(err, rf"^reprise: nothing was noted: the run is over: {word} at \S+Z; notes are taken "
                                  r"only while a run goes on\n$")
            self.assertEqual(self.do("watch", self.transcript)[0], expected)
            (self.folder / self.transcript).unlink()

    def test_what_cannot_be_watched(self):
        process = self.run_book(GATE)
        self.touch("go")
        self.assertEqual(process.wait(LIMIT_S), 0)
        path = self.folder / self.transcript
        whole = path.read_text()
        path.write_text(whole.replace('"what":"action"', '"what":"verify"', 1))
        status, out, err = self.do("watch", self.transcript)
        self.assertEqual(status, 6)
        self.assertRegex(err, r"t\.jsonl is damaged: line \d+: prev does not match")
        self.assertIn("Gate (gate)", out)
        path.write_text("")
        self.assertEqual(self.do("watch", self.transcript),
                         (6, "", "reprise: t.jsonl holds no run that has begun\n"))
        self.assertEqual(self.do("watch", "nix")[0], 2)


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    os.environ.pop("NO_COLOR", None)
    os.environ["TERM"] = "dumb"
    unittest.main()
