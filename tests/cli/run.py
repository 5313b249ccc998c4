#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs commands as a user would, and holds what they say against text.

A case is cases/NAME.txt:

    # what it is about
    --- some.yaml            a file of the case, up to the next line that begins with ---
    reprise: 1
    ---
    $ reprise check some.yaml
    | what it printed to standard output
    ! what it printed to standard error
    = 0

Each "$" line is given to bash in a folder of the case's own, without a terminal, with nothing on standard input. What
differs from run to run (times, folders, ids) is replaced by words in capitals. UPDATE=1 writes the cases anew. Every
transcript that a case leaves behind is decided again by `reprise replay`, and must give the same; so must it when it is
re-enacted under its own runbook, by `reprise replay --against`.

REPRISE names the program. Arguments, if there are any, are the names of the cases to run. PART=0/4 runs the first of four
parts of them.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import replays

LIMIT_S = 120

# What differs from run to run. Folders come first: they are replaced by place, not by form.
SPAN = r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+"
DIFFERS = [
    (r"\d{8}T\d{6}Z-([a-z-]+)-[0-9a-f]{4}", r"STAMP-\1-RANDOM"),
    (r"\b\d{8}T\d{6}Z(-\d+)?\b", "STAMP"),
    (r"\b(since|RANDOM,) \d{4}-\d\d-\d\d\b", r"\1 DATE"),
    (r'"inode":\d+,"device":\d+(,"born":\{[^}]*\})?', '"FILE"'),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "TIMESTAMP"),
    (r"(?m)^((?:. )?(?:- )?)\d\d:\d\d:\d\d(?= )", r"\1HH:MM:SS"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),
    (r" at \d\d:\d\d:\d\d UTC, digest [0-9a-f]{12}\b", " at HH:MM:SS UTC, digest DIGEST"),
    (r" at \d\d:\d\d:\d\d UTC\b", " at HH:MM:SS UTC"),
    (r"(?m)^(.*(?:succeeded|FAILED|OUT|CANCELLED|LOST|DENIED|\(allowed\))) in " + SPAN, r"\1"),
    # the report, in the page's form
    (r"(?m)^( *(?:- |\d+\. ))(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?= )", r"\1HH:MM"),
    (r"(?m)^(\d+\. .*), " + SPAN + r"(?=$|[,:])", r"\1, DURATION"),
    (r"(?m)^(\*\*Date:\*\*) \d{4}-\d\d-\d\d", r"\1 DATE"),
    (r"(?m)^(\*\*Duration:\*\*) .*UTC: .*?( from| of)", r"\1 HH:MM - HH:MM (HOURS), UTC: DURATION\2"),
    (r"(?m)^(\*\*Duration:\*\*) \d\d:\d\d - \*\*", r"\1 HH:MM - **"),
    (r"(?m) at (?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?=$|[ ,;:][^0-9])", r" at HH:MM"),
    (r"digest `[0-9a-f]{12}`", "digest `DIGEST`"),
    (r"(?m)^(\| (?:RTO|MTTR|RPO).*\| (?:at least )?)" + SPAN, r"\1DURATION"),
    (r"driven by \S+ on \S+", "driven by USER on HOST"),
    (r"\bsealed: \d+ lines", "sealed: N lines"),
    (r"\b(in|after) " + SPAN + r"\b", r"\1 DURATION"),
    (r"\| Duration \| " + SPAN, "| Duration | DURATION"),
    (r"\| Run by \| .* \|", "| Run by | USER on HOST |"),
    (r"given by \S+", "given by USER"),
    (r"\bpid \d+", "pid PID"),
    (r"\b\d{3,}d\d\dh\b", "YEARS"),
]


class Case:
    def __init__(self, path):
        self.path = path
        self.files = {}
        self.comments = []
        self.commands = []
        name = None
        for line in path.read_text().splitlines():
            if line.startswith("---"):
                name = line[3:].strip() or None
                if name:
                    self.files[name] = []
            elif name:
                self.files[name].append(line)
            elif line.startswith("$ "):
                self.commands.append(line[2:])
            elif line.startswith("#"):
                self.comments.append((len(self.commands), line))

    def comments_before(self, index):
        return [line for at, line in self.comments if at == index]

    def written(self, answers):
        out = self.comments_before(0)
        for name, lines in self.files.items():
            out += [f"--- {name}", *lines]
        if self.files:
            out.append("---")
        for index, (command, answer) in enumerate(zip(self.commands, answers)):
            if index:
                out += self.comments_before(index)
            out += [f"$ {command}", *answer]
        return "\n".join(out) + "\n"


def tell_apart(text, folder):
    for name in (str(folder), str(folder).replace("_", r"\_")):  # as Markdown has it
        text = text.replace(name, "FOLDER")
    for pattern, word in DIFFERS:
        text = re.sub(pattern, word, text)
    return text


def lines_of(prefix, raw, folder):
    text = tell_apart(raw.decode("utf-8", "backslashreplace"), folder)
    if not text:
        return []
    lines = [f"{prefix} {line}".rstrip(" ") for line in text.split("\n")]
    # what does not end in a newline says so
    return lines[:-1] if text.endswith("\n") else lines[:-1] + [lines[-1] + "\\"]


def run_command(command, folder, env):
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        start_new_session=True,
    )
    return [
        *lines_of("|", done.stdout, folder),
        *lines_of("!", done.stderr, folder),
        f"= {done.returncode}",
    ]


def environment(folder, program):
    env = {
        "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "REPRISE_HOME": str(folder / "state"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "BIN": str(program.parent),
        "TOOLS": str(pathlib.Path(__file__).resolve().parents[2] / "tools"),
    }
    for name, value in os.environ.items():
        if name.endswith("SAN_OPTIONS"):
            env[name] = value
    return env


def run_case(path, program):
    case = Case(path)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-cli-")).resolve()
    try:
        (folder / "home").mkdir()
        for name, lines in case.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("\n".join(lines) + "\n")
        env = environment(folder, program)
        answers = [run_command(command, folder, env) for command in case.commands]
        parted = replays.differing(program, folder) + replays.parting(program, folder)
    finally:
        shutil.rmtree(folder)
    if not case.commands:
        raise ValueError(f"{path} has no command")
    return case.written(answers), parted


def differs(path, said, parted):
    for sentence in parted:
        print(f"{path.stem}: {sentence}")
    if os.environ.get("UPDATE"):
        path.write_text(said)
    if said == path.read_text():
        return bool(parted)
    sys.stdout.flush()
    subprocess.run(["diff", "-u", "--label", f"{path} (wanted)", "--label", "said", str(path), "-"],
                   input=said.encode(), check=False)
    return True


def main():
    program = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
    if not program.is_file():
        sys.exit("REPRISE must name the program")
    folder = pathlib.Path(__file__).resolve().parent / "cases"
    paths = sorted(folder.glob("*.txt"))
    if sys.argv[1:]:
        paths = [folder / f"{name}.txt" for name in sys.argv[1:]]
    part, parts = map(int, os.environ.get("PART", "0/1").split("/"))
    paths = paths[part::parts]
    failed = [path.stem for path in paths if differs(path, *run_case(path, program))]
    print(f"{len(paths)} cases, {len(failed)} failed{': ' if failed else ''}{' '.join(failed)}")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
