#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runbooks of other domains, run to their end against stand-ins for what they talk to, and a real PostgreSQL.

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
sys.path.insert(0, str(HERE.parent))
import replays

ROOT = HERE.parent.parent
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
LIMIT_S = 100


class Foreign(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="reprise-foreign-")
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name)
        self.addCleanup(self.decide_again)
        self.hosts = self.folder / "hosts"
        self.hosts.mkdir()
        self.env = dict(os.environ, PATH=f"{HERE}/bin:/usr/local/bin:/usr/bin:/bin", HOSTS=str(self.hosts),
                        REPRISE_HOME=str(self.folder / "home"), REPRISE_LOCKS=str(self.folder / "locks"))
        (self.folder / "locks").mkdir()

    def decide_again(self):
        self.assertEqual(replays.differing(PROGRAM, self.folder), [])

    def make_hosts(self, **files):
        for name, contents in files.items():
            (self.hosts / name).mkdir()
            for file, text in contents.items():
                (self.hosts / name / file).write_text(text)

    def begin(self, runbook, *arguments):
        return subprocess.Popen(
            [str(PROGRAM), "run", str(ROOT / "runbooks" / runbook), "--non-interactive", "--transcript",
             str(self.folder / "t.jsonl"), *arguments],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, program, status):
        out, said = program.communicate(timeout=LIMIT_S)
        self.assertEqual(program.returncode, status, said)
        self.said = said

    def ends(self):
        lines = [json.loads(line) for line in (self.folder / "t.jsonl").read_text().splitlines()]
        return {line["node"]: line["outcome"] for line in lines if line["type"] == "step.finished"}

    def told(self, name):
        return (self.hosts / name).read_text().split("\n")[:-1]

    def await_file(self, path):
        until = time.monotonic() + LIMIT_S
        while not path.exists():
            self.assertLess(time.monotonic(), until, f"{path} does not come")
            time.sleep(0.01)

    # a cluster that is down on every node

    def make_cluster(self):
        self.make_hosts(db1={"grastate.dat": "seqno:   7\n"}, db2={"grastate.dat": "seqno:   12\n"},
                        db3={"grastate.dat": "seqno:   -1\n"})

    def test_cluster(self):
        self.make_cluster()
        self.end(self.begin("cluster-bootstrap.yaml", "-p", "state_file=grastate.dat", "--approve", "bootstrap"), 0)
        self.assertEqual(self.told("joined"), ["db2", "db1", "db3"])
        self.assertEqual(self.ends()["join[1]/synced"], "succeeded")

    def test_cluster_not_approved(self):
        self.make_cluster()
        self.end(self.begin("cluster-bootstrap.yaml", "-p", "state_file=grastate.dat"), 3)
        self.assertFalse((self.hosts / "joined").exists())
        self.assertIn("db2 begins the new cluster at 12", self.said)

    def test_cluster_that_runs(self):
        self.make_cluster()
        (self.hosts / "db3" / "running").touch()
        self.end(self.begin("cluster-bootstrap.yaml", "-p", "state_file=grastate.dat", "--approve", "bootstrap"), 1)
        self.assertFalse((self.hosts / "joined").exists())
        self.assertEqual(self.ends()["down[2]"], "failed")

    # a rolling restart

    def make_web(self):
        self.make_hosts(**{f"web{n}": {"balanced": "enabled\n"} for n in (1, 2, 3)})

    def test_rolling(self):
        self.make_web()
        self.end(self.begin("rolling-restart.yaml"), 0)
        self.assertEqual(self.told("restarted"), ["web1", "web2", "web3"])
        self.assertEqual([line for line in self.told("balancer") if not line.startswith("state")],
                         [f"{what} web{n}" for n in (1, 2, 3) for what in ("drain", "enable")])

    def test_rolling_ill(self):
        self.make_web()
        (self.hosts / "web3" / "ill").touch()
        self.end(self.begin("rolling-restart.yaml"), 1)
        self.assertFalse((self.hosts / "restarted").exists())
        self.assertIn("mend that first", self.said)

    def test_rolling_interrupted(self):
        self.make_web()
        (self.hosts / "web2" / "stubborn").touch()
        program = self.begin("rolling-restart.yaml")
        self.await_file(self.hosts / "stuck")
        program.send_signal(signal.SIGINT)
        self.end(program, 4)
        self.assertEqual(self.told("restarted"), ["web1", "web2"])
        self.assertEqual((self.hosts / "web2" / "balanced").read_text(), "enabled\n")
        self.assertEqual(self.ends()["host[1]/enable"], "succeeded")
        self.assertEqual(self.ends()["host[2]"], "cancelled")

    # a snapshot in backup mode

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
