# SPDX-License-Identifier: Apache-2.0
"""The drill of a runbook that recovers nothing but looks: it must be content with a good day, and say of a bad one what
is wrong with it. The order is this one:

    up · the runbook is content · of each bad day: strike · it fails, says so, and nothing is touched · heal ·
    the runbook is content again · the records verify and replay · down

A check is a class in tests/drill/NAME.py that is called Drill and derives from this one's Check.
"""

import re

import drill


class Bad:
    """A bad day: what it is in a few words, how it comes and goes, and what the runbook says then (a pattern)."""

    def __init__(self, what, strike, heal, says, words=()):
        self.what, self.strike, self.heal, self.says, self.words = what, strike, heal, says, words


class Check(drill.Drill):
    lacking = "nothing: it checks, named each of these, and touched nothing"

    def days(self):
        """The bad days, each a Bad."""
        raise NotImplementedError

    def goal(self, run):
        """Further signs of a good day; a check that succeeded has most of them."""

    def content(self, *words):
        run = self.start(*self.words(), *words)
        if run.status:
            raise drill.Failed(f"all is well, and it ended with {run.status}" + run.tell())
        self.goal(run)
        return run

    def bad_day(self, bad):
        bad.strike()
        before = self.untouched()
        run = self.start(*self.words(), *bad.words)
        if run.status != self.refusal:
            raise drill.Failed(f"{bad.what}: it should have ended with {self.refusal}, not {run.status}" + run.tell())
        if not re.search(bad.says, run.said):
            raise drill.Failed(f"{bad.what}: it does not say {bad.says!r}" + run.tell())
        after = self.untouched()
        if before != after:
            raise drill.Failed(f"{bad.what}: it touched something:\n{before}\nbecame\n{after}" + run.tell())
        bad.heal()
        return run

    def perform(self):
        self.content()
        for bad in self.days():
            drill.audit(self.bad_day(bad))
        run = self.content()
        drill.audit(run)
        return run
