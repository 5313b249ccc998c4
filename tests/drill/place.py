# SPDX-License-Identifier: Apache-2.0
"""The deployment that drills break: the sandbox of real servers behind a stand-in for the docker command."""

import os
import shlex
import shutil

import drill

STAND_IN = "stand-in"
SANDBOX = os.path.join(drill.ROOT, "tests", "sandbox", "sandbox")


def of(a_drill):
    """The place of a drill, behind the engine that it is performed with."""
    if a_drill.engine == STAND_IN:
        return Place(a_drill.folder)
    import containers  # it needs what the stand-in does without
    return containers.Place(a_drill.folder, a_drill.needs)


def why_not(kind, engine):
    """Why the place of such a drill behind that engine cannot be had on this machine; empty when it can."""
    if engine == STAND_IN:
        return ""
    import containers
    return containers.why_not(kind.needs)


class Place:
    """A sandbox in a folder, with its owner's life: however this process ends, it ends too."""

    def __init__(self, folder):
        self.root = os.path.join(folder, "sandbox")
        self.variables = {}

    def __call__(self, *words):
        """A command of the sandbox: up, break, heal, digest, …"""
        return drill.command(SANDBOX, words[0], self.root, *words[1:])

    def up(self, *words):
        self("up", "--owner", str(os.getpid()), *words)
        self.learn()

    def learn(self):
        """The variables by which everything finds it."""
        for line in self("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.variables[name] = shlex.split(os.path.expandvars(value))[0] if value else ""

    def down(self):
        if os.path.isdir(self.root):
            self("down")

    def env(self):
        return dict(os.environ, **self.variables)

    def words(self):
        """What differs here from runbooks/organization.yaml, as options of a run."""
        of = self.variables
        there = {"database_port": of["PGPORT"], "cache_port": of["REDIS_PORT"], "api": of["API_URL"],
                 "deployment": of["DEPLOY"]}
        there |= {f"{name}_backups": os.path.join(of["DEPLOY"], "backups", folder)
                  for name, folder in (("database", "postgres"), ("cache", "redis"), ("config", "config"))}
        return [word for name, value in there.items() for word in ("-p", f"{name}={value}")]

    def copies(self):
        """What `up` does not make: a copy of Redis, and of the configuration, where the page has them."""
        for name in ("redis", "config"):
            os.makedirs(os.path.join(self.variables["DEPLOY"], "backups", name))
        drill.command("redis-cli", "-p", self.variables["REDIS_PORT"], "--rdb",
                      os.path.join(self.variables["DEPLOY"], "backups", "redis", "dump.rdb"), env=self.env())
        shutil.copy(self.variables["COMPOSE_FILE"], os.path.join(self.variables["DEPLOY"], "backups", "config"))

    def fault(self, *words):
        """A fault as two functions, that strikes and that heals it."""
        return lambda: self("break", *words), lambda: self("heal", words[0])

    def forget_tag(self):
        """The registry does not know the application's tag any more."""
        self("break", "no-registry")

    def know_tag(self):
        self("heal", "no-registry")

    def docker(self, *words):
        return drill.command("docker", *words, env=self.env())

    def rows(self):
        """The rows of every table, as the server tells them."""
        return self("digest", "database")
