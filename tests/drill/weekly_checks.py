# SPDX-License-Identifier: Apache-2.0
"""The weekly checks name what grows, fails, waits to be updated or cannot be restored; last week's values are kept."""

import json
import os
import subprocess
import time

import check
import drill
import place

WEEK = 7 * 86400
QUICK = ("-p", "restore=false")
QUERY = 'sum(rate(bad{code=~"5.."}[7d])) / sum(rate(all{a="b & c+d%"}[7d]))'


class Drill(check.Check):
    broken = "a disk that fills; 2 % of requests failed; nobody counts them; a security update; every dump cut off"

    def up(self):
        self.place = place.Place(self.folder)
        self.prometheus = None
        self.place.up()
        of = self.place.variables
        dumps = [name for name in os.listdir(of["BACKUPS"]) if not os.path.islink(os.path.join(of["BACKUPS"], name))]
        with open(os.path.join(of["BACKUPS"], "SHA256SUMS"), "w", encoding="ascii") as file:
            file.write(drill.command("sha256sum", *dumps, cwd=of["BACKUPS"]))
        self.state = os.path.join(self.folder, "state", "disks.json")
        self.updates = os.path.join(self.folder, "updates")
        self.list_updates("Inst tzdata [1] (2 Debian:12/stable [all])")
        words = [os.path.join(drill.HERE, "bin", "prometheus"), QUERY]
        self.prometheus = subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = self.prometheus.stdout.readline().strip()

    def list_updates(self, line):
        with open(self.updates, "w", encoding="ascii") as file:
            file.write(line + "\n")

    def share(self, value):
        """What Prometheus says from now on."""
        print(value, file=self.prometheus.stdin, flush=True)
        self.prometheus.stdout.readline()

    def last_week(self, grown):
        """Has last week's values say that the disk held less then, by so much."""
        with open(self.state, encoding="utf-8") as file:
            kept = json.load(file)
        for each in kept:
            each["used"] -= grown
        with open(self.state, "w", encoding="utf-8") as file:
            json.dump(kept, file)

    def days(self):
        return [
            check.Bad("a disk fills", lambda: self.last_week(2.0), lambda: self.last_week(-2.0),
                      r"will be full within 4 weeks", QUICK),
            check.Bad("requests fail", lambda: self.share("0.02"), lambda: self.share("0.0001"),
                      r"too many requests failed", QUICK),
            check.Bad("nobody counts requests", lambda: self.share("none"), lambda: self.share("0.0001"),
                      r"Prometheus does not know", QUICK),
            check.Bad("a security update waits",
                      lambda: self.list_updates("Inst openssl [1] (2 Debian-Security:12/stable-security [amd64])"),
                      lambda: self.list_updates(""), r"1 security updates are waiting: openssl",
                      QUICK),
            check.Bad("no dump is whole", *self.place.fault("truncate-backup", "all"), r"FAILED.*cut off"),
        ]

    def untouched(self):
        with open(self.state, encoding="utf-8") as file:
            return self.place("digest", "identities", "backups", "database") + file.read()

    def env(self):
        return self.place.env()

    def words(self):
        return [*self.place.words(), "-p", f'disks=["{self.folder}"]', "-p", "disk_limit=0.9999", "-p",
                f"disk_state={self.state}", "-p", 'parts=["postgres"]', "-p", f"error_query={QUERY}",
                "-p", f"prometheus=http://127.0.0.1:{self.port}",
                "-p", f'updates=["cat", "{self.updates}"]']

    def goal(self, run):
        with open(self.state, encoding="utf-8") as file:
            kept = json.load(file)
        if [each["disk"] for each in kept] != [self.folder]:
            raise drill.Failed(f"the values of the disks are not kept: {kept}" + run.tell())

    def perform(self):
        run = super().perform()
        for age, renewed in ((WEEK / 2, False), (WEEK, True)):
            old = time.time() - age
            os.utime(self.state, (old, old))
            self.content(*QUICK)
            if (os.stat(self.state).st_mtime > old + 60) != renewed:
                raise drill.Failed(f"values of {age} s ago: renewed should be {renewed}")
        return run

    def down(self):
        if self.prometheus:
            self.prometheus.communicate(timeout=drill.PATIENCE)
        self.place.down()
