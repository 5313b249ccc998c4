# SPDX-License-Identifier: Apache-2.0
"""A drill: one procedure, broken for real and recovered by its runbook, in a place of its own.

A drill has a good day (up), a fault that its runbook recovers from, and a lack: something the recovery itself
needs and does not find, so that it must stop before it destroys. perform() does all of it in this order:

    up · fault · lack · the runbook must refuse, and nothing may be touched · mend · the runbook must recover ·
    the goal is met, as something other than the runbook sees it · the record verifies and replays · down

A drill is a class in tests/drill/NAME.py (NAME as in runbooks/NAME.yaml, with _ for -) that is called Drill and derives from
this one's Drill; further ones of the same runbook stand beside it in MORE, a list. Where a runbook only checks, its drill
derives from check.Check.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from processes import be_subreaper, descendants  # noqa: E402

REPRISE = os.environ.get("REPRISE", os.path.join(ROOT, "build", "release", "reprise"))

# How long anything may take before a drill gives up: machines differ, and sanitizers are slow.
PATIENCE = 600

# What stands before a command that is told to end when this process is killed.
MORTAL = ("setpriv", "--pdeathsig", "TERM")


class Failed(Exception):
    """The drill has not shown what it was to show; the text says what."""


def command(*words, env=None, status=0, stdin=None, cwd=None):
    """Runs a command to its end and gives what it printed; Failed, with all it said, if it ends otherwise."""
    done = subprocess.run(words, env=env, input=stdin, text=True, capture_output=True, check=False, cwd=cwd,
                          stdin=None if stdin is not None else subprocess.DEVNULL, timeout=PATIENCE)
    if status is not None and done.returncode != status:
        raise Failed(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(holds, what, limit=PATIENCE):
    """Waits for a condition of another process; there is no event to wait for, so it is asked often."""
    deadline = time.monotonic() + limit
    while not holds():
        if time.monotonic() > deadline:
            raise Failed(f"it never came true within {limit} s: {what}")
        time.sleep(0.02)


class Run:
    """One run of the runbook, at its end: its status, what it said, how long it took, and its record."""

    def __init__(self, words, transcript, env):
        self.transcript = transcript
        begun = time.monotonic()
        done = subprocess.run([*MORTAL, REPRISE, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", check=False, timeout=3 * PATIENCE)
        self.seconds = time.monotonic() - begun
        self.status, self.said = done.returncode, done.stderr

    def tell(self):
        return f"\nrecord: {self.transcript}\nit said, at the end:\n{self.said[-4000:]}"

    def lines(self, kind):
        with open(self.transcript, encoding="utf-8") as file:
            return [line for line in map(json.loads, file) if line["type"] == kind]

    def outcomes(self):
        """From a step's id to how it ended."""
        return {line["step"]: line["outcome"] for line in self.lines("step.finished")}


class Drill:
    """What each drill fills in. `self.folder` is its own; what it makes lies there and goes with it."""

    engines = ("stand-in",)  # what may stand behind the docker command; ("docker",) is a real engine
    needs = ()  # what it needs on a real engine beside that: of containers.NEEDS
    variant = ""  # of further ones in MORE: a word that tells it from the others
    broken = ""  # what is broken, in a few words, for the table
    refusal = 1  # how the run ends that must refuse
    refuses = ""  # a regular expression: what it says then
    lacking = ""  # what it lacks, in a few words, for the table

    def __init__(self, folder, engine):
        self.folder, self.engine = folder, engine
        self.count = 0

    @classmethod
    def name(cls):
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def runbook(cls):
        return os.path.join(ROOT, "runbooks", cls.name() + ".yaml")

    def up(self):
        """The good day: servers, data, backups."""
        raise NotImplementedError

    def fault(self):
        """Breaks it."""
        raise NotImplementedError

    def lack(self):
        """Takes away what the recovery itself needs."""
        raise NotImplementedError

    def mend(self):
        """Gives it back."""
        raise NotImplementedError

    def untouched(self):
        """A description of all that a refused run must leave as it is."""
        raise NotImplementedError

    def goal(self, run):
        """Raises Failed unless all is well again, as something other than the runbook sees it."""
        raise NotImplementedError

    def down(self):
        """Ends and removes everything, in whatever state it is."""
        raise NotImplementedError

    def env(self):
        """The environment of the runs."""
        return dict(os.environ)

    def words(self):
        """What `reprise run RUNBOOK` is told besides."""
        return []

    def perform(self):
        """What lies between up and down; the run that recovered."""
        self.fault()
        audit(refuse(self))
        run = recover(self)
        audit(run)
        return run

    def start(self, *words, runbook=None):
        """Runs the runbook, or another, to its end."""
        self.count += 1
        transcript = os.path.join(self.folder, f"{self.count}.jsonl")
        argv = ("run", "--non-interactive", "--transcript", transcript, runbook or self.runbook(), *words)
        return Run(argv, transcript, dict(self.env(), REPRISE_HOME=self.folder, REPRISE_LOCKS=os.path.join(self.folder, "locks")))


def refuse(drill):
    """The runbook meets its lack: it must say so, and leave everything as it is."""
    drill.lack()
    before = drill.untouched()
    run = drill.start(*drill.words())
    if run.status != drill.refusal:
        raise Failed(f"it should have refused with {drill.refusal} and ended with {run.status}" + run.tell())
    if not re.search(drill.refuses, run.said):
        raise Failed(f"it does not say {drill.refuses!r}" + run.tell())
    after = drill.untouched()
    if before != after:
        raise Failed(f"it refused, and touched something:\n{before}\nbecame\n{after}" + run.tell())
    drill.mend()
    return run


def recover(drill):
    run = drill.start(*drill.words())
    if run.status:
        raise Failed(f"it did not recover: status {run.status}" + run.tell())
    drill.goal(run)
    return run


def audit(run):
    """The record is whole, and everything in it would be decided again."""
    env = dict(os.environ, REPRISE_HOME=os.path.dirname(run.transcript))
    if "sealed" not in command(REPRISE, "verify", run.transcript, env=env):
        raise Failed("the record is not sealed" + run.tell())
    command(REPRISE, "replay", run.transcript, env=env)
    command(REPRISE, "report", run.transcript, env=env)


def sweep(folder, before):
    """Nothing that the drill began may outlive it."""
    shutil.rmtree(folder)
    left = {pid: line for pid, line in descendants().items() if pid not in before}
    if left:
        raise Failed(f"processes are left: {left}")


def perform(kind, engine):
    """All of a drill; the run that recovered. Failed says what went wrong, and where the records are then."""
    folder = tempfile.mkdtemp(prefix=f"reprise-drill-{kind.name()}-")
    os.chmod(folder, 0o711)  # servers run as other users
    before = set(descendants())
    drill = kind(folder, engine)
    try:
        drill.up()
        run = drill.perform()
    except Failed as trouble:
        drill.down()
        raise Failed(f"{trouble}\nwhat was recorded is kept in {folder}") from None
    except BaseException:
        drill.down()
        raise
    drill.down()
    sweep(folder, before)
    return run


def plan(kind):
    """What the runbook says of itself, as `reprise plan` tells it."""
    return json.loads(command(REPRISE, "plan", "--format", "json", kind.runbook()))["runbook"]
