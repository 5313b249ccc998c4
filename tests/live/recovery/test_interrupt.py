#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""^C in the middle of the restore: it says what is half done, runs its finally steps, leaves no process; and the
next run brings the database back all the same."""

import signal
import unittest

from hold import Hold
from stage import ROWS, Stage, children


class Interrupt(Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.up = cls.running()
        cls.break_it("corrupt")

    @classmethod
    def running(cls):
        return sorted(cls.docker("ps", "--format", "{{.Names}}").split())

    def held(self, hold):
        run = self.begin("--non-interactive", "--approve", "restore", env=hold.env(self.env))
        hold.wait(run)
        return run

    def assert_half_done(self, run):
        self.assert_status(run, 4)
        self.assertEqual(run.outcomes()["load"], "cancelled")
        self.assert_says(run, r"May be half done")
        self.assert_says(run, r"restore/\S+/load \(Load the backup\): CANCELLED")
        self.assertEqual(run.lines("run.finished")[0]["outcome"], "interrupted")
        self.assertNotIn("application", run.started())
        self.assertEqual(self.docker("ps", "--format", "{{.Names}}").split().count("aragora-api"), 0,
                         "the application runs on a half restored database")

    def test_1_once(self):
        before = children()
        with Hold(self.folder, "load") as hold:
            run = self.held(hold)
            run.signal(signal.SIGINT)
            run.wait()
        self.assert_half_done(run)
        self.assertEqual(run.outcomes()["status"], "succeeded", "finally" + self.tell(run))
        self.assert_chain(run)
        self.assert_tidy(run, before)

    def test_2_twice(self):
        """The second one ends the finally steps, too."""
        before = children()
        with Hold(self.folder, "load", "status") as hold:
            run = self.held(hold)
            run.signal(signal.SIGINT)
            hold.wait(run, "status")
            run.signal(signal.SIGINT)
            run.wait()
        self.assert_half_done(run)
        self.assertEqual(run.outcomes()["status"], "cancelled", self.tell(run))
        self.assert_chain(run)
        self.assert_tidy(run, before)

    def test_3_and_once_more(self):
        """What the interrupted ones left (an empty database that works) is not taken for a recovery."""
        run = self.recover("--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)
        self.assertEqual(run.outcomes()["restart"], "failed")
        self.assertEqual(self.running(), self.up, "what the interrupted ones stopped" + self.tell(run))
        self.assert_chain(run)

    def test_4_after_one_that_ended_without_a_container(self):
        """Between removing the old container and volume and making new ones there is neither."""
        self.docker("compose", "rm", "-sf", "postgres")
        self.docker("volume", "rm", "self-hosted_postgres-data")
        self.assertNotIn("self-hosted_postgres-data\n", self.docker("volume", "ls", "-q"))
        self.recover("--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
