#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One container's keeper: starts its main process, keeps its log, and ends all of it with it.

Called with one JSON argument: argv, env, cwd, user, log, shm (a PGDATA, or null). Standard
output is the engine's: `pid N` once, `exit CODE` at the end, when no process of the container
is left. As in a pid namespace, whatever is left when the main process ends is killed.
SIGTERM kills everything at once (stopping politely is the engine's business).
"""

import datetime
import json
import os
import selectors
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from common import memory, process  # noqa: E402

PIECE = 16384


class Log:
    """Lines as JSON with stream and time, the way docker's json-file keeps them."""

    def __init__(self, path):
        self.file = open(path, "ab", buffering=0)
        self.rest = {"stdout": b"", "stderr": b""}

    def feed(self, stream, data):
        *lines, rest = (self.rest[stream] + data).split(b"\n")
        for line in lines:
            self.write(stream, line + b"\n")
        while len(rest) > PIECE:
            self.write(stream, rest[:PIECE])
            rest = rest[PIECE:]
        self.rest[stream] = rest

    def end(self, stream):
        if self.rest[stream]:
            self.write(stream, self.rest[stream])
            self.rest[stream] = b""

    def write(self, stream, line):
        now = datetime.datetime.now(datetime.timezone.utc)
        entry = {"log": line.decode("utf-8", "replace"), "stream": stream,
                 "time": now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")}
        self.file.write(json.dumps(entry).encode() + b"\n")


def tell(line):
    try:
        os.write(1, line.encode() + b"\n")
    except BrokenPipeError:
        pass


def start(spec):
    options = {}
    if spec["user"]:
        options = {"user": spec["user"], "group": group_of(spec["user"]), "extra_groups": []}
    return subprocess.Popen(
        spec["argv"], env=spec["env"], cwd=spec["cwd"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, umask=0o077,
        **options)


def group_of(user):
    import pwd
    return pwd.getpwnam(user).pw_gid


def follow(child, log):
    """Copies the output until the main process has ended; what is left of it then, too."""
    selector = selectors.DefaultSelector()
    ended = os.pidfd_open(child.pid)
    selector.register(ended, selectors.EVENT_READ, None)
    for stream in ("stdout", "stderr"):
        selector.register(getattr(child, stream).fileno(), selectors.EVENT_READ, stream)
    streams, running = 2, True
    while running or streams:
        for key, _ in selector.select():
            if key.data is None:
                selector.unregister(ended)
                child.wait()
                running = False
                if not process.end_children():
                    tell("stuck")
                continue
            data = os.read(key.fd, 65536)
            if data:
                log.feed(key.data, data)
            else:
                log.end(key.data)
                selector.unregister(key.fd)
                streams -= 1
    return child.returncode


def end_at_once(spec):
    process.end_children()
    if spec["shm"]:
        memory.free(spec["shm"])
    os._exit(137)


def main():
    spec = json.loads(sys.argv[1])
    process.become_subreaper()
    # What the engine ignores, the container's processes would ignore for ever.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: end_at_once(spec))
    if not process.die_with_parent(signal.SIGTERM):
        return 137
    log = Log(spec["log"])
    try:
        child = start(spec)
    except OSError as error:
        tell(f"failed {error}")
        return 127
    tell(f"pid {child.pid}")
    status = follow(child, log)
    if spec["shm"]:
        memory.free(spec["shm"])
    tell(f"exit {status if status >= 0 else 128 - status}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
