# SPDX-License-Identifier: Apache-2.0
"""Every fault: that it is real, and that it is undone."""

import gzip
import os
import signal
import socket
import time

from checks.tools import SandboxTest, sandbox
from command.failed import Failed
from command.faults import FAULTS, break_it
from common.place import Place


class Faults(SandboxTest):
    def tearDown(self):
        self.heal()
        self.until_ready()

    def port_of(self, server):
        return self.place.facts["ports"][server]

    def newest(self):
        return os.path.join(self.place.backups, "latest.sql.gz")

    def test_each_fault_is_tested(self):
        tested = " ".join(name for name in dir(self) if name.startswith("test_"))
        for name in FAULTS:
            self.assertIn(name.replace("-", "_"), tested)

    def test_corrupt(self):
        before = self.digest("database")
        self.break_it("corrupt")
        self.assertEqual(self.get("/readyz")[0], 503)
        self.do("docker", "compose", "restart", "postgres")
        self.until(lambda: self.state()["ExitCode"] == 1 and self.inspect(
            "aragora-postgres")["RestartCount"] >= 2, "the restart policy tries in vain")
        self.do("pg_isready", "-q", expect=2)
        self.assertIn("FATAL", self.do("docker", "compose", "logs", "--tail", "5", "--no-color",
                                       "postgres").stdout)
        self.assertIn("put back", self.heal())
        self.assertEqual(self.digest("database"), before)

    def test_restart_fails(self):
        before = self.digest("database")
        self.break_it("restart-fails")
        self.do("docker", "restart", "aragora-postgres")
        self.until(lambda: self.state()["ExitCode"] == 1, "it ended by itself")
        self.heal()
        self.assertEqual(self.digest("database"), before)

    def test_kill_postgres_needs_only_a_restart(self):
        identities, rows = self.digest("identities"), self.digest("database")
        self.break_it("kill-postgres")
        state = self.state()
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 137))
        self.assertEqual(self.get("/readyz")[1]["checks"], {"database": False, "redis": True})
        self.assertEqual(self.get("/healthz")[0], 200)
        self.assertEqual(self.get("/api/v1/debates/count")[0], 500)
        files = self.digest("volumes")
        self.assertEqual(files, self.digest("volumes"))
        self.do("docker", "compose", "restart", "postgres")
        self.until_ready()
        self.assertEqual((self.digest("identities"), self.digest("database")), (identities, rows))

    def test_crash_postgres_is_started_again_by_its_policy(self):
        started = self.state()["StartedAt"]
        self.break_it("crash-postgres")
        self.until_ready()
        self.assertNotEqual(self.state()["StartedAt"], started)
        self.assertGreaterEqual(self.inspect("aragora-postgres")["RestartCount"], 1)

    def test_stop_postgres(self):
        self.break_it("stop-postgres")
        state = self.state()
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 0))
        self.do("docker", "exec", "aragora-postgres", "true", expect=1)

    def test_kill_redis(self):
        self.break_it("kill-redis")
        self.assertEqual(self.get("/readyz")[1]["checks"], {"database": True, "redis": False})
        self.do("docker", "compose", "restart", "redis")
        self.until_ready()
        self.assertEqual(self.do("docker", "exec", "-e", "REDISCLI_AUTH", "aragora-redis",
                                 "redis-cli", "-e", "dbsize").stdout, "25\n")

    def test_freeze(self):
        self.break_it("freeze", "redis")
        self.assertEqual(self.get("/readyz")[1]["checks"], {"database": True, "redis": False})
        self.heal()
        self.until_ready()

    def test_freeze_is_cured_by_a_restart(self):
        self.break_it("freeze", "postgres")
        self.do("docker", "compose", "restart", "-t", "0", "postgres")
        self.until_ready()

    def test_hang_port(self):
        for server in ("postgres", "redis", "api"):
            self.break_it("hang-port", server)
            with socket.create_connection(("127.0.0.1", self.port_of(server)), 5) as sock:
                sock.settimeout(0.3)
                sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
                self.assertRaises(socket.timeout, sock.recv, 1)
            name = {"api": "aragora-api"}.get(server, f"aragora-{server}")
            done = self.do("docker", "restart", name, expect=1)
            self.assertIn("port is already allocated", done.stderr)
            self.heal()
            self.until_ready()

    def test_no_names(self):
        names = ["docker", "exec", "aragora-api", "getent", "hosts", "localhost"]
        self.break_it("no-names")
        self.assertEqual(self.do(*names, expect=2).stdout, "")
        self.heal()
        self.do(*names)

    def test_docker_fails(self):
        self.break_it("docker-fails", "compose", "restart")
        self.do("docker", "compose", "restart", "postgres", expect=1)
        self.do("docker", "compose", "ps")
        self.heal()
        self.do("docker", "compose", "restart", "api-that-is-not", expect=1)
        self.do("docker", "compose", "restart", "aragora")

    def test_truncate_backup(self):
        whole = self.digest("backups")
        self.do("gzip", "-t", self.newest())
        self.break_it("truncate-backup")
        self.do("gzip", "-t", self.newest(), expect=1)
        self.heal()
        self.assertEqual(self.digest("backups"), whole)

    def test_only_the_newest_is_truncated(self):
        first = os.path.realpath(self.newest())
        second = sandbox("backup", self.root).stdout.strip()
        self.assertNotEqual(first, second)
        self.assertEqual(os.path.realpath(self.newest()), second)
        self.break_it("truncate-backup")
        self.do("gzip", "-t", first)
        self.do("gzip", "-t", second, expect=1)

    def test_empty_backup(self):
        self.break_it("empty-backup", "all")
        self.do("gzip", "-t", self.newest())
        self.assertEqual(os.path.getsize(self.newest()), 20)
        with gzip.open(self.newest()) as file:
            self.assertEqual(file.read(), b"")

    def test_no_backup(self):
        whole = self.digest("backups")
        self.break_it("no-backup")
        self.assertEqual(os.listdir(self.place.backups), [])
        self.heal()
        self.assertEqual(self.digest("backups"), whole)

    def test_old_backup(self):
        self.break_it("old-backup")
        self.assertGreater(time.time() - os.stat(self.newest()).st_mtime, 71 * 3600)

    def test_fill_disk_postgres(self):
        before = self.digest("database")
        self.break_it("fill-disk", "postgres")
        done = self.do("psql", "-Xqc", "create table ballast as select repeat(md5(n::text), 100) "
                       "from generate_series(1, 200000) n", expect=1)
        self.assertRegex(done.stderr, "No space left|File too large|terminated abnormally|"
                         "closed the connection|starting up|recovery mode|refused")
        self.heal()
        self.until_ready()
        self.assertEqual(self.digest("database"), before)

    def test_fill_disk_backups(self):
        done = sandbox("break", self.root, "fill-disk", "backups")
        if os.geteuid() != 0:
            self.assertEqual((done.returncode, "only root" in done.stderr), (1, True))
            return
        with self.assertRaises(OSError):
            with open(os.path.join(self.place.backups, "more"), "wb") as file:
                file.write(b"x" * 8192)
        os.unlink(os.path.join(self.place.backups, "more"))
        self.do("gzip", "-t", self.newest())
        self.heal()
        self.assertTrue(sandbox("backup", self.root).stdout)

    def keys(self):
        self.until_ready()
        return self.do("redis-cli", "-p", self.env["REDIS_PORT"], "-e", "--scan").stdout.split()

    def test_corrupt_redis(self):
        for arguments, left in (((), 0), (("half",), 1)):
            keys = self.keys()
            self.break_it("corrupt-redis", *arguments)
            self.do("docker", "compose", "restart", "redis")
            self.until(lambda: self.state("aragora-redis")["ExitCode"] == 1, "it ended by itself")
            data = os.path.join(self.root, "volumes", "self-hosted_redis-data", "_data", "appendonlydir")
            self.do("sh", "-c", f"cp -r {data} {self.root}/copy && echo y | "
                    f"redis-check-aof --fix {self.root}/copy/appendonly.aof.manifest", expect=1 - left)
            self.do("rm", "-r", f"{self.root}/copy")
            self.assertIn("put back", self.heal())
            self.assertEqual(sorted(self.keys()), sorted(keys))

    def test_oom(self):
        self.break_it("oom")
        self.until(lambda: self.state("aragora-api")["OOMKilled"], "it was killed for want of memory")
        with open(os.path.join(self.place.deploy, ".env"), "w", encoding="utf-8") as file:
            file.write("ARAGORA_MEMORY_LIMIT=7G\n")
        self.do("docker", "compose", "restart", "aragora")
        self.assertEqual(self.inspect("aragora-api")["HostConfig"]["Memory"], 4 << 30)
        self.do("docker", "compose", "up", "-d", "--wait", "aragora")
        self.assertEqual(self.inspect("aragora-api")["HostConfig"]["Memory"], 7 << 30)
        os.unlink(os.path.join(self.place.deploy, ".env"))
        self.do("docker", "compose", "up", "-d", "aragora")

    def test_broken_image_and_no_registry(self):
        self.break_it("broken-image")
        state = self.state("aragora-api")
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 127))
        self.assertIn("executable file not found", state["Error"])
        self.break_it("no-registry")
        self.assertIn("manifest unknown", self.do("docker", "compose", "pull", "aragora", expect=1).stderr)
        self.do("docker", "compose", "up", "-d", "--force-recreate", "aragora", expect=127)
        self.heal("no-registry")
        self.do("docker", "compose", "pull", "aragora")
        self.do("docker", "compose", "up", "-d", "--wait", "aragora")

    def test_what_a_real_engine_has_not(self):
        place = Place(self.root, {"docker": {"program": "none", "variables": {}}})
        for name in ("hang-port", "docker-fails", "no-names", "no-registry"):
            with self.assertRaisesRegex(Failed, f"has no {name}: {FAULTS[name].unreal}"):
                break_it(place, name, ["redis"])
        self.assertEqual(os.listdir(self.place.path("healing")), [])

    def test_oom_of_what(self):
        for words in (("much",), ("1", "2")):
            done = sandbox("break", self.root, "oom", *words)
            self.assertEqual((done.returncode, "how many MiB" in done.stderr), (1, True))

    def test_a_fault_is_not_made_twice(self):
        self.break_it("kill-redis")
        done = sandbox("break", self.root, "kill-redis")
        self.assertEqual((done.returncode, "already" in done.stderr), (1, True))
        self.assertIn("broken: kill-redis", sandbox("status", self.root).stdout)


class Signals(SandboxTest):
    up_arguments = ("--empty",)

    def test_all_of_a_container_ends_with_its_main_process(self):
        pid = self.state()["Pid"]
        workers = self.do("ps", "--ppid", pid, "-o", "pid=").stdout.split()
        self.assertTrue(workers)
        os.kill(pid, signal.SIGSTOP)
        self.do("docker", "kill", "aragora-postgres")
        self.assertEqual([one for one in workers if os.path.exists(f"/proc/{one}")], [])
