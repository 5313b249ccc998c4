# SPDX-License-Identifier: Apache-2.0
"""What the tests of a recovery share: a sandbox with a real database, reprise in it, and what it left behind.

REPRISE is the path of the program to test. REPRISE_SANITIZED is set where it was built with sanitizers. Transcripts lie
in a folder of the test's own, which is kept, and told, when the test fails.
"""

import base64
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SANDBOX = os.path.join(ROOT, "tests", "sandbox", "sandbox")
RUNBOOK = os.path.join(ROOT, "runbooks", "database-failure.yaml")
sys.path.insert(0, os.path.join(ROOT, "tests"))
import replays
from processes import be_subreaper, descendants as children

REPRISE = os.environ.get("REPRISE", os.path.join(ROOT, "build", "release", "reprise"))
SANITIZED = bool(os.environ.get("REPRISE_SANITIZED"))

# How long anything may take before a test gives up: machines differ, and sanitizers are slow.
PATIENCE = 240
ROWS = {"debates": 600, "messages": 5400, "participants": 1800, "receipts": 200, "users": 400,
        "votes": 3600}
VOLUME = "self-hosted_postgres-data"
# Command lines that destroy, replace or hold back something, by how they begin.
TOUCHES = ("docker volume rm", "docker volume create", "docker compose stop", "docker compose rm",
           "docker compose down", "docker compose --profile * stop", "docker stop", "docker kill",
           "docker exec -i aragora-postgres")


def wait_until(holds, what, limit=PATIENCE):
    """Waits for a condition of another process; there is no event to wait for, so it is asked often."""
    deadline = time.monotonic() + limit
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came true within {limit} s: {what}")
        select.select([], [], [], 0.01)


