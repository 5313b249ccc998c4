#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""However a step that runs elsewhere is ended, and whatever dies meanwhile: what it began there is gone, or it is said
that it may not be; and it never counts as done, or as failed, when nobody knows.

    test_kill.py [-k WORD]… [-v]
"""
import array
import concurrent.futures
import fcntl
import itertools
import os
import signal
import sys
import termios
import time
import unittest

sys.dont_write_bytecode = True

import ways  # noqa: E402
from keeper import PATIENCE, read, signal_to  # noqa: E402
from lab import Lab  # noqa: E402
from reach import Reach  # noqa: E402
from sight import SIGHT, until  # noqa: E402

ROOT = os.geteuid() == 0
THREADS = 8
NUMBERS = itertools.count(1)
GRACE = 0.4
# Commands that are hard to end. $1 is what all that they begin has in its arguments.
TREES = {
    "plain": b"sleep $1 & sleep $1 | cat; wait",
    "ignores": b"trap '' TERM HUP INT; sleep $1 & sleep $1 | cat; while :; do sleep $1; done",
    "leaves": b"setsid sleep $1 & (setsid sh -c 'sleep $0 & exit' $1 &); trap '' TERM; sleep $1; :",
}


class Case:
    """One command that hangs on a far side."""

    def __init__(self, way, tree, reads):
        self.way, self.tree, self.reads = way, tree, reads
        self.seconds = f"1000.{os.getpid()}{next(NUMBERS):03}"
        self.source, self.feeder = os.pipe() if reads else (None, None)
        self.run = Reach([[b"sh", b"-c", TREES[tree], b"sh", self.seconds.encode()]], way, stdin=self.source,
                         grace=GRACE)
        if reads:
            os.close(self.source)
        until(lambda: len(self.there()) >= 2 or self.run.process.poll() is not None, f"{self} hangs")
        self.holds(self.run.process.poll() is None, "it hangs")
        until(lambda: self.run.says("began") is not None, f"{self} is known to have begun")

    def __repr__(self):
        return f"{self.way}, {self.tree}, {'reads' if self.reads else 'no input'}"

    def there(self, age=0.1):
        return SIGHT.find(self.seconds, age)

    def holds(self, condition, what):
        if not condition:
            raise AssertionError(f"{self}: not so: {what}; {self.run.ending()}, there: {self.there()}")

    def finish(self):
        done = self.run.finish()
        if self.reads:
            os.close(self.feeder)
        return done

    def gone(self, done, fates):
        """It ended in one of these ways; what claims to know must be right at once."""
        self.holds(done.fate in fates, f"{done.fate} is one of {fates}: {done}")
        if done.fate != "lost":
            self.holds(not self.there(0), "nothing is there any more")
        until(lambda: not self.there(), f"{self}: nothing is there any more")

    # --- what happens to it

    def stop(self):
        self.run.process.send_signal(signal.SIGTERM)
        done = self.finish()
        self.gone(done, {"over"})
        self.holds(done.status > 128 or not self.way.launcher, f"it was ended by a signal: {done}")

    def stop_at_once(self):
        self.run.process.send_signal(signal.SIGTERM)
        self.run.process.send_signal(signal.SIGINT)
        self.gone(self.finish(), {"over"})

    def lose_carrier(self):
        signal_to(self.run.carrier(), signal.SIGKILL)
        self.gone(self.finish(), {"ended", "lost"})

    def lose_reach(self):
        self.run.process.kill()
        done = self.finish()
        self.holds(done.fate == "", f"no word of its end: {done}")
        if self.way.launcher or not self.reads:  # else it is not ended by itself: reach/script.h says so
            until(lambda: not self.there(), f"{self}: nothing is there any more")
        for pid in self.there():
            signal_to(pid, signal.SIGKILL)

    def lose_far_end(self):
        """What looks after it there dies: nobody knows any more, or it is known to be ended."""
        signal_to(self.far_end(), signal.SIGKILL)
        if not self.way.launcher:
            for pid in self.there():
                signal_to(pid, signal.SIGKILL)
        self.gone(self.finish(), {"lost"})

    def far_end(self):
        """By the pid here, of what the ending names by the pid there."""
        named = self.run.says("began").split()[1]
        nonce = read(f"/proc/{self.run.carrier()}/cmdline").split(b"\0")[-2].split()[-1].strip(b"'").decode()
        found = [pid for pid in SIGHT.find(nonce, 0) if not self.is_near(pid) and
                 read(f"/proc/{pid}/status").split(b"NSpid:")[1].split(b"\n")[0].split()[-1].decode() == named]
        self.holds(len(found) == 1, f"one far end with the pid {named} there and {nonce}: {found}")
        return found[0]

    def is_near(self, pid):
        return pid == self.run.carrier()


class Kill(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.ways = [ways.ssh(cls.lab, "bash"), ways.ssh(cls.lab, "busybox"), ways.pod(cls.lab, "p1")]
        if ROOT:
            cls.ways += [ways.docker(cls.lab, "box", "box"), ways.docker(cls.lab, "full", "full"),
                         ways.near_become(cls.lab), ways.ssh_become(cls.lab, cls.lab.ssh(operator=True), "nobody")]
        cls.ways += [way.by_shell() for way in cls.ways]

    def each(self, what, trees=("plain", "ignores", "leaves"), chosen=None):
        """Side by side: mostly they wait."""
        cases = [(way, tree, reads) for way in (chosen or self.ways) for tree in trees for reads in (False, True)
                 if way.launcher or tree != "leaves"]  # a shell does not see who leaves: reach/script.h
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            wrong = [str(error) for error in pool.map(lambda case: self.one(what, *case), cases) if error]
        self.assertEqual(wrong, [])

    def one(self, what, *case):
        try:
            what(Case(*case))
        except Exception as error:  # told with the others
            return f"{what.__name__}: {type(error).__name__}: {error}"
        return None

    def test_stop(self):
        self.each(Case.stop, ["ignores", "leaves"])

    def test_stop_at_once(self):
        self.each(Case.stop_at_once, ["ignores"])

    def test_the_carrier_dies(self):
        self.each(Case.lose_carrier, ["ignores", "leaves"])

    def test_the_near_end_dies(self):
        self.each(Case.lose_reach, ["ignores", "leaves"])

    def test_the_far_end_dies(self):
        self.each(Case.lose_far_end, ["plain"])


class Edges(unittest.TestCase):
    """A way of a single far shell, and moments that only bad luck would bring."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def way(self, before, launcher=False):
        return ways.Way(self.lab, "edge", [(["sh", "-c", before, "sh"], False)], None, launcher)

    def test_lost_before_it_answered(self):
        """The way breaks when a shell was told what to do: it may have begun, so it is lost, not unreached."""
        effect = f"{self.lab.place}/effect"
        way = self.way('exec 3>&1 4<&0 >/dev/null 2>&1; "$@" <&4 3>&- | '
                       '{ IFS= read -r line; printf "%s\\n" "$line" >&3; exec 3>&-; cat; } & exec 3>&-; wait')
        run = Reach([[b"sh", b"-c", b"echo x >$0; sleep 1000.75", effect.encode()]], way)
        done = run.finish()
        self.assertEqual((done.fate, done.statuses), ("lost", []), done)

    def test_a_slow_reader(self):
        """What a carrier that has ended leaves in its pipes is read to the end, whenever that is.

        That it was begun may be told behind what it prints, so it is not waited for here.
        """
        for launcher in (False, True):
            run = Reach([[b"sh", b"-c", b"head -c 100000 /dev/zero >&2; head -c 100000 /dev/zero"]],
                        self.way('exec "$@"', launcher), grace=GRACE)
            until(lambda run=run: self.waiting(run) and not run.carrier(), "the carrier has ended")
            time.sleep(2.5)  # longer than it is waited for where nothing comes
            done = run.finish()
            self.assertEqual((done.fate, done.statuses, len(done.out), len(done.err)), ("over", [0], 100000, 100000))

    def test_nobody_ever_read(self):
        """It is known that nobody reads before it is known that it was begun: it is ended all the same."""
        for launcher in (False, True):
            for reads in (False, True):
                source, feeder = os.pipe()
                run = Reach([[b"yes"]], self.way('exec "$@"', launcher), stdin=source if reads else None, grace=GRACE)
                run.process.stdout.close()
                os.close(source)
                run.process.wait(PATIENCE)
                os.close(feeder)
                self.assertEqual((launcher, reads, run.says("status")), (launcher, reads, "13"), run.ending())
                run.process.stderr.close()

    def test_nobody_reads(self):
        """A pipe breaks when it is full: what fills it is ended as a write would have ended it."""
        for launcher in (False, True):
            for reads in (False, True):
                source, feeder = os.pipe()
                run = Reach([[b"yes"]], self.way('exec "$@"', launcher), stdin=source if reads else None, grace=GRACE)
                os.close(source)
                until(lambda run=run: self.waiting(run) > 60000, "the pipe is full")
                run.process.stdout.close()
                run.process.wait(PATIENCE)
                os.close(feeder)
                self.assertEqual((launcher, reads, run.says("status")), (launcher, reads, "13"), run.ending())
                run.process.stderr.close()

    def waiting(self, run):
        """How much of what it printed nobody has read."""
        count = array.array("i", [0])
        fcntl.ioctl(run.process.stdout, termios.FIONREAD, count)
        return count[0]


if __name__ == "__main__":
    unittest.main()
