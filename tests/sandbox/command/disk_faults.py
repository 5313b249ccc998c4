# SPDX-License-Identifier: Apache-2.0
"""A full disk. As root: a small file system of its own, mounted over the folder, really full. As
an ordinary user there is none; for PostgreSQL a limit on the size of its files takes its place
(it sees "File too large"), for the backups nothing does, and that is said.
"""

import json
import os
import shutil
import subprocess

from command.failed import Failed
from command.server_faults import CONTAINERS, data_of, recall, remember, start
from common.wire import Refused, ask

NAME = CONTAINERS["postgres"]


def fill(place, kept, arguments):
    if arguments == ["postgres"]:
        return fill_postgres(place, kept)
    if arguments == ["backups"]:
        if os.geteuid() != 0:
            raise Failed("only root can mount a small file system over the backups")
        remember(kept, what="backups", path=place.backups, mounted=True)
        cover(place.backups, slack=0)
        return f"no room is left in {place.backups}"
    raise Failed("which disk? postgres or backups")


def fill_postgres(place, kept):
    data, identity = data_of(place)
    if os.geteuid() != 0:
        remember(kept, what="postgres", identity=identity, path=data, mounted=False)
        ask(place, "limit_files", ref=NAME, size=64 << 10)
        return ("PostgreSQL can write no file beyond 64 KiB (only root can mount a small file "
                "system; this limit stands in for it until the server starts again)")
    remember(kept, what="postgres", identity=identity, path=data, mounted=True)
    ask(place, "stop", ref=NAME)
    # WAL segments are reserved whole, so the slack ends up in the ballast, not in a segment.
    cover(data, slack=1 << 20)
    ask(place, "start", ref=NAME)
    try:
        ask(place, "wait", ref=NAME, seconds=20)
    except Refused:
        return f"no room is left in {data}, and PostgreSQL does not even start"
    top_up(data)
    return f"no room is left in {data}; PostgreSQL runs until it needs some"


def cover(path, slack):
    """Mounts a tmpfs over a folder, just large enough for a copy of what is in it."""
    used = sum(os.lstat(os.path.join(folder, name)).st_blocks * 512
               for folder, folders, files in os.walk(path) for name in folders + files)
    below = path + ".below"
    stat = os.stat(path)
    os.rename(path, below)
    os.mkdir(path)
    size = used + used // 8 + slack + (256 << 10)
    options = f"size={size},mode={stat.st_mode & 0o7777:o},uid={stat.st_uid},gid={stat.st_gid}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sandbox", path], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        os.rmdir(path)
        os.rename(below, path)
        raise Failed(f"mount: {done.stderr.decode().strip()}")
    subprocess.run(["cp", "-a", below + "/.", path], check=True, stdin=subprocess.DEVNULL)
    if not slack:
        top_up(path)


def top_up(path):
    """Takes what room is left, to the last block."""
    with open(os.path.join(path, "ballast"), "ab", buffering=0) as file:
        for piece in (1 << 16, 1 << 12, 1 << 8, 1):
            try:
                while file.write(b"\0" * piece) == piece:
                    pass
            except OSError:
                continue


def empty(place, kept):
    facts = recall(kept)
    path = facts["path"]
    if facts["what"] == "postgres":
        box = json.dumps(ask(place, "list"))
        if path not in box:
            return "that volume is gone: nothing to heal"
        if not facts["mounted"]:
            return lift(place)
        ask(place, "stop", ref=NAME)
    uncover(path)
    said = "there is room again"
    return said + ", " + start(place, NAME) if facts["what"] == "postgres" else said


def lift(place):
    try:
        ask(place, "limit_files", ref=NAME, size=None)
    except Refused:
        pass
    return "the limit is lifted, " + start(place, NAME)


def uncover(path):
    """What the small file system holds by now goes back to the real one."""
    below = path + ".below"
    if not os.path.isdir(below):
        return
    ballast = os.path.join(path, "ballast")
    if os.path.exists(ballast):
        os.unlink(ballast)
    for name in os.listdir(below):
        there = os.path.join(below, name)
        if os.path.isdir(there) and not os.path.islink(there):
            shutil.rmtree(there)
        else:
            os.unlink(there)
    subprocess.run(["cp", "-a", path + "/.", below], check=True, stdin=subprocess.DEVNULL)
    subprocess.run(["umount", path], check=True, stdin=subprocess.DEVNULL)
    os.rmdir(path)
    os.rename(below, path)
