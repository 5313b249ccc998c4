# SPDX-License-Identifier: Apache-2.0
"""Recovery of a destroyed database, by hand: the page's way, which loses the data silently, and
the right one, with every command that a runbook needs."""

from checks.tools import SandboxTest, sandbox

DATA = "/var/lib/postgresql/data"
COUNTS = ("select (select count(*) from users) + (select count(*) from debates) + "
          "(select count(*) from participants) + (select count(*) from messages) + "
          "(select count(*) from votes) + (select count(*) from receipts)")


class Procedure(SandboxTest):
    def poll(self, *argv):
        from checks.tools import run
        self.until(lambda: run(*argv, env=self.env).returncode == 0, argv)

    def test_1_the_page_fails_silently(self):
        self.assertEqual(self.value(COUNTS), "12000")
        self.break_it("corrupt")
        self.do("docker", "compose", "restart", "postgres")
        self.do("docker", "compose", "down")
        self.do("docker", "volume", "rm", "aragora_postgres_data", expect=1)
        self.do("docker", "volume", "rm", "self-hosted_postgres-data")
        self.do("docker", "compose", "up", "-d", "postgres")
        self.poll("psql", "-XAtc", "select 1")
        self.assertEqual(self.value(COUNTS), "0")
        # With the application up again before the restore there is a row in the way of each table.
        self.value("insert into users values (1, 'a@b', 'a', '{}', now())")
        done = self.sh("gunzip -c $BACKUPS/latest.sql.gz | "
                       "docker exec -i aragora-postgres psql -U aragora aragora 2>&1")
        self.assertIn("already exists", done.stdout)
        self.assertNotEqual(self.value(COUNTS), "12000")
        self.assertEqual(self.value("select count(*) from votes"), "0")
        self.do("docker", "compose", "up", "-d", "--wait")
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_2_the_right_way(self):
        volume = self.do("docker", "inspect", "-f",
                         '{{range .Mounts}}{{if eq .Destination "%s"}}{{.Name}}{{end}}{{end}}'
                         % DATA, "aragora-postgres").stdout.strip()
        self.assertEqual(volume, "self-hosted_postgres-data")
        image = self.do("docker", "inspect", "-f", "{{.Config.Image}}",
                        "aragora-postgres").stdout.strip()
        self.trial_restore(image)
        self.do("docker", "compose", "stop", "aragora")
        self.do("docker", "compose", "rm", "-sf", "postgres")
        self.assertEqual(self.do("docker", "ps", "-aq", "--filter", f"volume={volume}").stdout, "")
        self.do("docker", "volume", "create", "aside")
        self.do("docker", "run", "--rm", "-v", f"{volume}:/from:ro", "-v", "aside:/to", image,
                "cp", "-a", "/from/.", "/to/")
        self.do("docker", "run", "--rm", "-v", f"{volume}:/from:ro", "-v", "aside:/to:ro", image,
                "diff", "-r", "/from", "/to")
        self.do("docker", "volume", "rm", volume)
        self.do("docker", "compose", "up", "-d", "--no-deps", "postgres")
        self.poll("psql", "-XAtc", "select 1")
        self.do("docker", "exec", "aragora-postgres", "dropdb", "-U", "aragora", "--force",
                "--maintenance-db", "postgres", "aragora")
        self.do("docker", "exec", "aragora-postgres", "createdb", "-U", "aragora",
                "--maintenance-db", "postgres", "-T", "template0", "aragora")
        self.sh("gunzip -c $BACKUPS/latest.sql.gz | docker exec -i aragora-postgres "
                "psql -X -q -v ON_ERROR_STOP=1 -1 -U aragora -d aragora")
        self.do("docker", "exec", "aragora-postgres", "psql", "-U", "aragora", "-Xqc", "ANALYZE")
        self.assertEqual(self.value(COUNTS), "12000")
        self.do("docker", "compose", "up", "-d", "--wait")
        self.assertEqual(self.get("/api/v1/debates/count"), (200, {"count": 600}))
        self.do("docker", "volume", "rm", "aside")
        calls = sandbox("calls", self.root).stdout
        self.assertIn(f"docker volume rm {volume}\n", calls)

    def trial_restore(self, image):
        self.do("docker", "run", "-d", "--rm", "--name", "scratch", "-e", "POSTGRES_USER=aragora",
                "-e", "POSTGRES_PASSWORD=trial", "-p", "127.0.0.1::5432", image)
        port = self.do("docker", "port", "scratch", "5432/tcp").stdout.strip().rpartition(":")[2]
        self.assertNotEqual(port, self.env["PGPORT"])
        outside = ["env", "PGPASSWORD=trial", "psql", "-p", port, "-d", "postgres", "-XAtc"]
        self.poll(*outside, "select 1")
        self.do("docker", "exec", "scratch", "createdb", "-U", "aragora", "-T", "template0",
                "trial")
        self.sh("gunzip -c $BACKUPS/latest.sql.gz | docker exec -i scratch "
                "psql -X -q -v ON_ERROR_STOP=1 -1 -U aragora -d trial")
        outside[outside.index("postgres")] = "trial"
        self.assertEqual(self.do(*outside, COUNTS).stdout.strip(), "12000")
        self.do("docker", "rm", "-fv", "scratch")
        self.do("docker", "inspect", "scratch", expect=1)
        names = self.do("docker", "volume", "ls", "-q").stdout.split()
        self.assertTrue(all(name.startswith("self-hosted_") for name in names), names)

    def test_3_the_fresh_server_answers_on_its_socket_first(self):
        """Of a first start: the socket says ready while TCP still refuses."""
        seen = self.sh("docker compose rm -sf postgres && docker volume rm "
                       "self-hosted_postgres-data && docker compose up -d --no-deps postgres && "
                       "for i in $(seq 2000); do "
                       "  docker exec aragora-postgres pg_isready -q || continue; "
                       "  pg_isready -q -t 2 && echo both || echo socket-only; break; done").stdout
        self.assertIn("socket-only", seen)
        self.poll("psql", "-XAtc", "select 1")
