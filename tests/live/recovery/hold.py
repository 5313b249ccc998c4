# SPDX-License-Identifier: Apache-2.0
"""Holds a run in the middle of something: a program of its PATH that stops half way until it is told to go on. It says
that it is there by reading from a FIFO, for who is held may be a step that can write nothing.

    load     gzip, when it feeds the new database: half of the dump is through, and no more comes
    cut      gzip, when it feeds the new database: it fails before the last table, at the end of a statement (holds nobody)
    lie      the same, but it says that all went well
    status   docker, when it is asked for the last `compose ps --all`
"""

import errno
import os
import shutil
import stat

from stage import wait_until

CUT = """
if [ "$1" = -dc ] && tail -c +{since} "$SANDBOX_DIR/journal.jsonl" | grep -e --no-deps >/dev/null; then
	{real} -dc "$2" | sed '/^COPY public.votes /,$d'
	exit {end}
fi
exec {real} "$@"
"""

PLACES = {
    "load": ("gzip", """
if [ "$1" = -dc ] && tail -c +{since} "$SANDBOX_DIR/journal.jsonl" | grep -e --no-deps >/dev/null; then
	half=$(("$({real} -dc "$2" | wc -c)" / 2))
	{real} -dc "$2" | head -c "$half" || true
	read -r _ <{go} || true
	{real} -dc "$2" | tail -c +"$((half + 1))"
	exit
fi
exec {real} "$@"
"""),
    "cut": ("gzip", CUT.replace("{end}", "1")),
    "lie": ("gzip", CUT.replace("{end}", "0")),
    "status": ("docker", """
if [ "$*" = "compose ps --all" ]; then
	read -r _ <{go} || true
fi
exec {real} "$@"
"""),
}


class Hold:
    def __init__(self, folder, *places):
        self.folder = os.path.join(folder, "hold-" + "-".join(places))
        self.places = places
        self.held = {}  # place: the FIFO's writing end

    def __enter__(self):
        os.mkdir(self.folder)
        for place in self.places:
            os.mkfifo(self.path(place, "go"))
        return self

    def __exit__(self, *_):
        for fd in self.held.values():
            os.close(fd)
        shutil.rmtree(self.folder)

    def path(self, place, what):
        return os.path.join(self.folder, f"{place}.{what}")

    def env(self, env):
        """The variables of a run that is to be held; `env` are those it would have otherwise."""
        since = os.stat(os.path.join(env["SANDBOX_DIR"], "journal.jsonl")).st_size + 1
        for place in self.places:
            name, script = PLACES[place]
            real = shutil.which(name, path=env["PATH"])
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/bash\nset -eo pipefail" + script.replace("{real}", real)
                           .replace("{since}", str(since)).replace("{go}", self.path(place, "go")))
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return {"PATH": self.folder + ":" + env["PATH"]}

    def wait(self, run, place=None):
        """Until the run is there; that it ends before is a failure."""
        place = place or self.places[0]

        def there():
            try:
                self.held[place] = os.open(self.path(place, "go"), os.O_WRONLY | os.O_NONBLOCK)
                return True
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody reads
                    raise
            if run.process.poll() is not None:
                raise AssertionError(f"it ended before it was held in {place}: {run.words()[-2000:]}")
            return False

        wait_until(there, f"the run is held in {place}")

    def release(self, place=None):
        fd = self.held.pop(place or self.places[0])
        os.write(fd, b"go\n")
        os.close(fd)
