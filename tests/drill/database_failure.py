# SPDX-License-Identifier: Apache-2.0
"""The database's files are destroyed; it comes back from its newest backup, every row of it."""

import drill
import place


class Drill(drill.Drill):
    engines = ("stand-in", "docker")
    broken = "PostgreSQL killed, its files overwritten"
    lacking = "every backup cut off in the middle"
    refuses = r"there is no backup"

    def up(self):
        self.place = place.of(self)
        self.place.up()
        self.place("backup")
        self.rows = self.place.rows()

    def fault(self):
        self.place("break", "corrupt")

    def lack(self):
        self.place("break", "truncate-backup", "all")

    def mend(self):
        self.place("heal", "truncate-backup")

    def untouched(self):
        return self.place("digest", "identities", "backups")

    def env(self):
        return self.place.env()

    def words(self):
        of = self.place.variables
        return ["-p", f"database_port={of['PGPORT']}", "-p", f"api={of['API_URL']}", "-p", f"database_backups={of['BACKUPS']}",
                "--approve", "restore"]

    def goal(self, run):
        rows = self.place.rows()
        if rows != self.rows:
            raise drill.Failed(f"the rows differ:\n{self.rows}\nbecame\n{rows}" + run.tell())

    def down(self):
        self.place.down()
