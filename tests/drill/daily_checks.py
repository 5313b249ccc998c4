# SPDX-License-Identifier: Apache-2.0
"""The daily checks: a good day is one; a dump cut off, a stale one, a dead cache and a full disk are each named."""

import os
import time

import check
import drill
import place

DAY = 86400


class Drill(check.Check):
    broken = "the newest dump cut off; all stale; Redis killed; a disk full"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.place.copies()
        logs = os.path.join(self.folder, "logs", "aragora")
        os.makedirs(logs)
        self.old, self.new = os.path.join(logs, "app.log.1"), os.path.join(logs, "app.log")
        for path, age in ((self.old, 8 * DAY), (self.new, 6 * DAY)):
            with open(path, "w", encoding="ascii") as file:
                file.write("a line\n")
            os.utime(path, (time.time() - age,) * 2)

    def days(self):
        def nothing():
            """The disk is as full as ever: that is too much for a limit that is lower."""
        return [
            check.Bad("the newest dump is cut off", *self.place.fault("truncate-backup"), r"database_backup .*cut off"),
            check.Bad("every dump is old", *self.place.fault("old-backup", "5"), r"database_backup .*older than 1h15m"),
            check.Bad("Redis is killed", *self.place.fault("kill-redis"), r"cache .*refused the connection"),
            check.Bad("a disk is full", nothing, nothing, r"is nearly full", ("-p", "disk_limit=0.000001")),
        ]

    def untouched(self):
        return self.place("digest", "identities", "backups", "database")

    def env(self):
        return self.place.env()

    def words(self):
        return [*self.place.words(), "-p", f"application_logs={os.path.dirname(self.old)}", "-p",
                f'disks=["{self.folder}"]', "-p", "disk_limit=0.9999", "-p", "memory_limit=0.9999",
                "--approve", "remove_logs"]

    def goal(self, run):
        if os.path.exists(self.old) or not os.path.exists(self.new):
            raise drill.Failed("of the logs the old one should be gone, and no other" + run.tell())

    def down(self):
        self.place.down()
