# SPDX-License-Identifier: Apache-2.0
"""Faults of the application's container and image."""

import json
import os
import signal
import tarfile

from command.docker import docker
from command.failed import Failed
from command.server_faults import (CONTAINERS, PATIENCE, data_of, no_arguments, recall, remember, start,
                                   wait_for_failure)
from common import process
from common.place import write_atomically
from common.wire import ask

NAME = CONTAINERS["api"]
NEEDS = 6 << 10  # MiB


def crash(place):
    """SIGKILL from outside: its restart policy starts it again."""
    box = ask(place, "inspect", ref=NAME)
    who = process.identity(box["State"]["Pid"])
    if not box["State"]["Pid"] or not who or not process.send(who, signal.SIGKILL):
        raise Failed("the application is not running")
    process.wait_gone(who, PATIENCE)


def needs(place):
    """Where it says how many bytes the application needs: who minds it is the stand-in, or on a real engine itself."""
    return os.path.join(data_of(place, "api")[0], "needs") if place.real else place.path("needs.json")


def need_memory(place, _, arguments):
    if len(arguments) > 1 or not all(word.isdigit() for word in arguments):
        raise Failed(f"{' '.join(arguments)!r}: either nothing or how many MiB it needs")
    mebibytes = int(arguments[0]) if arguments else NEEDS
    write_atomically(needs(place), json.dumps(mebibytes << 20), 0o644)
    crash(place)
    if not process.wait_until(lambda: ask(place, "inspect", ref=NAME)["State"]["OOMKilled"], PATIENCE):
        raise Failed(f"the application has {mebibytes} MiB, and lives")
    return f"the application needs {mebibytes} MiB, and is killed whenever it may have less"


def need_little(place, _):
    os.unlink(needs(place))
    return "the application needs little again, " + start(place, NAME)


def break_image(place, kept, arguments):
    no_arguments(arguments)
    if place.real:
        deploy_nothing(place, kept)
    else:
        write_atomically(place.path("broken-image.json"), "{}")
        crash(place)
    wait_for_failure(place, "api")
    return "the application was killed; its image holds no program that could be started"


def deploy_nothing(place, kept):
    """Its container is made of an image of its name that holds nothing; the right one is gone, but for a copy here."""
    name = ask(place, "inspect", ref=NAME)["Config"]["Image"]
    docker(place, "save", "--output", os.path.join(kept, "image.tar"), name)
    docker(place, "compose", "rm", "--stop", "--force", "aragora")
    docker(place, "image", "rm", name)
    empty = os.path.join(kept, "empty.tar")
    with tarfile.open(empty, "w") as archive:
        archive.addfile(tarfile.TarInfo("README"))
    hollow = docker(place, "import", "--change", 'ENTRYPOINT ["/app/api"]', empty, name).decode().strip()
    remember(kept, name=name, image=hollow)
    try:
        docker(place, "compose", "up", "--detach", "--no-deps", "aragora")
    except Failed:
        return
    raise Failed("the application runs in an image without a program")


def mend_image(place, kept):
    if place.real:
        facts = recall(kept)
        if docker(place, "image", "inspect", "--format", "{{.Id}}", facts["name"]).decode().strip() != facts["image"]:
            return "it was pulled again: nothing to mend"
        docker(place, "load", "--quiet", "--input", os.path.join(kept, "image.tar"))
        docker(place, "compose", "up", "--detach", "--no-deps", "--force-recreate", "aragora")
        return "the image is whole, " + start(place, NAME)
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
