# SPDX-License-Identifier: Apache-2.0
"""Pods for the stand-in of kubectl (bin/kubectl): a server process each, which owns what is executed in it.

Which there are is said in a file of JSON, $LAB_PODS, which the stand-in reads.
"""
import json
import os
import signal
import sys

from hosts import HERE, SYSTEM_PATH
from keeper import carries, signal_to, wait_for


class Pod:
    """One pod. `home`: where its commands begin; `bin`: its folder that is first in their PATH."""

    def __init__(self, lab, name, namespace, labels, containers, phase):
        self.name, self.namespace, self.labels = name, namespace, labels
        self.containers, self.phase, self.ready = containers, phase, phase == "Running"
        place = f"{lab.place}/pods/{namespace}-{name}"
        self.home, self.bin, self.socket = f"{place}/home", f"{place}/bin", f"{place}/socket"
        for folder in (self.home, self.bin):
            os.makedirs(folder)
        self.kept = lab.keep([sys.executable, "-I", f"{HERE}/pod_server.py", self.socket, self.home, name,
                              f"{self.bin}:{SYSTEM_PATH}"], f"{place}/log")
        self.kept.start()
        wait_for(lambda: "listening" in self.kept.said(), f"the pod {name} listens")

    def described(self):
        """As the API describes it, as far as the stand-in needs it, and where it is."""
        return {"metadata": {"name": self.name, "namespace": self.namespace, "labels": self.labels},
                "spec": {"containers": [{"name": name} for name in self.containers], "nodeName": "node-1"},
                "status": {"phase": self.phase, "conditions": [{"type": "Ready", "status": str(self.ready)}]},
                "socket": self.socket}

    def freeze(self):
        """Connections stay open and nothing comes or goes any more; its commands go on."""
        signal_to(self.kept.server, signal.SIGSTOP)

    def thaw(self):
        """Undoes freeze()."""
        signal_to(self.kept.server, signal.SIGCONT)

    def drop(self):
        """Every connection ends at once; its commands go on, and it can be reached again."""
        said = len(self.kept.said())
        signal_to(self.kept.server, signal.SIGUSR1)
        wait_for(lambda: "dropped" in self.kept.said()[said:], f"the connections of {self.name} are gone")

    def processes(self, marker=""):
        """The processes in it, by pid, that carry the text in their arguments or their environment."""
        return [pid for pid in self.kept.below() if pid != self.kept.server and (not marker or carries(pid, marker))]


class Cluster:
    """All pods, and the way to them."""

    def __init__(self, lab):
        self.lab, self.pods = lab, []
        self.place = f"{lab.place}/pods"
        os.mkdir(self.place)
        os.symlink(f"{HERE}/bin/kubectl", f"{lab.bin}/kubectl")
        lab.variables["LAB_PODS"] = f"{self.place}/pods.json"
        self.contexts, self.reachable = ["lab"], True
        self.tell()

    def pod(self, name, namespace="default", labels=None, containers=("main",), phase="Running"):
        """One more pod, with a server; it can be executed in when its phase is Running."""
        self.pods.append(Pod(self.lab, name, namespace, labels or {}, list(containers), phase))
        self.tell()
        return self.pods[-1]

    def delete(self, pod):
        """The pod is gone, with every process in it."""
        self.pods.remove(pod)
        self.tell()
        pod.kept.kill()

    def set(self, pod, **changes):
        """Changes phase, ready, labels of a pod."""
        for name, value in changes.items():
            setattr(pod, name, value)
        self.tell()

    def refuse(self, refuses=True):
        """The API's server refuses connections from now on, or no longer."""
        self.reachable = not refuses
        self.tell()

    def tell(self):
        draft = f"{self.place}/draft"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump({"contexts": self.contexts, "reachable": self.reachable,
                       "pods": [pod.described() for pod in self.pods]}, file, indent=1)
        os.rename(draft, self.lab.variables["LAB_PODS"])
