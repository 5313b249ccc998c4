# SPDX-License-Identifier: Apache-2.0
"""The quick reference: it tells of each server that is dead, goes on to look at all else, and touches nothing."""

import check
import drill
import place


class Drill(check.Check):
    broken = "PostgreSQL killed; Redis killed; the application stopped"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.place.copies()

    def days(self):
        def stop():
            self.place.docker("stop", "aragora-api")

        def start():
            self.place.docker("start", "aragora-api")
            self.place("run", "--", "curl", "--fail", "--silent", "--retry", "100", "--retry-delay", "0",
                       "--retry-connrefused", self.place.variables["API_URL"] + "/healthz")
        return [
            check.Bad("PostgreSQL is killed", *self.place.fault("kill-postgres"), r"postgres .*FAILED"),
            check.Bad("Redis is killed", *self.place.fault("kill-redis"), r"redis .*FAILED"),
            check.Bad("the application is stopped", stop, start, r"the application does not live"),
        ]

    def untouched(self):
        return self.place("digest", "identities", "backups")

    def env(self):
        return self.place.env()

    def words(self):
        return self.place.words()

    def goal(self, run):
        changed = [line["step"] for line in run.lines("step.finished") if line["outcome"] != "succeeded"]
        if changed:
            raise drill.Failed(f"on a good day all succeeds, and did not: {changed}" + run.tell())

    def down(self):
        self.place.down()
