# SPDX-License-Identifier: Apache-2.0
"""A table is dropped, one overwritten, rows are lost that others name, an index has missed writes.

All of it comes back, as of a second. What is written to other tables behind that second has to stay. The server
archives its WAL, and has a base backup.
"""

import hashlib
import json
import os
import shutil
import subprocess

import drill
import place

SERVER = "aragora-postgres"
INDEX = "messages_by_debate"
LOST = {"debates": "topic = 'before'", "users": "name = 'before'"}  # rows that others name, and one the other
GO_ON = ("users", "debates", "participants", "messages")  # tables that are written to meanwhile
COME_BACK = ("votes", "receipts")  # dropped, overwritten

ORPHANS = """
select not exists (select from participants where debate_id not in (select id from debates))
   and not exists (select from receipts where debate_id not in (select id from debates))
   and not exists (select from votes where message_id not in (select id from messages))
"""

GOOD = """
insert into users (email, name, created_at) values (:'who' || '@example.org', :'who', now());
insert into debates (owner_id, topic, created_at) select max(id), :'who', now() from users;
insert into participants select (select max(id) from debates), max(id), 'judge' from users;
insert into messages (debate_id, user_id, round, body, created_at)
select debate_id, user_id, 1, :'who', now() from participants order by debate_id desc limit 1;
"""


def tree(folder):
    """A digest of the files below a folder."""
    found = hashlib.sha256()
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            with open(os.path.join(path, name), "rb") as file:
                found.update(f"{path}/{name}\n".encode() + hashlib.sha256(file.read()).digest())
    return found.hexdigest()


