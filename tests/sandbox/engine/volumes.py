# SPDX-License-Identifier: Apache-2.0
"""Volumes: a folder each, and who uses them."""

import os
import secrets

from common.wire import Refused
from engine import clock, folder


class Volumes:
    def __init__(self, place):
        self.place = place
        self.all = {}

    def create(self, name=None, labels=None):
        """Makes a volume, or finds the one of that name, as docker does."""
        anonymous = not name
        name = name or secrets.token_hex(32)
        if name not in self.all:
            os.makedirs(self.place.volume_data(name), mode=0o755)
            os.chmod(self.place.path("volumes", name), 0o711)
            labels = dict(labels or {})
            if anonymous:
                labels["com.docker.volume.anonymous"] = ""
            self.all[name] = {"created": clock.stamp(), "labels": labels,
                              "identity": secrets.token_hex(8)}
        return name

    def inspect(self, name):
        if name not in self.all:
            raise Refused(f"get {name}: no such volume")
        facts = self.all[name]
        return {"CreatedAt": facts["created"], "Driver": "local",
                "Labels": facts["labels"] or None, "Mountpoint": self.place.volume_data(name),
                "Name": name, "Options": None, "Scope": "local"}

    def remove(self, name, users):
        """`users`: ids of the containers that hold it, stopped ones included."""
        if name not in self.all:
            raise Refused(f"get {name}: no such volume")
        if users:
            raise Refused(f"remove {name}: volume is in use - [{', '.join(users)}]")
        folder.remove(self.place.path("volumes", name))
        del self.all[name]
