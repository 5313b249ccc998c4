#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The monthly drill: it finds in calm what would fail, and touches nothing."""

import re
import subprocess
import unittest

from stage import Stage

# What the servers count of writing. The rest of their statistics moves when somebody reads.
# Of the tables of people: what analyzes and vacuums by itself once a minute writes into the catalogs.
POSTGRES_WRITES = ("select sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del), (select count(*) from pg_class),"
                   " (select count(*) from pg_database), (select count(*) from pg_roles) from pg_stat_user_tables")
REDIS_READS = {"auth", "client", "command", "config|get", "echo", "exists", "get", "hello", "info",
               "ping", "quit", "role", "select", "strlen", "ttl", "type"}


class Rehearsal(Stage):
    def setUp(self):
        self.heal()
        self.docker("compose", "up", "-d", "--wait")
        self.volumes = self.identities()

    def rehearse(self, *words, status):
        run = self.finish(status, lambda: self.begin(*words, command=("rehearse",)))
        self.assert_touched_nothing(run)
        self.assert_chain(run)
        return run

    def assert_touched_nothing(self, run):
        """Of docker only what reads was asked; nothing that the record calls a change was begun. What would run in a
        container is looked for there, by a shell that is told no more: the servers' own counts say the rest."""
        run.calls = [call for call in run.calls if not re.match(r"docker exec -i \S+ sh -c rp_", call)]
        self.assert_nothing_touched(run, self.volumes)
        reads = ("docker info", "docker inspect", "docker ps", "docker port", "docker volume ls",
                 "docker compose logs", "docker compose ps", "docker compose --profile * ps")
        self.assertEqual([call for call in run.calls if not call.startswith(reads)], [],
                         self.tell(run))
        performed = {line["op"] for line in run.lines("started") if line.get("pid")}
        for line in run.lines("start"):
            if line["class"] != "read":
                self.assertNotIn(line["op"], performed, f"{line}{self.tell(run)}")
        self.assertEqual(run.lines("run.started")[0]["mode"], "rehearse")

    def of_data(self):
        return self.sandbox("digest", self.root, "volumes", "backups")

    def sql(self, text):
        done = subprocess.run(["psql", "-XAt", "-c", text], env=self.env, capture_output=True,
                              text=True, check=True)
        return done.stdout

    def redis_writes(self):
        """How often each command was called that is none of those which only read."""
        done = subprocess.run(["redis-cli", "-h", self.env["REDIS_HOST"], "-p",
                               self.env["REDIS_PORT"], "info", "commandstats"], env=self.env,
                              capture_output=True, text=True, check=True)
        found = {}
        for line in done.stdout.splitlines():
            name, _, rest = line.removeprefix("cmdstat_").partition(":calls=")
            if rest and name not in REDIS_READS:
                found[name] = rest.partition(",")[0]
        return found

    def outcome(self, run):
        return run.lines("run.finished")[0]["outcome"]

    def test_everything_in_place(self):
        """The database is broken, and all is there to bring it back: it passes, and not a byte has changed."""
        self.break_it("corrupt")
        before, writes = self.of_data(), self.redis_writes()
        run = self.rehearse(status=0)
        self.assertEqual(self.of_data(), before, self.tell(run))
        self.assertEqual(self.redis_writes(), writes, self.tell(run))
        self.assertEqual(self.outcome(run), "rehearsed")
        outcomes = run.outcomes()
        self.assertEqual({outcomes[step] for step in ("restart", "backup", "restore", "drop_volume",
                                                      "load")}, {"rehearsed"}, self.tell(run))
        self.assertEqual((outcomes["candidate"], outcomes["newest"], outcomes["status"]),
                         ("succeeded", "succeeded", "succeeded"))
        self.assert_says(run, r"would destroy: docker volume rm self-hosted_postgres-data")
        self.assert_says(run, r"APPROVAL WOULD BE NEEDED for restore")
        self.assert_says(run, r"not yet true, depends on .*restart")
        self.assert_says(run, r"not done +\d+ changes, 2 destructions, 1 answer of a person")

    def test_the_backup_is_missing(self):
        self.break_it("corrupt")
        self.break_it("no-backup")
        run = self.rehearse(status=1)
        self.assert_says(run, r"REHEARSAL FAILED")
        self.assert_says(run, r"there is no backup: nothing in .* matches")
        self.assert_says(run, r"there is no backup that could be restored")
        self.assertEqual(self.outcome(run), "failed")

    def test_the_backup_is_too_old(self):
        self.break_it("corrupt")
        self.break_it("old-backup")
        run = self.rehearse(status=1)
        self.assert_says(run, r"is 3d00h old, and no more than 1h may be lost")
        self.assertIn("there is no backup that could be restored", run.why("backup"))

    def test_the_backup_is_cut_off(self):
        self.break_it("corrupt")
        self.break_it("truncate-backup", "all")
        run = self.rehearse(status=1)
        self.assert_says(run, r"the gzip around it is cut off")
        self.assertIn("there is no backup that could be restored", run.why("backup"))

    def test_a_healthy_database(self):
        """Nothing would have to be done, which is shown; the servers have counted no write."""
        sums, writes = self.sql(POSTGRES_WRITES), self.redis_writes()
        run = self.rehearse(status=0)
        self.assertEqual(self.sql(POSTGRES_WRITES), sums, self.tell(run))
        self.assertEqual(self.redis_writes(), writes, self.tell(run))
        outcomes = run.outcomes()
        self.assertEqual({outcomes[step] for step in ("restart", "backup", "restore")}, {"skipped"},
                         self.tell(run))
        self.assert_says(run, r"nothing would have to be changed or destroyed")

    def test_what_if_it_were_down(self):
        """A drill against a healthy database: the failure is made up, what is missing for it is not."""
        sums = self.sql(POSTGRES_WRITES)
        run = self.rehearse("--inject", "answering=failed", status=0)
        self.assertEqual(run.outcomes()["restore"], "rehearsed", self.tell(run))
        self.break_it("no-backup")
        run = self.rehearse("--inject", "answering=failed", status=1)
        self.assertIn("there is no backup that could be restored", run.why("backup"))
        self.assertEqual(self.sql(POSTGRES_WRITES), sums, self.tell(run))

    def test_a_restart_that_is_assumed_to_help(self):
        self.break_it("corrupt")
        run = self.rehearse("--assume", "restart=succeeded", status=0)
        self.assertEqual(run.outcomes()["restore"], "skipped", self.tell(run))

    def test_answers_of_an_earlier_run(self):
        """What a real recovery saw answers for what is not done: its path is gone all the way."""
        self.break_it("corrupt")
        real = self.recover("--approve", "restore", status=0)
        self.volumes = self.identities()
        run = self.rehearse("--inject", "answering=failed", "--from", real.transcript, status=0)
        self.assertEqual(run.outcomes()["restore"], "rehearsed", self.tell(run))
        rows = [line for line in run.lines("step.finished") if line["step"] == "backup"]
        self.assertEqual(rows[0]["outputs"]["total"], 12000, self.tell(run))


if __name__ == "__main__":
    unittest.main(verbosity=2)
