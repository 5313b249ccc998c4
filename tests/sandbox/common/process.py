# SPDX-License-Identifier: Apache-2.0
"""Processes: who they are, whose they are, and how to be sure that they are gone.

A process is named by its pid and its start time, since pids are used again. A tree is ended
by its subreaper: whoever escapes its parent becomes the subreaper's child, so that "no child
left" (ECHILD) proves that the tree is empty.
"""

import contextlib
import ctypes
import os
import select
import signal
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


@contextlib.contextmanager
def held(number=signal.SIGTERM):
    """The signal waits until the block is over: a child that is made in it has a name by then, and can be ended."""
    came = []
    before = signal.signal(number, lambda *_: came.append(number))
    try:
        yield
    finally:
        signal.signal(number, before)
        if came:
            os.kill(os.getpid(), number)


def become_subreaper():
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number):
    """Asks for a signal when the parent's thread ends; says whether the parent is still there."""
    parent = os.getppid()
    prctl(PR_SET_PDEATHSIG, number)
    return os.getppid() == parent


def prctl(option, argument):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def stat_of(pid):
    """(state, parent, start ticks) of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0].decode(), int(fields[1]), int(fields[19])


def identity(pid):
    stat = stat_of(pid)
    return {"pid": pid, "start": stat[2]} if stat else None


def is_alive(who):
    """True while that very process exists and is not a zombie."""
    stat = stat_of(who["pid"]) if who else None
    return bool(stat) and stat[2] == who["start"] and stat[0] not in "ZX"


def send(who, number):
    """Signals that very process; False when it is gone."""
    try:
        fd = os.pidfd_open(who["pid"])
    except ProcessLookupError:
        return False
    try:
        if not is_alive(who):
            return False
        signal.pidfd_send_signal(fd, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)


def wait_gone(who, seconds):
    """Waits for the end of a process that need not be our child; True once it is gone."""
    try:
        fd = os.pidfd_open(who["pid"])
    except ProcessLookupError:
        return True
    try:
        if not is_alive(who):
            return True
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.poll(seconds * 1000)
        return not is_alive(who)
    finally:
        os.close(fd)


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def descendants(of):
    children = {}
    for pid in all_pids():
        stat = stat_of(pid)
        if stat:
            children.setdefault(stat[1], []).append(pid)
    found, queue = [], [of]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def end_children(seconds=10):
    """Kills and reaps every descendant of this process, a subreaper. True: none is left."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        select.select([], [], [], 0.005)
    return False


def inside(root):
    """Identities of the processes that work in a folder (their cwd lies in it)."""
    root = os.path.realpath(root)
    found = []
    for pid in all_pids():
        try:
            cwd = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if (cwd + "/").startswith(root + "/") or cwd == root + " (deleted)":
            who = identity(pid)
            if who and pid != os.getpid():
                found.append(who)
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def mentioning(text):
    """Identities of the processes that have a text in their command line."""
    return [who for pid in all_pids() if pid != os.getpid() and text in command_line(pid)
            for who in [identity(pid)] if who]


def wait_until(holds, seconds, every=0.02):
    """Polls a condition until it is true; its last value. Never waits longer than told."""
    limit = time.monotonic() + seconds
    while True:
        value = holds()
        if value or time.monotonic() >= limit:
            return value
        select.select([], [], [], every)
