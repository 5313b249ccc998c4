#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `reprise rehearse --explore` finds. cases/NAME-flawed.yaml has one flaw: it is found, with the story in
cases/NAME.txt (and NAME.json, where there is one). Its twin, cases/NAME-sound.yaml, has none, and nothing is found.
UPDATE=1 writes the texts anew. The runbooks of this project have nothing to be found either.

    REPRISE=build/release/reprise tests/explore/run.py      EVERY=N takes every Nth of those
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPRISE = os.path.abspath(os.environ.get("REPRISE", "build/release/reprise"))
EVERY = int(os.environ.get("EVERY", "1"))
failures = 0


def explore(folder, name, *options):
    done = subprocess.run([REPRISE, "rehearse", "--explore", *options, name], cwd=folder, text=True,
                          capture_output=True, env={**os.environ, "NO_COLOR": "1"}, check=False)
    return done.returncode, done.stdout, done.stderr


def expect(holds, what):
    global failures
    if not holds:
        failures += 1
        print(what, file=sys.stderr)


def compare(path, text):
    if os.environ.get("UPDATE"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(path, encoding="utf-8") as file:
        expect(file.read() == text, f"{path}: it says otherwise:\n{text}")


def flaws():
    cases = os.path.join(HERE, "cases")
    names = sorted(os.path.basename(path)[:-len("-flawed.yaml")] for path in glob.glob(cases + "/*-flawed.yaml"))
    expect(len(names) >= 10, "fewer than ten flaws")
    for name in names:
        status, text, error = explore(cases, name + "-flawed.yaml")
        expect(status == 1 and not error, f"{name}-flawed.yaml: status {status}: {error}")
        compare(os.path.join(cases, name + ".txt"), text)
        if os.path.exists(os.path.join(cases, name + ".json")):
            status, text, error = explore(cases, name + "-flawed.yaml", "--format", "json")
            expect(status == 1 and len(json.loads(text)["findings"]) == 1, f"{name}: {error}")
            compare(os.path.join(cases, name + ".json"), text)
        status, text, error = explore(cases, name + "-sound.yaml")
        expect(status == 0 and "nothing found" in text and "every way" in text,
               f"{name}-sound.yaml: status {status}: {text}{error}")


def our_own():
    """No warning, a plan, and nothing to be found; of files to include the first alone."""
    folder = os.path.join(HERE, "../../runbooks")
    names = sorted(glob.glob("*.yaml", root_dir=folder) + glob.glob("library/*.yaml", root_dir=folder))
    done = subprocess.run([REPRISE, "check", "--strict", *names], cwd=folder, text=True, capture_output=True, check=False)
    expect(done.returncode == 0, f"check --strict: {done.stdout}{done.stderr}")
    parts = [line.partition(":")[0] for line in done.stdout.splitlines() if line.endswith("to be included by runbooks")]
    for name in sorted(set(names) - set(parts))[::EVERY]:
        done = subprocess.run([REPRISE, "plan", name], cwd=folder, text=True, capture_output=True, check=False)
        expect(done.returncode == 0 and done.stdout, f"plan {name}: {done.stderr}")
        status, text, error = explore(folder, name)
        expect(status == 0 and "every way" in text, f"{name}: status {status}: {text}{error}")


def parameters():
    """What is fixed by -p is so on every way."""
    folder = os.path.join(HERE, "cases")
    status, text, _ = explore(folder, "sometimes-flawed.yaml", "-p", "careful=true")
    expect(status == 0 and "1 way to recover" in text, f"careful=true: {text}")
    status, text, _ = explore(folder, "sometimes-flawed.yaml", "-p", "careful=false")
    expect(status == 1 and "[never-reached]" in text, f"careful=false: {text}")
    status, _, error = explore(folder, "sometimes-flawed.yaml", "-p", "careful=perhaps")
    expect(status == 2 and "careful" in error, f"careful=perhaps: {error}")


def bounds():
    """Stopped early, it says so, and claims nothing of what it has not seen."""
    folder = os.path.join(HERE, "cases")
    status, text, _ = explore(folder, "contrary-flawed.yaml", "--max-states", "5")
    expect(status == 0 and "NOT every way" in text and "never-reached" not in text and "at least" in text,
           f"--max-states 5: {text}")
    _, text, _ = explore(folder, "contrary-flawed.yaml", "--max-states", "5", "-f", "json")
    expect(json.loads(text)["complete"] is False, f"--max-states 5: {text}")
    for wrong in ["0", "-1", "many"]:
        status, text, error = explore(folder, "contrary-flawed.yaml", "--max-states", wrong)
        expect(status == 2 and not text and "--max-states" in error, f"--max-states {wrong}: {error}")


def options():
    """What belongs to exploring alone, and what has nothing to do with it."""
    folder = os.path.join(HERE, "cases")
    status, text, error = explore(folder, "blind-sound.yaml", "--jobs", "2")
    expect(status == 2 and not text and "--jobs" in error, f"--jobs: {error}")
    for option in [["--max-states", "5"], ["--format", "json"]]:
        done = subprocess.run([REPRISE, "rehearse", *option, "blind-sound.yaml"], cwd=folder, text=True,
                              capture_output=True, check=False)
        expect(done.returncode == 2 and "--explore" in done.stderr, f"{option}: {done.stderr}")
    status, text, error = explore(folder, "no-such.yaml")
    expect(status == 2 and not text and "no-such.yaml" in error, f"no-such.yaml: {error}")


def many_steps(chained):
    """200 steps, 20 of them behind conditions that nobody can know."""
    for i in range(20):
        before = "[]"
        for k in range(10):
            needs = f"needs: {before}, " if chained else ""
            more = ("effect: read, outputs: {yes: stdout != ''}" if k == 0 else
                    f"when: steps.s{i}x0.outputs.yes" if k == 9 else "effect: change")
            yield f"  - {{id: s{i}x{k}, {needs}run: [do], timeout: 5s, {more}}}\n"
            before = f"[s{i}x{k}]"


def sizes(folder):
    """However many ways there are, few states: what is done and nobody asks about any more is forgotten."""
    for chained, policy in [(False, "continue"), (False, "stop"), (True, "continue")]:
        with open(os.path.join(folder, "many.yaml"), "w", encoding="utf-8") as file:
            file.write(f"reprise: 1\nid: many\ntitle: Many steps\non_failure: {policy}\nsteps:\n")
            file.writelines(many_steps(chained))
        status, out, error = explore(folder, "many.yaml", "-f", "json")
        found = json.loads(out)
        where = f"{'chains' if chained else 'one after another'}, {policy}"
        expect(status == 0 and found["complete"] and found["states"] < 3000,
               f"{where}: status {status}, {found['states']} states{error}")
        expect(found["ways_to_recover"] == 2.0 ** 20, f"{where}: {found['ways_to_recover']} ways")


def main():
    flaws()
    our_own()
    parameters()
    bounds()
    options()
    with tempfile.TemporaryDirectory() as folder:
        sizes(folder)
    sys.exit(1 if failures else 0)


main()
