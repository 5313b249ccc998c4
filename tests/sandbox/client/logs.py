# SPDX-License-Identifier: Apache-2.0
"""`docker logs` and `docker compose logs`: read from the files that the shims write."""

import datetime
import json
import re
import select
import sys

from client.options import Usage

UNITS = {"h": 3600, "m": 60, "s": 1}


def entries(path):
    """All entries of a log, oldest first; a line that is still being written is left out."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def chosen(path, tail, since):
    found = [entry for entry in entries(path) if not since or entry["time"] >= since]
    if tail in (None, "all"):
        return found
    if not re.fullmatch(r"\d+", tail):
        raise Usage(f'invalid value for "tail": {tail!r}', 1)
    return found[max(len(found) - int(tail), 0):]


def moment(text):
    """A --since value (10m, 2026-03-08T12:00:00Z, seconds since 1970) as a comparable stamp."""
    if not text:
        return None
    if re.fullmatch(r"(\d+(\.\d+)?[hms])+", text):
        back = sum(float(number) * UNITS[unit]
                   for number, _, unit in re.findall(r"(\d+(\.\d+)?)([hms])", text))
        when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=back)
    elif re.fullmatch(r"\d+(\.\d+)?", text):
        when = datetime.datetime.fromtimestamp(float(text), datetime.timezone.utc)
    else:
        try:
            when = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text))
        except ValueError:
            raise Usage(f'invalid value for "since": {text!r}', 1) from None
        when = when.astimezone(datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def show(sources, options, to_stdout):
    """`sources`: (prefix, path). Follows until it is killed when --follow was given."""
    since = moment(options.since)
    merged = [(entry, prefix) for prefix, path in sources
              for entry in chosen(path, options.tail, since)]
    if len(sources) > 1:
        merged.sort(key=lambda pair: pair[0]["time"])
    for entry, prefix in merged:
        put(entry, prefix, options, to_stdout)
    if options.follow:
        follow(sources, options, to_stdout, {path: len(list(entries(path)))
                                             for _, path in sources})


def put(entry, prefix, options, to_stdout):
    stamp = entry["time"] + " " if options.timestamps else ""
    line = entry["log"] if entry["log"].endswith("\n") else entry["log"] + "\n"
    out = sys.stdout if to_stdout or entry["stream"] == "stdout" else sys.stderr
    out.write(prefix + stamp + line)
    out.flush()


def follow(sources, options, to_stdout, seen):
    while True:
        for prefix, path in sources:
            for at, entry in enumerate(entries(path)):
                if at >= seen[path]:
                    put(entry, prefix, options, to_stdout)
                    seen[path] = at + 1
        select.select([], [], [], 0.1)
