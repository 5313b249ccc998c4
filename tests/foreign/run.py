#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runbooks of other domains, run to their end: on machines that ssh reaches, with stand-ins for what they talk to there, and
on a real PostgreSQL.

REPRISE names the program. Nothing here sleeps: each test waits for what it wants to see.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).absolute().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "far")]
import replays
from lab import Lab

ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
LIMIT_S = 100


class Foreign(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="reprise-foreign-")
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name)
        self.addCleanup(self.decide_again)
        self.env = dict(os.environ, REPRISE_HOME=str(self.folder / "home"), REPRISE_LOCKS=str(self.folder / "locks"))
        (self.folder / "locks").mkdir()

    def decide_again(self):
        self.assertEqual(replays.differing(PROGRAM, self.folder), [])

    def begin(self, runbook, *arguments):
        program = subprocess.Popen(
            [str(PROGRAM), "run", str(ROOT / "runbooks" / runbook), "--non-interactive", "--transcript",
             str(self.folder / "t.jsonl"), *arguments],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.__exit__, None, None, None)
        self.addCleanup(program.kill)
        return program

    def end(self, program, status):
        out, said = program.communicate(timeout=LIMIT_S)
        self.assertEqual(program.returncode, status, said)
        self.said = said

    def ends(self):
        lines = [json.loads(line) for line in (self.folder / "t.jsonl").read_text().splitlines()]
        return {line["node"]: line["outcome"] for line in lines if line["type"] == "step.finished"}

    def await_file(self, path):
        until = time.monotonic() + LIMIT_S
        while not path.exists():
            self.assertLess(time.monotonic(), until, f"{path} does not come")
            time.sleep(0.01)


class Machines(Foreign):
    """Three machines, each with an sshd of its own; what they do is written down in their homes."""

    def setUp(self):
        super().setUp()
        self.lab = self.enterContext(Lab())
        self.hosts = {name: self.lab.ssh() for name in ("h1", "h2", "h3")}
        self.shared = self.folder / "shared"
        (self.shared / "cluster").mkdir(parents=True)
        self.pool = self.folder / "pool"
        self.pool.mkdir()
        for name, host in self.hosts.items():
            self.write(name, "name", name)
            os.symlink(self.shared / "cluster", f"{host.home}/cluster")
            for program in (HERE / "far").iterdir():
                os.symlink(program, f"{host.bin}/{program.name}")
        self.env.update(self.lab.environment(), POOL=str(self.pool))
        self.env["PATH"] = f"{self.lab.bin}:{HERE}/bin:/usr/local/bin:/usr/bin:/bin"

    def write(self, name, file, text=""):
        (pathlib.Path(self.hosts[name].home) / file).write_text(text)

    def has(self, name, file):
        return (pathlib.Path(self.hosts[name].home) / file).exists()

    def read(self, path):
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def done(self):
        """What was done on each machine."""
        return {name: self.read(pathlib.Path(host.home) / "deeds") for name, host in self.hosts.items()}

    def order(self):
        return self.read(self.shared / "order")

    def on_all(self, parameter):
        return "-p", f"{parameter}={json.dumps(list(self.hosts))}"

    def await_stuck(self, name):
        self.await_file(pathlib.Path(self.hosts[name].home) / "stuck")


