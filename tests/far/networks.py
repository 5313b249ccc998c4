# SPDX-License-Identifier: Apache-2.0
"""Machines in networks of their own, which can be cut off: a network namespace each, with a cable (veth) to it.

Needs root. The namespaces are named reprise-lab-PID-NUMBER after the lab's process, so that what a crash left is known.
"""
import ipaddress
import itertools
import os
import re

from hosts import Host, need, run
from keeper import Trouble, parents, read, wait_for

PREFIX = "reprise-lab-"
NUMBERS = itertools.count(1)  # of all labs of this process
CABLES = 64  # at most, of one lab: each takes four addresses


def ip(*arguments):
    return run(need("ip"), *arguments)


def remove_leftovers():
    """Namespaces of labs whose process is gone, and with them their cables."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        found = re.fullmatch(PREFIX + r"(\d+)-\w+", name)
        if found and int(found[1]) not in parents():
            run("sh", "-c", f"ip netns del {name} 2>/dev/null || true")  # or by its keeper, meanwhile


def free_network():
    """A network of 10.0.0.0/8 that no route of this machine leads to, with room for CABLES."""
    taken = []
    for line in ip("-4", "route", "show", "table", "all").splitlines():
        words = [word for word in line.split() if word[0].isdigit()]
        if words and "default" not in line:
            taken.append(ipaddress.ip_network(words[0], strict=False))
    for step in range(1 << 16):
        number = (os.getpid() + step) % (1 << 16)
        network = ipaddress.ip_network((0x0A000000 + (number << 8), 24))
        if not any(network.overlaps(other) for other in taken):
            return network
    raise Trouble("this machine has routes to all of 10.0.0.0/8")


class Cable:
    """A namespace and the cable to it. `near`, `far`: the addresses of its ends."""

    def __init__(self, lab):
        if os.geteuid() != 0:
            raise Trouble("a machine in a network of its own needs root: this user is not")
        if not lab.cables:
            remove_leftovers()
            lab.network = free_network()
        if len(lab.cables) == CABLES:
            raise Trouble(f"a lab has at most {CABLES} machines in networks of their own")
        first = lab.network[4 * len(lab.cables)]
        lab.cables.append(self)
        number = next(NUMBERS)
        self.near, self.far = str(first + 1), str(first + 2)
        self.space, self.end = f"{PREFIX}{os.getpid()}-{number}", f"rl{os.getpid()}n{number}"
        # The keeper is there before the namespace is: whatever happens, it is removed.
        lab.keep(["true"], "/dev/null", closing=self.closing())
        ip("netns", "add", self.space)
        ip("link", "add", self.end, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        ip("address", "add", f"{self.near}/30", "dev", self.end)
        self.inside("address", "add", f"{self.far}/30", "dev", "eth0")
        self.inside("link", "set", "lo", "up")
        self.inside("link", "set", "eth0", "up")
        ip("link", "set", self.end, "up")
        self.wait_for_carrier("1")
        # Whoever is behind a router's far cable is not asked for again: a cut is then silence, not "no route to host".
        ip("neighbour", "replace", self.far, "lladdr", self.hardware(), "dev", self.end, "nud", "permanent")

    def inside(self, *arguments):
        return ip("-n", self.space, *arguments)

    def hardware(self):
        return re.search(r"link/ether (\S+)", self.inside("-o", "link", "show", "eth0"))[1]

    def closing(self):
        return [f"ip link del {self.end}", f"ip netns del {self.space}"]

    def enter(self):
        return [need("nsenter"), f"--net=/run/netns/{self.space}"]

    def wait_for_carrier(self, state):
        wait_for(lambda: read(f"/sys/class/net/{self.end}/carrier").strip() == state.encode(),
                 f"the cable {self.end} is {'connected' if state == '1' else 'cut'}")

    def cut(self):
        self.inside("link", "set", "eth0", "down")
        self.wait_for_carrier("0")

    def mend(self):
        self.inside("link", "set", "eth0", "up")
        self.wait_for_carrier("1")


class FarHost(Host):
    """A Host that listens at port 22 of an address of its own."""

    def __init__(self, lab, name, **kind):
        self.cable = Cable(lab)
        super().__init__(lab, name, address=self.cable.far, port=22, inside=self.cable.enter(), **kind)

    def cut(self):
        """From now on packets are lost, both ways and without a word, as when a cable is cut. Processes go on."""
        self.cable.cut()

    def mend(self):
        """Undoes cut(); what was not yet given up goes on."""
        self.cable.mend()
