# SPDX-License-Identifier: Apache-2.0
"""Folders of the sandbox: mounts in them, ownership, and removing them whole."""

import os
import pwd
import shutil
import subprocess


def mounts_below(root):
    """Mount points in a folder, the innermost first."""
    root = os.path.realpath(root)
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            point = line.split()[4].encode().decode("unicode_escape")
            if point.startswith(root + "/"):
                found.append(point)
    return sorted(found, key=len, reverse=True)


def unmount_all(root):
    for point in mounts_below(root):
        if subprocess.run(["umount", point], stdin=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode:
            subprocess.run(["umount", "-l", point], stdin=subprocess.DEVNULL, check=True)


def remove(path):
    """Removes a folder and all in it, mounts first. A missing one is no error."""
    if os.path.isdir(path):
        unmount_all(path)
        shutil.rmtree(path)


def own_all(path, user):
    """Gives a tree to an account, where it is not that account's already."""
    if not user:
        return
    entry = pwd.getpwnam(user)
    for folder, folders, files in os.walk(path):
        for name in [folder] + [os.path.join(folder, name) for name in folders + files]:
            stat = os.lstat(name)
            if (stat.st_uid, stat.st_gid) != (entry.pw_uid, entry.pw_gid):
                os.lchown(name, entry.pw_uid, entry.pw_gid)
