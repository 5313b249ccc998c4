#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a runbook's processes may do to reprise: children that do not want to end, ten thousand steps, floods of output."""

import os
import signal
import unittest

from stage import SANITIZED, Folder, children, wait_until

STUBBORN = """reprise: 1
id: stubborn
title: Children that do not want to end
steps:
  - id: stubborn
    run: |
      for number in 1 2 3; do
        setsid bash -c 'trap "" TERM INT HUP; echo $$ >>"$PIDS"; while :; do sleep %(mark)s; done' &
        (trap '' TERM; setsid setsid bash -c 'trap "" TERM; echo $$ >>"$PIDS"; sleep %(mark)s; :') &
      done
      trap '' TERM
      while :; do sleep %(mark)s; done
    env: {PIDS: "%(pids)s"}
    timeout: %(timeout)s
    grace: 200ms
"""


class Limits(Folder):
    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def stubborn(self, timeout):
        # A length of sleep that no other process has.
        self.mark = f"9{os.getpid()}.{timeout}"
        self.pids = os.path.join(self.folder, f"pids-{timeout}")
        return self.write(f"stubborn-{timeout}.yaml", STUBBORN % {
            "mark": self.mark, "pids": self.pids, "timeout": timeout})

    def left(self):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if self.mark.encode() in file.read():
                        found.append(name)
            except OSError:
                pass
        return found

    def test_a_timeout_ends_the_whole_tree(self):
        before = children()
        run = self.start(self.stubborn("500ms")).wait()
        self.assert_status(run, 1)
        self.assertEqual(run.outcomes(), {"stubborn": "timed_out"})
        with open(self.pids, encoding="ascii") as file:
            self.assertGreater(len(file.read().split()), 0, "no child ran before the time was up")
        self.assertEqual(self.left(), [], "processes left" + self.tell(run))
        self.assert_nothing_runs(before, run)
        self.assert_says(run, r"no end within 500ms")
        self.assert_chain(run)

    def test_an_interrupt_ends_the_whole_tree(self):
        before = children()
        run = self.start(self.stubborn("10m"))

        def all_there():
            if not os.path.exists(self.pids):
                return False
            with open(self.pids, encoding="ascii") as file:
                return len(file.read().split()) == 6

        wait_until(all_there, "six children run")
        run.signal(signal.SIGTERM)
        run.wait()
        self.assert_status(run, 4)
        self.assertEqual(self.left(), [], "processes left" + self.tell(run))
        self.assert_nothing_runs(before, run)

    def peak(self, path, *words):
        """Runs it to its end; returns the most memory it had, or a process it waited for, in KiB."""
        run = self.start(path, *words)
        _, status, usage = os.wait4(run.pid, 0)
        run.process.returncode = os.waitstatus_to_exitcode(status)
        run.wait()
        return run, usage.ru_maxrss

    def test_ten_thousand_ready_steps(self):
        steps = "".join(f'  - {{id: s{number}, effect: read, needs: [], run: ["true"]}}\n'
                        for number in range(10000))
        path = self.write("many.yaml", "reprise: 1\nid: many\ntitle: Many\nsteps:\n" + steps)
        before = children()
        run, peak = self.peak(path, "--quiet")
        self.assert_status(run, 0)
        self.assertEqual(len(run.lines("step.finished")), 10000)
        self.assertEqual({line["outcome"] for line in run.lines("step.finished")}, {"succeeded"})
        self.assert_nothing_runs(before, run)
        print(f"\n10,000 ready steps: {peak >> 10} MiB")
        if not SANITIZED:
            self.assertLess(peak, 300 << 10, "KiB for 10,000 steps" + self.tell(run))

    @unittest.skipIf(SANITIZED, "sanitizers keep what is freed: memory says nothing there")
    def test_a_flood_of_output(self):
        path = self.write("flood.yaml", "reprise: 1\nid: flood\ntitle: Flood\nsteps:\n"
                          "  - id: flood\n    effect: read\n    timeout: 5m\n"
                          "    pipe: [[yes, a line of output], [head, -c, '419430400']]\n")
        run, peak = self.peak(path)
        self.assert_status(run, 0)
        print(f"\n400 MiB of output: {peak >> 10} MiB")
        # All of it, with what it had before, is less than what a flood may cost.
        self.assertLess(peak, 48 << 10, "KiB for 400 MiB of output" + self.tell(run))
        stream = run.lines("finished")[0]["result"]["stdout"]["$stream"]
        self.assertEqual((stream["size"], stream["whole"]), (400 << 20, False))
        self.assertLess(os.stat(run.transcript).st_size, 4 << 20)
        self.assert_says(run, r"\d+ lines not shown, they are in the record")

    def test_a_password_that_is_no_secret(self):
        """One that is also a name in the runbook: masked, it would put holes into what later steps are given."""
        path = self.write("told.yaml", "reprise: 1\nid: told\ntitle: Told\n"
                          "params: {user: {type: string, default: aragora}}\n"
                          "secrets: {password: {env: TOLD}, other: {env: OTHER}}\nsteps:\n"
                          "  - id: make\n    effect: read\n    run: [echo, '/srv/aragora/x']\n"
                          "    outputs: {path: stdout.trim()}\n"
                          "  - id: use\n    effect: read\n    env: {GIVEN: '${{ steps.make.outputs.path }}',"
                          " OTHER: '${{ secrets.other }}'}\n"
                          "    run: |\n      echo \"$OTHER\"; test \"$GIVEN\" = /srv/aragora/x\n")
        run = self.start(path, env=dict(os.environ, TOLD="aragora", OTHER="a-real-secret")).wait()
        self.assert_status(run, 0)
        self.assert_says(run, "the secret password is also a word in the runbook")
        with open(run.transcript, encoding="utf-8") as file:
            self.assertNotIn("a-real-secret", file.read() + run.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
