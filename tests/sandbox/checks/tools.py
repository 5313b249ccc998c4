# SPDX-License-Identifier: Apache-2.0
"""What the tests share: running commands, waiting for conditions, looking for what is left."""

import json
import os
import pwd
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from command import environment
from common import memory, process
from common.place import SOURCE, Place
from engine import folder

SANDBOX = os.path.join(SOURCE, "sandbox")
PATIENCE = 30


def run(*argv, env=None, stdin=None, text=None, limit=120):
    """Runs a command with its output in pipes; a server that held them would show as a hang."""
    return subprocess.run([str(word) for word in argv], env=env, timeout=limit, check=False,
                          capture_output=True, encoding="utf-8", errors="replace", input=text,
                          **({"stdin": stdin or subprocess.DEVNULL} if text is None else {}))


def sandbox(*words, **options):
    return run(SANDBOX, *words, **options)


def new_folder():
    return os.path.realpath(tempfile.mkdtemp(prefix="sandbox-"))


def memory_before():
    """The segments that are there already: never ours, whatever becomes of them.

    One whose maker is dead can look as if it lived: its number is another process's by now, and then it is not.
    """
    return set(memory.segments(memory_owner()))


def memory_owner():
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()


def orphaned_memory():
    """System V segments that nobody uses and whose maker is dead: what a killed server leaves.

    Of the account that a sandbox's servers run as: other tests of this machine kill servers, too.
    """
    return {segment for segment, (pid, attached) in memory.segments(memory_owner()).items()
            if not attached and process.identity(pid) is None}


def left_of(root):
    """Everything of a sandbox that still exists, in words."""
    who = {one["pid"] for one in process.inside(root) + process.mentioning(root)
           if process.is_alive(one)} - {os.getpid()}
    found = [f"process {pid}: {process.command_line(pid)}" for pid in sorted(who)]
    found += [f"mount {point}" for point in folder.mounts_below(root)]
    return found + ([f"folder {root}"] if os.path.lexists(root) else [])


class SandboxTest(unittest.TestCase):
    """One sandbox for the tests of a class; every test finds it whole and leaves it so."""

    up_arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.memory = memory_before()
        cls.root = new_folder()
        done = sandbox("up", cls.root, "--owner", os.getpid(), *cls.up_arguments)
        if done.returncode:
            raise AssertionError(f"up: {done.returncode}: {done.stderr}")
        cls.place = Place.open(cls.root)
        cls.env = dict(os.environ, **environment.variables(cls.place))

    @classmethod
    def tearDownClass(cls):
        done = sandbox("down", cls.root)
        # Other servers of this machine may be dying just now: theirs goes away by itself.
        process.wait_until(lambda: orphaned_memory() <= cls.memory, PATIENCE)
        left = left_of(cls.root) + sorted(orphaned_memory() - cls.memory)
        if done.returncode or left:
            raise AssertionError(f"down: {done.returncode}: {done.stderr}; left: {left}")

    def do(self, *argv, expect=0, **options):
        """Runs a command in the sandbox's environment and insists on its exit status."""
        done = run(*argv, env=self.env, **options)
        self.assertEqual(done.returncode, expect,
                         f"{argv}: out {done.stdout[-600:]!r} err {done.stderr[-600:]!r}")
        return done

    def sh(self, script, expect=0):
        return self.do("bash", "-euo", "pipefail", "-c", script, expect=expect)

    def value(self, sql):
        return self.do("psql", "-XAtc", sql).stdout.strip()

    def inspect(self, name):
        return json.loads(self.do("docker", "inspect", name).stdout)[0]

    def state(self, name="aragora-postgres"):
        return self.inspect(name)["State"]

    def get(self, path):
        """(status, body) of the application, or (0, the error)."""
        try:
            with urllib.request.urlopen(self.env["API_URL"] + path, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError as error:
            return 0, str(error)

    def until(self, holds, what):
        self.assertTrue(process.wait_until(holds, PATIENCE), f"it never came true: {what}")

    def until_ready(self):
        self.until(lambda: self.get("/readyz")[0] == 200, "the application is ready")

    def digest(self, kind):
        done = sandbox("digest", self.root, kind)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def break_it(self, *words):
        done = sandbox("break", self.root, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def heal(self, *words):
        done = sandbox("heal", self.root, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout
