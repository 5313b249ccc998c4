# SPDX-License-Identifier: Apache-2.0
"""Faults of the servers: killed, damaged, frozen, replaced by something that hangs."""

import json
import os
import shutil
import signal

from command.failed import Failed
from common import process
from common.place import write_atomically
from common.wire import Refused, ask

CONTAINERS = {"postgres": "aragora-postgres", "redis": "aragora-redis", "api": "aragora-api"}
PATIENCE = 30


def which(arguments):
    if len(arguments) != 1 or arguments[0] not in CONTAINERS:
        raise Failed("which server? postgres, redis or api")
    return arguments[0]


def no_arguments(arguments):
    if arguments:
        raise Failed(f"{arguments[0]!r} is too much")


def kill(place, name):
    """SIGKILL, and the restart policy keeps out of it, as after `docker kill`."""
    try:
        ask(place, "kill", ref=name, signal="SIGKILL")
    except Refused:
        ask(place, "stop", ref=name)


def data_of(place, server="postgres"):
    """The folder behind the data path of a server's container, and the volume's identity."""
    box = ask(place, "inspect", ref=CONTAINERS[server])
    mount = next(one for one in box["Mounts"] if one["Type"] == "volume")
    return mount["Source"], ask(place, "volume_identities")[mount["Name"]]


def remember(kept, **facts):
    write_atomically(os.path.join(kept, "facts.json"), json.dumps(facts))


def recall(kept):
    with open(os.path.join(kept, "facts.json"), encoding="utf-8") as file:
        return json.load(file)


def kill_postgres(place, _, arguments):
    no_arguments(arguments)
    kill(place, CONTAINERS["postgres"])
    return "PostgreSQL was killed; a restart is enough"


def crash_postgres(place, _, arguments):
    no_arguments(arguments)
    box = ask(place, "inspect", ref=CONTAINERS["postgres"])
    who = process.identity(box["State"]["Pid"])
    if not box["State"]["Pid"] or not who or not process.send(who, signal.SIGKILL):
        raise Failed("PostgreSQL is not running")
    process.wait_gone(who, PATIENCE)
    return "PostgreSQL was killed; its restart policy starts it again"


def stop_postgres(place, _, arguments):
    no_arguments(arguments)
    ask(place, "stop", ref=CONTAINERS["postgres"])
    return "PostgreSQL was stopped"


def start_postgres(place, _):
    return start(place, CONTAINERS["postgres"])


def kill_redis(place, _, arguments):
    no_arguments(arguments)
    kill(place, CONTAINERS["redis"])
    return "Redis was killed; a restart is enough"


def start_redis(place, _):
    return start(place, CONTAINERS["redis"])


def start(place, name):
    ask(place, "start", ref=name)
    ask(place, "wait", ref=name, seconds=PATIENCE)
    return f"{name} runs"


def corrupt(place, kept, arguments):
    """Damage that no restart mends: the control file, the WAL, and the largest tables."""
    no_arguments(arguments)
    data, identity = data_of(place)
    kill(place, CONTAINERS["postgres"])
    shutil.copytree(data, os.path.join(kept, "data"), symlinks=True)
    remember(kept, identity=identity, server="postgres")
    control = os.path.join(data, "global", "pg_control")
    victims = [control]
    for below in ("base", "pg_wal"):
        files = [os.path.join(folder, name) for folder, _, names
                 in os.walk(os.path.join(data, below)) for name in names]
        victims += sorted(files, key=lambda path: (-os.path.getsize(path), path))[:12]
    for path in victims:
        scribble(path)
    ask(place, "start", ref=CONTAINERS["postgres"])
    wait_for_failure(place, "postgres")
    return f"PostgreSQL was killed and {len(victims)} of its files damaged; it does not start"


def corrupt_redis(place, kept, arguments):
    """What the server reads at its start is no Redis data any more: its first bytes, or the second half of its log."""
    if arguments not in ([], ["half"]):
        raise Failed(f"{' '.join(arguments)!r}: either nothing or `half`")
    data, identity = data_of(place, "redis")
    kill(place, CONTAINERS["redis"])
    shutil.copytree(data, os.path.join(kept, "data"), symlinks=True)
    remember(kept, identity=identity, server="redis")
    victims = [os.path.join(folder, name) for folder, _, names in os.walk(data)
               for name in names if name.endswith(".incr.aof" if arguments else (".aof", ".rdb"))]
    for path in victims:
        spoil_half(path) if arguments else scribble(path)
    ask(place, "start", ref=CONTAINERS["redis"])
    wait_for_failure(place, "redis")
    return f"Redis was killed and {len(victims)} of its files damaged; it does not start"


