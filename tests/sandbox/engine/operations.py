# SPDX-License-Identifier: Apache-2.0
"""What a client can ask of the engine: one coroutine each, listed in OPERATIONS.

Each gets the store and the request's fields and returns a JSON value, or raises Refused with
the sentence that the real daemon would answer.
"""

import asyncio
import json
import os
import resource
import signal
import socket
import time

from common import process
from common.project import image_kind
from common.wire import Refused
from engine import clock, inspection
from engine.store import network


async def ping(store, _):
    return {"containers": len(store.containers)}


async def journal(store, ask):
    line = json.dumps({"at": time.time(), "pid": ask["pid"], "argv": ask["argv"]})
    with open(store.place.path("journal.jsonl"), "a", encoding="utf-8") as file:
        file.write(line + "\n")


async def list_all(store, _):
    return [inspection.container(it) for it in store.containers.values()]


async def inspect_one(store, ask):
    return inspection.container(store.find(ask["ref"]))


async def create(store, ask):
    return store.create(ask["facts"]).id


async def start(store, ask):
    it = store.find(ask["ref"])
    check_network(store, it)
    await it.start()
    if it.rm:
        store.later(discard(store, it))
    return it.id


def check_network(store, it):
    """A container keeps to the very network that it was made for; another one of the same name is not that."""
    found = store.networks.get(it.network)
    if not it.is_running and (not found or found["id"] != it.network_id):
        it.error = f"network {it.network_id} not found"
        raise Refused(it.error)


async def discard(store, it):
    """What --rm promises: once it has ended, it is gone."""
    await it.ended.wait()
    if it.id in store.containers:
        await it.destroy()
    if it.id in store.containers:
        store.forget(it)


async def stop(store, ask):
    await store.find(ask["ref"]).stop(seconds_of(ask))


async def restart(store, ask):
    it = store.find(ask["ref"])
    await it.stop(seconds_of(ask))
    try:
        check_network(store, it)
        await it.start()
    except Refused as refused:
        raise Refused(f"Cannot restart container {ask['ref']}: {refused}") from None


def seconds_of(ask):
    seconds = ask.get("seconds")
    return 10 if seconds is None else seconds


async def kill(store, ask):
    await store.find(ask["ref"]).kill(getattr(signal, ask["signal"]))


async def remove(store, ask):
    it = store.find(ask["ref"])
    if it.is_running and not ask.get("force"):
        raise Refused(f'cannot remove container "/{it.name}": container is running: '
                      "stop the container before removing or force remove")
    await it.destroy()
    if it.id in store.containers:
        store.forget(it)
    if ask.get("volumes"):
        store.drop_anonymous(it)
    store.save()


async def wait(store, ask):
    """Waits until a container is healthy (or running, where it has no check); False: it is not."""
    it = store.find(ask["ref"])
    limit = asyncio.get_running_loop().time() + ask["seconds"]
    while asyncio.get_running_loop().time() < limit:
        state = inspection.state(it)
        health = state.get("Health", {}).get("Status")
        if state["Status"] == "exited":
            raise Refused(f"container {it.name} exited ({it.exit_code})")
        if state["Status"] == "running" and health in ("healthy", None):
            return True
        if health == "unhealthy":
            break
        await asyncio.sleep(0.05)
    raise Refused(f"container {it.name} is unhealthy")


async def exec_info(store, ask):
    """What a client needs to run a command "inside"; it runs it itself, on the host."""
    it = store.find(ask["ref"])
    if it.status == "restarting":
        raise Refused(f"Container {it.id} is restarting, wait until the container is running")
    if it.status != "running":
        raise Refused(f"container {it.id} is not running")
    return {"env": it.inner_env(), "mounts": it.mounts, "cwd": it.home, "user": it.user()}


