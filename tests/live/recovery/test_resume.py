#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The interpreter is killed in the middle of the restore: the restore goes on without it, and the run goes on with the
restore, which is loaded once."""

import os
import signal
import unittest

from hold import Hold
from stage import ROWS, Run, Stage, children, wait_until


class Resume(Stage):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.break_it("corrupt")

    def kill_in_load(self, hold):
        run = self.begin("--non-interactive", "--approve", "restore", env=hold.env(self.env))
        hold.wait(run)
        run.signal(signal.SIGKILL)
        run.wait()
        self.assertEqual(run.status, -signal.SIGKILL)
        return run

    def resume(self, run):
        argv = [run.argv[0], "resume", run.transcript, "--non-interactive", "--approve", "restore"]
        return Run(argv, run.transcript, dict(self.env, REPRISE_HOME=self.folder))

    def assert_recovered(self, run, before):
        self.assert_status(run, 0)
        self.assertEqual(self.rows(), ROWS)
        begun = [line["op"] for line in run.lines("start") if line.get("step") == "load" and line["what"] == "action"]
        self.assertEqual(len(begun), 1, "the backup was loaded more than once" + self.tell(run))
        self.assertEqual(len(run.lines("run.resumed")), 1)
        self.assert_chain(run)
        self.assert_tidy(run, before)

    def test_1_while_it_goes_on(self):
        before = children()
        with Hold(self.folder, "load") as hold:
            run = self.resume(self.kill_in_load(hold))
            wait_until(lambda: "still runs, and is waited for" in run.words(), "it tells what it waits for")
            hold.release()
            run.wait()
        self.assert_recovered(run, before)

    def test_2_when_it_has_ended(self):
        self.heal("corrupt")
        self.break_it("corrupt")
        before = children()
        with Hold(self.folder, "load") as hold:
            run = self.kill_in_load(hold)
            folder = run.transcript.removesuffix(".jsonl")
            hold.release()
            wait_until(lambda: any(name.endswith(".exit") for name in os.listdir(folder)) and
                       not any(name.endswith(".run") for name in os.listdir(folder)), "the restore has ended")
            run = self.resume(run).wait()
        self.assert_recovered(run, before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
