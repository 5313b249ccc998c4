# SPDX-License-Identifier: Apache-2.0
"""What the sandbox's own commands ask of an engine, asked of a real one: by its docker command."""

import json
import os
import subprocess

from common import process
from common.refusal import EngineGone, Refused


def ask(place, op, **fields):
    if op not in OPERATIONS:
        raise Refused(f"a sandbox on a real engine has no {op}")
    return OPERATIONS[op](place, **fields)


def docker(place, *words):
    done = subprocess.run([place.docker, *words], env={**os.environ, **place.real["variables"]}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = done.stderr.strip()
    if "Cannot connect to the Docker daemon" in said:
        raise EngineGone(said)
    if done.returncode:
        raise Refused(said.removeprefix("Error response from daemon: "), done.returncode)
    return done.stdout


def ping(place):
    return {"containers": len(docker(place, "ps", "--all", "--quiet").split())}


def list_all(place):
    names = docker(place, "ps", "--all", "--quiet", "--no-trunc").split()
    return json.loads(docker(place, "inspect", *names)) if names else []


def inspect(place, ref):
    box = json.loads(docker(place, "inspect", "--type", "container", ref))[0]
    for mount in box["Mounts"]:
        if mount["Type"] == "volume":
            mount["Source"] = place.real["root"] + mount["Source"]
    return box


def kill(place, ref, signal):
    docker(place, "kill", "--signal", signal, ref)


def start(place, ref):
    docker(place, "start", ref)


def stop(place, ref):
    docker(place, "stop", ref)


def wait(place, ref, seconds):
    """Waits until a container is healthy, or running where it has no check."""
    def settled():
        state = inspect(place, ref)["State"]
        if state["Status"] == "running" and state.get("Health", {}).get("Status", "healthy") == "healthy":
            return "well"
        return "ended" if state["Status"] == "exited" else ""
    if process.wait_until(settled, seconds, every=0.2) != "well":
        raise Refused(f"container {ref} is not well")


def volumes(place):
    """Name to folder; those without a name of their own, which come and go with containers, are left out."""
    names = docker(place, "volume", "ls", "--quiet").split()
    found = json.loads(docker(place, "volume", "inspect", *names)) if names else []
    return {it["Name"]: place.real["root"] + it["Mountpoint"] for it in found if len(it["Name"]) != 64}


def volume_identities(place):
    """A volume that was made anew has another folder, born at another time (docker's CreatedAt is that of a change)."""
    return {name: subprocess.run(["stat", "--format", "%i %w", folder], text=True, capture_output=True,
                                 check=True).stdout.strip() for name, folder in sorted(volumes(place).items())}


def shutdown(place):
    """The engine is somebody else's, and stays; the deployment goes."""
    boxes = list_all(place)
    if boxes:
        docker(place, "rm", "--force", "--volumes", *(it["Id"] for it in boxes))
    names = list(volumes(place))
    if names:
        docker(place, "volume", "rm", *names)


OPERATIONS = {"ping": ping, "list": list_all, "inspect": inspect, "kill": kill, "start": start, "stop": stop,
              "wait": wait, "volume_identities": volume_identities, "shutdown": shutdown}
