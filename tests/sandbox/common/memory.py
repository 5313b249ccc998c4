# SPDX-License-Identifier: Apache-2.0
"""The System V segment that a killed PostgreSQL leaves; a container's own would go with it."""

import ctypes
import glob
import os

from common import process


def segments(owner=None):
    """shmid → (pid of the creator, processes attached); all, or those of one user (a number)."""
    with open("/proc/sysvipc/shm", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return {int(row[1]): (int(row[4]), int(row[6])) for row in rows
            if owner in (None, int(row[7]))}


def free(pgdata):
    """Removes the segment that postmaster.pid names, if its server made it and is dead."""
    try:
        with open(os.path.join(pgdata, "postmaster.pid"), encoding="ascii") as file:
            lines = file.read().splitlines()
        pid, segment = int(lines[0]), int(lines[6].split()[1])
    except (OSError, ValueError, IndexError):
        return
    stat = process.stat_of(pid)
    if segments().get(segment) == (pid, 0) and (stat is None or stat[0] in "ZX"):
        ctypes.CDLL(None).shmctl(segment, 0, None)


def free_all(root):
    """The same for every volume of a sandbox."""
    for pgdata in glob.glob(os.path.join(glob.escape(root), "volumes", "*", "_data")):
        free(pgdata)
