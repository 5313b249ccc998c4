#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A drill, done again for real in an incident: it recovers as recorded; and where the backup is missing this time, it
stops there and says so."""

import subprocess
import unittest

from stage import REPRISE, ROWS, Stage, children


class Replay(Stage):
    def break_again(self):
        self.heal("corrupt")
        self.break_it("corrupt")

    def test_1_the_drill(self):
        self.break_it("corrupt")
        type(self).drill = self.recover("--approve", "restore", status=0)

    def test_2_the_incident(self):
        self.break_again()
        run = self.recover_again(self.drill, "--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)
        self.assert_says(run, r"It went as recorded\.")
        self.assertEqual(run.lines("diverged"), [])
        self.assertEqual(run.outcomes(), self.drill.outcomes())
        first, then = run.lines("run.started")[0], self.drill.lines("run.started")[0]
        self.assertEqual((first["mode"], first["follows"]["run"]), ("replay", then["run"]))
        self.assertEqual(first["params"], then["params"])
        self.assert_chain(run)
        self.assert_no_secret(run)
        self.assert_decides_alike(run)

    def test_3_it_works_after_all(self):
        """Nothing is destroyed that the record destroyed for a reason which there is not today."""
        volumes = self.identities()
        run = self.recover_again(self.drill, "--approve", "restore", status=5)
        self.assert_says(run, r"answering +NOT AS RECORDED: .*\n"
                              r" +recorded +its action failed: .* refused the connection\n"
                              r" +now +its action succeeded\n")
        self.assert_nothing_touched(run, volumes)
        self.assert_decides_alike(run)

    def test_4_the_approval_is_not_replayed(self):
        self.break_again()
        volumes = self.identities()
        run = self.recover_again(self.drill, status=3)
        self.assertEqual(run.outcomes()["restore"], "denied")
        self.assert_nothing_touched(run, volumes)

    def test_5_no_backup_this_time(self):
        volumes = self.identities()
        self.break_it("no-backup")
        run = self.recover_again(self.drill, "--approve", "restore", status=5)
        self.assert_nothing_touched(run, volumes)
        self.assert_says(run, r"newest +NOT AS RECORDED: Choose the newest dump that is whole\n"
                              r" +recorded +its action succeeded\n"
                              r" +now +its action failed: there is no backup: nothing in")
        self.assert_says(run, r"the run stops here")
        self.assertEqual([line["step"] for line in run.lines("diverged")], ["newest"])
        self.assertNotIn("restore", run.started())
        self.assertEqual(run.outcomes()["status"], "succeeded", "finally" + self.tell(run))
        self.assert_chain(run)
        self.assert_decides_alike(run)

    def test_6_a_person_is_asked(self):
        before = children()
        run = self.replay(self.drill, terminal=True)
        run.read_until("Type go on to go on all the same, stop to stop here: ")
        self.assert_says(run, r"NOT AS RECORDED. GO ON\?.* for .*newest")
        run.type("stop")
        run.wait()
        self.assert_status(run, 5)
        self.assertEqual([line["answer"] for line in run.lines("answered")], ["denied"])
        self.assertNotIn("restore", run.started())
        self.assert_tidy(run, before)
        self.assert_decides_alike(run)

    def assert_decides_alike(self, run):
        done = subprocess.run([REPRISE, "replay", run.transcript], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
