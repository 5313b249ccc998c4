# SPDX-License-Identifier: Apache-2.0
"""Up and down: what is refused, and that nothing is left, whoever dies first."""

import os
import signal
import subprocess
import sys
import unittest

from checks.tools import PATIENCE, SANDBOX, left_of, memory_before, new_folder, orphaned_memory, run, sandbox
from common import process
from common.place import SOURCE, Place


class Refusals(unittest.TestCase):
    def test_a_folder_that_is_not_a_sandbox_is_left_alone(self):
        root = new_folder()
        path = os.path.join(root, "precious")
        with open(path, "w", encoding="ascii") as file:
            file.write("x")
        for words in (("up", root), ("down", root), ("break", root, "corrupt"), ("env", root),
                      ("run", root, "--", "true")):
            done = sandbox(*words)
            self.assertEqual(done.returncode, 1, (words, done.stdout))
            self.assertIn("sandbox", done.stderr)
            self.assertTrue(os.path.exists(path))
        os.unlink(path)
        os.rmdir(root)

    def test_a_wrong_command_line_is_status_2(self):
        for words in ((), ("frobnicate",), ("up",), ("down", "/tmp/x", "y"),
                      ("up", "/tmp/x", "--owner"), ("break", "/tmp/x", "nothing")):
            self.assertEqual(sandbox(*words).returncode, 2, words)

    def test_what_is_not_there_is_down(self):
        root = new_folder()
        os.rmdir(root)
        self.assertEqual(sandbox("down", root).returncode, 0)

    def test_a_long_path_is_refused_in_words(self):
        root = new_folder()
        done = sandbox("up", os.path.join(root, "x" * 100))
        self.assertEqual(done.returncode, 1)
        self.assertIn("too long", done.stderr)
        os.rmdir(root)

    def test_the_stand_in_needs_a_sandbox(self):
        done = run(os.path.join(SOURCE, "bin", "docker"), "ps")
        self.assertEqual(done.returncode, 125)
        self.assertIn("SANDBOX_DIR", done.stderr)


class Life(unittest.TestCase):
    def setUp(self):
        self.root = new_folder()
        self.memory = memory_before()

    def tearDown(self):
        sandbox("down", self.root)

    def gone(self):
        return not left_of(self.root) and orphaned_memory() <= self.memory

    def assert_gone(self):
        self.assertTrue(process.wait_until(self.gone, PATIENCE), left_of(self.root))

    def up(self, *words):
        done = sandbox("up", self.root, "--empty", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(done.stderr, "")
        return Place.open(self.root)

    def test_up_twice_and_down_twice(self):
        self.up()
        again = sandbox("up", self.root)
        self.assertEqual((again.returncode, "already" in again.stdout), (0, True), again.stderr)
        self.assertEqual(sandbox("down", self.root).returncode, 0)
        self.assert_gone()
        self.assertEqual(sandbox("down", self.root).returncode, 0)

    def test_it_goes_with_its_owner(self):
        owner = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        self.up("--owner", owner.pid)
        owner.kill()
        owner.wait()
        self.assert_gone()

    def test_a_killed_engine_takes_its_servers_along(self):
        place = self.up()
        engine = next(who for who in process.mentioning(self.root)
                      if "daemon.py" in process.command_line(who["pid"]))
        process.send(engine, signal.SIGKILL)
        self.assertTrue(process.wait_gone(place.facts["guard"], PATIENCE))
        self.assertEqual(process.inside(self.root), [])
        self.assertEqual(sandbox("down", self.root).returncode, 0)
        self.assert_gone()

    def test_a_killed_guard_takes_the_engine_along(self):
        place = self.up()
        process.send(place.facts["guard"], signal.SIGKILL)
        self.assertTrue(process.wait_until(lambda: not process.inside(self.root), PATIENCE))
        self.assertEqual(sandbox("down", self.root).returncode, 0)
        self.assert_gone()

    def test_an_up_that_is_ended_leaves_nothing(self):
        up = subprocess.Popen([SANDBOX, "up", self.root], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
        state = os.path.join(self.root, "state.json")
        self.assertTrue(process.wait_until(lambda: os.path.exists(state), PATIENCE))
        up.terminate()
        self.assertEqual(up.wait(PATIENCE), 143)
        self.assert_gone()

    @unittest.skipIf(os.geteuid() != 0, "as an ordinary user all servers run as that one")
    def test_a_folder_that_the_servers_cannot_enter_is_refused(self):
        done = sandbox("up", os.path.join(self.root, "inner"))
        self.assertEqual((done.returncode, "cannot enter" in done.stderr), (1, True), done.stderr)
        self.assertEqual(os.listdir(self.root), [])
        os.rmdir(self.root)

    def test_run_keeps_the_status_and_cleans_up(self):
        done = run(SANDBOX, "run", self.root, "--empty", "--", "bash", "-c",
                   'psql -XAtc "select 6 * 7" && redis-cli -p $REDIS_PORT ping && exit 7')
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("42\nPONG\n", done.stdout)
        self.assert_gone()

    @unittest.skipIf(os.geteuid() != 0, "we are an ordinary user: every other test shows it")
    def test_as_an_ordinary_user(self):
        os.chmod(self.root, 0o700)
        os.chown(self.root, 65534, 65534)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        if run(*as_nobody, "test", "-r", SANDBOX).returncode:
            self.skipTest("the account nobody cannot read this checkout")
        done = run(*as_nobody, SANDBOX, "up", self.root)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in (("break", self.root, "fill-disk", "postgres"), ("heal", self.root),
                      ("break", self.root, "corrupt"), ("heal", self.root),
                      ("down", self.root)):
            done = run(*as_nobody, SANDBOX, *words)
            self.assertEqual(done.returncode, 0, (words, done.stderr))
        self.assertEqual(left_of(self.root), [])
