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
import registry  # noqa: E402
from common import project  # noqa: E402
from keeper import Trouble, read  # noqa: E402

COMPOSE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bin", "docker-compose")


def why_not(needs):
    """Why nobody can have such a place here, with what it needs; empty when one can."""
    if not os.path.exists("/usr/bin/docker-compose"):
        return "no engine can start here: docker-compose is not installed: tools/setup names the packages"
    engines = engine.why_not()
    if engines:
        return f"no engine can start here: {engines}"
    return next(filter(None, (NEEDS[need]() for need in needs)), "")


def no_limits():
    """Why a container's memory cannot be limited on this machine, by control groups of either version."""
    groups = "/sys/fs/cgroup"
    if b"memory" in read(f"{groups}/cgroup.controllers").split():
        return ""
    if not os.path.exists(f"{groups}/memory/memory.limit_in_bytes"):
        return "the memory of containers cannot be limited here: there is no control group of memory"
    if not os.path.exists(f"{groups}/memory/memory.memsw.limit_in_bytes") and read("/proc/swaps").count(b"\n") > 1:
        return "the memory of containers cannot be limited here: there is swap, and it is not counted"
    return ""


NEEDS = {"registry": registry.why_not, "limits": no_limits}


class Place(place.Place):
    def __init__(self, folder, needs):
        super().__init__(folder)
        self.needs = needs
        self.lab, self.back, self.registry = None, None, None

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
        image = self.publish() if "registry" in self.needs else project.API_IMAGE
        drill.command(place.SANDBOX, "up", self.root, "--docker", str(server.kept.server), "--image", image,
                      env=self.env())
        self.learn()

    def publish(self):
        """The application's image is to be had of a registry, and called so."""
        try:
            self.registry = registry.Registry(self.lab)
        except Trouble as trouble:
            raise drill.Failed(str(trouble)) from None
        image = f"{self.registry.address}/{project.API_IMAGE.rpartition('/')[2]}"
        self.docker("tag", project.API_IMAGE, image)
        self.docker("push", "--quiet", image)
        self.docker("image", "rm", project.API_IMAGE)
        return image

    def forget_tag(self):
        self.registry.forget()

    def know_tag(self):
        self.registry.know()

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
