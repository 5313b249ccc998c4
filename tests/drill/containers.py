# SPDX-License-Identifier: Apache-2.0
"""The deployment that drills break, in real containers: on a Docker engine of the drill's own, in a network of its own.

The drill's process is in that network from up to down, and so is whatever it starts: ports that containers publish are
published there alone. When the process ends, however it ends, keepers of its lab end the engine and what runs in it, and
remove its folder; the network goes with the last process in it.
"""

import os
import sys

import drill
import place

TESTS = os.path.join(drill.ROOT, "tests")
# The lab's `engine` is wanted, not the sandbox's; the sandbox's `common` is.
sys.path[0:0] = [os.path.join(TESTS, "far"), os.path.join(TESTS, "sandbox")]

import engine  # noqa: E402
import images  # noqa: E402
import lab  # noqa: E402
from keeper import Trouble  # noqa: E402

COMPOSE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bin", "docker-compose")


def why_not():
    """Why nobody can have such a place here; empty when one can."""
    if not os.path.exists("/usr/bin/docker-compose"):
        return "docker-compose is not installed: tools/setup names the packages"
    return engine.why_not()


class Place(place.Place):
    def __init__(self, folder):
        super().__init__(folder)
        self.lab, self.back = None, None

    def up(self):
        try:
            self.lab = lab.Lab()
            server = self.lab.docker(apart=True)
            self.back = server.enter()
        except Trouble as trouble:
            raise drill.Failed(str(trouble)) from None
        self.root = os.path.join(self.lab.place, "deployment")
        config = os.path.join(self.lab.place, "client")
        os.makedirs(os.path.join(config, "cli-plugins"))
        os.symlink(COMPOSE, os.path.join(config, "cli-plugins", "docker-compose"))
        self.variables = {"DOCKER_HOST": server.address, "DOCKER_CONFIG": config}
        archive = os.path.join(self.lab.place, "images.tar")
        images.write(archive)
        self.docker("load", "--quiet", "--input", archive)
        os.unlink(archive)
        drill.command(place.SANDBOX, "up", self.root, "--docker", str(server.kept.server), env=self.env())
        self.learn()

    def down(self):
        if self.back:
            self.kill_all()
            self.back()
            self.back = None
        if self.lab:
            self.lab.close()
            self.lab = None

    def kill_all(self):
        """The engine would wait for each of them to stop."""
        ids = drill.command("docker", "ps", "--quiet", env=self.env(), status=None).split()
        drill.command("docker", "kill", *(ids or ["none"]), env=self.env(), status=None)
