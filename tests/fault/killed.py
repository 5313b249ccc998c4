#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the interpreter (SIGKILL) at every moment of a run, goes on with it, and looks at what came of it.

A moment is: behind every line of the transcript, in the middle of every line, before and behind every sync, and some at
random; of those that go on some are killed too. Every transcript must verify, the last one be sealed and decide the same
again; every run must end as one that nobody killed; and no step may be done twice: each writes its name into a file.

REPRISE names the program, which must have killed.c in it. EVERY=N takes every Nth moment alone, SEED other random ones.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

LIMIT_S = 120
AT_RANDOM = 360

RUNBOOK = """\
reprise: 1
id: fault
steps:
  - {id: one, run: "echo one >>effects", timeout: 1m}
  - {id: left, needs: [one], run: "sleep 0.02; echo left >>effects", timeout: 1m}
  - id: right
    needs: [one]
    run: "echo right >>effects; echo try >>tries; test $(wc -l <tries) -ge 2"
    timeout: 1m
    retry: {attempts: 2, delay: 5ms}
  - {id: piped, needs: [one], pipe: [[echo, piped], [tee, -a, effects]], timeout: 1m}
  - {id: look, needs: [one], effect: read, run: [wc, -l, effects], timeout: 1m}
  - id: drop
    needs: [left, right, piped, look]
    effect: destroy
    run: "echo drop >>effects"
    timeout: 1m
    verify: [{run: [grep, -q, drop, effects], timeout: 1m}]
  - {id: told, manual: Say so, inputs: {name: {type: string}}}
  - {id: gives, effect: read, run: [echo, "${{ steps.told.outputs.name }}"], timeout: 1m, outputs: {said: stdout.trim()}}
  - id: each
    for_each: "[1, 2, 3]"
    max_parallel: 3
    canary: 1
    max_failures: 50%
    run: 'echo "$NAME$ITEM" >>effects'
    env: {NAME: "${{ steps.gives.outputs.said }}", ITEM: "${{ item }}"}
    timeout: 1m
verify:
  - {run: [grep, -q, bob3, effects], timeout: 1m}
finally:
  - {id: clean, run: "echo clean >>effects", timeout: 1m}
"""

EFFECTS = {"one": 1, "left": 1, "right": 2, "piped": 1, "drop": 1, "bob1": 1, "bob2": 1, "bob3": 1, "clean": 1}
ANSWERS = ["--approve", "drop", "--answer", "told=done", "--answer", "told.name=bob", "-q"]
# What is begun again here although it was done once would be seen in the file.
AGAIN = [word for step in ("one", "left", "right", "piped", "drop", "each", "clean") for word in ("--lost", f"{step}=again")]


class Wrong(Exception):
    pass


