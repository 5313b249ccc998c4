# SPDX-License-Identifier: Apache-2.0
"""Waiting for many things at once, and the processes of this machine, wherever they belong."""
import os
import threading
import time

from keeper import PATIENCE, Trouble, parents, read


class Sight:
    """What runs on this machine, wherever: looked at for many cases at once."""

    def __init__(self):
        self.lock, self.at, self.lines = threading.Lock(), 0, {}

    def find(self, text, age=0.1):
        """The processes with that text in their arguments, as they were so many seconds ago at most."""
        asked = time.monotonic()
        with self.lock:
            if asked - self.at > age:
                self.at = time.monotonic()
                self.lines = {pid: read(f"/proc/{pid}/cmdline") for pid in parents()}
            return [pid for pid, line in self.lines.items() if text.encode() in line and pid != os.getpid()]


SIGHT = Sight()


def until(condition, what):
    """As wait_for(), for many at once on a machine that has other things to do."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Trouble(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.1)
