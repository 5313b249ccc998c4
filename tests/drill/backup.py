# SPDX-License-Identifier: Apache-2.0
"""Every backup is old; new ones are made, here and off-site, and what they hold is what the servers hold."""

import gzip
import hashlib
import os
import time

import drill
import offsite
import place

DAY = 86400
ROWS = ("select string_agg(c.relname || ' ' || (xpath('//n/text()', query_to_xml('select count(*) as n from ' || "
        "c.oid::regclass, false, false, '')))[1]::text, ',' order by c.relname) from pg_class c join pg_namespace n on "
        "n.oid = c.relnamespace where c.relkind = 'r' and n.nspname = 'public'")


class Drill(drill.Drill):
    broken = "every dump older than it may be, and one of 20 bytes"
    lacking = "a database without a row; before that, a wrong password"
    refuses = r"the database does not answer with data"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.offsite = offsite.Offsite(self.place)
        self.dumps = self.place.variables["BACKUPS"]

    def fault(self):
        """Dumps of last month, and what a dump with an empty password leaves; a wrong one must leave them alone."""
        self.place("backup")
        names = os.listdir(self.dumps)
        with open(os.path.join(self.dumps, "latest.sql.gz"), "rb") as file:
            data = file.read()
        for name in names:
            os.unlink(os.path.join(self.dumps, name))
        self.old = [self.keep(age, data) for age in range(30, 36)]
        self.empty = self.keep(1, gzip.compress(b"", mtime=0))
        self.folders = [time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age * DAY)) for age in (40, 41, 42)]
        for folder in self.folders:
            self.offsite.store.objects[f"full/{folder}/SHA256SUMS"] = b"an old one\n"
        drill.audit(drill.refuse(WrongPassword(self)))

    def keep(self, age, data):
        when = time.time() - age * DAY
        name = time.strftime("aragora-%Y%m%d_%H%M%S.sql.gz", time.gmtime(when))
        path = os.path.join(self.dumps, name)
        with open(path, "wb") as file:
            file.write(data)
        os.utime(path, (when, when))
        return name

    def lack(self):
        self.sql("alter table users rename to users_away")
        self.sql("create table users (id int)")

    def mend(self):
        self.sql("drop table users")
        self.sql("alter table users_away rename to users")

    def sql(self, text, database=None):
        of = self.place.variables
        return self.place.docker("exec", "aragora-postgres", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U",
                                 of["PGUSER"], "-d", database or of["PGDATABASE"], "-c", text).strip()

    def untouched(self):
        return self.place("digest", "backups") + str(sorted(self.offsite.store.objects))

    def env(self):
        return self.offsite.env()

    def words(self):
        return self.offsite.words() + ["--approve", "prune"]

    def goal(self, run):
        names = sorted(name for name in os.listdir(self.dumps) if name.endswith(".sql.gz"))
        [new] = [name for name in names if name not in self.old + [self.empty]]
        # The new one is the first of the three newest, which stay whatever their age; what is no dump stays, too.
        if names != sorted(self.old[:2] + [self.empty, new]):
            raise drill.Failed(f"these dumps are left: {names}" + run.tell())
        self.restores(os.path.join(self.dumps, new), run)
        self.loads(run)
        self.is_offsite(run)
        for folder, _, names in os.walk(self.offsite.backups):
            for name in set(names) - {*self.old, self.empty}:
                if os.stat(os.path.join(folder, name)).st_mode & 0o077:
                    raise drill.Failed(f"others may read {name}" + run.tell())

    def restores(self, path, run):
        """The dump, loaded into another database, has the rows of every table."""
        self.sql("create database restored template template0", "postgres")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            drill.command("docker", "exec", "-i", "aragora-postgres", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U",
                          self.place.variables["PGUSER"], "-d", "restored", env=self.place.env(), stdin=file.read())
        was, now = self.sql(ROWS), self.sql(ROWS, "restored")
        if was != now or "users 400" not in was:
            raise drill.Failed(f"the dump has other rows:\n{was}\n{now}" + run.tell())

    def loads(self, run):
        """The snapshot, loaded by a server of its own, has all keys."""
        folder = os.path.join(self.offsite.backups, "redis")
        name = max(name for name in os.listdir(folder) if name.endswith(".rdb"))
        keys = offsite.keys_of(os.path.join(folder, name), self.folder)
        if len(keys) != 25 or keys[0] != "session:0":
            raise drill.Failed(f"the snapshot has these keys: {keys}" + run.tell())

    def is_offsite(self, run):
        """What `latest` names holds all four parts, as its checksums say; of the old ones the oldest is gone."""
        objects = self.offsite.store.objects
        folder = "full/" + objects["full/latest"].decode() + "/"
        listed = dict(reversed(line.split("  ")) for line in objects[folder + "SHA256SUMS"].decode().splitlines())
        there = {key[len(folder):]: hashlib.sha256(data).hexdigest() for key, data in objects.items()
                 if key.startswith(folder) and not key.endswith("SHA256SUMS")}
        parts = sorted(name.partition("/")[0] for name in there)
        folders = {key.split("/")[1] for key in objects if key.count("/") > 1}
        if folders != {*self.folders[:2], objects["full/latest"].decode()}:
            raise drill.Failed(f"these folders are left off-site: {sorted(folders)}" + run.tell())
        if listed != there or parts != ["application", "config", "postgres", "redis"]:
            raise drill.Failed(f"off-site lies {there}, and listed is {listed}" + run.tell())

    def down(self):
        self.place.down()


class WrongPassword(Drill):
    """The same place, and a password that the server refuses."""

    refuses = r"password authentication failed"

    def __init__(self, first):
        self.__dict__ = first.__dict__

    def lack(self):
        pass

    mend = lack

    def env(self):
        return dict(super().env(), POSTGRES_PASSWORD="not the password")
