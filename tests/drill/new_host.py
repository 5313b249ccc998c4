# SPDX-License-Identifier: Apache-2.0
"""A host is lost with all that was on it; all of it comes back on another one, from off-site, where users find it."""

import os
import socket

import drill
import names
import offsite
import place

RELEASE = "v2.8.0"
OLD, NEW = "127.0.0.2", "127.0.0.1"  # loopback has many addresses
NAME = "localhost"  # so that this machine finds it, too
NOTE = "kept by the application alone"


class Drill(drill.Drill):
    broken = "the host, with every server, volume and backup on it"
    lacking = "a dump cut off on its way off-site; before that, an old host that still answers"
    refuses = r"what came from off-site is not what was sent there: .*postgres/"

    def up(self):
        """The old host, its backup off-site, and the release that it ran; and the new host, on which nothing is."""
        self.old, self.new = (place.Place(os.path.join(self.folder, name)) for name in ("old", "new"))
        for host, words in ((self.old, ()), (self.new, ("--empty",))):
            os.mkdir(os.path.dirname(host.root), 0o711)
            host.up(*words)
        self.new.docker("compose", "down", "--volumes")
        self.offsite = offsite.Offsite(self.old)
        self.old.docker("exec", "aragora-api", "sh", "-c", f"echo '{NOTE}' >/app/data/note")
        self.rows = self.old.rows()
        done = self.start(*self.offsite.words(), runbook=os.path.join(drill.ROOT, "runbooks", "backup.yaml"))
        if done.status:
            raise drill.Failed("there is no backup off-site" + done.tell())
        self.repository()

    def repository(self):
        """The release under its tag, and main, which is another one by now."""
        self.origin = os.path.join(self.folder, "origin.git")
        work = os.path.join(self.folder, "work")
        project = os.path.join(work, "deploy", "self-hosted")
        os.makedirs(project)
        git = ("git", "-C", work, "-c", "user.name=drill", "-c", "user.email=drill@example.org")
        drill.command("git", "init", "--quiet", "--initial-branch", "main", work)
        with open(os.path.join(self.new.variables["DEPLOY"], "docker-compose.yml"), encoding="utf-8") as file:
            released = file.read()
        for text, words in ((released, ("tag", RELEASE)), ("# not released\n", ("status", "--short"))):
            with open(os.path.join(project, "docker-compose.yml"), "w", encoding="utf-8") as file:
                file.write(text)
            drill.command(*git, "add", "--all")
            drill.command(*git, "commit", "--quiet", "--message", "a change")
            drill.command(*git, *words)
        drill.command("git", "clone", "--quiet", "--bare", work, self.origin)

    def fault(self):
        self.old.down()
        self.offsite.host = self.new
        self.names = names.Names(NAME, OLD, NEW, late=2)
        self.port = 0
        with socket.socket() as probe:
            probe.bind((OLD, 0))
            self.port = probe.getsockname()[1]
        drill.audit(drill.refuse(StillThere(self)))

    def lack(self):
        objects = self.offsite.store.objects
        [self.key] = [key for key in objects if "/postgres/" in key]
        self.whole = objects[self.key]
        objects[self.key] = self.whole[:len(self.whole) // 2]

    def mend(self):
        self.offsite.store.objects[self.key] = self.whole

    def untouched(self):
        boxes = self.new.docker("ps", "--all", "--format", "{{.Names}}")
        return self.new("digest", "identities") + boxes + str(os.path.exists(os.path.join(self.folder, "checkout")))

    def env(self):
        env = self.offsite.env()
        env.pop("COMPOSE_FILE")
        return env

    def words(self):
        url = self.new.variables.get("API_URL", "")
        return self.offsite.servers() + offsite.words_of(
            tag=RELEASE, repository=self.origin, checkout=os.path.join(self.folder, "checkout"),
            downloads=os.path.join(self.folder, "downloads"), old_host=OLD, old_ports=f"[{self.port}]", providers="[]",
            name=NAME, address=NEW, name_server=NEW, name_port=self.names.port, public=url.replace(NEW, NAME),
            monitor="2s", changes='{"ARAGORA_HOST": "192.0.2.20"}') + [
            "--approve", "restore", "--approve", "edit", "--answer", "fence=done", "--answer", "fence.how=powered off",
            "--answer", "point=done"]

    def goal(self, run):
        self.is_data(run)
        self.is_cache(run)
        project = os.path.join(self.folder, "checkout", "deploy", "self-hosted")
        with open(os.path.join(project, ".env"), encoding="utf-8") as file:
            text = file.read()
        if "ARAGORA_HOST=192.0.2.20\n" not in text or "REDIS_PASSWORD=" not in text:
            raise drill.Failed(f".env is\n{text}" + run.tell())
        if os.stat(os.path.join(project, ".env")).st_mode & 0o077:
            raise drill.Failed("others may read .env" + run.tell())
        if self.names.asked < 3:
            raise drill.Failed("nobody waited until the name led to the new host" + run.tell())

    def is_data(self, run):
        """Every row of the database, and the application's own file."""
        rows = self.new.rows()
        if rows != self.rows:
            raise drill.Failed(f"the rows differ:\n{self.rows}\nbecame\n{rows}" + run.tell())
        note = self.new.docker("exec", "aragora-api", "cat", "/app/data/note").strip()
        if note != NOTE:
            raise drill.Failed(f"the application's own file says {note!r}" + run.tell())

    def is_cache(self, run):
        """The snapshot's keys, and the append-only file on; after a restart, too, for which it alone counts."""
        self.new.docker("compose", "restart", "redis")
        ask = ("redis-cli", "-e", "-p", self.new.variables["REDIS_PORT"])
        drill.wait_until(lambda: "PONG" in drill.command(*ask, "PING", env=self.env(), status=None), "Redis is up")
        keys = drill.command(*ask, "KEYS", "*", env=self.env()).split()
        value = drill.command(*ask, "GET", "session:7", env=self.env()).strip()
        state = drill.command(*ask, "INFO", "persistence", env=self.env())
        if len(keys) != 25 or value != "user7@example.org" or "aof_enabled:1" not in state:
            raise drill.Failed(f"the cache has {len(keys)} keys, and session:7 is {value!r}:\n{state}" + run.tell())

    def down(self):
        self.old.down()
        self.new.down()


class StillThere(Drill):
    """The same place, and an old host that answers."""

    refuses = r"the old host, 127.0.0.2, still answers"

    def __init__(self, first):
        self.__dict__ = first.__dict__

    def lack(self):
        self.listener = socket.create_server((OLD, self.port))

    def mend(self):
        self.listener.close()
