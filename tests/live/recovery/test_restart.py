#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where less than a restore is enough, or a restore would not help, no data is touched."""

import unittest

from stage import ROWS, Stage


class Restart(Stage):
    def setUp(self):
        self.heal()
        self.docker("compose", "up", "-d", "--wait")
        self.volumes = self.identities()

    def test_a_killed_server_is_restarted(self):
        self.break_it("kill-postgres")
        run = self.recover(status=0)
        self.assertIn("docker compose restart postgres", run.calls)
        outcomes = run.outcomes()
        self.assertEqual((outcomes["restart"], outcomes["backup"], outcomes["restore"]),
                         ("succeeded", "skipped", "skipped"), self.tell(run))
        self.assertEqual([call for call in run.calls if ("volume" in call or "docker run" in call)
                          and not call.startswith("docker volume ls")],
                         [], self.tell(run))
        self.assert_nothing_touched(run, self.volumes)
        self.assertEqual(self.rows(), ROWS)
        self.assert_chain(run)

    def test_a_false_alarm_restarts_nothing(self):
        run = self.recover(status=0)
        self.assertNotIn("docker compose restart postgres", run.calls)
        self.assertEqual(run.outcomes()["restart"], "skipped")
        self.assert_nothing_touched(run, self.volumes)

    def test_a_wrong_password_is_not_a_dead_server(self):
        run = self.recover("--approve", "restore", status=1,
                           env={"POSTGRES_PASSWORD": "not the password"})
        self.assert_says(run, r"the database runs and refuses user aragora")
        self.assertIn("the database runs and refuses user aragora", run.why("let_in"))
        self.assertNotIn("docker compose restart postgres", run.calls)
        self.assert_nothing_touched(run, self.volumes)

    def test_a_wrong_name_is_not_a_dead_server(self):
        """The server works, and says that it knows no such database, no such table: nothing is restarted."""
        for given, state in (("database_name=nowhere", "3D000"), ("canary=select exists (select from nothing)", "42P01")):
            for command in ("run", "rehearse"):
                words = ["--non-interactive", "--approve", "restore"] if command == "run" else []
                run = self.finish(1, lambda: self.begin("-p", given, *words, command=(command,)))
                self.assertIn(f"the server works, and answers with error {state}", run.why("let_in"))
                self.assertNotIn("docker compose restart postgres", run.calls)
                self.assert_nothing_touched(run, self.volumes)

    def test_an_application_that_an_earlier_run_stopped(self):
        self.docker("compose", "stop", "aragora")
        run = self.recover(status=0)
        self.assertEqual((run.outcomes()["restart"], run.outcomes()["up"]), ("skipped", "succeeded"), self.tell(run))
        self.assert_nothing_touched(run, self.volumes)

    def test_a_port_that_is_not_published_is_not_a_dead_server(self):
        run = self.recover("-p", "database_port=1", "--approve", "restore", status=1)
        self.assert_says(run, r"aragora-postgres does not publish port 1")
        self.assertNotIn("docker compose restart postgres", run.calls)
        self.assert_nothing_touched(run, self.volumes)

    def test_a_port_that_something_else_holds(self):
        """It accepts and never answers; a restart cannot have it; a restore would not either."""
        self.break_it("hang-port", "postgres")
        run = self.recover("--approve", "restore", status=1)
        sentence = "docker cannot start aragora-postgres, and that is not for its data"
        self.assertIn(sentence, run.err)
        self.assertIn(sentence, run.why("startable"))
        self.assertNotIn("scratch", run.started())
        self.assert_nothing_touched(run, self.volumes)

    def test_a_frozen_server(self):
        """It accepts and never answers; a restart is enough."""
        self.break_it("freeze", "postgres")
        run = self.recover(status=0)
        self.assertEqual(run.outcomes()["restart"], "succeeded", self.tell(run))
        self.assert_nothing_touched(run, self.volumes)


if __name__ == "__main__":
    unittest.main(verbosity=2)