def reprise(program, folder, arguments, fault=None, kill_after_s=None):
    env = dict(os.environ, REPRISE_LOCKS=str(folder / "locks"), **(fault or {}))
    process = subprocess.Popen([program, *arguments], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    if kill_after_s is not None:
        try:
            process.wait(kill_after_s)
        except subprocess.TimeoutExpired:
            process.kill()
    said, _ = process.communicate(timeout=LIMIT_S)
    return process.returncode, said.decode("utf-8", "backslashreplace")


def demand(condition, what, said=""):
    if not condition:
        raise Wrong(f"{what}\n{said}")


def outcomes(transcript):
    lines = [json.loads(line) for line in transcript.read_text().splitlines()]
    return {line["node"]: line["outcome"] for line in lines if line["type"] == "step.finished"}


def go_on(program, folder, fault=None, kill_after_s=None):
    """One life more; None when it was killed too."""
    status, said = reprise(program, folder, ["resume", "t.jsonl", *ANSWERS, *AGAIN], fault, kill_after_s)
    if status == -signal.SIGKILL:
        return None
    demand(status == 0, f"resume ended with {status}", said)
    return said


def begun(transcript):
    """Whether the record holds its runbook whole: what ends before that had not begun."""
    lines = transcript.read_bytes().split(b"\n")[:-1]
    return len(lines) >= 2


def live(program, wanted, moment):
    """Runs, dies, goes on."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-fault-"))
    transcript = folder / "t.jsonl"
    try:
        (folder / "r.yaml").write_text(RUNBOOK)
        lives = list(moment)
        status, said = reprise(program, folder, ["run", "r.yaml", "--transcript", "t.jsonl", *ANSWERS], **lives.pop(0))
        if not transcript.exists():
            return
        while status == -signal.SIGKILL and transcript.exists():
            verified, what = reprise(program, folder, ["verify", "t.jsonl"])
            demand(verified == 0, "it does not verify", what)
            if not begun(transcript):
                demand(not (folder / "effects").exists(), "it had not begun, and yet did something")
                return
            said = go_on(program, folder, **(lives.pop(0) if lives else {}))
            status = 0 if said is not None else -signal.SIGKILL
        demand(status == 0, f"it ended with {status}", said)
        check(program, folder, transcript, wanted)
    except (Wrong, subprocess.TimeoutExpired) as wrong:
        keep = folder.with_name(folder.name + "-failed")
        shutil.copytree(folder, keep, symlinks=True, ignore=lambda _, names: {"control"} & set(names))
        raise Wrong(f"{moment}: {wrong}\nkept in {keep}") from wrong
    finally:
        shutil.rmtree(folder)


def check(program, folder, transcript, wanted):
    status, said = reprise(program, folder, ["verify", "t.jsonl"])
    demand(status == 0 and "sealed" in said, "it is not sealed", said)
    status, said = reprise(program, folder, ["replay", "t.jsonl"])
    demand(status == 0, "it is not decided the same again", said)
    demand(outcomes(transcript) == wanted, f"it ended otherwise: {outcomes(transcript)}")
    effects = collections.Counter((folder / "effects").read_text().split())
    demand(effects == EFFECTS, f"it did {dict(effects)}")
    demand(not (folder / "t").exists(), "something was left in the folder of the run")


def moments(lines, syncs, rng):
    for line in range(1, lines):
        yield [{"fault": {"FAULT_LINE": str(line)}}]
        yield [{"fault": {"FAULT_TORN": str(line)}}]
    for sync in range(1, syncs + 1):
        yield [{"fault": {"FAULT_SYNC": str(sync)}}]
        yield [{"fault": {"FAULT_SYNC": str(-sync)}}]
    for number in range(AT_RANDOM):
        at = [{"kill_after_s": rng.uniform(0, 0.4)} if rng.random() < 0.5 else
              {"fault": {"FAULT_LINE": str(rng.randrange(1, lines))}}]
        for _ in range(rng.randrange(3)):
            at.append({"fault": {rng.choice(["FAULT_LINE", "FAULT_TORN"]): str(rng.randrange(1, 12))}})
        yield at


def uninterrupted(program):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-fault-"))
    try:
        (folder / "r.yaml").write_text(RUNBOOK)
        status, said = reprise(program, folder, ["run", "r.yaml", "--transcript", "t.jsonl", *ANSWERS])
        demand(status == 0, f"the run itself ended with {status}", said)
        wanted = outcomes(folder / "t.jsonl")
        check(program, folder, folder / "t.jsonl", wanted)
        lines = (folder / "t.jsonl").read_text().splitlines()
        changes = sum('"class":"change"' in line or '"class":"destroy"' in line for line in lines)
        return wanted, len(lines), changes
    finally:
        shutil.rmtree(folder)


def main():
    program = os.environ.get("REPRISE", "")
    if not os.access(program, os.X_OK):
        sys.exit("REPRISE must name the program")
    every = int(os.environ.get("EVERY", "1"))
    rng = random.Random(int(os.environ.get("SEED", "1")))
    wanted, lines, changes = uninterrupted(program)
    chosen = list(moments(lines, changes, rng))[::every]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for future in concurrent.futures.as_completed([pool.submit(live, program, wanted, at) for at in chosen]):
            try:
                future.result()
            except Wrong as wrong:
                failed += 1
                if failed < 4:
                    print(wrong, flush=True)
    print(f"{len(chosen)} deaths, {failed} not survived")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
