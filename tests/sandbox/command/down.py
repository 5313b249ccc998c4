# SPDX-License-Identifier: Apache-2.0
"""Taking a sandbox down, and proving that nothing of it is left."""

import json
import os
import signal

from command.failed import Failed
from common import memory, process
from common.place import Place
from common.wire import EngineGone, ask
from engine import folder

PATIENCE = 30


def down(path):
    """Ends every process, unmounts, removes the folder. A missing folder is down already."""
    root = os.path.realpath(path)
    if not os.path.lexists(root):
        return f"sandbox {root} is not there"
    place = Place.open(root)
    try:
        ask(place, "shutdown", limit=PATIENCE)
    except EngineGone:
        pass
    end_guard(place)
    left = stragglers(place)
    for who in left:
        process.send(who, signal.SIGKILL)
    left = [who for who in left if not process.wait_gone(who, PATIENCE)] + stragglers(place)
    if left:
        names = "; ".join(f"{who['pid']} {process.command_line(who['pid'])}" for who in left)
        raise Failed(f"these processes of {root} could not be ended: {names}")
    memory.free_all(root)
    folder.remove(root)
    return f"sandbox {root} is down"


def end_guard(place):
    """The guard ends when the engine has, and with it whatever the engine left."""
    guard = place.facts.get("guard")
    if guard and not process.wait_gone(guard, PATIENCE):
        process.send(guard, signal.SIGKILL)
        process.wait_gone(guard, PATIENCE)


def stragglers(place):
    """What a killed engine and a killed guard may have left: known pids, and whoever works in
    the containers' and the volumes' folders."""
    known = [place.facts.get("guard")]
    try:
        with open(place.state, encoding="utf-8") as file:
            known += [it["main"] for it in json.load(file)["containers"]]
    except (OSError, ValueError, KeyError):
        pass
    found = [who for who in known if who and process.is_alive(who)]
    for name in ("containers", "volumes"):
        found += [who for who in process.inside(place.path(name)) if who not in found]
    for script in ("guard.py", "daemon.py", "shim.py"):
        found += [who for who in process.mentioning(place.root)
                  if who not in found and f"engine/{script}" in process.command_line(who["pid"])
                  and process.is_alive(who)]
    return found
