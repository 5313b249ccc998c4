# SPDX-License-Identifier: Apache-2.0
"""Ways to far sides of a lab, each as reprise-reach is told it and as a runbook's target says it."""
import os
import pwd
import shlex

from hosts import need


class Way:
    """`words`: carriers from near to far; what `quotes` (ssh) gets one word, for a shell there."""

    def __init__(self, lab, name, hops, target, launcher=True, place=None):
        self.lab, self.hops, self.target, self.launcher, self.place = lab, hops, target, launcher, place
        self.name = f"{name}, {'launcher' if launcher else 'shell'}"

    def __repr__(self):
        return self.name

    def by_shell(self):
        """The same where nothing may be copied to."""
        return Way(self.lab, self.name.split(",")[0], self.hops, self.target, False, self.place)

    def lead(self, boot, nonce):
        words = ["sh", "-c", boot, nonce]
        for argv, quotes in reversed(self.hops):
            words = [*argv, "exec " + " ".join(map(shlex.quote, words))] if quotes else [*argv, *words]
        return words

    def lead_aside(self, boot, nonce):
        """The same over a connection of its own, where the way goes over ssh."""
        return self.lead(boot, nonce) if self.hops and self.hops[0][1] else []

    def processes(self, marker):
        return self.place(marker)


# As stdlib/far_way.c has them.
SSH = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o",
       "ServerAliveCountMax=3", "-o", "RequestTTY=no", "-o", "LogLevel=ERROR", "--"]


def ssh(lab, kind="bash", **more):
    host = lab.ssh(**({"sh": kind} if kind in ("bash", "dash", "busybox") else {kind: True}), **more)
    return Way(lab, f"ssh to {kind}", [([*SSH, host.name], True)], {"ssh": host.name}, place=host.processes)


def network(lab, host, name="ssh"):
    return Way(lab, name, [([*SSH, host.name], True)], {"ssh": host.name}, place=host.processes)


def ssh_become(lab, host, user):
    return Way(lab, "ssh and sudo", [([*SSH, host.name], True), (["sudo", "-n", "-u", user, "--"], False)],
               {"ssh": host.name, "become": user}, place=host.processes)


def docker(lab, name, image, *options):
    engine = lab.docker()
    engine.container(name, image, *options)
    return Way(lab, f"docker {name}", [(["docker", "exec", "-i", name], False)], {"docker": name},
               place=lambda marker: engine.processes(name, marker))


def pod(lab, name):
    there = lab.kubernetes().pod(name)
    return Way(lab, f"pod {name}", [(["kubectl", "exec", "-i", name, "--"], False)], {"kubernetes": name},
               place=there.processes)


def ssh_docker(lab, host, container):
    """A container of this machine's engine, from a host that is this machine too."""
    engine = lab.docker()
    there = f"{host.bin}/docker"
    if not os.path.exists(there):
        with open(there, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nDOCKER_HOST={engine.address} exec /usr/bin/docker \"$@\"\n")
        os.chmod(there, 0o755)
    return Way(lab, f"ssh and docker {container}",
               [([*SSH, host.name], True), (["docker", "exec", "-i", container], False)],
               {"ssh": host.name, "docker": container}, place=lambda marker: engine.processes(container, marker))


def near_become(lab, user=None):
    """Another user of this machine; who is not root can become nobody but oneself, by the stand-in."""
    root = os.geteuid() == 0
    user = user or ("nobody" if root else pwd.getpwuid(os.geteuid()).pw_name)
    if not root and not os.path.exists(f"{lab.bin}/sudo"):
        os.symlink(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin/sudo"), f"{lab.bin}/sudo")
    return Way(lab, f"sudo to {user}", [(["sudo", "-n", "-u", user, "--"], False)], {"become": user})


def program(name):
    return need(name)
