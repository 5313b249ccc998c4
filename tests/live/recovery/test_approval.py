#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is destroyed before a person said so: by nobody, by "no", by something else, and at last by the step's id."""

import unittest

from stage import ROWS, Stage, children

QUESTION = "Type restore to approve, no to deny: "


class Approval(Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.break_it("corrupt")
        cls.volumes = cls.identities()

    def test_1_nobody_there(self):
        run = self.recover(status=3)
        self.assert_says(run, r"nobody could be asked")
        self.assertEqual(run.outcomes()["restore"], "denied")
        self.assertEqual(run.lines("run.finished")[0]["outcome"], "denied")
        self.assert_nothing_touched(run, self.volumes)
        self.assert_chain(run)

    def asked(self):
        before, seen = children(), len(self.calls())
        run = self.begin(terminal=True)
        run.read_until(QUESTION)
        self.assert_says(run, r"WILL BE LOST")
        self.assert_says(run, r"DESTROYS")
        return run, before, seen

    def test_2_denied(self):
        run, before, seen = self.asked()
        run.type("no")
        run.wait()
        run.calls = self.calls()[seen:]
        self.assert_status(run, 3)
        self.assertRegex(run.lines("answered")[0]["who"], r"\w+ on /dev/pts/\d+")
        self.assert_says(run, r"NOT APPROVED")
        self.assert_nothing_touched(run, self.volumes)
        self.assert_tidy(run, before)

    def test_3_the_terminal_is_closed(self):
        """^D is no consent."""
        run, before, seen = self.asked()
        run.type("\x04")
        run.wait()
        run.calls = self.calls()[seen:]
        self.assert_status(run, 3)
        self.assert_nothing_touched(run, self.volumes)
        self.assert_tidy(run, before)

    def test_4_approved(self):
        run, before, _ = self.asked()
        run.type("yes")  # is not what was asked for
        run.read_until("That is neither.")
        run.type("restore")
        run.wait()
        self.assert_status(run, 0)
        self.assertEqual([line["answer"] for line in run.lines("answered")], ["approved"])
        self.assertEqual(self.rows(), ROWS)
        self.assert_chain(run)
        self.assert_tidy(run, before)

    def test_5_healed_while_it_asked(self):
        """Somebody else was quicker: what was approved is not done to a database that works."""
        self.heal()
        self.break_it("corrupt")
        run, before, seen = self.asked()
        self.heal()
        self.docker("compose", "up", "-d", "--wait")
        volumes = self.identities()
        run.type("restore")
        run.wait()
        run.calls = self.calls()[seen:]
        self.assert_status(run, 0)
        self.assertEqual(run.outcomes()["restore"], "skipped", self.tell(run))
        self.assertNotIn("quiet", run.started())
        self.assertEqual(self.identities(), volumes, self.tell(run))
        self.assert_tidy(run, before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
