#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Transcripts of runs as they might have been: made.py HOME COUNT

Writes so many into HOME/runs, over the last two years, from what tests/record/kept has: other ids and times, and a chain
that holds. Tests make single ones by write().
"""
import datetime
import hashlib
import json
import pathlib
import sys

KEPT = pathlib.Path(__file__).resolve().parents[1] / "record" / "kept"
ORIGIN = "0" * 64
DAY = datetime.timedelta(days=1)

# Transcripts that are whole, and have no signature over their bytes.
TEMPLATES = ("asked", "full", "interrupted", "long", "loops", "people", "secrets", "steps", "undo")


def chained(messages):
    """The bytes of a transcript: each line holds the digest of the one before."""
    lines, prev = [], ORIGIN
    for seq, message in enumerate(messages):
        head = {"seq": seq}
        if message["type"] != "seal":
            head.update(at=message["at"], t_us=message["t_us"])
        head.update(type=message["type"], prev=prev)
        line = json.dumps({**head, **message, **head}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        prev = hashlib.sha256(line).hexdigest()
        lines.append(line)
    return b"".join(lines)


def template(name):
    return [json.loads(line) for line in (KEPT / f"{name}.jsonl").read_bytes().splitlines()]


def at(when, t_us=0):
    return (when + datetime.timedelta(microseconds=t_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def run_id(runbook, when, number):
    return f"{when.strftime('%Y%m%dT%H%M%SZ')}-{runbook}-{number & 0xFFFF:04x}"


def moved(messages, when, number, stretch=1, runbook=None):
    """The messages of a run at another time, that took so many times as long."""
    runbook = runbook or messages[0]["runbook"]
    said = []
    for message in messages:
        message = dict(message)
        if "t_us" in message:
            message["t_us"] = message["t_us"] * stretch
            message["at"] = at(when, message["t_us"])
        if "duration_us" in message:
            message["duration_us"] = message["duration_us"] * stretch
        if message["type"] == "run.started":
            message.update(run=run_id(runbook, when, number), runbook=runbook)
        said.append(message)
    return said


def path_of(home, messages):
    return pathlib.Path(home) / "runs" / f"{messages[0]['run']}.jsonl"


def write(home, messages):
    """Puts a transcript where runs are kept, and gives its path."""
    path = path_of(home, messages)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(chained(messages))
    return path


def many(home, count, until=None):
    until = until or datetime.datetime.now(datetime.timezone.utc)
    templates = [template(name) for name in TEMPLATES]
    for number in range(count):
        when = until - (number + 1) * 730 * DAY / count
        write(home, moved(templates[number % len(templates)], when, number, 1 + number % 7))


if __name__ == "__main__":
    many(sys.argv[1], int(sys.argv[2]))
