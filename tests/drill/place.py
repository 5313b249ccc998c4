# SPDX-License-Identifier: Apache-2.0
"""The deployment that drills break: the sandbox of real servers behind a stand-in for the docker command."""

import os
import shlex

import drill

SANDBOX = os.path.join(drill.ROOT, "tests", "sandbox", "sandbox")


class Place:
    """A sandbox in a folder, with its owner's life: however this process ends, it ends too."""

    def __init__(self, folder):
        self.root = os.path.join(folder, "sandbox")
        self.variables = {}

    def __call__(self, *words):
        """A command of the sandbox: up, break, heal, digest, …"""
        return drill.command(SANDBOX, words[0], self.root, *words[1:])

    def up(self):
        self("up", "--owner", str(os.getpid()))
        for line in self("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.variables[name] = shlex.split(os.path.expandvars(value))[0] if value else ""

    def down(self):
        if os.path.isdir(self.root):
            self("down")

    def env(self):
        return dict(os.environ, **self.variables)

    def docker(self, *words):
        return drill.command("docker", *words, env=self.env())

    def rows(self):
        """The rows of every table, as the server tells them."""
        return self("digest", "database")
