# SPDX-License-Identifier: Apache-2.0
"""Two of three etcd members lose their disks; all three come back from a snapshot, with every key of it. The third was
just being started, and waits for the others."""

import json
import os
import signal
import subprocess

import drill
import plane

KEYS = 300


class Drill(drill.Drill):
    broken = "etcd killed on two of three machines, their data removed"
    lacking = "the snapshot cut off in the middle"
    refuses = r"snapshot missing hash[^\0]*there is no snapshot"

    starting = None

    def up(self):
        self.plane = plane.Plane(self.folder)
        self.plane.up(3)
        self.fill()
        self.file = self.plane.snapshot("etcd-20261122T030405Z.db")
        self.data = self.read()
        self.revision = self.status()["header"]["revision"]
        self.plane.etcdctl("put", "/registry/after", "the snapshot does not have it")
        self.controllers = [machine.pid("kube-controller-manager") for machine in self.plane.machines]

    def fill(self):
        """Keys as an API server writes them, and one object by the API server itself."""
        for part in range(0, KEYS, 100):
            puts = "".join(f"put /registry/configmaps/aragora/c{number:04} value-{number * number}\n"
                           for number in range(part, part + 100))
            self.plane.etcdctl("txn", stdin=f"\n{puts}\n\n")
        self.plane.call("PUT", "/api/v1/nodes/node-1", {"kind": "Node", "apiVersion": "v1",
                                                        "metadata": {"name": "node-1"}})

    def read(self, machine=None):
        """Every key with its value, as etcd itself gives them."""
        pairs = json.loads(self.plane.etcdctl("get", "", "--from-key", "--write-out", "json", machine=machine))["kvs"]
        return {pair["key"]: pair["value"] for pair in pairs}

    def status(self, machine=None):
        return json.loads(self.plane.etcdctl("endpoint", "status", "--write-out", "json",
                                             machine=machine))[0]["Status"]

    def fault(self):
        *lost, last = self.plane.machines
        for machine in lost:
            self.plane.destroy(machine)
        old = last.pid("etcd")
        os.kill(old, signal.SIGKILL)
        drill.wait_until(lambda: not os.path.exists(f"/proc/{old}"), "the last etcd is gone")
        ssh = os.path.join(self.plane.lab.bin, "ssh")
        self.starting = subprocess.Popen([*drill.MORTAL, ssh, last.host.name, "systemctl", "start", "etcd"],
                                         env=self.plane.env(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        drill.wait_until(lambda: last.pid("etcd") != old, "the last etcd starts")
        said = drill.command(ssh, last.host.name, "systemctl", "is-active", "etcd", env=self.plane.env(), status=3)
        if said != "activating\n":
            raise drill.Failed(f"the last etcd is {said}")

    def lack(self):
        self.whole = os.path.join(self.folder, "whole")
        os.rename(self.file, self.whole)
        with open(self.whole, "rb") as whole, open(self.file, "wb") as part:
            part.write(whole.read()[:os.path.getsize(self.whole) // 2])

    def mend(self):
        os.replace(self.whole, self.file)

    def untouched(self):
        return self.plane.stands()

    def env(self):
        return self.plane.env()

    def words(self):
        return [*self.plane.words(), "--approve", "restore"]

    def goal(self, run):
        machines = self.plane.machines
        if not any(f"{machines[2].host.name} runs" in str(line) for line in run.lines("step.finished")):
            raise drill.Failed("a member that starts counts as down" + run.tell())
        for machine in machines:
            if self.read(machine) != self.data:
                raise drill.Failed(f"{machine.name} has other keys than the snapshot" + run.tell())
            if self.status(machine)["header"]["revision"] < self.revision:
                raise drill.Failed(f"{machine.name} is behind the snapshot" + run.tell())
        members = json.loads(self.plane.etcdctl("member", "list", "--write-out", "json"))["members"]
        if sorted((one["name"], one["peerURLs"]) for one in members) != [(one.name, [one.peer]) for one in machines]:
            raise drill.Failed(f"the members are {members}" + run.tell())
        self.plane.etcdctl("put", "/registry/configmaps/aragora/new", "it takes new keys")
        if self.plane.call("GET", "/api/v1/nodes", machine=machines[2])["items"][0]["metadata"]["name"] != "node-1":
            raise drill.Failed("the API server has not the node" + run.tell())
        if [machine.pid("kube-controller-manager") for machine in machines] == self.controllers:
            raise drill.Failed("the controllers were not restarted" + run.tell())
        if not any(name.startswith("etcd.aside-") for name in os.listdir(machines[2].home)):
            raise drill.Failed(f"the old data of {machines[2].name} is gone" + run.tell())

    def down(self):
        self.plane.down()
        if self.starting:
            self.starting.kill()
            self.starting.wait()
