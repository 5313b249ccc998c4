# SPDX-License-Identifier: Apache-2.0
"""A registry of images on the loopback of the network that it is started from, which believes everybody: Debian's."""

import http.client
import json
import os

from hosts import free_port, need, write
from keeper import Trouble, parents, wait_for


def why_not():
    """Why there can be none on this machine; empty when there can."""
    try:
        need("docker-registry")
    except Trouble as trouble:
        return str(trouble)
    return ""


class Registry:
    """It ends with the lab, in whose folder it keeps everything. `address`: what names of its images begin with."""

    def __init__(self, lab):
        self.place, self.port = f"{lab.place}/registry", free_port()
        self.address = f"127.0.0.1:{self.port}"
        os.mkdir(self.place)
        write(f"{self.place}/config", json.dumps({
            "version": 0.1, "storage": {"filesystem": {"rootdirectory": f"{self.place}/data"}},
            "http": {"addr": self.address}, "log": {"level": "warn"}}))
        self.kept = lab.keep([need("docker-registry"), "serve", f"{self.place}/config"], f"{self.place}/log")
        self.kept.start()
        wait_for(lambda: self.answers() or self.kept.server not in parents(), "the registry answers or ends")
        if not self.answers():
            raise Trouble(f"the registry did not start: {' '.join(self.kept.said().split())[-400:]}")

    def answers(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request("GET", "/v2/")
            return link.getresponse().status == 200
        except OSError:
            return False
        finally:
            link.close()

    def forget(self):
        """It knows no tag of any image; what they lead to stays."""
        for tags in self.tags("tags"):
            os.rename(tags, f"{tags}-forgotten")

    def know(self):
        for tags in self.tags("tags-forgotten"):
            os.rename(tags, tags.removesuffix("-forgotten"))

    def tags(self, name):
        return [folder for folder, *_ in os.walk(f"{self.place}/data/docker/registry/v2/repositories")
                if folder.endswith(f"/_manifests/{name}")]