class Cluster(Machines):
    """A cluster that is down on every node."""

    def setUp(self):
        super().setUp()
        for name, seqno, log in (("h1", 7, 7), ("h2", -1, 12), ("h3", 9, 9)):
            self.write(name, "grastate.dat", f"uuid:    5a4f\nseqno:   {seqno}\nsafe_to_bootstrap: 0\n")
            self.write(name, "log", f"{log}\n")

    def bootstrap(self, *arguments):
        return self.begin("cluster-bootstrap.yaml", *self.on_all("nodes"), "-p", "state_file=grastate.dat", *arguments)

    def assert_nothing_begun(self):
        self.assertEqual(list((self.shared / "cluster").iterdir()), [])
        self.assertEqual([line for done in self.done().values() for line in done if line != "recover"], [])
        self.assertFalse(any("safe_to_bootstrap: 1" in (pathlib.Path(host.home) / "grastate.dat").read_text()
                             for host in self.hosts.values()))

    def test_all(self):
        self.end(self.bootstrap("--approve", "bootstrap"), 0)
        self.assertEqual(self.done(), {"h1": ["start mariadb"], "h2": ["recover", "begin"], "h3": ["start mariadb"]})
        self.assertEqual(self.order(), ["h1", "h3"])
        self.assertEqual(self.ends()["join[1]/synced"], "succeeded")

    def test_not_approved(self):
        self.end(self.bootstrap(), 3)
        self.assert_nothing_begun()
        self.assertIn("h2 begins the new cluster", " ".join(self.said.split()))
        self.assertIn("h1 is at 7, h2 is at 12, h3 is at 9", " ".join(self.said.split()))

    def test_no_position(self):
        for name in self.hosts:
            self.write(name, "grastate.dat", "seqno:   -1\nsafe_to_bootstrap: 0\n")
            self.write(name, "log", "-1\n")
        self.end(self.bootstrap("--approve", "bootstrap"), 1)
        self.assert_nothing_begun()
        self.assertIn("no node knows its position", self.said)

    def test_other_cluster(self):
        self.write("h3", "grastate.dat", "uuid:    77aa\nseqno:   99\nsafe_to_bootstrap: 0\n")
        self.end(self.bootstrap("--approve", "bootstrap"), 1)
        self.assert_nothing_begun()
        self.assertIn("h1 in 5a4f, h2 in 5a4f, h3 in 77aa", " ".join(self.said.split()))

    def test_one_runs(self):
        self.write("h3", "running")
        self.end(self.bootstrap("--approve", "bootstrap"), 1)
        self.assert_nothing_begun()
        self.assertEqual(self.ends()["down"], "failed")
        self.assertIn("h3 runs: start mariadb on the others, and begin no second cluster", self.said)

    def test_one_is_off(self):
        self.hosts["h1"].stop()
        self.end(self.bootstrap("--approve", "bootstrap"), 1)
        self.assert_nothing_begun()
        ends = self.ends()
        self.assertEqual([ends[f"state[{n}]"] for n in range(3)], ["failed", "succeeded", "succeeded"])
        self.assertIn("cannot reach h1", self.said)

    def test_interrupted(self):
        self.write("h1", "stubborn")
        program = self.bootstrap("--approve", "bootstrap")
        self.await_stuck("h1")
        program.send_signal(signal.SIGINT)
        self.end(program, 4)
        self.assertEqual(self.done(), {"h1": ["start mariadb"], "h2": ["recover", "begin"], "h3": []})
        self.assertEqual(self.hosts["h1"].processes("/dev/null"), [], "it was ended there")

    def test_rehearsed(self):
        done = subprocess.run([str(PROGRAM), "rehearse", str(ROOT / "runbooks/cluster-bootstrap.yaml"), "--transcript",
                               str(self.folder / "t.jsonl"), *self.on_all("nodes"), "-p", "state_file=grastate.dat"],
                              env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_nothing_begun()
        self.assertEqual(self.done(), {"h1": [], "h2": [], "h3": []})
        self.assertEqual(self.ends()["position[0]/saved"], "succeeded")


class Rolling(Machines):
    """A rolling restart."""

    def setUp(self):
        super().setUp()
        for name in self.hosts:
            (self.pool / name).write_text("enabled\n")

    def restart(self):
        return self.begin("rolling-restart.yaml", *self.on_all("hosts"))

    def states(self):
        return [(self.pool / name).read_text().strip() for name in self.hosts]

    def told(self):
        return self.read(self.pool / "told")

    def test_all(self):
        self.end(self.restart(), 0)
        self.assertEqual(self.done(), dict.fromkeys(self.hosts, ["restart app.service"]))
        self.assertEqual(self.order(), ["h1", "h2", "h3"])
        self.assertEqual(self.told(), [f"{what} {name}" for name in self.hosts for what in ("drain", "enable")])

    def test_ill_before(self):
        self.write("h3", "ill")
        self.end(self.restart(), 1)
        self.assertEqual((self.order(), self.told()), ([], []))
        self.assertIn("h3 is not well before anything was done; mend that first", self.said)

    def test_off_before(self):
        self.hosts["h2"].stop()
        self.end(self.restart(), 1)
        self.assertEqual((self.order(), self.told()), ([], []))
        self.assertIn("h2 is not well before anything was done; mend that first: cannot reach h2", self.said)

    def test_canary_fails(self):
        self.write("h1", "fails")
        self.end(self.restart(), 1)
        self.assertEqual(self.done(), {"h1": ["restart app.service"], "h2": [], "h3": []})
        self.assertEqual((self.states(), self.told()), (["drained", "enabled", "enabled"], ["drain h1"]))
        self.assertIn("stopped after the canary h1 failed", self.said)

    def test_off_meanwhile(self):
        self.write("h2", "stubborn")
        program = self.restart()
        self.await_stuck("h2")
        self.hosts["h2"].stop()
        self.end(program, 1)
        self.assertEqual(self.done(), {"h1": ["restart app.service"], "h2": ["restart app.service"], "h3": []})
        self.assertEqual(self.states(), ["enabled", "drained", "enabled"])
        self.assertEqual(self.ends()["roll[2]"], "blocked")

    def test_interrupted(self):
        self.write("h2", "stubborn")
        program = self.restart()
        self.await_stuck("h2")
        program.send_signal(signal.SIGINT)
        self.end(program, 4)
        self.assertEqual(self.done(), {"h1": ["restart app.service"], "h2": ["restart app.service"], "h3": []})
        self.assertEqual(self.hosts["h2"].processes("/dev/null"), [], "it was ended there")
        self.assertEqual((self.states(), self.told()[-1]), (["enabled", "enabled", "enabled"], "enable h2"))
        self.assertEqual(self.ends()["roll[2]"], "cancelled")


class Snapshot(Foreign):
    """A snapshot in backup mode."""

    def start_postgres(self):
        servers = subprocess.Popen(["/usr/bin/python3", str(ROOT / "tests/live/servers.py")], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)

        def stop():
            servers.stdin.close()
            servers.wait(timeout=LIMIT_S)
            servers.stdout.close()

        self.addCleanup(stop)
        servers.stdin.write("postgres\n")
        servers.stdin.flush()
        return dict(word.split("=", 1) for word in servers.stdout.readline().split() if "=" in word)

    def snapshot(self, facts, copy):
        into = self.folder / "snapshot"
        self.env["PGPASSWORD"] = "secret"
        return self.begin("backup-mode-snapshot.yaml", "-p", f"port={facts['port']}", "-p", "user=aragora", "-p",
                          f"into={into}", "-p", f"copy={json.dumps(copy)}"), into

    def test_snapshot(self):
        facts = self.start_postgres()
        script = f'mkdir "$1" && cp /proc/{facts["pid"]}/cwd/PG_VERSION "$1"/'
        program, into = self.snapshot(facts, ["bash", "-c", script, "copy"])
        self.end(program, 0)
        self.assertIn("START WAL LOCATION", (into / "backup_label").read_text())

    def test_snapshot_copy_fails(self):
        facts = self.start_postgres()
        program, into = self.snapshot(facts, ["bash", "-c", "exit 9", "copy"])
        self.end(program, 1)
        ends = self.ends()
        self.assertEqual((ends["backup/begin"], ends["backup/copy"], ends["backup/end"]),
                         ("succeeded", "failed", "blocked"))

if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main(verbosity=1)
