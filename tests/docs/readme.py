#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a README against the tree it stands in: readme.py REPRISE README

Each block of YAML must pass `reprise check` without a word, each path between backticks must exist, and each command it
shows must be one.
"""

import os
import re
import subprocess
import sys
import tempfile


def run(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def wrong_runbooks(reprise, text):
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.S | re.M)
    if not blocks:
        yield "there is no runbook in it"
    for block in blocks:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(block)
            file.flush()
            done = run(reprise, "check", "--quiet", file.name)
        if done.returncode or done.stdout:
            yield f"reprise check, status {done.returncode}:\n{done.stdout}"


def wrong_paths(root, text):
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    for path in re.findall(r"`([A-Za-z0-9_.-]*/[A-Za-z0-9_./*-]*)`", outside):
        pattern = re.search(r"ROOM|NOUN|NAME|\*", path)
        if not pattern and path != "build/" and not os.path.exists(os.path.join(root, path)):
            yield f"{path} does not exist"


def wrong_commands(reprise, text):
    for name in sorted(set(re.findall(r"(?:`|\$ )reprise ([a-z]+)", text))):
        if run(reprise, name, "--help").returncode:
            yield f"reprise {name} is no command"


def main():
    reprise, readme = sys.argv[1:]
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    wrong = [*wrong_runbooks(reprise, text), *wrong_paths(os.path.dirname(readme), text),
             *wrong_commands(reprise, text)]
    for sentence in wrong:
        print(f"{os.path.basename(readme)}: {sentence}")
    return 1 if wrong else 0


sys.exit(main())
