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


def as_another_machine(folder):
    """A folder of a far PATH gets a `uname` of a machine that no program of ours could run on."""
    path = f"{folder}/uname"
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho Linux other\n")
    os.chmod(path, 0o755)


class Side:
    """A far side for runbooks: `target` as YAML, `launcher`: whether it can be ours, and files in its login's folder."""

    def __init__(self, name, target, home, launcher, drop=None):
        self.name, self.target, self.home, self.launcher, self.drop = name, target, home, launcher, drop

    def path(self, name):
        return f"{self.home}/{name}"

    def write(self, name, text=""):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""


def sides(lab):
    """One of every kind, by both means."""
    found = []
    for launcher in (True, False):
        host = lab.ssh()
        pod = lab.kubernetes().pod(f"p{1 if launcher else 2}")
        if not launcher:
            as_another_machine(host.bin)
            as_another_machine(pod.bin)
        found += [Side(f"ssh{launcher:d}", f"{{ssh: {host.name}}}", host.home, launcher, host.drop),
                  Side(f"pod{launcher:d}", f"{{kubernetes: {pod.name}}}", pod.home, launcher, pod.drop)]
        if os.geteuid() == 0:
            folder = f"{lab.place}/shared{launcher:d}"
            os.mkdir(folder)
            options = ["--workdir", "/shared", "--volume", f"{folder}:/shared"]
            options += [] if launcher else ["--read-only", "--tmpfs", "/tmp:noexec"]
            lab.docker().container(f"c{launcher:d}", "box", *options)
            found.append(Side(f"docker{launcher:d}", f"{{docker: c{launcher:d}}}", folder, launcher))
    return found
