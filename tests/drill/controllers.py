# SPDX-License-Identifier: Apache-2.0
"""What the controllers and the kubelets of a cluster do, as far as drills need it: one step each time it is asked for.

A pod of a deployment or a stateful set begins when its claim is bound, its secrets are there and its image can be had.
A pod that lost its state (the annotation POISONED) crashes whenever it is started again; one that is made anew does
not: what it keeps in an emptyDir is new, too.
"""

import datetime
import hashlib
import json
import uuid

POISONED = "drill/poisoned"
LOG = "drill/log"
MISSING = ":missing"  # the tag of an image that no registry has


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def labels(one):
    return one["metadata"].get("labels", {})


def selects(wanted, one):
    return all(labels(one).get(key) == value for key, value in wanted.items())


def conditions(one):
    return {each["type"]: each["status"] for each in one.get("status", {}).get("conditions", [])}


def ready(pod):
    return conditions(pod).get("Ready") == "True"


node_ready = ready  # nodes have the same condition


def claims(pod):
    return [volume["persistentVolumeClaim"]["claimName"] for volume in pod["spec"].get("volumes", [])
            if "persistentVolumeClaim" in volume]


def secrets(pod):
    return [source["secretRef"]["name"] for container in pod["spec"]["containers"]
            for source in container.get("envFrom", []) if "secretRef" in source]


