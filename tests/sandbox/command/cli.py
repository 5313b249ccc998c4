# SPDX-License-Identifier: Apache-2.0
"""`sandbox WORD DIR …`"""

import json
import os
import signal
import subprocess
import sys

from command import backup, digest, down, environment, faults, up
from common.place import NotASandbox, Place
from common.wire import EngineGone, Refused, ask

USAGE = """usage: sandbox up DIR [--owner PID|--docker PID [--image NAME]] [--empty]
       sandbox down DIR
       sandbox run DIR [--owner PID] -- COMMAND...
       sandbox env DIR
       sandbox status DIR
       sandbox break DIR FAULT [ARG...]
       sandbox heal DIR [FAULT]
       sandbox faults
       sandbox backup DIR
       sandbox digest DIR [volumes|identities|backups|database]
       sandbox calls DIR
"""


class Wrong(Exception):
    """The invocation is wrong."""


def do_up(words):
    folder, words = folder_of(words)
    owner, empty, real, image = None, False, None, None
    while words:
        word = words.pop(0)
        if word == "--owner" and words and words[0].isdigit():
            owner = int(words.pop(0))
        elif word == "--empty":
            empty = True
        elif word == "--docker" and words and words[0].isdigit():
            real = int(words.pop(0))
        elif word == "--image" and words:
            image = words.pop(0)
        else:
            raise Wrong(f"up does not know {word!r}")
    if owner and real:
        raise Wrong("a sandbox on a real engine has no owner: it ends with its engine")
    if image and not real:
        raise Wrong("only on a real engine the application's image may have another name")
    print(up.up(folder, owner, rows=not empty, real=real, image=image))
    return 0


def do_down(words):
    folder, words = folder_of(words)
    none(words)
    print(down.down(folder))
    return 0


def do_run(words):
    """Runs a command with the sandbox's variables; brings it up, and then down, if it was not."""
    folder, words = folder_of(words)
    if "--" not in words:
        raise Wrong("run wants -- before the command")
    at = words.index("--")
    options, argv = words[:at], words[at + 1:]
    if not argv:
        raise Wrong("run wants a command")
    ours = not up.is_up(folder)
    if ours:
        do_up([folder, "--owner", str(os.getpid())] + options)
    try:
        env = dict(os.environ, **environment.variables(Place.open(folder)))
        try:
            status = subprocess.run(argv, env=env, check=False).returncode
        except OSError as error:
            print(f"sandbox: {argv[0]}: {error.strerror}", file=sys.stderr)
            return 127
        return status if status >= 0 else 128 - status
    finally:
        if ours:
            down.down(folder)


def do_env(words):
    print(environment.exports(opened(words)), end="")
    return 0


def do_status(words):
    place = opened(words)
    for it in ask(place, "list"):
        state = it["State"]
        health = state.get("Health", {}).get("Status", "-")
        print(f"{it['Name'][1:]:18} {state['Status']:11} {health:10} pid {state['Pid']} "
              f"restarts {it['RestartCount']} exit {state['ExitCode']}")
    for name in faults.broken(place):
        print(f"broken: {name}")
    return 0


def do_break(words):
    folder, words = folder_of(words)
    if not words or words[0] not in faults.FAULTS:
        raise Wrong("break wants a fault: " + ", ".join(faults.FAULTS))
    print(faults.break_it(Place.open(folder), words[0], words[1:]))
    return 0


def do_heal(words):
    folder, words = folder_of(words)
    place = Place.open(folder)
    unknown = [name for name in words if name not in faults.FAULTS]
    if unknown:
        raise Wrong(f"{unknown[0]} is no fault: " + ", ".join(faults.FAULTS))
    for name in words or faults.broken(place):
        print(faults.heal(place, name))
    return 0


def do_faults(words):
    none(words)
    for name, fault in faults.FAULTS.items():
        print(f"{name + ' ' + fault.arguments:32} {fault.summary}")
    return 0


def do_backup(words):
    print(backup.backup(opened(words)))
    return 0


def do_digest(words):
    folder, words = folder_of(words)
    unknown = [word for word in words if word not in digest.KINDS]
    if unknown:
        raise Wrong(f"digest does not know {unknown[0]!r}")
    for line in digest.lines(Place.open(folder), words or digest.KINDS):
        print(line)
    return 0


def do_calls(words):
    place = opened(words)
    try:
        with open(place.path("journal.jsonl"), encoding="utf-8") as file:
            for line in file:
                print(" ".join(json.loads(line)["argv"]))
    except FileNotFoundError:
        pass
    return 0


def folder_of(words):
    if not words or words[0].startswith("-"):
        raise Wrong("which folder?")
    return words[0], list(words[1:])


def opened(words):
    folder, rest = folder_of(words)
    none(rest)
    return Place.open(folder)


def none(words):
    if words:
        raise Wrong(f"{words[0]!r} is too much")


WORDS = {"up": do_up, "down": do_down, "run": do_run, "env": do_env, "status": do_status,
         "break": do_break, "heal": do_heal, "faults": do_faults, "backup": do_backup,
         "digest": do_digest, "calls": do_calls}


def entry():
    words = sys.argv[1:]
    # A polite end must clean up as an interrupt does: both unwind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if words in (["--help"], ["-h"]):
            print(USAGE, end="")
            sys.exit(0)
        if not words or words[0] not in WORDS:
            raise Wrong(f"{words[0]!r} is not a command" if words else "a command is missing")
        sys.exit(WORDS[words[0]](words[1:]))
    except Wrong as wrong:
        print(f"sandbox: {wrong}\n{USAGE}", end="", file=sys.stderr)
        sys.exit(2)
    except (NotASandbox, up.Failed, EngineGone, Refused) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
