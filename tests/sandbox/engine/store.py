# SPDX-License-Identifier: Apache-2.0
"""Everything there is: containers, volumes, networks, ports made to hang; kept in state.json."""

import asyncio
import json
import secrets
import socket

from common.place import write_atomically
from common.project import IMAGES, API_IMAGE, POSTGRES_IMAGE, REDIS_IMAGE, image_kind
from common.wire import Refused
from engine import clock
from engine.container import Container
from engine.volumes import Volumes

HERE = (POSTGRES_IMAGE, REDIS_IMAGE, API_IMAGE)


def network(labels):
    return {"id": secrets.token_hex(32), "created": clock.stamp(), "labels": labels}


class Store:
    def __init__(self, place):
        self.place = place
        self.containers = {}
        self.volumes = Volumes(place)
        self.networks = {"bridge": network({})}
        self.hanging = {}
        self.background = set()

    def save(self):
        state = {"containers": [it.kept() for it in self.containers.values()],
                 "volumes": self.volumes.all, "networks": self.networks,
                 "hanging": sorted(self.hanging)}
        write_atomically(self.place.state, json.dumps(state, indent=1) + "\n")

    def later(self, coroutine):
        """Runs something beside the requests; the loop itself would not keep it alive."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def refresh(self):
        for it in list(self.containers.values()):
            it.refresh()
            if it.foreign and it.rm and it.status == "exited":
                self.forget(it)

    def find(self, ref):
        for it in self.containers.values():
            if ref in (it.name, it.id) or (len(ref) >= 4 and it.id.startswith(ref)):
                return it
        raise Refused(f"No such container: {ref}")

    def users_of(self, volume):
        return [it.id for it in self.containers.values()
                if any(mount.get("Name") == volume for mount in it.mounts)]

    def create(self, facts):
        """Makes a container of a client's description; volumes it names come into being."""
        if facts["image"] not in HERE:
            raise Refused(f"No such image: {facts['image']}", 125)
        name = facts.get("name") or "sandbox_" + secrets.token_hex(4)
        for it in self.containers.values():
            if it.name == name:
                raise Refused(f'Conflict. The container name "/{name}" is already in use by '
                              f'container "{it.id}". You have to remove (or rename) that '
                              "container to be able to reuse that name.", 125)
        network = facts.get("network") or "bridge"
        if network not in self.networks:
            raise Refused(f"network {network} not found", 125)
        kind = image_kind(facts["image"])
        mounts = self.mounts(facts.get("mounts", []), IMAGES[kind]["volume"])
        ports, port = self.ports(facts.get("ports", []), IMAGES[kind]["port"])
        it = Container(self.place, self.save, {
            "id": secrets.token_hex(32), "name": name, "image": facts["image"],
            "cmd": facts.get("cmd") or IMAGES[kind]["cmd"], "env": facts.get("env", {}),
            "labels": facts.get("labels", {}), "mounts": mounts, "ports": ports, "port": port,
            "restart": facts.get("restart") or "no", "rm": bool(facts.get("rm")),
            "healthcheck": facts.get("healthcheck"), "network": network, "memory": facts.get("memory", 0),
            "dns": facts.get("dns", []), "network_id": self.networks[network]["id"],
            "created": clock.stamp(), "foreign": bool(facts.get("foreign"))})
        open(self.place.log(it.id), "ab").close()
        self.containers[it.id] = it
        self.save()
        return it

    def mounts(self, wanted, data):
        """`wanted`: source, target, read_only; a source without a slash is a volume's name."""
        found = []
        if data and all(mount["target"] != data for mount in wanted):
            wanted = wanted + [{"source": None, "target": data}]
        for mount in wanted:
            source, writable = mount["source"], not mount.get("read_only")
            if source and source.startswith("/"):
                found.append({"Type": "bind", "Source": source, "Destination": mount["target"],
                              "Mode": "", "RW": writable, "Propagation": "rprivate"})
            else:
                name = self.volumes.create(source)
                found.append({"Type": "volume", "Name": name,
                              "Source": self.place.volume_data(name),
                              "Destination": mount["target"], "Driver": "local",
                              "Mode": "z", "RW": writable, "Propagation": ""})
        return found

    def ports(self, wanted, target):
        """(published ports, the port its server listens on): on loopback those are one port."""
        published = []
        for port in wanted:
            if port["target"] != target:
                raise Refused(f"the stand-in publishes port {target} of this image, "
                              f"not {port['target']}", 125)
            number = int(port["published"] or 0) or free_port()
            published.append({"target": target, "host_ip": "127.0.0.1", "published": number})
        return published, published[0]["published"] if published else free_port()

    def forget(self, it):
        """Drops a container that has ended, with its anonymous volumes if it is an --rm one."""
        del self.containers[it.id]
        if it.rm:
            self.drop_anonymous(it)
        self.save()

    def drop_anonymous(self, it):
        for mount in it.mounts:
            name = mount.get("Name")
            facts = self.volumes.all.get(name)
            if facts and "com.docker.volume.anonymous" in facts["labels"]:
                if not self.users_of(name):
                    self.volumes.remove(name, [])


def free_port():
    """A loopback port below the range that the system hands out for outgoing connections."""
    for _ in range(1000):
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Refused("no free port between 20000 and 32000")
