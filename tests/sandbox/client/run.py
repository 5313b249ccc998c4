# SPDX-License-Identifier: Apache-2.0
"""docker run: a server of its own with -d, or a command over volumes in the foreground."""

import os
import subprocess
import sys

from client import inside
from client.options import Usage, exactly, parse, say
from common.project import image_kind
from common.wire import Refused, ask

RUN = """-d --detach
--rm
-i --interactive
-t --tty
--init
--name =
-e --env =list
-l --label =list
-p --publish =list
-v --volume =list
--mount =list
--net --network =
--restart =
--entrypoint =
--pull =
-u --user =
-w --workdir ="""


def run(place, words):
    options = parse("run", RUN, words, stop_at_first_word=True)
    image, *argv = exactly("run", options, 1)
    if options.tty and not sys.stdin.isatty():
        say("the input device is not a TTY")
        return 1
    if options.pull not in (None, "missing", "never"):
        raise Usage("run: --pull always: the sandbox reaches no registry")
    if options.detach and (options.user or options.workdir):
        raise Usage("run: -d with --user or --workdir is not in this stand-in")
    if options.entrypoint is not None:
        argv = ([options.entrypoint] if options.entrypoint else []) + argv
    serves = not argv or argv[0].startswith("-") or argv[0] in ("postgres", "redis-server")
    if argv and argv[0].startswith("-") and image_kind(image) == "postgres":
        argv = ["postgres"] + argv
    try:
        mounts = [mount(text) for text in options.volume] + [long_mount(text)
                                                             for text in options.mount]
        ref = ask(place, "create", facts={
            "image": image, "name": options.name, "cmd": argv,
            "env": inside.environment(options.env), "labels": dict(
                text.partition("=")[::2] for text in options.label),
            "mounts": mounts, "ports": [published(text) for text in options.publish],
            "network": options.network, "restart": options.restart, "rm": options.rm,
            "foreign": not options.detach and not serves})
        if options.detach:
            return detached(place, ref, options)
    except Refused as refused:
        return refuse(image, refused)
    if serves:
        ask(place, "remove", ref=ref, force=True, volumes=True)
        raise Usage("run: a server in the foreground is not in this stand-in; use -d")
    return foreground(place, ref, argv, mounts, options)


def refuse(image, refused):
    if str(refused).startswith("No such image"):
        say(f"Unable to find image '{image}' locally")
        say(f"docker: Error response from daemon: the sandbox has no image {image} "
            "and reaches no registry")
    else:
        say(f"docker: Error response from daemon: {refused}")
    return 125


def detached(place, ref, options):
    try:
        ask(place, "start", ref=ref)
    except Refused:
        if options.rm:
            ask(place, "remove", ref=ref, force=True, volumes=True)
        raise
    print(ref)
    return 0


def foreground(place, ref, argv, mounts, options):
    """Runs the command itself; the container lasts, and holds its volumes, while it does."""
    info = ask(place, "adopt", ref=ref, pid=os.getpid())
    guarded = [one["Source"] for one in info["mounts"] if not one["RW"]]
    before = [fingerprint(path) for path in guarded]
    status = 125
    try:
        program, argv, env = inside.prepare(place, info, argv, options)
        sys.stdout.flush()
        status = subprocess.run(argv, executable=program, env=env, check=False,
                                **inside.account(options.user, info)).returncode
        status = status if status >= 0 else 128 - status
    except Usage as usage:
        say(f"docker: Error response from daemon: {usage}")
        status = usage.status
    finally:
        ask(place, "release", ref=ref, code=status)
    if [fingerprint(path) for path in guarded] != before:
        say("docker (stand-in): the command wrote to a mount that is read-only")
        return 125
    return status


def fingerprint(path):
    """Names, sizes and times of a tree: enough to see that somebody wrote to it."""
    found = []
    for folder, folders, files in os.walk(path):
        for name in sorted(folders + files):
            stat = os.lstat(os.path.join(folder, name))
            found.append((folder, name, stat.st_size if name in files else 0, stat.st_mtime_ns))
    return found


def mount(text):
    """-v NAME:/path[:ro] or -v /host/path:/path[:ro] (a relative host path begins with a dot)."""
    source, _, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if not target:
        source, target = None, source
    if not target.startswith("/") or mode not in ("", "ro", "rw", "z", "Z"):
        raise Usage(f"invalid volume specification: '{text}'")
    if source and source.startswith("."):
        source = os.path.abspath(source)
    if source and source.startswith("/"):
        os.makedirs(source, exist_ok=True) if not os.path.exists(source) else None
    return {"source": source, "target": target, "read_only": mode == "ro"}


def long_mount(text):
    fields = dict(part.partition("=")[::2] for part in text.split(","))
    unknown = set(fields) - {"type", "source", "src", "target", "dst", "destination", "readonly",
                             "ro"}
    target = fields.get("target") or fields.get("dst") or fields.get("destination")
    source = fields.get("source") or fields.get("src")
    if unknown or not target or fields.get("type") not in ("volume", "bind"):
        raise Usage(f"invalid argument {text!r} for --mount (in this stand-in)")
    return {"source": source, "target": target,
            "read_only": "readonly" in fields or "ro" in fields}


def published(text):
    """-p 127.0.0.1::5432, 127.0.0.1:6000:5432, 6000:5432, 5432: always on loopback here."""
    *outer, target = text.removesuffix("/tcp").split(":")
    host = outer[-1] if outer else ""
    if not target.isdigit() or not (host == "" or host.isdigit()) or len(outer) > 2:
        raise Usage(f"invalid publish specification: {text!r}")
    return {"target": int(target), "published": host}
