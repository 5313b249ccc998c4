# SPDX-License-Identifier: Apache-2.0
"""The application's pods and the database's crash whenever they are started again; made anew they run.

The cluster is one machine of a control plane; what it knows lies in a real etcd.
"""

import base64
import gzip
import json
import os

import controllers
import drill
import plane

LABELS = {"app.kubernetes.io/name": "aragora"}
DATABASE = {"app.kubernetes.io/name": "postgres"}
PLURALS = {"Node": "/api/v1/nodes", "Secret": "secrets", "Service": "services", "Pod": "pods",
           "PersistentVolumeClaim": "persistentvolumeclaims", "Deployment": "deployments",
           "StatefulSet": "statefulsets", "Event": "events"}
DUMP = """--
-- PostgreSQL database dump
--

CREATE TABLE public.users (id integer);
COPY public.users (id) FROM stdin;
1
\\.

--
-- PostgreSQL database dump complete
--

"""


def where(kind, name=""):
    """The path of an object, or of all of its kind."""
    plural = PLURALS[kind]
    if not plural.startswith("/"):
        group = "/apis/apps/v1" if kind in ("Deployment", "StatefulSet") else "/api/v1"
        plural = f"{group}/namespaces/{plane.NAMESPACE}/{plural}"
    return plural + (f"/{name}" if name else "")


def thing(kind, name, **more):
    group = "apps/v1" if kind in ("Deployment", "StatefulSet") else "v1"
    return {"kind": kind, "apiVersion": group, "metadata": {"name": name}, **more}


def workload(kind, name, labels, count, image, secret, claim):
    """A deployment, or a stateful set, whose pods need a secret and a volume."""
    pod = {"containers": [{"name": name, "image": image, "envFrom": [{"secretRef": {"name": secret}}]}],
           "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]}
    return thing(kind, name, spec={"replicas": count, "selector": {"matchLabels": labels},
                                   "template": {"metadata": {"labels": labels}, "spec": pod}})


def secret_of(name, **values):
    return thing("Secret", name, data={key: base64.b64encode(value.encode()).decode() for key, value in values.items()})


def objects():
    """The good day, as its manifests have it."""
    return [thing("Node", "node-1", status={"conditions": [{"type": "Ready", "status": "True"}]}),
            secret_of("aragora-secrets", ANTHROPIC_API_KEY="sk-a8f2-of-the-drill"),
            secret_of("postgres-secrets", POSTGRES_PASSWORD="vii-of-the-drill"),
            thing("PersistentVolumeClaim", "aragora-data", status={"phase": "Bound"}),
            thing("PersistentVolumeClaim", "data-postgres-0", status={"phase": "Bound"}),
            workload("Deployment", "aragora", LABELS, 2, "registry.example/aragora:2.8.0", "aragora-secrets",
                     "aragora-data"),
            workload("StatefulSet", "postgres", DATABASE, 1, "postgres:16.2", "postgres-secrets", "data-postgres-0"),
            thing("Service", "aragora", spec={"selector": LABELS, "ports": [{"port": 8080}]})]


class Drill(drill.Drill):
    broken = "pods of the application and of the database crash again and again"
    lacking = "the database's claim lost, the application's secret deleted"
    refuses = r"no restart mends this:[^\0]*claim data-postgres-0 is not bound[^\0]*aragora-secrets is not there"

    def up(self):
        self.plane = plane.Plane(self.folder)
        self.plane.up(1)
        for one in objects():
            self.put(one)
        drill.wait_until(lambda: all(map(controllers.ready, self.pods())) and len(self.pods()) == 3, "all pods run")
        self.uids = self.settled()
        self.dumps = os.path.join(self.folder, "dumps")
        os.mkdir(self.dumps)
        with gzip.open(os.path.join(self.dumps, "aragora-20261122_030405.sql.gz"), "wt") as file:
            file.write(DUMP)

    def put(self, one):
        return self.plane.call("PUT", where(one["kind"], one["metadata"]["name"]), one)

    def pods(self):
        return self.plane.call("GET", where("Pod"))["items"]

    def settled(self):
        return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in self.pods()}

    def fault(self):
        for pod in self.pods():
            pod["metadata"]["annotations"] = {controllers.POISONED: "true", controllers.LOG: "FATAL: a stale lock"}
            self.put(pod)
        drill.wait_until(lambda: not any(map(controllers.ready, self.pods())), "no pod is ready")
        self.put(thing("Event", "aragora.1", type="Warning", reason="BackOff", message="Back-off restarting container",
                       involvedObject={"kind": "Pod", "name": "aragora"}, lastTimestamp=controllers.now()))

    def lack(self):
        self.put(thing("PersistentVolumeClaim", "data-postgres-0", status={"phase": "Lost"}))
        self.plane.call("DELETE", where("Secret", "aragora-secrets"))

    def mend(self):
        for one in objects():
            if one["metadata"]["name"] in ("data-postgres-0", "aragora-secrets"):
                self.put(one)

    def untouched(self):
        """Every object as it lies in etcd."""
        said = json.loads(self.plane.etcdctl("get", "/registry/", "--prefix", "--write-out", "json"))
        return [(base64.b64decode(one["key"]).decode(), one["value"], one["mod_revision"]) for one in said["kvs"]]

    def env(self):
        return self.plane.env()

    def words(self):
        return [*self.plane.words(), "-p", f"kube_database_backups={self.dumps}", "-p", "settle=1s", "-p", "patience=1s", "--approve", "remove"]

    def goal(self, run):
        found = json.loads(self.plane.etcdctl("get", "/registry/pods/", "--prefix", "--write-out", "json"))["kvs"]
        pods = [json.loads(base64.b64decode(one["value"])) for one in found]
        if len(pods) != 3 or not all(map(controllers.ready, pods)):
            told = [(pod["metadata"]["name"], pod["status"]) for pod in pods]
            raise drill.Failed(f"the pods are {told}" + run.tell())
        kept = [pod["metadata"]["name"] for pod in pods if pod["metadata"]["uid"] in self.uids.values()]
        if kept:
            raise drill.Failed(f"{kept} were not made anew" + run.tell())
        if "postgres-0" not in [pod["metadata"]["name"] for pod in pods]:
            raise drill.Failed("the database's pod has another name" + run.tell())

    def down(self):
        self.plane.down()


class ControlPlane(Drill):
    """The same cluster, healthy but for its memory: etcd's disk is lost, and what runs goes on as it was."""

    variant = "control plane"
    broken = "etcd killed, its data removed: the API server knows nothing"
    lacking = "the only snapshot gone"
    refuses = r"there is no usable snapshot"

    def up(self):
        super().up()
        self.file = self.plane.snapshot("etcd-20261122T030405Z.db")

    def fault(self):
        self.plane.destroy(self.plane.machines[0])

    def lack(self):
        os.rename(self.file, self.file + ".gone")

    def mend(self):
        os.rename(self.file + ".gone", self.file)

    def untouched(self):
        return self.plane.stands()

    def words(self):
        return [*super().words()[:-1], "restore", "-p", "min_keys=10"]

    def goal(self, run):
        if self.settled() != self.uids or not all(map(controllers.ready, self.pods())):
            raise drill.Failed(f"the pods are {self.settled()}, and were {self.uids}" + run.tell())
        if json.loads(self.plane.etcdctl("member", "list", "--write-out", "json"))["members"][0]["name"] != \
                self.plane.machines[0].name:
            raise drill.Failed("etcd's only member has another name" + run.tell())


MORE = [ControlPlane]
