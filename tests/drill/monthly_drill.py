# SPDX-License-Identifier: Apache-2.0
"""The monthly drill names a drill that fails, a runbook with a mistake or never exercised, and a .env that is open."""

import os
import shutil

import check
import drill
import place

RUNBOOK = "reprise: 1\nid: {}\nsteps:\n  - {{id: look, title: Look, effect: read, run: [\"true\"], timeout: 1m}}\n"
ANSWERS = {"capacity_review": {"enough_for": "6", "remark": "none"},
           "security_audit": {"by": "Kim", "findings": "none"},
           "documentation": {"changed": "nothing"}, "runbook_review": {"changed": "nothing"}}


class Drill(check.Check):
    broken = "a drill that fails; a wrong runbook; one never exercised; an open .env; the shipped password"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.env_file = os.path.join(self.place.variables["DEPLOY"], ".env")
        with open(self.env_file, "w", encoding="ascii") as file:
            file.write("LOG_LEVEL=info\n")
        os.chmod(self.env_file, 0o600)
        self.runbooks = os.path.join(self.folder, "runbooks")
        os.mkdir(self.runbooks)
        self.write("tried")
        shutil.copy(os.path.join(drill.ROOT, "runbooks", "organization.yaml"), self.runbooks)
        drill.command(drill.REPRISE, "run", os.path.join(self.runbooks, "tried.yaml"),
                      env=dict(os.environ, REPRISE_HOME=self.folder))
        self.drills("true")

    def write(self, name, text=None):
        with open(os.path.join(self.runbooks, name + ".yaml"), "w", encoding="ascii") as file:
            file.write(text or RUNBOOK.format(name))

    def remove(self, name):
        os.unlink(os.path.join(self.runbooks, name + ".yaml"))

    def drills(self, word):
        """What stands in the place of tools/drill: this drill is one of its."""
        with open(os.path.join(self.folder, "drills"), "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho database-failure\n{word}\n")
        os.chmod(os.path.join(self.folder, "drills"), 0o755)

    def password(self, value):
        """Sets the password of the database's user to one that is no secret, or back."""
        of = self.place.variables
        text = value.replace("'", "''")
        drill.command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"alter role aragora password '{text}'",
                      env=dict(self.env(), PGPASSWORD="aragora" if value == of["PGPASSWORD"] else of["PGPASSWORD"]))

    def days(self):
        right = self.place.variables["PGPASSWORD"]
        return [
            check.Bad("a drill fails", lambda: self.drills("exit 1"), lambda: self.drills("true"),
                      r"drill .*FAILED.*not every drill"),
            check.Bad("a runbook has a mistake", lambda: self.write("wrong", "reprise: 1\nid: wrong\nstep: []\n"),
                      lambda: self.remove("wrong"), r"wrong.yaml has mistakes"),
            check.Bad("a runbook was never exercised", lambda: self.write("untried"), lambda: self.remove("untried"),
                      r"untried.yaml has steps that were not exercised in 30d"),
            check.Bad(".env is open", lambda: os.chmod(self.env_file, 0o644), lambda: os.chmod(self.env_file, 0o600),
                      r"readable by others"),
            check.Bad("the shipped password", lambda: self.password("aragora"), lambda: self.password(right),
                      r"the database takes the shipped password"),
        ]

    def untouched(self):
        return self.place("digest", "identities", "backups") + str(sorted(os.listdir(self.runbooks)))

    def env(self):
        return self.place.env()

    def perform(self):
        run = super().perform()
        alone = self.start(*self.place.words(), *self.where(), "-p", "reviews=false")
        if alone.status or alone.outcomes().get("documentation") != "skipped":
            raise drill.Failed("without the reviews it needs nobody" + alone.tell())
        return run

    def where(self):
        return ["-p", f'reprise=["{drill.REPRISE}"]', "-p", f"runbooks={self.runbooks}", "-p",
                f'drill=["{self.folder}/drills"]']

    def words(self):
        answers = [f"{step}=done" for step in ANSWERS]
        answers += [f"{step}.{name}={value}" for step, inputs in ANSWERS.items() for name, value in inputs.items()]
        return [*self.place.words(), *self.where(), *(word for answer in answers for word in ("--answer", answer))]

    def goal(self, run):
        outcomes = run.outcomes()
        if outcomes.get("runbook_review") != "succeeded" or "tried.yaml" not in run.said:
            raise drill.Failed(f"nobody was asked, or nothing was looked at: {outcomes}" + run.tell())

    def down(self):
        self.place.down()
