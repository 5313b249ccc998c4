#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A database that only a restore could bring back, and no backup that is fit for it: nothing is destroyed."""

import gzip
import os
import re
import unittest

from stage import Stage

END = b"--\n-- PostgreSQL database dump complete\n--\n"


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
        run = self.refused("newest", "there is no backup to be used in .*: 1 looked at, none is whole")
        self.assert_says(run, r"the gzip around it is cut off")
        self.assert_says(run, r"there is no backup that could be restored; what is wrong with it stands above")
        self.assert_chain(run)

    def test_empty(self):
        self.broken("empty-backup", "all")
        run = self.refused("newest", "there is no backup to be used in .*: 1 looked at, none is whole")
        self.assert_says(run, r"it holds nothing: the gzip around it is whole")

    def test_none(self):
        self.broken("no-backup")
        self.refused("newest", "there is no backup: nothing in .* matches")

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

    def dump(self, name, change):
        """A dump like the good one, but for what `change` makes of its text."""
        good = os.path.realpath(os.path.join(self.env["BACKUPS"], "latest.sql.gz"))
        path = os.path.join(self.env["BACKUPS"], name)
        with gzip.open(good) as file:
            text = file.read()
        changed = change(text)
        self.assertNotEqual(changed, text)
        with open(path, "wb") as file:
            file.write(gzip.compress(changed))
        self.addCleanup(os.unlink, path)
        return path

    def test_the_newest_is_not_the_last_by_name(self):
        """A newer file that is none is passed over, and said to be; the good one is tried and asked about."""
        path = self.dump("aardvark.sql.gz", lambda text: text[:text.rindex(END)])
        run = self.recover(status=3)
        self.assert_says(run, r"comes back from \S*/aragora-\d+_\d+\.sql\.gz, which holds 12000 rows")
        self.assertIn(f"Newer, and passed over: {path} (", run.err)
        self.assert_nothing_touched(run, self.volumes)

    def test_one_that_does_not_restore(self):
        """Whole to the eye; only the trial finds out."""
        path = self.dump("bad.sql.gz", lambda text: text.replace(
            END, b"ALTER TABLE public.users ADD CHECK (nonsense > 0);\n\n\n" + END))
        run = self.refused("trial", 'column "nonsense" does not exist', "-p", f"backup={path}")
        self.assertEqual(run.outcomes()["remove_scratch"], "succeeded")

    def test_one_without_data(self):
        """What a backup makes of a fresh volume: every table, no row."""
        path = self.dump("empty.sql.gz", lambda text: re.sub(rb"(?ms)^(COPY [^\n]*;\n).*?(\\\.\n)", rb"\1\2", text))
        self.refused("trial_rows", "rows", "-p", f"backup={path}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
