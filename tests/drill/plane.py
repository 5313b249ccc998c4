# SPDX-License-Identifier: Apache-2.0
"""The control plane of a cluster that drills break: machines that ssh reaches, each with an etcd and an API server.

etcd, its clients and sshd are real. The API server, systemctl and kubectl are stand-ins (tests/drill/bin); what kubectl
shows are the objects that lie in etcd. All of it ends with this process, however that ends.
"""

import json
import os
import random
import shutil
import signal
import socket
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import drill

sys.path.insert(0, os.path.join(drill.ROOT, "tests", "far"))
import hosts  # noqa: E402
from lab import Lab  # noqa: E402

BIN = os.path.join(drill.HERE, "bin")
CONTEXT = "drill"
NAMESPACE = "aragora"
DATA = "etcd"  # of a machine's home


def quiet_port():
    """A port that is free, and is given to nobody who asks for any: servers here stop, and want it back later."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first = int(file.read().split()[0])
    while True:
        port = random.randrange(10000, max(first, 11000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Machine:
    """One of the control plane: what it is called, and where its servers answer."""

    def __init__(self, lab):
        self.host = lab.ssh()
        self.name = "etcd-" + self.host.name
        self.peer, self.client, self.api = (f"http://127.0.0.1:{quiet_port()}" for _ in range(3))
        self.home = self.host.home
        self.data = os.path.join(self.home, DATA)
        os.symlink(os.path.join(BIN, "systemctl"), os.path.join(self.host.bin, "systemctl"))
        os.mkdir(os.path.join(self.home, "units"))

    def units(self, cluster):
        """What systemctl finds there. The controllers only have to be there, and to be restarted."""
        etcd = [hosts.need("etcd"), "--name", self.name, "--data-dir", DATA, "--listen-peer-urls", self.peer,
                "--initial-advertise-peer-urls", self.peer, "--listen-client-urls", self.client,
                "--advertise-client-urls", self.client, "--initial-cluster", cluster, "--logger", "zap",
                "--heartbeat-interval", "50", "--election-timeout", "500"]
        api = [os.path.join(BIN, "kube-apiserver"), self.client, self.api]
        idle = [shutil.which("sleep"), "infinity"]
        for unit, told in {"etcd": {"exec": etcd, "notify": True}, "kube-apiserver": {"exec": api, "notify": True},
                           "kube-controller-manager": {"exec": idle}, "kube-scheduler": {"exec": idle}}.items():
            hosts.write(os.path.join(self.home, "units", unit + ".json"), json.dumps(told))

    def pid(self, unit):
        """The unit's process, as far as it was noted."""
        with open(os.path.join(self.home, "units", unit + ".pid"), encoding="ascii") as file:
            return int(file.read())

    def told(self):
        """As a runbook is told of it."""
        return {"host": self.host.name, "name": self.name, "peer": self.peer, "client": self.client}


class Plane:
    def __init__(self, folder):
        self.folder = folder
        self.lab = None
        self.machines = []
        self.backups = os.path.join(folder, "etcd-backups")

    def up(self, count):
        """So many machines, with everything running on them."""
        self.lab = Lab()
        self.machines = [Machine(self.lab) for _ in range(count)]
        cluster = ",".join(f"{machine.name}={machine.peer}" for machine in self.machines)
        for machine in self.machines:
            machine.units(cluster)
        os.symlink(os.path.join(BIN, "kubectl"), os.path.join(self.lab.bin, "kubectl"))
        self.configure()
        os.mkdir(self.backups)
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda machine: self.ssh(machine, "systemctl", "start", "etcd", "kube-apiserver",
                                                   "kube-controller-manager", "kube-scheduler"), self.machines))

    def configure(self):
        """The file that kubectl reads: JSON, which is YAML."""
        cluster = {"server": self.machines[0].api}
        hosts.write(os.path.join(self.folder, "kubeconfig"), json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "another",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "users": [{"name": CONTEXT, "user": {}}]}))

    def env(self):
        return {**self.lab.environment(), "KUBECONFIG": os.path.join(self.folder, "kubeconfig"), "ETCDCTL_API": "3",
                "REPRISE_LOCKS": self.folder}

    def ssh(self, machine, *words):
        return drill.command(os.path.join(self.lab.bin, "ssh"), machine.host.name, *words, env=self.env())

    def etcdctl(self, *words, machine=None, stdin=None):
        """Asks etcd itself, by its own client."""
        where = (machine or self.machines[0]).client
        return drill.command("etcdctl", "--endpoints", where, *words, env=self.env(), stdin=stdin)

    def call(self, method, path, body=None, machine=None):
        """Asks the API server, without kubectl."""
        asked = urllib.request.Request((machine or self.machines[0]).api + path, method=method,
                                       data=json.dumps(body).encode() if body is not None else None,
                                       headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=drill.PATIENCE) as answer:
            return json.loads(answer.read())

    def snapshot(self, name):
        path = os.path.join(self.backups, name)
        self.etcdctl("snapshot", "save", path)
        return path

    def destroy(self, machine):
        """The machine's etcd dies, and its disk is lost."""
        pid = machine.pid("etcd")
        os.kill(pid, signal.SIGKILL)
        drill.wait_until(lambda: not os.path.exists(f"/proc/{pid}"), f"etcd of {machine.name} is gone")
        shutil.rmtree(machine.data)

    def words(self):
        """What a runbook is told of it."""
        told = {"control_plane": json.dumps([machine.told() for machine in self.machines]), "etcd_data": DATA,
                "etcd_backups": self.backups, "etcd_owner": str(os.geteuid()),
                "etcdctl": '["etcdctl", "--command-timeout=1s"]',
                "kubectl": json.dumps(["kubectl", "--context", CONTEXT, "--namespace", NAMESPACE])}
        return [word for name, value in told.items() for word in ("-p", f"{name}={value}")]

    def stands(self):
        """Which servers run, and what lies on the machines: by names, for etcd writes to its files while it lives."""
        found = []
        for machine in self.machines:
            for unit in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
                pid = machine.pid(unit)
                found.append((machine.name, unit, pid, os.path.exists(f"/proc/{pid}")))
            found.append((machine.name, sorted(set(os.listdir(machine.home)) - {".cache"})))  # of whoever looked
        return found

    def down(self):
        if self.lab:
            self.lab.close()
