# SPDX-License-Identifier: Apache-2.0
"""Commands "inside" a container, run here on the host by the client itself.

There is no container file system: a path in the command that lies in a mount is replaced by the
host's path of it, also in the text of a `sh -c`. Inside a database container the tools find the
server by PGHOST and PGPORT, elsewhere by the name given with -h.
"""

import os
import pwd
import re
import shutil
import sys

from client.options import Usage, exactly, parse, say
from common.wire import Refused, ask

TOOLS = ("psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "createdb", "dropdb",
         "vacuumdb", "reindexdb", "pg_amcheck", "pg_basebackup")
SHELLS = ("sh", "bash", "dash", "ash")
HOST = re.compile(r"(?:^|\s)(?:-h\s*|--host[= ]\s*)([\w][\w.-]*)")
BEFORE = r"(?<![\w./-])"
AFTER = r"(?=/|$|[\s;'\"&|)<>:,])"


def mapped(words, mounts):
    """The command with the containers' paths turned into the host's; longest mounts first."""
    for mount in sorted(mounts, key=lambda mount: -len(mount["Destination"])):
        pattern = re.compile(BEFORE + re.escape(mount["Destination"]) + AFTER)
        words = [pattern.sub(lambda _: mount["Source"], word) for word in words]
    # An option and its path in one word: --file=/backups/x, of=/to/x.
    for mount in mounts:
        pattern = re.compile(r"^([\w-]+=)" + re.escape(mount["Destination"]) + AFTER)
        words = [pattern.sub(lambda match: match[1] + mount["Source"], word) for word in words]
    return words


def environment(pairs):
    """-e K=V, or -e K for the caller's own value, as the real command has it."""
    env = {}
    for pair in pairs:
        name, has_value, value = pair.partition("=")
        if has_value:
            env[name] = value
        elif name in os.environ:
            env[name] = os.environ[name]
    return env


def reach(place, argv, env):
    """Where the host is that a tool, or a tool in a shell's text, names with -h or --host."""
    if os.path.basename(argv[0]) not in TOOLS + SHELLS:
        return {}
    match = HOST.search(" ".join(argv))
    host = match[1] if match else None
    if host is None:
        return {}
    if host in ("localhost", "127.0.0.1"):
        # The image trusts connections from within the container; here they need the password.
        password = env.get("PGPASSWORD") or env.get("POSTGRES_PASSWORD")
        return {"PGPASSWORD": password} if password and "PGHOST" in env else {}
    for it in ask(place, "list"):
        if host in (it["Name"][1:], it["Config"]["Labels"].get("com.docker.compose.service")):
            info = ask(place, "exec_info", ref=it["Id"])
            return {"PGHOSTADDR": "127.0.0.1", "PGPORT": info["env"]["SANDBOX_PORT"]}
    return {}


def account(user, info):
    """What -u asks for, as subprocess has it: root (who we are), or the server's account."""
    name = (user or "root").partition(":")[0]
    if name in ("root", "0") or os.geteuid() != 0:
        return {}
    real = info["user"] if name in ("postgres", "redis", "999", "70") else name
    try:
        entry = pwd.getpwnam(real)
    except KeyError:
        raise Usage(f"unable to find user {name}: no matching entries in passwd file",
                    126) from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def resolve(argv, env):
    """The program's path; 127 when there is none, 126 when it cannot be executed."""
    folders = [""] if "/" in argv[0] else env["PATH"].split(":")
    for path in (os.path.join(folder, argv[0]) for folder in folders):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    if os.path.exists(argv[0]):
        raise Usage("OCI runtime exec failed: exec failed: unable to start container process: "
                    f'exec: "{argv[0]}": permission denied: unknown', 126)
    raise Usage("OCI runtime exec failed: exec failed: unable to start container process: "
                f'exec: "{argv[0]}": executable file not found in $PATH: unknown', 127)


def prepare(place, info, argv, options):
    """(program, argv, environment) of a command in a container that `info` describes."""
    argv = mapped(argv, info["mounts"])
    env = dict(info["env"], **environment(options.env))
    env.update(reach(place, argv, env))
    program = resolve(argv, env)
    directory = mapped([options.workdir], info["mounts"])[0] if options.workdir else info["cwd"]
    os.chdir(directory)
    if not options.interactive:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return program, argv, env


EXEC = """-i --interactive
-t --tty
-d --detach
-e --env =list
-u --user =
-w --workdir ="""


def execute(place, words):
    options = parse("exec", EXEC, words, stop_at_first_word=True)
    ref, *argv = exactly("exec", options, 2)
    if options.detach:
        raise Usage("exec: --detach is not in this stand-in")
    if options.tty and not sys.stdin.isatty():
        say("the input device is not a TTY")
        return 1
    return replace(place, ref, argv, options)


def replace(place, ref, argv, options):
    """Becomes the command: its streams, its signals and its exit status are native then."""
    info = ask(place, "exec_info", ref=ref)
    program, argv, env = prepare(place, info, argv, options)
    who = account(options.user, info)
    if who:
        os.setgroups([])
        os.setgid(who["group"])
        os.setuid(who["user"])
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(program, argv, env)


def copy(place, words):
    """A file, or what is in a folder, out of a container, which may be down: files become those of who asks."""
    options = parse("cp", "-q --quiet", words)
    source, target = exactly("cp", options, 2, 2)
    ref, is_inside, inner = source.partition(":")
    if not is_inside or ":" in target or target == "-":
        raise Usage("cp: only out of a container, to a path, in this stand-in")
    mounts = ask(place, "inspect", ref=ref)["Mounts"]
    path = mapped([inner], mounts)[0]
    if path == inner or not os.path.exists(path):
        raise Refused(f"Could not find the file {inner} in container {ref}")
    if not os.path.isdir(os.path.dirname(os.path.abspath(target))):
        say(f'invalid output path: directory "{os.path.dirname(os.path.abspath(target))}" does not exist')
        return 1
    if os.path.isdir(path):
        shutil.copytree(path, target, copy_function=shutil.copy, dirs_exist_ok=True)
    else:
        shutil.copy(path, target)
    return 0
