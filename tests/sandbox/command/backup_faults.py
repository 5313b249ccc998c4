# SPDX-License-Identifier: Apache-2.0
"""Faults of the backups. Each keeps a copy of the folder first, so that all can be undone."""

import gzip
import os
import shutil
import time

from command.backup import dumps
from command.failed import Failed


def keep(place, kept):
    shutil.copytree(place.backups, os.path.join(kept, "backups"), symlinks=True)


def victims(place, arguments):
    if arguments not in ([], ["all"]):
        raise Failed(f"{' '.join(arguments)!r}: either nothing or `all`")
    found = dumps(place)
    if not found:
        raise Failed("there is no dump")
    return found if arguments else found[:1]


def rewrite(path, data):
    """Other bytes at the same age: only the content is to tell."""
    stat = os.stat(path)
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def truncate(place, kept, arguments):
    paths = victims(place, arguments)
    keep(place, kept)
    for path in paths:
        with open(path, "rb") as file:
            rewrite(path, file.read(os.path.getsize(path) // 2))
    return f"{names(paths)} cut in the middle"


def empty(place, kept, arguments):
    paths = victims(place, arguments)
    keep(place, kept)
    for path in paths:
        rewrite(path, gzip.compress(b"", mtime=0))
    return f"{names(paths)} hold nothing (20 bytes of gzip)"


def remove(place, kept, arguments):
    if arguments:
        raise Failed(f"{arguments[0]!r} is too much")
    keep(place, kept)
    for name in os.listdir(place.backups):
        os.unlink(os.path.join(place.backups, name))
    return "there is no dump"


def age(place, kept, arguments):
    if len(arguments) > 1 or (arguments and not arguments[0].isdigit()):
        raise Failed("how many hours?")
    hours = int(arguments[0]) if arguments else 72
    paths = victims(place, ["all"])
    keep(place, kept)
    when = time.time() - hours * 3600
    for path in paths:
        os.utime(path, (when, when))
    return f"{names(paths)}: {hours} hours old"


def put_back(place, kept):
    """What was there then is there again; a dump that was made since stays."""
    copy = os.path.join(kept, "backups")
    for name in os.listdir(copy):
        path = os.path.join(place.backups, name)
        if os.path.lexists(path):
            os.unlink(path)
        shutil.copy2(os.path.join(copy, name), path, follow_symlinks=False)
        if os.geteuid() == 0:
            stat = os.lstat(os.path.join(copy, name))
            os.lchown(path, stat.st_uid, stat.st_gid)
    return "the dumps are back"


def names(paths):
    return ", ".join(os.path.basename(path) for path in paths)