class Run:
    """One run of reprise: what it said, how it ended, what it recorded."""

    def __init__(self, argv, transcript, env, terminal=False):
        self.argv, self.transcript, self.err = argv, transcript, ""
        self.master = None
        said = os.path.join(os.path.dirname(transcript), os.path.basename(transcript) + ".err")
        self.said = said
        if terminal:
            self.start_on_terminal(env)
            return
        with open(said, "wb") as file:
            self.process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=file,
                                            start_new_session=True)
        self.pid = self.process.pid

    def start_on_terminal(self, env):
        self.process = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(self.argv[0], self.argv, env)

    def read_until(self, words, limit=PATIENCE):
        """Reads the terminal until these words stand there."""
        deadline = time.monotonic() + limit
        while words not in self.err:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.master], [], [], max(left, 0))
            assert ready, f"the terminal never said {words!r}; it said: {self.err[-2000:]}"
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            assert data, f"it ended before it said {words!r}; it said: {self.err[-2000:]}"
            self.err += data.decode(errors="replace")

    def type(self, text):
        os.write(self.master, text.encode() + b"\n")

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, limit=PATIENCE):
        """Waits for its end; kills it, and fails, when that does not come."""
        if self.process is None:
            return self.wait_on_terminal(limit)
        try:
            out, _ = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(f"no end within {limit} s; it said: {self.words()[-2000:]}") \
                from None
        self.status, self.out = self.process.returncode, out.decode(errors="replace")
        self.err = self.words()
        return self

    def wait_on_terminal(self, limit):
        deadline = time.monotonic() + limit
        while True:
            ready, _, _ = select.select([self.master], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                os.kill(self.pid, signal.SIGKILL)
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            self.err += data.decode(errors="replace")
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.master)
        self.master = None
        self.out = self.err
        assert ready, f"no end within {limit} s; it said: {self.err[-2000:]}"
        return self

    def words(self):
        with open(self.said, encoding="utf-8", errors="replace") as file:
            return file.read()

    def lines(self, kind=None):
        """The lines of its transcript, all or those of one type."""
        with open(self.transcript, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [line for line in lines if kind is None or line["type"] == kind]

    def outcomes(self):
        """From a step's id to how it ended."""
        return {line["step"]: line["outcome"] for line in self.lines("step.finished")}

    def started(self):
        """The steps of which an action or a check was begun."""
        return {line.get("step") for line in self.lines("start")}

    def why(self, step):
        return next(line.get("why", "") for line in self.lines("step.finished")
                    if line["step"] == step)


class Folder(unittest.TestCase):
    """Tests with a folder for transcripts and helpers, and a watch over what is left running."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.failed = False
        cls.folder = tempfile.mkdtemp(prefix="reprise-recovery-")
        os.chmod(cls.folder, 0o711)  # servers run as other users
        cls.count = 0
        cls.prepare()
        be_subreaper()

    @classmethod
    def prepare(cls):
        """Starts what is not to be a child of this process."""

    @classmethod
    def tearDownClass(cls):
        parted = replays.differing(REPRISE, pathlib.Path(cls.folder))
        if cls.failed or parted:
            print(f"transcripts are kept in {cls.folder}")
        else:
            shutil.rmtree(cls.folder, ignore_errors=True)
        assert not parted, parted

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            type(self).failed = True
        return result

    @classmethod
    def start(cls, *words, env=None, terminal=False, command=("run",)):
        cls.count += 1
        transcript = os.path.join(cls.folder, f"{cls.count}.jsonl")
        argv = [REPRISE, *command, "--transcript", transcript, *words]
        return Run(argv, transcript, dict(env or os.environ, REPRISE_HOME=cls.folder), terminal)

    def tell(self, run):
        """What is said of a run when a test of it fails."""
        return f"\ntranscript: {run.transcript}\nit said, at the end:\n{run.err[-3000:]}"

    def assert_status(self, run, status):
        self.assertEqual(run.status, status, "exit status" + self.tell(run))

    def assert_says(self, run, pattern):
        """Somewhere in what it said; a regular expression."""
        self.assertTrue(re.search(pattern, run.err), f"it does not say {pattern!r}" + self.tell(run))

    def assert_nothing_runs(self, before, run):
        """Of what began since `before` nothing is left."""
        left = {pid: line for pid, line in children().items() if pid not in before}
        self.assertEqual(left, {}, "processes left" + self.tell(run))

    def assert_chain(self, run):
        """The chain, by hand: prev is the sha256sum of the line before, with its newline."""
        with open(run.transcript, "rb") as file:
            lines = file.readlines()
        expected = "0" * 64
        for number, line in enumerate(lines, 1):
            self.assertTrue(line.endswith(b"\n"), f"line {number} is torn: {run.transcript}")
            self.assertEqual(json.loads(line)["prev"], expected,
                             f"prev of line {number} of {run.transcript}")
            done = subprocess.run(["sha256sum"], input=line, capture_output=True, check=True)
            expected = done.stdout.split()[0].decode()
        self.assertEqual(json.loads(lines[-1])["type"], "seal", run.transcript)
        done = subprocess.run([REPRISE, "verify", run.transcript], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, f"reprise verify: {done.stdout}{done.stderr}")
        self.assertIn("sealed", done.stdout)


class Stage(Folder):
    """One sandbox for the tests of a class."""

    @classmethod
    def prepare(cls):
        cls.root = os.path.join(cls.folder, "sandbox")
        cls.sandbox("up", cls.root, "--owner", str(os.getpid()))
        cls.env = dict(os.environ, REPRISE_LOCKS=os.path.join(cls.folder, "locks"))
        for line in cls.sandbox("env", cls.root).splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            cls.env[name] = subprocess.run(["sh", "-c", f"printf %s {value}"], check=True,
                                           capture_output=True, text=True).stdout
        cls.password = cls.env["POSTGRES_PASSWORD"]

    @classmethod
    def tearDownClass(cls):
        if cls.failed:
            for name in ("env", "calls"):
                with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
                    file.write(cls.sandbox(name, cls.root))
        cls.sandbox("down", cls.root)
        super().tearDownClass()

    @classmethod
    def sandbox(cls, *words):
        done = subprocess.run([SANDBOX, *words], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        if done.returncode:
            raise AssertionError(f"sandbox {' '.join(words)}: {done.stderr}{done.stdout}")
        return done.stdout

    @classmethod
    def break_it(cls, *words):
        cls.sandbox("break", cls.root, *words)

    @classmethod
    def heal(cls, *words):
        cls.sandbox("heal", cls.root, *words)

    @classmethod
    def docker(cls, *words):
        done = subprocess.run(["docker", *words], env=cls.env, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE)
        return done.stdout

    @classmethod
    def calls(cls):
        return cls.sandbox("calls", cls.root).splitlines()

    @classmethod
    def identities(cls):
        """Which volumes there are: another one of the same name has another identity."""
        return cls.sandbox("digest", cls.root, "identities")

    @classmethod
    def begin(cls, *words, env=None, terminal=False, command=("run",)):
        """Starts the runbook with this sandbox's names."""
        given = [f"database_port={cls.env['PGPORT']}", f"api={cls.env['API_URL']}",
                 f"database_backups={cls.env['BACKUPS']}"]
        options = [word for value in given for word in ("-p", value)]
        return cls.start(RUNBOOK, *options, *words, env=dict(cls.env, **(env or {})),
                         terminal=terminal, command=command)

    @classmethod
    def replay(cls, recorded, *words, terminal=False):
        """Starts what another run did once more, for real."""
        return cls.start(recorded.transcript, *words, env=cls.env, terminal=terminal,
                         command=("replay", "--live"))

    def recover(self, *words, status, env=None):
        """Runs it to its end; tells what docker was asked meanwhile, and that nothing is left of it."""
        return self.finish(status, lambda: self.begin("--non-interactive", *words, env=env))

    def recover_again(self, recorded, *words, status):
        """The same of one that follows the record of another."""
        return self.finish(status, lambda: self.replay(recorded, "--non-interactive", *words))

    def finish(self, status, begin):
        before, seen = children(), len(self.calls())
        run = begin().wait()
        run.calls = self.calls()[seen:]
        self.assert_status(run, status)
        self.assert_tidy(run, before)
        return run

    def assert_tidy(self, run, before):
        self.assert_nothing_runs(before, run)
        names = self.docker("ps", "--all", "--format", "{{.Names}}").split()
        self.assertEqual([name for name in names if not name.startswith("aragora-")], [],
                         "containers left" + self.tell(run))
        anonymous = [name for name in self.docker("volume", "ls", "-q").split()
                     if not name.startswith("self-hosted_")]
        self.assertEqual(anonymous, [], "volumes left" + self.tell(run))

    def assert_nothing_touched(self, run, identities):
        touched = [call for call in run.calls if call.startswith(TOUCHES)]
        self.assertEqual(touched, [], "what was not to be touched" + self.tell(run))
        self.assertEqual(self.identities(), identities, "the volumes" + self.tell(run))

    def assert_no_secret(self, run, *more):
        """The password is in none of these, in no form: the record, the run's folder, what was said."""
        forms = set(map(str.encode, secret_forms(self.password)))
        paths = [run.transcript, run.said] + list(more)
        for folder, _, names in os.walk(run.transcript.removesuffix(".jsonl")):
            paths += [os.path.join(folder, name) for name in names]
        for path in filter(os.path.exists, paths):
            with open(path, "rb") as file:
                data = file.read()
            for form in forms:
                self.assertNotIn(form, data, f"the password, as {form!r}, in {path}")

    def rows(self):
        """The rows of each table, asked of the server."""
        sql = " union all ".join(f"select '{name}', count(*) from {name}" for name in ROWS)
        done = subprocess.run(["psql", "-XAt", "-F", " ", "-c", sql], env=self.env, text=True,
                              capture_output=True, check=False, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}


def secret_forms(secret):
    """A secret as it could stand in a text: plain, in JSON, in base64 (at each alignment), in a URL."""
    data = secret.encode()
    found = {secret, json.dumps(secret)[1:-1], json.dumps(secret).replace("/", "\\/")[1:-1],
             urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret),
             urllib.parse.quote(secret), data.hex()}
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + data).decode().rstrip("=")
        # the digits that neighbours share say less than the secret
        found.add(encoded[(lead * 8 + 5) // 6 + 1:-1])
    return found
