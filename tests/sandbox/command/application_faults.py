# SPDX-License-Identifier: Apache-2.0
"""Faults of the application's container and image."""

import json
import os
import signal

from command.failed import Failed
from command.server_faults import CONTAINERS, PATIENCE, no_arguments, start, wait_for_failure
from common import process
from common.place import write_atomically
from common.wire import ask

NAME = CONTAINERS["api"]
NEEDS = 6 << 30


def crash(place):
    """SIGKILL from outside: its restart policy starts it again."""
    box = ask(place, "inspect", ref=NAME)
    who = process.identity(box["State"]["Pid"])
    if not box["State"]["Pid"] or not who or not process.send(who, signal.SIGKILL):
        raise Failed("the application is not running")
    process.wait_gone(who, PATIENCE)


def need_memory(place, _, arguments):
    no_arguments(arguments)
    write_atomically(place.path("needs.json"), json.dumps(NEEDS))
    crash(place)
    wait_for_failure(place, "api")
    return f"the application needs {NEEDS >> 30} GiB, and is killed whenever it may have less"


def need_little(place, _):
    os.unlink(place.path("needs.json"))
    return "the application needs little again, " + start(place, NAME)


def break_image(place, _, arguments):
    no_arguments(arguments)
    write_atomically(place.path("broken-image.json"), "{}")
    crash(place)
    wait_for_failure(place, "api")
    return "the application was killed; its image holds no program that could be started"


def mend_image(place, _):
    try:
        os.unlink(place.path("broken-image.json"))
    except FileNotFoundError:
        return "it was pulled again: nothing to mend"
    return "the image is whole, " + start(place, NAME)


def lose_registry(place, _, arguments):
    no_arguments(arguments)
    write_atomically(place.path("no-registry.json"), "{}")
    return "the registry knows none of the images' tags"


def find_registry(place, _):
    os.unlink(place.path("no-registry.json"))
    return "the registry knows them again"
