# SPDX-License-Identifier: Apache-2.0
"""The application's container ends again and again: for its image, or for want of memory."""

import json
import os
import urllib.request

import drill
import place

NAME = "aragora-api"
OTHERS = "# what differs here\nARAGORA_PORT=8080\n"  # in the file of variables
MEMORY = 160 << 20


class Drill(drill.Drill):
    """The image's program is gone. Either way the application answers again, in a new container that stays up."""

    engines = ("stand-in", "docker")
    needs = ("registry",)
    limit = ""  # what the file of variables says of memory
    broken = "the application killed, no program in its image any more"
    lacking = "a registry that does not know the tag"
    refuses = r"the image cannot be pulled, and the one that is here does not start"

    def up(self):
        self.place = place.of(self)
        self.place.up()
        self.variables = os.path.join(self.place.variables["DEPLOY"], ".env")
        with open(self.variables, "w", encoding="utf-8") as file:
            file.write(OTHERS + self.limit)
        self.image = self.state()["Image"]

    def fault(self):
        self.place("break", "broken-image")
        self.old = self.state()

    def lack(self):
        self.place.forget_tag()

    def mend(self):
        self.place.know_tag()

    def state(self):
        return json.loads(self.place.docker("inspect", NAME))[0]

    def untouched(self):
        """The same container, and the same file of variables."""
        with open(self.variables, encoding="utf-8") as file:
            return self.state()["Id"], file.read(), sorted(os.listdir(self.place.variables["DEPLOY"]))

    def env(self):
        return self.place.env()

    def words(self):
        of = self.place.variables
        return ["-p", f"api={of['API_URL']}", "-p", f"database_port={of['PGPORT']}",
                "-p", f"cache_port={of['REDIS_PORT']}", "-p", f"env_file={self.variables}", "-p", "settle=2s", "-p", "min_free=1KiB"]

    def goal(self, run):
        with urllib.request.urlopen(self.place.variables["API_URL"] + "/readyz", timeout=10) as answer:
            if json.load(answer)["status"] != "ready":
                raise drill.Failed("it is not ready" + run.tell())
        state = self.state()
        if state["Id"] == self.old["Id"] or state["RestartCount"] or state["State"]["Status"] != "running":
            raise drill.Failed(f"it is no new container that stays up: {state}" + run.tell())
        if state["Image"] != self.image:
            raise drill.Failed("it is another image than on the good day" + run.tell())

    def down(self):
        self.place.down()


class Memory(Drill):
    needs = ("limits",)
    limit = "ARAGORA_MEMORY_LIMIT=48M\n"
    variant = "memory"
    broken = "the application killed for want of memory, again and again"
    lacking = "nobody who approves more of it"
    refuses = r"--approve limit"
    refusal = 3

    def up(self):
        super().up()
        self.place.docker("compose", "up", "--detach", "--no-deps", "aragora")

    def fault(self):
        self.place("break", "oom", "96")
        self.old = self.state()
        self.approved = []

    def lack(self):
        self.approved = []

    def mend(self):
        self.approved = ["--approve", "limit"]

    def words(self):
        return super().words() + ["-p", f"memory={MEMORY}", *self.approved]

    def goal(self, run):
        super().goal(run)
        if self.state()["HostConfig"]["Memory"] != MEMORY:
            raise drill.Failed("it may have no more than before" + run.tell())
        with open(self.variables, encoding="utf-8") as file:
            if OTHERS not in file.read():
                raise drill.Failed("the other variables are gone" + run.tell())


MORE = [Memory]