class Drill(drill.Drill):
    broken = "a table dropped, one overwritten, parents of rows gone, an index behind its table"
    lacking = "the base backup damaged; a moment that is not over"
    refuses = r"the base backup \S+ is damaged"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.owner = os.stat(self.place.variables["BACKUPS"])
        for name in ("aside", "base", "wal"):
            path = os.path.join(self.folder, name)
            os.mkdir(path, 0o755)
            os.chown(path, self.owner.st_uid, self.owner.st_gid)
        self.sql("alter system set archive_mode = on")
        self.sql(f"alter system set archive_command = 'test ! -f {self.folder}/wal/%f && cp %p {self.folder}/wal/%f'")
        self.place.docker("restart", SERVER)
        self.answers()
        self.place("backup")
        self.place.docker("exec", "--user=postgres", SERVER, "pg_basebackup", f"--pgdata={self.folder}/base/first",
                          "--checkpoint=fast", "--wal-method=fetch", f"--username={self.place.variables['PGUSER']}")
        self.sql(GOOD, who="before")

    def sql(self, text, **variables):
        """What a client is told that logs in over TCP."""
        words = [f"--set={name}={value}" for name, value in variables.items()]
        return drill.command("psql", "-XqAt", "--set=ON_ERROR_STOP=1", *words, stdin=text, env=self.env()).strip()

    def answers(self):
        """Waits until the server lets us in again."""
        def holds():
            return subprocess.run(["psql", "-XqAt", "-c", "select 1"], env=self.env(), check=False,
                                  capture_output=True).returncode == 0
        drill.wait_until(holds, "the server answers")

    def rows(self, table):
        """Those of a table, or of some of it: `users where …`."""
        return set(self.sql(f"select to_jsonb(t) from (select * from {table}) t").splitlines())

    def index_file(self):
        return os.path.join(self.sql("show data_directory"), self.sql(f"select pg_relation_filepath('{INDEX}')"))

    def lose_writes(self):
        """The index's file becomes what it was before the last rows: its disk has lost them."""
        self.sql("checkpoint")
        path = self.index_file()
        with open(path, "rb") as file:
            old = file.read()
        self.sql(GOOD, who="unseen")
        self.place.docker("stop", SERVER)
        with open(path, "r+b") as file:
            file.write(old)
        self.place.docker("start", SERVER)
        self.answers()

    def fault(self):
        self.lose_writes()
        self.then = {table: self.rows(table) for table in COME_BACK}
        self.scored = int(self.sql("select count(*) from debate_scores"))
        self.lost = {table: self.rows(f"{table} where {which}") for table, which in LOST.items()}
        self.moment = self.sql("select date_trunc('second', clock_timestamp()) + interval '1 second'")
        drill.wait_until(lambda: self.sql(f"select clock_timestamp() > '{self.moment}'") == "t", "the second is over")
        self.sql("set session_replication_role = replica;"
                 + "".join(f"delete from {table} where {which};" for table, which in LOST.items())
                 + "update receipts set digest = 'wrong'; drop table votes cascade;")
        self.sql(GOOD, who="after")
        self.later = {table: self.rows(table) for table in GO_ON}

    def lack(self):
        self.victim = os.path.join(self.folder, "base", "first", "global", "pg_control")
        with open(self.victim, "rb") as file:
            self.whole = file.read()
        self.spoil(bytes(byte ^ 1 for byte in self.whole))

    def spoil(self, content):
        with open(self.victim, "r+b") as file:
            file.write(content)

    def mend(self):
        """Whole again; and a moment to come is refused as well, in calm."""
        self.spoil(self.whole)
        words = [*self.words()[:-2], "-p", "target_time=2999-12-31T23:59:59Z"]
        done = subprocess.run([drill.REPRISE, "rehearse", self.runbook(), *words],
                              env=dict(self.env(), REPRISE_HOME=self.folder), check=False, capture_output=True,
                              text=True, timeout=drill.PATIENCE)
        if done.returncode != 1 or "is not over" not in done.stderr:
            raise drill.Failed(f"a moment to come is not refused in a rehearsal:\n{done.stderr}")

    def untouched(self):
        return (self.place("digest", "identities", "backups", "database") + tree(os.path.join(self.folder, "base"))
                + self.sql(f"select pg_relation_filenode('{INDEX}')"))

    def env(self):
        return self.place.env()

    def words(self):
        of = self.place.variables
        runs_as = []
        if os.getuid() == 0:
            runs_as = ["setpriv", f"--reuid={self.owner.st_uid}", f"--regid={self.owner.st_gid}", "--clear-groups"]
        told = {"target_time": self.moment, "database_port": of["PGPORT"], "database_backups": of["BACKUPS"],
                "api": of["API_URL"], "aside": f"{self.folder}/aside", "base_backups": f"{self.folder}/base",
                "wal_archive": f"{self.folder}/wal", "postgres_as": json.dumps(runs_as), "replace": '["receipts"]',
                "postgres_bin": os.path.dirname(os.path.realpath(shutil.which("pg_verifybackup", path=of["PATH"])))}
        return [word for name, value in told.items() for word in ("-p", f"{name}={value}")] + ["--approve", "mend"]

    def goal(self, run):
        for table, rows in self.lost.items():
            self.later[table] |= rows
        for table, rows in (self.later | self.then).items():
            self.same(table, rows, run)
        for what, is_so in (
                ("the view has all that it had", f"select count(*) >= {self.scored} from debate_scores"),
                ("no row is without its parent", ORPHANS),
                ("all foreign keys are held", "select count(*) = 7 and bool_and(convalidated) from pg_constraint "
                                              "where contype = 'f'"),
                ("the index leads to every row", "set enable_seqscan = off; select count(*) = "
                                                 f"{len(self.later['messages'])} from messages where debate_id > 0"),
                ("the overwritten rows are kept", f"select bool_and(digest = 'wrong') from {self.kept()}.receipts")):
            if self.sql(is_so) != "t":
                raise drill.Failed(f"it is not so: {what}" + run.tell())
        if not any(name.startswith("evidence-") for name in os.listdir(os.path.join(self.folder, "aside"))):
            raise drill.Failed("the evidence is not kept" + run.tell())

    def kept(self):
        return self.sql("select quote_ident(nspname) from pg_namespace where nspname like 'aside%'")

    def same(self, table, rows, run):
        there = self.rows(table)
        if there != rows:
            missed, more = sorted(rows - there)[:5], sorted(there - rows)[:5]
            raise drill.Failed(f"{table}: it lacks {missed} and has {more} besides" + run.tell())

    def down(self):
        self.place.down()
