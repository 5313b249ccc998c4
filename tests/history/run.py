#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`reprise history`, over transcripts that made.py writes: what it lists, counts and finds missing.

REPRISE names the program.
"""
import datetime
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest

import made

PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
NOW = datetime.datetime.now(datetime.timezone.utc)
LIMIT_S = 60

STEPS = """\
reprise: 1
id: steps
title: Steps
steps:
  - {id: folder, effect: change, run: [mkdir, here]}
  - id: phase
    steps:
      - {id: inner, effect: change, run: ["true"]}
      - {id: added, effect: change, run: ["true"]}
"""

NEVER = """\
reprise: 1
id: never-run
title: Nobody has ever tried this
steps:
  - {id: only, effect: change, run: ["true"]}
"""


class History(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-history-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.home = self.folder / "home"
        self.number = 0

    def make(self, template, days_ago, stretch=1, runbook=None, change=None):
        """One run more; `change` is given its messages."""
        self.number += 1
        when = NOW - datetime.timedelta(days=days_ago, hours=1)
        messages = made.moved(made.template(template), when, self.number, stretch, runbook)
        if change:
            change(messages)
        return made.write(self.home, messages)

    def rehearsal(self, days_ago, runbook, outcome="rehearsed"):
        def change(messages):
            messages[0].update(mode="rehearse", rehearsal={}, origin="assumed")
            for message in messages:
                if message["type"] == "finished":
                    message["origin"] = "assumed"
                if message["type"] == "step.finished":
                    message["outcome"] = "rehearsed"
                if message["type"] == "run.finished":
                    message["outcome"] = outcome
        return self.make("full", days_ago, runbook=runbook, change=change)

    def ask(self, *words, status=0, stdout=subprocess.PIPE, more=None):
        env = {**os.environ, "REPRISE_HOME": str(self.home), "REPRISE_RUNBOOKS": "", **(more or {})}
        done = subprocess.run([PROGRAM, "history", *map(str, words)], cwd=self.folder, env=env, timeout=LIMIT_S,
                              stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def document(self, *words, **more):
        return json.loads(self.ask("--format", "json", *words, **more)[0])

    def rows(self, *words, **more):
        """The lines of the list of runs, without their ids, and without the head."""
        lines = self.ask(*words, **more)[0].split("\n\n")[0].splitlines()
        return [" ".join(line.split()[2:-1]) for line in lines[1:]]

    def test_nothing(self):
        said, _ = self.ask()
        self.assertIn(f"No run is kept in {self.home}/runs yet.", said)
        self.assertIn("--transcript", said)
        self.assertFalse(self.home.exists())
        self.assertEqual(self.document()["runs"], [])

    def test_the_newest_first(self):
        self.make("steps", 40)
        self.make("asked", 3, stretch=60)
        self.make("undo", 5)
        self.make("follows", 1)
        self.make("incomplete", 2)
        self.make("alone", 0)
        self.make("steps", 10, stretch=4000)
        self.assertEqual(self.rows(), [
            "alone alone alone 2ms - -",
            "follows replay interrupted 22ms - -",
            "waits run unfinished 3ms - -",
            "asked run denied 1m00s - 1m00s",
            "undo run failed 287ms - -",
            "steps run recovered 15m22s MISSED -",
            "steps run recovered 230ms met -",
        ])
        self.assertEqual(self.rows("--last", 2)[:2], ["alone alone alone 2ms - -",
                                                      "follows replay interrupted 22ms - -"])
        self.assertIn("\n5 earlier ones are not shown; --all shows them\n", self.ask("--last", 2)[0])
        self.assertEqual(len(self.rows("--last", 2, "--all")), 7)
        self.assertEqual(len(self.rows("--since", "4d")), 4)
        self.assertEqual(self.rows("--mode", "alone"), ["alone alone alone 2ms - -"])
        self.assertEqual(len(self.rows("--outcome", "recovered", "--since", "30d")), 1)
        self.assertEqual(self.ask("--outcome", "rehearsed")[0].split("\n")[0], "No run is kept that this asks for.")

    def test_the_objective_is_for_the_recovery(self):
        def tidies_up(messages):
            end = next(message for message in messages if message["type"] == "run.finished")
            end.update(t_us=end["t_us"] + 3600_000_000, duration_us=end["duration_us"] + 3600_000_000)
        self.make("steps", 3, change=tidies_up)
        self.assertEqual(self.rows(), ["steps run recovered 1h00m met -"])

    def test_what_a_document_has(self):
        path = self.make("asked", 3, stretch=60)
        self.make("steps", 1)
        document = self.document("--steps")
        self.assertEqual(document["version"], 1)
        self.assertEqual([run["runbook"] for run in document["runs"]], ["steps", "asked"])
        run = document["runs"][1]
        self.assertEqual(run["path"], str(path))
        self.assertEqual(run["run"], path.stem)
        self.assertEqual((run["mode"], run["outcome"], run["rehearsal"]), ("run", "denied", False))
        self.assertEqual((run["duration_us"], run["open_us"]), (1006509 * 60, 1002110 * 60))
        self.assertNotIn("rto_us", run)
        self.assertEqual((document["runs"][0]["rto_us"], document["runs"][0]["rto_met"]), (900000000, True))
        book = document["runbooks"][1]
        self.assertEqual((book["id"], book["live"], book["rehearsals"], book["alone"]), ("steps", 1, 0, 0))
        self.assertEqual(book["last_well"]["days_ago"], 1)
        steps = {step["path"]: step for step in book["steps"]}
        self.assertEqual((steps["late"]["times"], steps["late"]["median_us"]), (1, 204340))
        self.assertEqual(steps["needless"]["times"], 0)
        self.assertNotIn("last", steps["needless"])
        self.assertNotIn("steps", self.document()["runbooks"][0])

    def test_steps_are_counted(self):
        """Nearest ranks; and of what a person did all the time, of what one was asked for none of it."""
        for number in range(1, 11):
            self.make("steps", number, stretch=number)
        self.make("undo", 1)
        self.make("undo", 2)
        self.make("people", 1, stretch=1000)
        steps = {step["path"]: step for step in self.document("steps")["runbooks"][0]["steps"]}
        self.assertEqual((steps["late"]["times"], steps["late"]["failed"]), (10, 0))
        self.assertEqual((steps["late"]["median_us"], steps["late"]["p90_us"]), (5 * 204340, 9 * 204340))
        self.assertEqual(steps["excused"]["failed"], 0)  # that was an answer
        steps = {step["path"]: step for step in self.document("undo")["runbooks"][0]["steps"]}
        self.assertEqual((steps["load"]["times"], steps["load"]["failed"]), (2, 2))
        self.assertNotIn("median_us", steps["load"])
        self.assertEqual(steps["never"]["times"], 0)
        self.assertRegex(self.ask("undo")[0], r"\n  load +2 +100 % +- +- +1 day ago\n")
        steps = {step["path"]: step for step in self.document("people")["runbooks"][0]["steps"]}
        self.assertEqual(steps["wipe"]["median_us"], (1245 - 20) * 1000)
        self.assertEqual((steps["swap"]["median_us"], steps["swap"]["manual"]), (77 * 1000, True))

    def test_what_was_never_rehearsed(self):
        books = self.folder / "books"
        books.mkdir()
        (books / "steps.yaml").write_text(STEPS)
        (books / "never.yaml").write_text(NEVER)
        more = {"REPRISE_RUNBOOKS": str(books)}
        self.make("steps", 20)
        self.rehearsal(2, "full")
        said, _ = self.ask(more=more)
        self.assertIn("never-run  never        never           never\n", said)
        self.assertIn("steps      20 days ago  never           20 days ago\n", said)
        self.assertIn("full       never        2 days ago      2 days ago\n", said)
        said, _ = self.ask("--max-age", "30d", status=1, more=more)
        self.assertEqual(said.splitlines()[0], "Not run or rehearsed well within 30d (1 of 2 runbooks):")
        self.assertRegex(said.splitlines()[2], r"^never-run +never$")
        said, _ = self.ask("--max-age", "7d", status=1, more=more)
        self.assertRegex(said, r"\nsteps +20 days ago\n")
        self.rehearsal(3, "never-run")
        self.assertEqual(self.ask("--max-age", "30d", more=more)[0],
                         "All 2 runbooks went well within 30d, in a run or a rehearsal.\n")
        self.assertEqual(self.ask("--max-age", "30d", "full")[0],
                         "The 1 runbook went well within 30d, in a run or a rehearsal.\n")
        # of its steps those that it has, then those that it had
        steps = self.document("steps", more=more)["runbooks"][0]["steps"]
        self.assertEqual([step["path"] for step in steps[:4]], ["folder", "phase", "phase/inner", "phase/added"])
        self.assertEqual([step["times"] for step in steps[:4]], [1, 1, 1, 0])
        self.assertEqual({step["in_runbook"] for step in steps[4:]}, {False})
        said, _ = self.ask(books / "steps.yaml")
        self.assertRegex(said, r"\n    added +0 +- +- +- +never\n  No longer in the runbook:\n")
        said, _ = self.ask("never-run", more=more)
        self.assertRegex(said, r"\n  change +0 +- +- +- +gone through 3 days ago\n")

    def test_a_gate_does_not_pass_what_it_did_not_see(self):
        books = self.folder / "books"
        books.mkdir()
        said, why = self.ask("--max-age", "30d", books, status=2)
        self.assertEqual(said, "")
        self.assertIn("there is no runbook to ask that of", why)
        self.ask("--max-age", "30d", "--format", "json", status=2)
        (books / "steps.yaml").write_text(STEPS)
        (books / "twin.yaml").write_text(STEPS)
        self.make("steps", 1)
        said, why = self.ask("--max-age", "30d", books)
        self.assertEqual(said, "The 1 runbook went well within 30d, in a run or a rehearsal.\n")
        self.assertIn(f"{books}/twin.yaml has the id of {books}/steps.yaml, steps: the runs of both are told as one", why)
        self.assertEqual(self.ask(books / "steps.yaml", books / "steps.yaml")[1], "")
        (books / "twin.yaml").write_text("steps: [")
        for words, more in (((books,), {}), ((), {"REPRISE_RUNBOOKS": str(books)})):
            self.assertIn(f"left out: {books}/twin.yaml:", self.ask("--max-age", "30d", *words, status=2, more=more)[1])
            self.assertIn(f"left out: {books}/twin.yaml:", self.ask(*words, more=more)[1])
        self.ask("--max-age", "1h", books, status=1)

    def test_what_failed_has_to_go_well_again(self):
        self.make("full", 9, runbook="undo")
        self.make("undo", 5)
        self.rehearsal(1, "undo")
        said, _ = self.ask("--max-age", "30d", status=1)
        self.assertRegex(said, r"\nundo +failed 5 days ago, and has not recovered since\n")
        self.make("full", 0, runbook="undo")
        self.ask("--max-age", "30d")

    def test_what_is_damaged_is_named(self):
        path = self.make("loops", 2)
        (self.home / "runs" / "notes.jsonl").write_text("{}\n")
        self.make("people", 1)
        path.write_bytes(path.read_bytes().replace(b"recovered", b"interrupt"))
        said, named = self.ask()
        self.assertIn("people", said)
        self.assertNotIn("loops", said)
        self.assertIn(f"reprise: not counted: {path}: damaged: line ", named)
        self.assertIn("/notes.jsonl: ", named)
        document = self.document()
        self.assertEqual([trouble["path"] for trouble in document["not_counted"]],
                         [str(path), str(self.home / "runs" / "notes.jsonl")])

    def test_records_elsewhere(self):
        self.make("steps", 1)
        kept = self.make("people", 2)
        other = self.folder / "other"
        other.mkdir()
        kept.rename(other / "first.jsonl")
        shutil.copy(made.KEPT / "loops.jsonl", self.folder / "loops.jsonl")
        shutil.copy(next((self.home / "runs").glob("*")), other)
        self.assertEqual(len(self.rows()), 1)
        self.assertEqual([row.split()[0] for row in self.rows("--also", other)], ["steps", "people"])
        runs = self.document("--also", other, "--also", "loops.jsonl")["runs"]
        self.assertEqual({run["runbook"] for run in runs}, {"steps", "people", "loops"})
        self.assertIn("cannot open none: ", self.ask("--also", "none", status=2)[1])

    def test_wrong_words(self):
        self.make("people", 1)
        self.assertIn("did you mean people?", self.ask("peple", status=2)[1])
        self.assertIn("--mode is run, rehearsal, replay or alone, not drill", self.ask("--mode", "drill", status=2)[1])
        self.assertIn("--since is a time like 30d or 12h, not soon", self.ask("--since", "soon", status=2)[1])
        self.assertIn("--last wants a number", self.ask("-n", "0", status=2)[1])
        self.assertIn("none.yaml", self.ask("none.yaml", status=2)[1])

    def on_terminal(self, columns, *words):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        try:
            self.ask(*words, "--color", "never", stdout=theirs)
        finally:
            os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 1 << 16):
                said += chunk
        except OSError:  # nobody has the other end any more
            pass
        os.close(ours)
        return said.decode().replace("\r\n", "\n").splitlines()

    def test_lines_fit_a_terminal(self):
        self.make("steps", 1, runbook="a-runbook-with-a-rather-long-name-of-its-own")
        self.make("asked", 1, stretch=60)
        for columns in (60, 80, 200):
            lines = self.on_terminal(columns)
            newest = [line for line in lines if line.startswith("newest: reprise report ")]
            self.assertLessEqual(max(len(line) for line in lines if line not in newest), columns, "\n".join(lines))
            self.assertEqual("Run" in lines[0].split(), columns == 200)
            self.assertEqual(len(newest), int(columns < 200))
        self.assertRegex("\n".join(self.on_terminal(60)), r"(?m)^\S+ ..:..  a-runbook-\S*…  run ")

    def test_a_number_that_no_operation_can_have(self):
        """Who keeps operations by their numbers needs no room for what is none."""
        def change(messages):
            for message in messages:
                if message.get("op") is not None:
                    message["op"] += 4294967000
        path = self.make("people", 1, change=change)
        for words in (["history", "--steps", "--also", path], ["report", path], ["verify", path]):
            done = subprocess.run([PROGRAM, *words], env={**os.environ, "REPRISE_HOME": str(self.home)}, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("of a kind that this version does not know", done.stdout)

    def test_what_comes_from_outside_does_no_harm(self):
        evil = "x\x1b[2J\u202ey"

        def change(messages):
            for message in messages:
                if message["type"] == "run.started":
                    message["runbook"] = evil
                if message.get("node"):
                    message["node"] = evil
                if message["type"] == "run.finished":
                    message["why"] = evil
        self.make("full", 1, change=change, runbook="evil")
        for words in (("--steps",), ("--steps", "--format", "json"), ("--max-age", "1h")):
            said, _ = self.ask(*words, status=int("--max-age" in words))
            self.assertEqual(re.findall("[\x1b\u202e]", said), [], words)
        self.assertIn("x\\x1b[2J", self.ask("--steps")[0])


if __name__ == "__main__":
    unittest.main()
