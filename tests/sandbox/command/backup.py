# SPDX-License-Identifier: Apache-2.0
"""Backups: made as the deployment makes them, a gzipped plain dump with the time in its name."""

import datetime
import gzip
import os

from command.docker import docker
from common.place import give


def backup(place):
    """A fresh dump of the running database; `latest.sql.gz` points to it. Returns its path."""
    facts = place.facts
    dump = docker(place, "exec", "aragora-postgres", "pg_dump", "-U", facts["user"],
                  facts["database"])
    when = datetime.datetime.now(datetime.timezone.utc)
    while os.path.exists(path := os.path.join(
            place.backups, when.strftime("aragora-%Y%m%d_%H%M%S.sql.gz"))):
        when += datetime.timedelta(seconds=1)
    with open(path + ".new", "wb") as file:
        file.write(gzip.compress(dump, mtime=0))
    give(path + ".new", place.user("postgres"))
    os.rename(path + ".new", path)
    point_latest(place, path)
    return path


def point_latest(place, path):
    link = os.path.join(place.backups, "latest.sql.gz")
    if os.path.lexists(link):
        os.unlink(link)
    os.symlink(os.path.basename(path), link)


def dumps(place):
    """The dumps that there are, the newest (by time, not by name) first."""
    paths = [os.path.join(place.backups, name) for name in os.listdir(place.backups)
             if name.endswith(".sql.gz")]
    return sorted((path for path in paths if not os.path.islink(path)),
                  key=os.path.getmtime, reverse=True)
