# SPDX-License-Identifier: Apache-2.0
"""Backups that are good, and then each of them spoilt: it must say which."""

import os
import time

import chat
import check
import drill
import offsite
import place


def only_of(part):
    """One part, not restored: so that each bad day is a short one."""
    return offsite.words_of(parts=f'["{part}"]', restore="false")


class Drill(check.Check):
    broken = "the newest dump cut off; a snapshot, a copy off-site spoilt; no dump for hours"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.offsite = offsite.Offsite(self.place)
        self.chat = chat.Chat()
        for name in os.listdir(self.place.variables["BACKUPS"]):
            os.unlink(os.path.join(self.place.variables["BACKUPS"], name))
        done = self.start(*self.words(), runbook=os.path.join(drill.ROOT, "runbooks", "backup.yaml"))
        if done.status:
            raise drill.Failed("there are no backups" + done.tell())
        self.kept = {}

    def days(self):
        dump, snapshot = self.only("postgres", ".sql.gz"), self.only("redis", ".rdb")
        objects = self.offsite.store.objects
        [key] = [key for key in objects if "/application/" in key]
        return [
            check.Bad("the newest dump cut off", lambda: self.spoil(dump, lambda data: data[:-100]),
                      lambda: self.whole(dump), rf"a dump is not what it was.*wrong: {os.path.basename(dump)}",
                      only_of("postgres")),
            check.Bad("a dump cut off, which is in no list", lambda: self.newer(dump), lambda: os.unlink(self.cut),
                      r"newer than the newest whole dump, and broken: .*cut\.sql\.gz", only_of("postgres")),
            check.Bad("no dump for hours", lambda: self.age(dump, 3 * 3600), lambda: self.age(dump, 0),
                      rf"the newest dump, {dump}, is 3h\S* old, and no more than 1h may be lost", only_of("postgres")),
            check.Bad("a snapshot with one byte changed", lambda: self.spoil(snapshot, flipped),
                      lambda: self.whole(snapshot),
                      rf"a snapshot is not what it was.*wrong: {os.path.basename(snapshot)}",
                      only_of("redis")),
            check.Bad("an object with one byte changed", lambda: objects.update({key: flipped(objects[key])}),
                      lambda: objects.update({key: flipped(objects[key])}),
                      r"what came from off-site is not what was sent there: .*wrong: application/",
                      offsite.words_of(parts='["offsite"]'))]

    def only(self, part, ending):
        folder = os.path.join(self.offsite.backups, part)
        [name] = [name for name in os.listdir(folder) if name.endswith(ending)]
        return os.path.join(folder, name)

    def spoil(self, path, change):
        with open(path, "rb") as file:
            self.kept[path] = file.read()
        self.put(path, change(self.kept[path]))

    def whole(self, path):
        self.put(path, self.kept[path])

    @staticmethod
    def put(path, data):
        with open(path, "wb") as file:
            file.write(data)

    def newer(self, dump):
        self.cut = os.path.join(os.path.dirname(dump), time.strftime("aragora-%Y%m%dT%H%M%SZ-cut.sql.gz",
                                                                     time.gmtime(time.time() + 1)))
        with open(dump, "rb") as file:
            self.put(self.cut, file.read()[:-100])

    @staticmethod
    def age(path, seconds):
        when = time.time() - seconds
        os.utime(path, (when, when))

    def untouched(self):
        files = [(folder, sorted(names)) for folder, _, names in os.walk(self.offsite.backups)]
        boxes = self.place.docker("ps", "--all", "--format", "{{.Names}}")
        return self.place("digest", "identities", "backups", "database") + boxes + str(files)

    def env(self):
        return dict(self.offsite.env(), CHAT_URL=self.chat.url)

    def bad_day(self, bad):
        """Somebody is told, too."""
        self.chat.take()
        run = super().bad_day(bad)
        said = self.chat.take()
        if len(said) != 1 or "backups cannot be relied on" not in said[0]:
            raise drill.Failed(f"{bad.what}: it should have told the chat, which heard {said}" + run.tell())
        return run

    def words(self):
        return self.offsite.words()

    def goal(self, run):
        """The trial really was one, nothing of it is left, and whoever was alarmed is told that all is well."""
        said = self.chat.take()
        if len(said) != 1 or "backups can be relied on" not in said[0]:
            raise drill.Failed(f"it should have told the chat, which heard {said}" + run.tell())
        if run.outcomes().get("trial_rows") != "succeeded" or "trial-" in self.place.docker("ps", "--all"):
            raise drill.Failed("there was no trial, or it is still there" + run.tell())

    def down(self):
        self.place.down()


def flipped(data):
    """The same with one byte changed; twice, and it is whole again."""
    return data[:20] + bytes([data[20] ^ 1]) + data[21:]
