#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Half of the backup is never taken for the database: not by the run that loaded it, not by the next one."""

import unittest

from hold import Hold
from stage import ROWS, Stage


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
        self.assertEqual(again.outcomes()["answering"], "failed", "half of it is taken for all of it" + self.tell(again))

    def test_1_gzip_fails(self):
        self.half("cut", "load")

    def test_2_gzip_fails_and_does_not_say_so(self):
        self.half("lie", "compare")

    def test_3_and_the_next_one_brings_it_back(self):
        self.recover("--approve", "restore", status=0)
        self.assertEqual(self.rows(), ROWS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
