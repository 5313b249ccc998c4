# SPDX-License-Identifier: Apache-2.0
"""Redis's files are destroyed; it comes back from its newest snapshot, every key of each of its databases."""

import os

import drill
import place

KINDS = {"queue": (20, 1), "limit": (4, 0)}  # beside the sessions that are there: how many, and in which database


class Drill(drill.Drill):
    engines = ("stand-in", "docker")
    broken = "Redis killed, its snapshot and its append-only file overwritten"
    lacking = "the only snapshot cut off, and nothing to mend"
    refuses = r"there is nothing to bring back"
    approved = ("--approve", "replace")

    def up(self):
        self.place = place.of(self)
        self.place.up()
        for kind, (count, database) in KINDS.items():
            for number in range(count):
                self.cli("-n", str(database), "set", f"{kind}:{number}", f"{kind} {number}")
        self.keys = self.all_keys()
        self.backups = os.path.join(self.folder, "backups")
        os.mkdir(self.backups)
        self.snapshot = os.path.join(self.backups, "dump.rdb")
        self.cli("save")
        self.place.docker("cp", "aragora-redis:/data/dump.rdb", self.snapshot)

    def cli(self, *words):
        env = self.place.env()
        return drill.command("redis-cli", "-h", env["REDIS_HOST"], "-p", env["REDIS_PORT"], "-e", *words, env=env)

    def all_keys(self):
        """Every key of each database with its value, asked of the server."""
        return {(database, key): self.cli("-n", database, "get", key)
                for database in ("0", "1") for key in self.cli("-n", database, "--scan").split()}

    def fault(self):
        self.place("break", "corrupt-redis")

    def lack(self):
        with open(self.snapshot, "rb") as file:
            self.whole = file.read()
        with open(self.snapshot, "wb") as file:
            file.write(self.whole[:len(self.whole) // 2])

    def mend(self):
        with open(self.snapshot, "wb") as file:
            file.write(self.whole)

    def untouched(self):
        """Which volumes there are, and the bytes of Redis's."""
        lines = self.place("digest", "identities", "volumes").splitlines()
        return [line for line in lines if line.startswith("identity") or "redis-data" in line]

    def env(self):
        return self.place.env()

    def words(self):
        of = self.place.variables
        return ["-p", f"cache_port={of['REDIS_PORT']}", "-p", f"api={of['API_URL']}", "-p", f"cache_backups={self.backups}",
                *self.approved]

    def goal(self, run):
        keys = self.all_keys()
        if keys != self.keys:
            raise drill.Failed(f"the keys differ:\n{self.keys}\nbecame\n{keys}" + run.tell())
        if "-aside-" not in self.place.docker("volume", "ls", "-q"):
            raise drill.Failed("the damaged data was not kept" + run.tell())

    def down(self):
        self.place.down()


class Mended(Drill):
    """No backup at all; what stands before the damage in the append-only file comes back, for a person prefers it."""

    variant = "half a log"
    broken = "Redis killed, half of its append-only file overwritten"
    lacking = "nobody who approves what is lost"
    refuses = r"WHAT WAS WRITTEN AFTER THE DAMAGE WILL BE LOST"
    refusal = 3
    preferred = "log"

    def fault(self):
        os.unlink(self.snapshot)
        self.place("break", "corrupt-redis", "half")

    def lack(self):
        self.approved = ()

    def mend(self):
        self.approved = ("--approve", "replace")

    def words(self):
        return [*super().words(), "-p", f"prefer={self.preferred}"]

    def goal(self, run):
        keys = self.all_keys()
        if not len(self.keys) // 3 < len(keys) < len(self.keys) or not keys.items() <= self.keys.items():
            raise drill.Failed(f"these are not the first half of them:\n{self.keys}\nbecame\n{keys}" + run.tell())


class Beside(Mended):
    """The same, and nobody prefers anything: the snapshot that Redis left beside that file has more keys."""

    variant = "its own snapshot"
    refuses = (r"WHAT WAS WRITTEN SINCE \S+ WILL BE LOST: the snapshot that lay beside it"
               r".*\(-p prefer=dump\), 49 keys: .*db1 20 queue")
    preferred = "most"

    def goal(self, run):
        Drill.goal(self, run)


MORE = [Mended, Beside]
