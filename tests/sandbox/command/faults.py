# SPDX-License-Identifier: Apache-2.0
"""The faults: one entry each in FAULTS. What `heal` needs is kept in DIR/healing/<fault>.

A fault is a pair of functions: `strike(place, kept, arguments)` breaks and returns a sentence,
`mend(place, kept)` undoes it and returns a sentence; `kept` is the fault's own folder.
"""

import os
import shutil

from command import application_faults, backup_faults, disk_faults, server_faults
from command.failed import Failed
from engine import folder


class Fault:
    def __init__(self, strike, mend, summary, arguments="", unreal=""):
        """unreal: why a sandbox on a real engine has it not; empty where it has."""
        self.strike = strike
        self.mend = mend
        self.summary = summary
        self.arguments = arguments
        self.unreal = unreal


FAULTS = {
    "corrupt": Fault(server_faults.corrupt, server_faults.restore_data,
                     "SIGKILL PostgreSQL and damage its data: a restart fails"),
    "restart-fails": Fault(server_faults.refuse_to_start, server_faults.let_start,
                           "SIGKILL PostgreSQL and give it a setting it cannot start with; "
                           "the data is whole"),
    "kill-postgres": Fault(server_faults.kill_postgres, server_faults.start_postgres,
                           "SIGKILL PostgreSQL, which stays down: a restart is enough"),
    "crash-postgres": Fault(server_faults.crash_postgres, server_faults.start_postgres,
                            "SIGKILL PostgreSQL from outside: its restart policy brings it back"),
    "stop-postgres": Fault(server_faults.stop_postgres, server_faults.start_postgres,
                           "stop PostgreSQL cleanly"),
    "kill-redis": Fault(server_faults.kill_redis, server_faults.start_redis,
                        "SIGKILL Redis, which stays down"),
    "corrupt-redis": Fault(server_faults.corrupt_redis, server_faults.restore_data,
                           "SIGKILL Redis and damage all its files (or half of its append-only file): "
                           "a restart fails", "[half]"),
    "freeze": Fault(server_faults.freeze, server_faults.thaw,
                    "SIGSTOP the whole of a server: it accepts and never answers",
                    "postgres|redis|api"),
    "hang-port": Fault(server_faults.hang_port, server_faults.free_port,
                       "stop a server; something else listens on its port and never answers",
                       "postgres|redis|api", unreal="its ports are the engine's there"),
    "docker-fails": Fault(server_faults.docker_fails, server_faults.docker_works,
                          "docker command lines that begin with these words exit 1", "WORD...",
                          unreal="docker is the real one there, and does not fail when told to"),
    "no-names": Fault(server_faults.no_names, server_faults.names_again,
                      "getent in a container finds nothing, but where it has name servers of its own",
                      unreal="getent is the image's own there, and asks whom docker says"),
    "oom": Fault(application_faults.need_memory, application_faults.need_little,
                 "the application needs 6 GiB (or so many MiB), is killed for it again and again, and may have 4",
                 "[MIB]"),
    "broken-image": Fault(application_faults.break_image, application_faults.mend_image,
                          "SIGKILL the application; its image holds no program until it is pulled again"),
    "no-registry": Fault(application_faults.lose_registry, application_faults.find_registry,
                         "the registry does not know the images' tags: nothing can be pulled",
                         unreal="the registry is somebody else's there, as the engine is"),
    "truncate-backup": Fault(backup_faults.truncate, backup_faults.put_back,
                             "cut the newest dump (or all) in the middle", "[all]"),
    "empty-backup": Fault(backup_faults.empty, backup_faults.put_back,
                          "the newest dump (or all) becomes a valid gzip of nothing, 20 bytes",
                          "[all]"),
    "no-backup": Fault(backup_faults.remove, backup_faults.put_back, "no dump at all"),
    "old-backup": Fault(backup_faults.age, backup_faults.put_back,
                        "every dump is three days old (or N hours)", "[HOURS]"),
    "fill-disk": Fault(disk_faults.fill, disk_faults.empty,
                       "no room left in PostgreSQL's volume, or for backups",
                       "postgres|backups"),
}


def break_it(place, name, arguments):
    if place.real and FAULTS[name].unreal:
        raise Failed(f"a sandbox on a real engine has no {name}: {FAULTS[name].unreal}")
    kept = place.path("healing", name)
    if os.path.exists(kept):
        raise Failed(f"{name} is in effect already: `sandbox heal` it first")
    os.mkdir(kept, 0o700)
    try:
        return f"{name}: " + FAULTS[name].strike(place, kept, arguments)
    except BaseException:
        shutil.rmtree(kept)
        raise


def heal(place, name):
    kept = place.path("healing", name)
    if not os.path.exists(kept):
        return f"{name}: nothing to heal"
    said = FAULTS[name].mend(place, kept)
    folder.remove(kept)
    return f"{name}: {said}"


def broken(place):
    """The faults in effect, the latest first, so that they are undone in that order."""
    root = place.path("healing")
    return sorted(os.listdir(root), key=lambda name: -os.stat(os.path.join(root, name)).st_ctime_ns)