class World:
    """What there is in a namespace, as it was asked for."""

    def __init__(self, store, namespace):
        self.store, self.namespace = store, namespace
        self.bound = {claim["metadata"]["name"] for claim in store.objects("persistentvolumeclaims", namespace)
                      if claim.get("status", {}).get("phase") == "Bound"}
        self.secrets = {secret["metadata"]["name"] for secret in store.objects("secrets", namespace)}
        self.nodes = [node["metadata"]["name"] for node in store.objects("nodes") if node_ready(node)]
        self.pods = store.objects("pods", namespace)
        self.versions = {one["metadata"]["name"] for one in store.objects("replicasets", namespace)}

    def owned(self, owner):
        return [pod for pod in self.pods
                if pod["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]]

    def meta(self, owner, name, more):
        """Of what is made for an owner."""
        return {"name": name, "namespace": self.namespace, "uid": str(uuid.uuid4()), "creationTimestamp": now(),
                "labels": {**owner["spec"]["template"]["metadata"]["labels"], **more},
                "ownerReferences": [{"kind": owner["kind"], "name": owner["metadata"]["name"],
                                     "uid": owner["metadata"]["uid"], "controller": True}]}

    def note(self, owner, mark):
        """A version of a deployment stays on the list, also when another has come."""
        name = f"{owner['metadata']['name']}-{mark}"
        if name not in self.versions:
            self.store.put("replicasets", {"kind": "ReplicaSet", "apiVersion": "apps/v1",
                                           "metadata": self.meta(owner, name, {"pod-template-hash": mark})})
            self.versions.add(name)

    def make(self, owner, name, more):
        spec = json.loads(json.dumps(owner["spec"]["template"]["spec"]))
        pod = {"kind": "Pod", "apiVersion": "v1", "metadata": self.meta(owner, name, more), "spec": spec,
               "status": {"phase": "Pending"}}
        self.store.put("pods", pod)
        self.pods.append(pod)

    def remove(self, pod):
        self.store.delete("pods", self.namespace, pod["metadata"]["name"])
        self.pods.remove(pod)


def waiting(pod, reason, message, last=None, restarts=0):
    """Each container of the pod waits for this."""
    states = [{"name": container["name"], "image": container["image"], "ready": False, "restartCount": restarts,
               "state": {"waiting": {"reason": reason, "message": message}}, "lastState": last or {}}
              for container in pod["spec"]["containers"]]
    return {"phase": "Pending" if not restarts else "Running", "containerStatuses": states,
            "conditions": [{"type": "PodScheduled", "status": "True"},
                           {"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]}


def running(pod):
    old = {each["name"]: each for each in pod["status"].get("containerStatuses", [])}
    states = []
    for container in pod["spec"]["containers"]:
        was = old.get(container["name"], {})
        state = was.get("state") if "running" in was.get("state", {}) else {"running": {"startedAt": now()}}
        states.append({"name": container["name"], "image": container["image"], "ready": True,
                       "restartCount": was.get("restartCount", 0), "state": state,
                       "lastState": was.get("lastState", {})})
    return {"phase": "Running", "containerStatuses": states,
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}]}


def begins(world, pod):
    """The pod's status now: what holds it up, or that it runs."""
    loose = [claim for claim in claims(pod) if claim not in world.bound]
    lacking = [name for name in secrets(pod) if name not in world.secrets]
    image = pod["spec"]["containers"][0]["image"]
    crashes = POISONED in pod["metadata"].get("annotations", {})
    if (loose and not pod["spec"].get("nodeName")) or not (pod["spec"].get("nodeName") or world.nodes):
        why = "pod has unbound immediate PersistentVolumeClaims" if loose else "node(s) were not ready"
        return {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
             "message": f"0/1 nodes are available: 1 {why}."}]}
    pod["spec"].setdefault("nodeName", world.nodes[0] if world.nodes else None)
    if lacking and not crashes:
        return waiting(pod, "CreateContainerConfigError", f'secret "{lacking[0]}" not found')
    if image.endswith(MISSING):
        return waiting(pod, "ImagePullBackOff", f'Back-off pulling image "{image}"')
    if crashes:
        last = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": pod["metadata"]["creationTimestamp"]}}
        return waiting(pod, "CrashLoopBackOff", "back-off 5m0s restarting failed container", last, 7)
    if "containerStatuses" not in pod["status"]:
        return waiting(pod, "ContainerCreating", "")  # the next time it is looked at it runs
    return running(pod)


def counted(status):
    """As the API gives it: a number that is zero is not there."""
    return {key: value for key, value in status.items() if value not in (0, [])}


def version(owner):
    text = json.dumps(owner["spec"]["template"], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def deployment(world, owner):
    """One pod more than wanted, at most; pods that are not ready go first, others only when there are enough."""
    name, wanted, mark = owner["metadata"]["name"], owner["spec"]["replicas"], version(owner)
    world.note(owner, mark)
    pods = world.owned(owner)
    new = [pod for pod in pods if labels(pod).get("pod-template-hash") == mark]
    old = sorted((pod for pod in pods if pod not in new), key=ready)
    if len(new) < wanted and len(pods) <= wanted:
        world.make(owner, f"{name}-{mark}-{uuid.uuid4().hex[:5]}", {"pod-template-hash": mark})
    elif old and (not ready(old[0]) or sum(map(ready, pods)) > wanted):
        world.remove(old[0])
    pods = world.owned(owner)
    new = [pod for pod in pods if labels(pod).get("pod-template-hash") == mark]
    available = sum(map(ready, pods))
    done = len(pods) == len(new) == available == wanted
    return counted({"observedGeneration": owner["metadata"]["generation"], "replicas": len(pods),
                    "updatedReplicas": len(new), "readyReplicas": available, "availableReplicas": available,
                    "unavailableReplicas": max(len(pods), wanted) - available,
                    "conditions": [{"type": "Available", "status": str(available >= wanted),
                                    "reason": f"MinimumReplicas{'A' if available >= wanted else 'Una'}vailable"},
                                   {"type": "Progressing", "status": "True",
                                    "reason": "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"}]})


def stateful(world, owner):
    """Each pod has its name for ever; one that is missing is made anew."""
    name, wanted, mark = owner["metadata"]["name"], owner["spec"]["replicas"], f"{version(owner)}"
    there = {pod["metadata"]["name"] for pod in world.owned(owner)}
    for index in range(wanted):
        if f"{name}-{index}" not in there:
            world.make(owner, f"{name}-{index}", {"controller-revision-hash": f"{name}-{mark}"})
            break
    pods = world.owned(owner)
    new = [pod for pod in pods if labels(pod).get("controller-revision-hash") == f"{name}-{mark}"]
    return counted({"observedGeneration": owner["metadata"]["generation"], "replicas": len(pods),
                    "readyReplicas": sum(map(ready, pods)), "availableReplicas": sum(map(ready, pods)),
                    "updatedReplicas": len(new), "currentReplicas": len(new), "updateRevision": f"{name}-{mark}",
                    "currentRevision": f"{name}-{mark}" if len(new) == len(pods) else f"{name}-before"})


def step(store, namespace):
    """Everything in a namespace goes one step further."""
    world = World(store, namespace)
    for pod in world.pods:
        status = begins(world, pod) if "deletionTimestamp" not in pod["metadata"] else pod["status"]
        if status != pod["status"]:
            pod["status"] = status
            store.put("pods", pod)
    for plural, control in (("deployments", deployment), ("statefulsets", stateful)):
        for owner in store.objects(plural, namespace):
            status = control(world, owner)
            if status != owner.get("status"):
                owner["status"] = status
                store.put(plural, owner)
