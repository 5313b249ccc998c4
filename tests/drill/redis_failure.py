# SPDX-License-Identifier: Apache-2.0
"""Redis's files are destroyed; it comes back from its newest snapshot, every key of it."""

import os

import drill
import place

KINDS = {"session": 25, "queue": 3, "limit": 4}


class Drill(drill.Drill):
    broken = "Redis killed, its snapshot and its append-only file overwritten"
    lacking = "the only snapshot cut off, and nothing to mend"
    refuses = r"there is nothing to bring back"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        for kind, count in KINDS.items():
            for number in range(count):
                self.cli("set", f"{kind}:{number}", f"{kind} {number}")
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
        """Every key with its value, asked of the server."""
        return {key: self.cli("get", key) for key in self.cli("--scan").split()}

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
                "--approve", "replace"]

    def goal(self, run):
        keys = self.all_keys()
        if keys != self.keys:
            raise drill.Failed(f"the keys differ:\n{self.keys}\nbecame\n{keys}" + run.tell())
        if "-aside-" not in self.place.docker("volume", "ls", "-q"):
            raise drill.Failed("the damaged data was not kept" + run.tell())

    def down(self):
        self.place.down()
