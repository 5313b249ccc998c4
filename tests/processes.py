# SPDX-License-Identifier: Apache-2.0
"""The processes below a test: whatever it leaves behind is found here."""

import ctypes
import os


def be_subreaper():
    """Whatever is left behind becomes a child of this process."""
    if ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0):
        raise OSError("prctl(PR_SET_CHILD_SUBREAPER)")


def descendants():
    """Processes below this one that live, with their command lines."""
    found, queue = {}, [os.getpid()]
    while queue:
        pid = queue.pop()
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                queue += [int(word) for word in file.read().split()]
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                state = file.read().rpartition(")")[2].split()[0]
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if state != "Z" and pid != os.getpid():
            found[pid] = line
    return found