def scribble(path):
    """Overwrites the beginning and the middle of a file with what belongs to no page."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        for at in (0, size // 2):
            file.seek(at)
            file.write(b"\xde\xad\xbe\xef" * (min(size, 4096) // 4))


def spoil_half(path):
    """Overwrites the second half of a file, in lines: what has no end of a line is taken for one that was cut off."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(b"\xde\xad\xbe\n" * ((size - size // 2) // 4 + 1))


def wait_for_failure(place, server):
    """Until the server has ended by itself: so the fault is real before anybody looks."""
    def failed():
        state = ask(place, "inspect", ref=CONTAINERS[server])["State"]
        return state["Status"] in ("restarting", "exited", "created") and state["ExitCode"] != 0
    if not process.wait_until(failed, PATIENCE):
        raise Failed(f"{CONTAINERS[server]} runs in spite of the damage")


def restore_data(place, kept):
    facts = recall(kept)
    server = facts["server"]
    try:
        data, identity = data_of(place, server)
    except (Refused, KeyError):
        return "the volume of that time is gone: nothing to put back"
    if identity != facts["identity"]:
        return "the container has another volume by now: nothing to put back"
    ask(place, "stop", ref=CONTAINERS[server])
    for name in os.listdir(data):
        path = os.path.join(data, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    shutil.copytree(os.path.join(kept, "data"), data, symlinks=True, dirs_exist_ok=True)
    return "the data was put back, " + start(place, CONTAINERS[server])


BAD_LINE = "shared_buffers = 'as much as there is'\n"


def refuse_to_start(place, kept, arguments):
    no_arguments(arguments)
    data, identity = data_of(place)
    kill(place, CONTAINERS["postgres"])
    with open(os.path.join(data, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
        file.write(BAD_LINE)
    remember(kept, identity=identity)
    ask(place, "start", ref=CONTAINERS["postgres"])
    wait_for_failure(place, "postgres")
    return "PostgreSQL was killed and cannot start: postgresql.auto.conf has a bad line"


def let_start(place, kept):
    try:
        data, identity = data_of(place)
    except (Refused, KeyError):
        return "the volume of that time is gone: nothing to mend"
    if identity != recall(kept)["identity"]:
        return "the container has another volume by now: nothing to mend"
    path = os.path.join(data, "postgresql.auto.conf")
    with open(path, "r+", encoding="utf-8") as file:
        text = file.read().replace(BAD_LINE, "")
        file.seek(0)
        file.truncate()
        file.write(text)
    ask(place, "stop", ref=CONTAINERS["postgres"])
    return "the bad line was taken out, " + start(place, CONTAINERS["postgres"])


def processes_of(place, name):
    pid = ask(place, "inspect", ref=name)["State"]["Pid"]
    if not pid:
        raise Failed(f"{name} is not running")
    return [pid] + process.descendants(pid)


def freeze(place, kept, arguments):
    server = which(arguments)
    remember(kept, server=server)
    for pid in processes_of(place, CONTAINERS[server]):
        os.kill(pid, signal.SIGSTOP)
    return f"{CONTAINERS[server]} accepts connections and does nothing"


def thaw(place, kept):
    name = CONTAINERS[recall(kept)["server"]]
    for pid in processes_of(place, name):
        os.kill(pid, signal.SIGCONT)
    return f"{name} goes on"


def hang_port(place, kept, arguments):
    server = which(arguments)
    remember(kept, server=server)
    ask(place, "stop", ref=CONTAINERS[server])
    ask(place, "hang", port=place.facts["ports"][server])
    return (f"{CONTAINERS[server]} was stopped; something listens on port "
            f"{place.facts['ports'][server]} and never answers")


def free_port(place, kept):
    server = recall(kept)["server"]
    ask(place, "unhang", port=place.facts["ports"][server])
    return "the port is free, " + start(place, CONTAINERS[server])


def docker_fails(place, _, arguments):
    if not arguments:
        raise Failed("which command? as in: docker-fails compose restart")
    write_atomically(place.path("docker-fails.json"), json.dumps([arguments]))
    return f"`docker {' '.join(arguments)}` exits 1 from now on"


def no_names(place, *_):
    open(place.path("no-names"), "w", encoding="ascii").close()
    return "containers without name servers of their own find no names (getent)"


def names_again(place, _):
    os.unlink(place.path("no-names"))
    return "containers find names again"


def docker_works(place, _):
    os.unlink(place.path("docker-fails.json"))
    return "docker works again"
