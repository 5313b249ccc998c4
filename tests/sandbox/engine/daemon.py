#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The engine: answers clients on DIR/engine.sock until `shutdown` or SIGTERM.

    daemon.py DIR

Says "ready" on standard output once, then forgets about it. The lock on DIR/lock is held for as
long as it lives: one engine a sandbox, and the only writer of state.json.
"""

import asyncio
import fcntl
import json
import os
import signal
import sys
import traceback

sys.dont_write_bytecode = True
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from common import process  # noqa: E402
from common.place import Place  # noqa: E402
from common.wire import Refused  # noqa: E402
from engine.operations import OPERATIONS  # noqa: E402
from engine.store import Store  # noqa: E402


class Daemon:
    def __init__(self, place):
        self.place = place
        self.store = Store(place)
        self.over = asyncio.Event()

    async def serve(self):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.over.set)
        os.chdir(self.place.root)
        server = await asyncio.start_unix_server(self.answer, "engine.sock", limit=1 << 20)
        os.chmod("engine.sock", 0o600)
        self.store.save()
        os.write(1, b"ready\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        await self.over.wait()
        server.close()
        await asyncio.gather(*(it.destroy() for it in self.store.containers.values()),
                             return_exceptions=True)
        for sock in self.store.hanging.values():
            sock.close()
        self.store.save()

    async def answer(self, reader, writer):
        try:
            line = await reader.readline()
            if line:
                reply = await self.reply(json.loads(line))
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def reply(self, ask):
        if ask["op"] == "shutdown":
            self.over.set()
            return {"value": None}
        self.store.refresh()
        try:
            return {"value": await OPERATIONS[ask["op"]](self.store, ask)}
        except Refused as refused:
            return {"error": str(refused), "status": refused.status}
        except Exception:
            traceback.print_exc()
            return {"error": "the sandbox's engine has a bug: see logs/engine.log", "status": 125}


def main():
    place = Place.open(sys.argv[1])
    process.become_subreaper()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if not process.die_with_parent(signal.SIGTERM):
        return 1
    lock = open(place.path("lock"), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another engine runs in this folder", file=sys.stderr)
        return 1
    asyncio.run(Daemon(place).serve())
    return 0 if process.end_children() else 1


if __name__ == "__main__":
    sys.exit(main())
