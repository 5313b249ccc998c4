# SPDX-License-Identifier: Apache-2.0
"""The tables of the commands, as the help shows them: what pages and completion must have, too."""
import os
import re
import subprocess

REPRISE = os.environ.get("REPRISE", "")
BEFORE, NAME, DOC = 6, 26, 32  # columns of an option's row: "  -f, ", its name and value, what it is


def output(*argv, **how):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, **how).stdout


def part(text, title):
    """The lines below a title, up to the next empty one."""
    return re.search(rf"^{title}:\n((?:.+\n?)*)", text, re.M).group(1)


def commands():
    """Every command -> its summary."""
    rows = re.sub(r"\n {3,}", " ", part(output(REPRISE, "--help"), "commands"))
    found = dict(re.findall(r"^  (\w+) +(.*)$", rows, re.M))
    assert "run" in found and "check" in found, found
    return found


def options(command):
    """The options of a command: [name, value or None, what it is]."""
    rows = []
    for line in part(output(REPRISE, command, "--help"), "options").splitlines():
        if line.startswith(" " * DOC):
            rows[-1][2] = f"{rows[-1][2]} {line.strip()}".lstrip()
            continue
        behind = len(line) > DOC and line[DOC - 1] == " "
        words = line[BEFORE:BEFORE + NAME if behind else None].split()
        rows.append([words[0], words[1] if len(words) > 1 else None, line[DOC:] if behind else ""])
    assert rows[-1][0] == "--help" and all(name.startswith("--") for name, _, _ in rows), rows
    return rows
