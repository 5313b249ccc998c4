#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A destroyed database comes back from its backup, in the right order, recorded, and nothing else is left."""

import os
import signal
import subprocess
import threading
import unittest

from hold import Hold
from stage import REPRISE, ROWS, VOLUME, Stage, children


class Watch(threading.Thread):
    """Looks at the command lines of all processes while a run lasts, for one text."""

    def __init__(self, text):
        super().__init__(daemon=True)
        self.text, self.over, self.found, self.looks = text.encode(), threading.Event(), set(), 0

    def run(self):
        while not self.over.wait(0.005):
            self.looks += 1
            for name in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        line = file.read()
                except OSError:
                    continue
                if self.text in line:
                    self.found.add(line)


class Restore(Stage):
    """One recovery, with a lost terminal (SIGHUP) in the middle of the load; then all that is to be seen of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = children()
        cls.break_it("corrupt")
        cls.seen = len(cls.calls())
        cls.old = dict(line.split()[1:] for line in cls.identities().splitlines())
        watch = Watch(cls.password)
        watch.start()
        with Hold(cls.folder, "load") as hold:
            cls.done = cls.begin("--non-interactive", "--approve", "restore", env=hold.env(cls.env))
            hold.wait(cls.done)
            cls.done.signal(signal.SIGHUP)
            hold.release()
            cls.done.wait()
        watch.over.set()
        watch.join()
        cls.watch = watch
        cls.done.calls = cls.calls()[cls.seen:]

    def test_it_recovered(self):
        self.assert_status(self.done, 0)
        self.assertEqual(self.rows(), ROWS, "rows" + self.tell(self.done))
        self.assertIn("RECOVERED", self.done.err)
        self.assertEqual(self.done.out, self.done.transcript + "\n")

    def test_a_restart_was_tried_first(self):
        outcomes = self.done.outcomes()
        self.assertEqual(outcomes["answering"], "failed", self.tell(self.done))
        self.assertEqual(outcomes["restart"], "failed", self.tell(self.done))
        self.assertIn("as soon as it is started", self.done.why("restart"))

    def test_the_order_of_it_all(self):
        order = ["docker compose restart postgres", "docker run --detach",
                 "docker rm --force --volumes trial-", "docker compose --profile * stop aragora",
                 "docker compose stop postgres", "docker volume create",
                 "docker run --rm --volume", "docker compose rm --force --stop postgres",
                 f"docker volume rm {VOLUME}", "docker compose up --detach --no-deps postgres",
                 "docker exec -i aragora-postgres",
                 "docker compose --profile * up --detach aragora"]
        at = [next((number for number, call in enumerate(self.done.calls)
                    if call.startswith(words)), None) for words in order]
        self.assertNotIn(None, at, f"one was never asked: {list(zip(order, at))}\n"
                         + "\n".join(self.done.calls))
        self.assertEqual(at, sorted(at), f"{list(zip(order, at))}" + self.tell(self.done))
        removed = [call for call in self.done.calls if call.startswith("docker volume rm")]
        self.assertEqual(removed, [f"docker volume rm {VOLUME}"])

    def test_inside_the_container(self):
        """What runs there is what the record says: docker is told of a shell alone."""
        inside = [(line["step"], line["args"]["argv"][0]) for line in self.done.lines("start")
                  if line.get("args", {}).get("target") and "argv" in line["args"]]
        self.assertEqual(inside, [("drop_unfinished", "dropdb"), ("create_database", "createdb"), ("analyze", "psql"),
                                  ("swap", "psql"), ("drop_database", "dropdb")])

    def test_the_old_data_is_kept(self):
        new = dict(line.split()[1:] for line in self.identities().splitlines())
        aside = [name for name in new if name.startswith(f"{VOLUME}-aside-")]
        self.assertEqual(len(aside), 1, new)
        self.assertNotEqual(new[VOLUME], self.old[VOLUME], "it is not a new volume")
        digests = dict(line.split()[1:] for line in
                       self.sandbox("digest", self.root, "volumes").splitlines())
        self.assertNotEqual(digests[aside[0]], digests[VOLUME])
        self.assertIn(aside[0], self.done.err)

    def test_the_record_verifies(self):
        self.assert_chain(self.done)
        self.assertEqual(os.stat(self.done.transcript).st_mode & 0o777, 0o600)

    def test_the_report_tells_of_the_approval(self):
        done = subprocess.run([REPRISE, "report", self.done.transcript], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("## Whether it has recovered", "/readyz` holds", "## Approvals", "**restore** approved by --approve restore", "WILL BE LOST",
                      "12000 rows in 6 tables", "drop\\_volume"):
            self.assertIn(words, done.stdout)

    def test_the_loss_was_shown_before_it_was_approved(self):
        ask, = self.done.lines("ask")
        self.assertRegex(ask["prompt"], r"SINCE \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\S+ ago\)")
        self.assertIn(f"docker volume rm {VOLUME}", str(ask["actions"]))
        self.assertLess(self.done.err.index("WILL BE LOST"), self.done.err.index("approved"))

    def test_the_lost_terminal_is_recorded(self):
        self.assertEqual([line["name"] for line in self.done.lines("signal")], ["SIGHUP"])

    def test_the_password_is_nowhere(self):
        self.assert_no_secret(self.done)
        self.assertGreater(self.watch.looks, 20)
        self.assertEqual(self.watch.found, set(), "the password on a command line")
        self.assertNotIn(self.password, "\n".join(self.calls()))

    def test_nothing_is_left(self):
        self.assert_tidy(self.done, self.before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
