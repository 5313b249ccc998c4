#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Half of the backup is never taken for the database: not by the run that loaded it, not by the next one."""

import subprocess
import unittest

from hold import Hold
from stage import ROWS, Stage, children, wait_until


class Half(Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.break_it("corrupt")

    def half(self, place, step):
        """The backup ends at the end of a statement while it is loaded; this step finds it."""
        with Hold(self.folder, place) as hold:
            run = self.recover("--approve", "restore", status=1, env=hold.env(self.env))
        self.assertEqual(run.outcomes()[step], "failed", self.tell(run))
        self.assertNotIn("swap", run.started())
        again = self.recover(status=3)
        self.assertEqual(again.outcomes()["answering"], "failed",
                         "half of it is taken for all of it" + self.tell(again))

    def test_1_gzip_fails(self):
        self.half("cut", "load")

    def test_2_gzip_fails_and_does_not_say_so(self):
        self.half("lie", "compare")

    def test_3_and_the_next_one_brings_it_back(self):
        self.recover("--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)

    def test_4_a_table_is_gone(self):
        """The server works, so that nothing is done to it before a person has said that the data is lost."""
        done = subprocess.run(["psql", "-XAt", "-c", "drop table users cascade"], env=self.env, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        run = self.recover("--approve", "restore", status=1)
        self.assertIn("-p lost=true", run.why("let_in"))
        self.assertNotIn("restart", run.started())
        self.recover("-p", "lost=true", "--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)

    def test_5_two_at_once(self):
        """The second one waits for the first, and finds the database mended: it is restored once."""
        self.heal("corrupt")
        self.break_it("corrupt")
        before = children()
        with Hold(self.folder, "load") as hold:
            first = self.begin("--non-interactive", "--approve", "restore", env=hold.env(self.env))
            hold.wait(first)
            second = self.begin("--non-interactive", "--approve", "restore")
            wait_until(lambda: "waiting for the lock database" in second.words(), "the second one waits")
            hold.release()
            first.wait()
            second.wait()
        self.assert_status(first, 0)
        self.assert_status(second, 0)
        self.assertEqual((second.outcomes()["restart"], second.outcomes()["restore"]), ("skipped", "skipped"),
                         self.tell(second))
        self.assertEqual(self.rows(), ROWS)
        self.assert_tidy(second, before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
