# SPDX-License-Identifier: Apache-2.0
"""`docker WORD …`: finds the sandbox and the command; whatever is not known ends in 125."""

import importlib
import json
import os
import sys

from client.options import Usage, exactly, parse, say
from common.place import NotASandbox, Place
from common.wire import EngineGone, Refused, ask

VERSION = "0 (a stand-in: tests/sandbox)"


def container(place, words):
    """`docker container X` is `docker X`, but for ls and inspect."""
    own = {"ls": "ps", "list": "ps"}
    name = own.get(words[0], words[0]) if words else ""
    if name == "inspect":
        from client import containers
        return containers.inspect(place, words[1:], ("container",))
    if name not in OF_CONTAINERS:
        raise Usage(f"docker container {name}: not in this stand-in, which knows inspect, ls, "
                    + ", ".join(sorted(OF_CONTAINERS)))
    return command(name)(place, words[1:])


def info(place, words):
    facts = {"ServerVersion": VERSION, "Driver": "sandbox", "DockerRootDir": place.root,
             "Containers": ask(place, "ping")["containers"]}
    return answer("info", facts, words, [f"{key}: {value}" for key, value in facts.items()])


def version(place, words):
    ask(place, "ping")
    facts = {"Client": {"Version": VERSION}, "Server": {"Version": VERSION}}
    return answer("version", facts, words, [f"Client: {VERSION}", f"Server: {VERSION}"])


def answer(command, facts, words, lines):
    from client.template import render
    options = parse(command, "-f --format =", words)
    exactly(command, options, 0, 0)
    if options.format == "json":
        print(json.dumps(facts))
    else:
        print(render(options.format, facts) if options.format else "\n".join(lines))
    return 0


# Command → module of this package and function; loaded when asked for, since a runbook starts
# many of these and each start counts.
COMMANDS = {
    "ps": "containers:ps", "inspect": "containers:inspect", "logs": "containers:logs",
    "port": "containers:port", "start": "containers:start", "stop": "containers:stop",
    "restart": "containers:restart", "kill": "containers:kill", "rm": "containers:remove",
    "wait": "containers:wait", "exec": "inside:execute", "cp": "inside:copy", "run": "run:run",
    "volume": "objects:volume", "network": "objects:network", "system": "objects:system",
    "image": "objects:image", "compose": "compose:main",
    "container": "cli:container", "info": "cli:info", "version": "cli:version",
}
OF_CONTAINERS = {"ps", "logs", "port", "start", "stop", "restart", "kill", "rm", "wait", "exec",
                 "cp", "run"}


def command(name):
    module, _, function = COMMANDS[name].partition(":")
    return getattr(importlib.import_module("client." + module), function)


def journal(place, words):
    """Has every command line kept, so that a test can tell what was and was not done. By the engine: a client writes
    nothing, as the real one does not."""
    ask(place, "journal", pid=os.getpid(), argv=["docker"] + words)


def told_to_fail(place, words):
    """The fault docker-fails: command lines that begin with these words are refused."""
    try:
        with open(place.path("docker-fails.json"), encoding="utf-8") as file:
            return any(words[:len(bad)] == bad for bad in json.load(file))
    except FileNotFoundError:
        return False


def main(words):
    if words in (["--version"], ["-v"]):
        print(f"Docker version {VERSION}")
        return 0
    folder = os.environ.get("SANDBOX_DIR")
    if not folder:
        say("docker (stand-in): SANDBOX_DIR is not set; see tests/sandbox/README.md")
        return 125
    try:
        place = Place.open(folder)
        journal(place, words)
        if told_to_fail(place, words):
            say("Error response from daemon: refused by the sandbox (fault docker-fails)")
            return 1
        if not words or words[0] not in COMMANDS:
            raise Usage(f"docker: '{' '.join(words[:1])}' is not in this stand-in, which knows "
                        + ", ".join(sorted(COMMANDS)))
        return command(words[0])(place, words[1:])
    except (NotASandbox, OSError) as error:
        say(f"docker (stand-in): {error}")
        return 125
    except Usage as usage:
        say(str(usage))
        return usage.status
    except EngineGone as gone:
        say(str(gone))
        return 1
    except Refused as refused:
        say(f"Error response from daemon: {refused}")
        return refused.status
    except KeyboardInterrupt:
        return 130


def entry():
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 141
    sys.exit(status)
