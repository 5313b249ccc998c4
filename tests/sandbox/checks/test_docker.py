# SPDX-License-Identifier: Apache-2.0
"""The stand-in for docker: shapes, exit codes, and what it refuses."""

import json
import os
import subprocess

from checks.tools import SandboxTest, run


class Docker(SandboxTest):
    def test_what_is_unknown_is_an_error(self):
        for words in (["frobnicate"], ["ps", "--frob"], ["compose", "frob"], ["volume", "prune"],
                      ["compose", "up", "postgres"], ["exec", "--privileged", "x", "y"],
                      ["run", "--gpus", "all", "postgres:16.2-alpine"], ["system", "prune"],
                      ["compose", "-p", "other", "ps"]):
            done = self.do("docker", *words, expect=125)
            self.assertTrue(done.stderr.strip(), words)

    def test_exec_conventions(self):
        name = "aragora-postgres"
        self.do("docker", "exec", name, "no-such-program", expect=127)
        self.do("docker", "exec", name, "/etc/passwd", expect=126)
        self.do("docker", "exec", name, "sh", "-c", "exit 3", expect=3)
        self.do("docker", "exec", "nobody-here", "true", expect=1)
        self.do("docker", "exec", "-t", name, "true", expect=1)
        self.assertEqual(self.do("docker", "exec", name, "cat", text="lost").stdout, "")
        self.assertEqual(self.do("docker", "exec", "-i", name, "cat", text="kept").stdout, "kept")
        self.assertEqual(self.do("docker", "compose", "exec", "-T", "-e", "K=v", "postgres",
                                 "sh", "-c", "echo $K $POSTGRES_USER").stdout, "v aragora\n")
        self.do("docker", "compose", "exec", "postgres", "true", expect=1)

    def test_exec_reaches_the_servers(self):
        for words in (["psql", "-U", "aragora", "-XAtc", "select count(*) from users"],
                      ["psql", "-h", "localhost", "-U", "aragora", "-XAtc",
                       "select count(*) from users"],
                      ["sh", "-c", "psql -U aragora -XAt -c 'select count(*) from users'"]):
            self.assertEqual(self.do("docker", "exec", "aragora-postgres", *words).stdout, "400\n")
        self.do("docker", "exec", "aragora-postgres", "pg_isready", "-U", "aragora")
        # The seed's trap: a wrong or missing password is told on stdout, with status 0.
        done = self.do("docker", "exec", "aragora-redis", "redis-cli", "ping")
        self.assertIn("NOAUTH", done.stdout)
        self.do("docker", "exec", "aragora-redis", "redis-cli", "-e", "ping", expect=1)
        self.assertEqual(self.do("docker", "exec", "-e", "REDISCLI_AUTH", "aragora-redis",
                                 "redis-cli", "-p", "6379", "-h", "redis", "ping").stdout, "PONG\n")

    def test_cp_out_of_a_container(self):
        target = os.path.join(self.root, "copied")
        self.do("docker", "cp", "aragora-redis:/data/appendonlydir/appendonly.aof.manifest", target)
        self.assertTrue(os.path.getsize(target))
        os.unlink(target)
        self.assertIn("Could not find", self.do("docker", "cp", "aragora-redis:/data/nothing", target, expect=1).stderr)
        self.do("docker", "cp", target, "aragora-redis:/data/x", expect=125)

    def test_what_takes_the_room(self):
        self.assertIn("Local Volumes", self.do("docker", "system", "df").stdout)
        self.assertIn("reclaimed", self.do("docker", "image", "prune", "--force").stdout)
        self.do("docker", "image", "prune", expect=125)

    def test_published_ports_want_a_password(self):
        env = dict(self.env, PGPASSWORD="wrong")
        done = subprocess.run(["psql", "-wXAtc", "select 1"], env=env, capture_output=True,
                              encoding="utf-8", check=False, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, "password" in done.stderr), (2, True))
        self.assertEqual(self.value("select 1"), "1")

    def test_inspect(self):
        form = "{{.State.Status}} {{.State.Health.Status}} {{.RestartCount}} {{.State.OOMKilled}}"
        self.assertEqual(self.do("docker", "inspect", "-f", form, "aragora-postgres").stdout,
                         "running healthy 0 false\n")
        names = self.do("docker", "inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}",
                        "aragora-redis").stdout
        self.assertEqual(names, "self-hosted_redis-data \n")
        state = json.loads(self.do("docker", "inspect", "--format", "{{json .State}}",
                                   "aragora-api").stdout)
        self.assertEqual((state["Running"], state["ExitCode"]), (True, 0))
        self.do("docker", "inspect", "-f", "{{.State.Nothing}}", "aragora-api", expect=1)
        self.do("docker", "inspect", "-f", "{{.State", "aragora-api", expect=64)
        self.assertEqual(self.do("docker", "inspect", "nobody-here", expect=1).stdout, "[]\n")

    def test_ps(self):
        line = self.do("docker", "ps", "--filter", "name=aragora-redis", "--format",
                       "{{.Names}} {{.State}}").stdout
        self.assertEqual(line, "aragora-redis running\n")
        by_volume = self.do("docker", "ps", "-aq", "--filter",
                            "volume=self-hosted_postgres-data").stdout.split()
        self.assertEqual(len(by_volume), 1)
        self.assertTrue(self.inspect("aragora-postgres")["Id"].startswith(by_volume[0]))
        rows = [json.loads(row) for row in self.do(
            "docker", "compose", "ps", "--format", "json").stdout.splitlines()]
        self.assertEqual([row["Service"] for row in rows], ["postgres", "redis", "aragora"])
        self.assertEqual({row["State"] for row in rows}, {"running"})
        self.do("docker", "compose", "ps", "nothing", expect=1)

    def test_logs(self):
        every = self.do("docker", "logs", "aragora-postgres")
        self.assertIn("ready to accept connections", every.stderr)
        self.assertIn("Ready to accept", self.do("docker", "logs", "aragora-redis").stdout)
        tail = self.do("docker", "compose", "logs", "--tail", "2", "--no-color", "postgres").stdout
        self.assertEqual([line[:19] for line in tail.splitlines()], ["aragora-postgres  |"] * 2)
        self.assertEqual(self.do("docker", "logs", "--since", "2999-01-01T00:00:00Z",
                                 "aragora-postgres").stderr, "")

    def test_config(self):
        model = json.loads(self.do("docker", "compose", "config", "--format", "json").stdout)
        self.assertEqual(model["name"], "self-hosted")
        self.assertEqual(model["volumes"]["postgres-data"]["name"], "self-hosted_postgres-data")
        self.assertNotIn("backup", model["services"])
        self.assertIn("backup", self.do("docker", "compose", "--profile", "backup", "config",
                                        "--services").stdout)

    def test_a_volume_in_use_stays(self):
        done = self.do("docker", "volume", "rm", "self-hosted_redis-data", expect=1)
        self.assertIn("volume is in use", done.stderr)
        self.do("docker", "compose", "stop", "redis")
        self.do("docker", "volume", "rm", "self-hosted_redis-data", expect=1)
        self.do("docker", "compose", "rm", "-sf", "redis")
        self.do("docker", "volume", "rm", "self-hosted_redis-data")
        self.do("docker", "volume", "rm", "self-hosted_redis-data", expect=1)
        self.do("docker", "compose", "up", "-d", "--wait", "redis")
        self.until_ready()

    def test_a_network_in_use_stays_and_one_that_went_is_missed(self):
        net = "self-hosted_aragora-net"
        self.assertIn("active endpoints", self.do("docker", "network", "rm", net, expect=1).stderr)
        self.do("docker", "compose", "stop")
        self.do("docker", "network", "rm", net)
        done = self.do("docker", "start", "aragora-redis", expect=1)
        self.assertIn("not found", done.stderr)
        self.do("docker", "network", "create", net)  # of the same name, and another one
        self.do("docker", "compose", "restart", "redis", expect=1)
        self.assertIn("not found", self.state("aragora-redis")["Error"])
        self.do("docker", "compose", "down")
        self.do("docker", "compose", "up", "-d", "--wait")
        self.until_ready()

    def test_up_makes_anew_what_its_env_file_changed_and_restart_does_not(self):
        def key():
            done = run("docker", "exec", "aragora-api", "printenv", "OPENROUTER_API_KEY", env=self.env)
            return done.stdout.strip()

        path = os.path.join(self.place.deploy, ".env")
        with open(path, "w", encoding="ascii") as file:
            file.write("# ours\nOPENROUTER_API_KEY='a key'\nOTHER=1\n")
        before = self.inspect("aragora-redis")["Id"]
        for words, wanted in ((["restart", "aragora"], ""), (["up", "-d", "--no-recreate", "aragora"], ""),
                              (["up", "-d", "aragora"], "a key")):
            self.do("docker", "compose", *words)
            self.assertEqual(key(), wanted, words)
        self.assertEqual(self.inspect("aragora-redis")["Id"], before)
        os.unlink(path)
        self.do("docker", "compose", "up", "-d", "--wait", "aragora")
        self.assertEqual(key(), "")
        self.until_ready()

    def test_name_servers_of_an_override_where_no_file_is_named(self):
        def dns():
            return self.inspect("aragora-api")["HostConfig"]["Dns"]

        path = os.path.join(self.place.deploy, "docker-compose.override.yml")
        with open(path, "w", encoding="ascii") as file:
            file.write('{"services": {"aragora": {"dns": ["192.0.2.1"]}}}')
        self.break_it("no-names")
        self.do("docker", "exec", "aragora-api", "getent", "hosts", "localhost", expect=2)
        self.do("docker", "compose", "up", "-d", "aragora")
        self.assertEqual(dns(), [])
        found = self.sh(f"cd {self.place.deploy}; unset COMPOSE_FILE; docker compose up -d aragora;"
                        "docker compose config --format json")
        self.assertEqual(json.loads(found.stdout)["services"]["aragora"]["dns"], ["192.0.2.1"])
        self.assertEqual(dns(), ["192.0.2.1"])
        self.do("docker", "exec", "aragora-api", "getent", "hosts", "localhost")
        with open(path, "w", encoding="ascii") as file:
            file.write("services: {aragora: {mem_limit: 1g}}")
        self.sh(f"cd {self.place.deploy}; unset COMPOSE_FILE; docker compose up -d aragora", expect=125)
        os.unlink(path)
        self.heal()
        self.do("docker", "compose", "up", "-d", "--wait", "aragora")
        self.until_ready()

    def test_create_makes_what_is_missing_and_starts_nothing(self):
        before = self.inspect("aragora-redis")["Id"]
        self.do("docker", "compose", "create", "redis")
        self.assertEqual(self.inspect("aragora-redis")["Id"], before)
        self.assertTrue(self.state("aragora-redis")["Running"])
        self.do("docker", "compose", "rm", "-sf", "redis")
        self.do("docker", "compose", "create", "--no-recreate", "redis")
        self.assertEqual(self.state("aragora-redis")["Status"], "created")
        self.assertEqual(self.inspect("aragora-redis")["Mounts"][0]["Name"],
                         "self-hosted_redis-data")
        self.do("docker", "compose", "restart", "redis")
        self.until_ready()

    def test_run_over_volumes(self):
        image = self.inspect("aragora-postgres")["Config"]["Image"]
        self.do("docker", "volume", "create", "aside")
        self.do("docker", "run", "--rm", "-v", "self-hosted_redis-data:/from:ro", "-v",
                "aside:/to", image, "sh", "-c", "cp -a /from/. /to/")
        listing = self.do("docker", "run", "--rm", "-v", "aside:/to", image, "ls", "/to").stdout
        self.assertIn("appendonlydir", listing)
        self.do("docker", "run", "--rm", "-v", "aside:/to", image, "sh", "-c", "exit 9", expect=9)
        self.do("docker", "run", "--rm", "-v", "aside:/to:ro", image, "touch", "/to/x", expect=125)
        self.do("docker", "run", "--rm", "no-such-image", "true", expect=125)
        self.do("docker", "volume", "rm", "aside")
        self.assertNotIn("sandbox_", self.do("docker", "ps", "-a").stdout)

    def test_containers_of_inactive_profiles_survive_down(self):
        def dumps():
            return {(entry.name, entry.stat(follow_symlinks=False).st_mtime_ns)
                    for entry in os.scandir(self.place.backups)}

        before = dumps()
        self.do("docker", "compose", "--profile", "backup", "up", "-d", "backup")
        # It dumps at once, as the real one does; within the second of another dump, over that one.
        self.until(lambda: dumps() != before, "the service made a dump")
        done = self.do("docker", "compose", "down")
        self.assertIn("still in use", done.stderr)
        self.assertEqual(self.do("docker", "ps", "--format", "{{.Names}}").stdout,
                         "aragora-backup\n")
        self.do("docker", "compose", "--profile", "backup", "down")
        self.assertEqual(self.do("docker", "ps", "-aq").stdout, "")
        self.do("docker", "compose", "up", "-d", "--wait")
        self.until_ready()
        self.assertEqual(self.value("select count(*) from messages"), "5400")

    def test_servers_outlive_the_process_that_asked_for_them(self):
        script = "docker compose restart postgres; ps -o sid= -p $$"
        session = self.sh(script).stdout.split()[-1]
        sid = self.do("ps", "-o", "sid=", "-p", self.state()["Pid"]).stdout.strip()
        self.assertNotEqual(session, sid)
        self.until_ready()
