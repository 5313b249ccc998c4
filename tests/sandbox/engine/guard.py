#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The watcher over a sandbox: starts the engine, and cleans up when it or the owner ends.

    guard.py DIR [OWNER_PID]

Every server is a descendant of the engine, the engine one of this process, and both are
subreapers: when the engine ends, for whatever reason, what it leaves becomes our child and is
ended here. When the owner ends, the engine is told to end, and the folder goes too.
"""

import os
import select
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from common import memory, process  # noqa: E402
from common.place import Place  # noqa: E402
from engine import folder  # noqa: E402


def watch(engine, owner):
    """Waits for the first end; True when it was the owner's."""
    poll = select.poll()
    engine_fd = os.pidfd_open(engine.pid)
    poll.register(engine_fd, select.POLLIN)
    owner_fd = None
    if owner:
        try:
            owner_fd = os.pidfd_open(owner)
        except ProcessLookupError:
            return True
        poll.register(owner_fd, select.POLLIN)
    ready = [fd for fd, _ in poll.poll()]
    return owner_fd in ready


def main():
    place = Place.open(sys.argv[1])
    owner = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    process.become_subreaper()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "daemon.py")
    engine = subprocess.Popen([sys.executable, "-SE", script, place.root], stdin=subprocess.DEVNULL)
    # Only the engine tells `sandbox up` that it is ready; our copy of the pipe would hide its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    orphaned = watch(engine, owner)
    if orphaned:
        engine.terminate()
    try:
        engine.wait(20)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()
    if not process.end_children():
        print("guard: some processes could not be ended", file=sys.stderr)
        return 1
    memory.free_all(place.root)
    folder.unmount_all(place.root)
    if orphaned:
        folder.remove(place.root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
