#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A database that only a restore could bring back, and no backup that is fit for it: nothing is destroyed."""

import gzip
import os
import unittest

from stage import Stage


class Backups(Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.break_it("corrupt")
        cls.volumes = cls.identities()

    def refused(self, step, sentence, *words, status=1):
        run = self.recover("--approve", "restore", *words, status=status)
        self.assert_says(run, sentence)
        self.assertRegex(run.why(step), sentence)
        self.assertNotEqual(run.outcomes()["restore"], "succeeded")
        self.assert_nothing_touched(run, self.volumes)
        return run

    def broken(self, *fault):
        self.break_it(*fault)
        self.addCleanup(self.heal, fault[0])

    def test_truncated(self):
        self.broken("truncate-backup", "all")
        run = self.refused("choose", "there is no usable backup: .*: 1 looked at, none is whole")
        self.assert_says(run, r"it is damaged or cut off \(gzip -t\)")
        self.assert_chain(run)

    def test_empty(self):
        self.broken("empty-backup", "all")
        run = self.refused("choose", "there is no usable backup: .*: 1 looked at, none is whole")
        self.assert_says(run, r"20 bytes are too few")

    def test_none(self):
        self.broken("no-backup")
        self.refused("choose", "there is no usable backup: .*: 0 looked at, none is whole")

    def test_old(self):
        self.broken("old-backup")
        run = self.refused("young_enough",
                           r"aragora-\d+_\d+\.sql\.gz is 3d00h old, and no more than 1h may be lost")
        self.assert_says(run, r"-p accept_loss=73h")
        self.assertEqual([call for call in run.calls if call.startswith("docker run")], [])

    def test_old_and_accepted(self):
        """The way out that the refusal names; here it ends at the approval, which nobody gives."""
        self.broken("old-backup")
        run = self.recover("-p", "accept_loss=73h", status=3)
        self.assert_says(run, r"\(3d00h ago\) WILL BE LOST")
        self.assert_nothing_touched(run, self.volumes)

    def dump(self, name, text):
        path = os.path.join(self.env["BACKUPS"], name)
        with open(path, "wb") as file:
            file.write(gzip.compress(text, compresslevel=0))
        self.addCleanup(os.unlink, path)
        return path

    def test_the_newest_is_not_the_last_by_name(self):
        """A newer file that is none is passed over, and said to be; the good one is tried and asked about."""
        path = self.dump("aardvark.sql.gz", b"-- no dump at all\n" * 2000)
        run = self.recover(status=3)
        self.assertIn(f"{path}: pg_dump did not finish it", run.err)
        self.assert_says(run, r"comes back from \S*/aragora-\d+_\d+\.sql\.gz, which holds 12000 rows")
        self.assert_nothing_touched(run, self.volumes)

    def test_one_that_does_not_restore(self):
        """Whole to the eye; only the trial finds out."""
        path = self.dump("bad.sql.gz", b"select 1;\n" * 4000 + b"select nonsense;\n"
                         b"-- PostgreSQL database dump complete\n")
        run = self.refused("trial", 'column "nonsense" does not exist', "-p", f"backup={path}")
        self.assertEqual(run.outcomes()["remove_scratch"], "succeeded")

    def test_one_without_data(self):
        """What a backup makes of a fresh volume: every table, no row."""
        path = self.dump("empty.sql.gz", b"create table users (id int);\n" + b"-- nothing\n" * 4000
                         + b"-- PostgreSQL database dump complete\n")
        self.refused("trial_rows", "rows", "-p", f"backup={path}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
