#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lab of far machines for tests: real sshd, network namespaces that can be cut off, a Docker engine, pods.

    with Lab() as lab:
        host = lab.ssh()                     # h1, a Host of hosts.py: stop, start, freeze, drop, replace_key, processes
        subprocess.run(["ssh", "h1", "true"], env=lab.environment())

Everything lies in one temporary folder and ends with the lab, also when this process is killed. By hand:

    lab.py shell [--ssh N] [--netns N] [--docker IMAGE] [--kubernetes N] … [-- COMMAND…]

starts that (--help says what else), prints what its environment has, and runs COMMAND (else a shell) in it.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import engine
import hosts
import networks
import pods
from keeper import Kept, Trouble


class Lab:
    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="reprise-lab-")
        os.chmod(self.place, 0o711)  # others may pass through to what is theirs
        self.hosts, self.kept, self.variables = {}, [], {}
        self.cables, self.network = [], None
        self.engine = self.cluster = None
        self.bin = f"{self.place}/bin"
        os.mkdir(self.bin)
        self.lock = f"{self.place}/lock"
        hosts.write(self.lock, "")
        # The folder is removed when every other keeper has ended, also after a death of this process.
        self.remover = Kept(["true"], "/dev/null", closing=[
            f"while ! flock {self.lock} true; do sleep 0.1; done; rm -rf --one-file-system {self.place}"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends and removes everything; returns when it is gone."""
        for kept in [*self.kept, self.remover]:
            kept.close()
        for kept in [*self.kept, self.remover]:
            kept.wait()

    def keep(self, argv, log, **more):
        """A server that ends with the lab; it is not yet started."""
        self.kept.append(Kept(argv, log, lock=self.lock, **more))
        return self.kept[-1]

    def ssh(self, **kind):
        """One more machine, h1, h2 …, on the loopback; its kind as the arguments of Host say."""
        return self.know(hosts.Host(self, f"h{len(self.hosts) - len(self.cables) + 1}", **kind))

    def netns(self, **kind):
        """One more machine, n1, n2 …, in a network of its own: a FarHost of networks.py, with cut and mend. Root."""
        return self.know(networks.FarHost(self, f"n{len(self.cables) + 1}", **kind))

    def docker(self, **kind):
        """The Docker engine, started when first asked for: an Engine of engine.py. Root."""
        if not self.engine:
            self.engine = engine.Engine(self, **kind)
        return self.engine

    def kubernetes(self):
        """Pods, and a stand-in of kubectl that reaches them: a Cluster of pods.py."""
        if not self.cluster:
            self.cluster = pods.Cluster(self)
        return self.cluster

    def know(self, host):
        self.hosts[host.name] = host
        self.write_client()
        return host

    def write_client(self):
        """What clients read: how to reach every host, and the key that each has at this moment."""
        text = "".join(host.client() for host in self.hosts.values()) + hosts.CLIENT_END.format(place=self.place)
        hosts.write(f"{self.place}/ssh_config", text)
        hosts.write(f"{self.place}/known_hosts", "".join(host.known() for host in self.hosts.values()))
        wrapper = f"{self.bin}/ssh"
        if not os.path.exists(wrapper):
            hosts.write(wrapper, hosts.WRAPPER.format(program=hosts.need("ssh"), config=f"{self.place}/ssh_config"),
                        0o755)
        self.variables["LAB_SSH_CONFIG"] = f"{self.place}/ssh_config"

    def client_key(self):
        """The key that every host lets in; made when first asked for."""
        key = f"{self.place}/client_key"
        if not os.path.exists(key):
            hosts.make_key(key)
        return key

    def environment(self):
        """That of this process, and what leads to the lab: PATH, LAB_SSH_CONFIG …"""
        return {**os.environ, **self.variables, "PATH": f"{self.bin}:{os.environ['PATH']}"}


def fill(lab, wanted):
    for _ in range(wanted.ssh):
        lab.ssh()
    for _ in range(wanted.netns):
        lab.netns()
    for image in wanted.docker:
        lab.docker().container(image, image)
    for number in range(wanted.kubernetes):
        lab.kubernetes().pod(f"p{number + 1}", labels={"app": "lab"})
    for _ in range(wanted.noisy):
        lab.ssh(noisy=True)
    for _ in range(wanted.operator):
        lab.ssh(operator=True)
    for sh in wanted.sh:
        lab.ssh(sh=sh)


def shell(wanted):
    with Lab() as lab:
        fill(lab, wanted)
        for name, value in {"PATH": f"{lab.bin}:$PATH", **lab.variables}.items():
            print(f"{name}={value}", file=sys.stderr)
        command = wanted.command or [os.environ.get("SHELL", "/bin/sh")]
        program = shutil.which(command[0], path=lab.environment()["PATH"]) or command[0]
        return subprocess.run([program, *command[1:]], env=lab.environment(), check=False).returncode


def main():
    parser = argparse.ArgumentParser(description="Far machines, to try things by hand.")
    parser.add_argument("what", choices=["shell"])
    parser.add_argument("--ssh", type=int, default=0, metavar="N", help="so many machines")
    parser.add_argument("--netns", type=int, default=0, metavar="N", help="in a network of its own (root)")
    parser.add_argument("--docker", choices=list(engine.IMAGES), action="append", default=[],
                        help="an engine with a container of that image and name (root)")
    parser.add_argument("--kubernetes", type=int, default=0, metavar="N",
                        help="pods p1, p2 … for a stand-in of kubectl")
    parser.add_argument("--noisy", type=int, default=0, metavar="N", help="whose shell prints when it starts")
    parser.add_argument("--operator", type=int, default=0, metavar="N", help="whose logins are not root's, with sudo")
    parser.add_argument("--sh", choices=list(hosts.SHELLS), action="append", default=[], help="whose sh is that")
    arguments = sys.argv[1:]
    at = arguments.index("--") if "--" in arguments else len(arguments)
    wanted = parser.parse_args(arguments[:at])
    wanted.command = arguments[at + 1:]
    try:
        return shell(wanted)
    except Trouble as trouble:
        print(f"lab.py: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
