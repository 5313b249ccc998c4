#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps that run elsewhere and are ended, or whose interpreter or way dies, as a whole: no effect twice, nothing of it
goes on unless it is said so, and no word about its end that is not so.

    test_runs.py [-k WORD]… [-v]
"""
import concurrent.futures
import itertools
import json
import os
import signal
import sys
import unittest

sys.dont_write_bytecode = True

import ways  # noqa: E402
from keeper import below, signal_to  # noqa: E402
from lab import Lab  # noqa: E402
from runs import Run  # noqa: E402
from sight import SIGHT, until  # noqa: E402

NUMBERS = itertools.count(1)
# It counts how often it is begun, and hangs until it is let go. $1 marks it.
WAITS = "echo x >>count-$1; trap '' TERM; while [ ! -e go-$1 ]; do sleep 0.1; done; echo done"


class Whole(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.sides = ways.sides(cls.lab)

    def begin(self, sides, more, *arguments, needs="[]"):
        """A run with a step on each side, side by side, which all hang; and what marks them."""
        mark = f"m{os.getpid()}n{next(NUMBERS)}"
        text = "".join(f"  - {{id: {side.name}, needs: {needs}, target: {side.target}, "
                       f"run: [sh, -c, {json.dumps(WAITS)}, sh, {mark}], {more}}}\n" for side in sides)
        run = Run(self.lab, f"steps:\n{text}", *arguments)
        until(lambda: all(side.read(f"count-{mark}") and run.started(side.name) for side in sides) or
              run.process.poll() is not None, "all are begun")
        self.assertIsNone(run.process.poll(), run.process.stdout.read() if run.process.poll() is not None else "")
        return run, mark

    def nothing_is_left(self, mark):
        until(lambda: not SIGHT.find(mark), "nothing of it is left")

    def once(self, sides, mark):
        self.assertEqual({side.name: side.read(f"count-{mark}") for side in sides},
                         {side.name: "x\n" for side in sides})

    def outcomes(self, run, sides):
        return {side.name: run.outcome(side.name) for side in sides}

    def all(self, sides, outcome):
        return {side.name: outcome for side in sides}

    def test_timeout(self):
        run, mark = self.begin(self.sides, "timeout: 5s, grace: 500ms")
        run.finish()
        self.assertEqual(self.outcomes(run, self.sides), self.all(self.sides, "timed_out"), run.said)
        self.assertEqual(SIGHT.find(mark, 0), [])  # an end that is known is so when it is told
        self.once(self.sides, mark)

    def test_interrupt(self):
        run, mark = self.begin(self.sides, "timeout: 1m, grace: 500ms")
        run.process.send_signal(signal.SIGINT)
        run.finish()
        self.assertEqual(self.outcomes(run, self.sides), self.all(self.sides, "cancelled"), run.said)
        self.assertEqual(SIGHT.find(mark, 0), [])
        self.once(self.sides, mark)

    def resumed(self, before):
        """The interpreter dies; what runs there goes on, and is let go before or after another one comes."""
        run, mark = self.begin(self.sides, "timeout: 1m, retry: {attempts: 3, delay: 1ms}")
        run.process.kill()
        run.finish()
        self.assertTrue(SIGHT.find(mark, 0))
        if before:
            for side in self.sides:
                side.write(f"go-{mark}")
            self.nothing_is_left(mark)
        again = run.again("--non-interactive")
        while "taken note of" in self.said_if_over(again):
            again = run.again("--non-interactive")
        if not before:
            until(lambda: run.lines("run.resumed") or again.process.poll() is not None, "it goes on")
            for side in self.sides:
                side.write(f"go-{mark}")
        status = again.finish() if not again.said else again.process.returncode
        self.assertEqual(self.outcomes(again, self.sides), self.all(self.sides, "succeeded"), again.said)
        self.assertEqual(status, 0, again.said)
        self.once(self.sides, mark)
        for side in self.sides:
            self.assertEqual(again.printed(side.name), "done\n", side.name)
        self.nothing_is_left(mark)

    def said_if_over(self, run):
        """It may be too early: what is under way is still being taken note of."""
        until(lambda: run.lines("run.resumed") or run.process.poll() is not None, "it goes on, or says why not")
        if run.process.poll() is not None and not run.lines("run.resumed"):
            run.finish()
        return run.said

    def test_the_interpreter_dies(self):
        self.resumed(before=False)

    def test_the_interpreter_dies_and_then_it_ends(self):
        self.resumed(before=True)

    def lost(self, sides, strike, outcomes, retry=""):
        """Something dies meanwhile: nothing of it counts as done, nor begins twice."""
        run, mark = self.begin(sides, f"timeout: 1m, grace: 500ms{retry}")
        strike(run, mark)
        run.finish()
        for side in sides:
            self.assertIn((side.name, run.outcome(side.name)), [(side.name, outcome) for outcome in outcomes], run.said)
        self.once(sides, mark)
        self.nothing_is_left(mark)
        return run

    def test_the_near_end_dies(self):
        def strike(run, _):
            for pid in SIGHT.find("reprise-reach", 0):
                if pid in below(run.process.pid):
                    signal_to(pid, signal.SIGKILL)
        run = self.lost(self.sides, strike, ["denied"], ", retry: {attempts: 3, delay: 1ms}")
        for side in self.sides:
            self.assertEqual(run.finished(side.name)["end"], "lost", side.name)
            self.assertIn("before it said what became of it", run.why(side.name))

    def test_the_way_breaks(self):
        sides = [side for side in self.sides if side.drop]

        def strike(_run, _mark):
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(lambda side: side.drop(), sides))
        run = self.lost(sides, strike, ["denied", "failed"])
        for side in sides:
            self.assertIn("the connection was lost", run.why(side.name))


if __name__ == "__main__":
    unittest.main()