async def adopt(store, ask):
    """A container whose command the client runs itself: it lives as long as that process."""
    it = store.find(ask["ref"])
    it.prepare()
    it.main, it.status, it.started = process.identity(ask["pid"]), "running", clock.stamp()
    store.save()
    return {"env": it.inner_env(), "mounts": it.mounts, "cwd": it.home, "user": it.user()}


async def release(store, ask):
    it = store.find(ask["ref"])
    it.status, it.exit_code, it.main = "exited", ask["code"], None
    it.finished = clock.stamp()
    await it.destroy()
    if it.rm:
        store.forget(it)
    store.save()


async def volume_list(store, _):
    return [store.volumes.inspect(name) for name in sorted(store.volumes.all)]


async def volume_inspect(store, ask):
    return store.volumes.inspect(ask["name"])


async def volume_create(store, ask):
    name = store.volumes.create(ask.get("name"), ask.get("labels"))
    store.save()
    return name


async def volume_remove(store, ask):
    store.volumes.remove(ask["name"], store.users_of(ask["name"]))
    store.save()


async def volume_identities(store, _):
    return {name: facts["identity"] for name, facts in sorted(store.volumes.all.items())}


async def network_list(store, _):
    return [{"Name": name, "Id": facts["id"], "Driver": "bridge", "Scope": "local",
             "Created": facts["created"], "Labels": facts["labels"],
             "Containers": {it.id: {"Name": it.name, "IPv4Address": "127.0.0.1/8"}
                            for it in store.containers.values()
                            if it.network == name and it.is_running}}
            for name, facts in store.networks.items()]


async def network_create(store, ask):
    if ask["name"] in store.networks:
        raise Refused(f"network with name {ask['name']} already exists")
    store.networks[ask["name"]] = network(ask.get("labels", {}))
    store.save()


async def network_remove(store, ask):
    name = ask["name"]
    if name not in store.networks:
        raise Refused(f"network {name} not found")
    if any(it.network == name and it.is_running for it in store.containers.values()):
        raise Refused(f"error while removing network: network {name} has active endpoints")
    del store.networks[name]
    store.save()


async def pull(store, ask):
    """What a registry would give; the fault no-registry has one that does not know the tag."""
    if os.path.exists(store.place.path("no-registry.json")):
        raise Refused(f"manifest for {ask['image']} not found: manifest unknown: manifest unknown")
    if image_kind(ask["image"]) == "aragora" and os.path.exists(store.place.path("broken-image.json")):
        os.unlink(store.place.path("broken-image.json"))


async def hang(store, ask):
    """Something listens on a port and never answers: connections wait in the kernel's queue."""
    if ask["port"] in store.hanging:
        return
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", ask["port"]))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise Refused(f"port {ask['port']} cannot be taken: {error}") from None
    store.hanging[ask["port"]] = sock
    store.save()


async def unhang(store, ask):
    sock = store.hanging.pop(ask["port"], None)
    if sock:
        sock.close()
        store.save()
    return bool(sock)


async def limit_files(store, ask):
    """No file of the container's processes may grow beyond `size` bytes; None lifts it."""
    it = store.find(ask["ref"])
    if not it.main:
        raise Refused(f"container {it.id} is not running")
    for pid in [it.main["pid"]] + process.descendants(it.main["pid"]):
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        soft = hard if ask["size"] is None else ask["size"]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


OPERATIONS = {
    "ping": ping, "journal": journal, "list": list_all, "inspect": inspect_one, "create": create,
    "start": start,
    "stop": stop, "restart": restart, "kill": kill, "remove": remove, "wait": wait,
    "exec_info": exec_info, "adopt": adopt, "release": release,
    "volume_list": volume_list, "volume_inspect": volume_inspect,
    "volume_create": volume_create, "volume_remove": volume_remove,
    "volume_identities": volume_identities, "network_list": network_list,
    "network_create": network_create, "network_remove": network_remove,
    "pull": pull, "hang": hang, "unhang": unhang, "limit_files": limit_files,
}
