#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completion, in bash, zsh and fish themselves: they offer every command and option, and what a value may be.

REPRISE names the program.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

import tables

HERE = pathlib.Path(__file__).resolve().parent
SHELLS = HERE.parent.parent / "tools" / "completion"
RUNBOOK = """reprise: 1
id: lost
title: Something is lost
params:
  path: {type: path, default: /tmp, description: where it was}
steps:
  - id: look
    title: Look for it
    effect: read
    run: [ls, "${{ params.path }}"]
    timeout: 5s
  - id: remove
    title: Remove the rest
    effect: destroy
    run: ["true"]
    timeout: 5s
    verify:
      - run: ["true"]
        timeout: 5s
  - id: both
    title: Tell and hear
    steps:
      - id: say
        title: Say it
        effect: read
        run: ["true"]
        timeout: 5s
      - id: confirm
        title: Hear it
        manual: Is somebody there?
"""
# A line of each shell's, and what it offers: all of it.
VALUES = {
    "reprise ver": {"verify"},
    "reprise run --color a": {"auto", "always"},
    "reprise run --color=al": {"--color=always"},
    "reprise plan -f ": {"text", "json", "dot", "mermaid"},
    "reprise run ": {"broken.yaml", "lost.yaml", "pipe.yaml", "folder"},
    "reprise run --outputs ": {"folder"},
    "reprise run -- lo": {"lost.yaml"},
    "reprise run -- --ap": set(),
    "reprise run --params-file=o": {"--params-file=other.txt"},
    "reprise run lost.yaml --approve ": {"remove"},
    "reprise run lost.yaml --step l": {"look"},
    "reprise run folder/it\\'s\\ lost.yaml --approve ": {"remove"},
    "reprise run ~/work/lost.yaml --approve ": {"remove"},
    "reprise run broken.yaml --approve ": set(),
    "reprise run $(touch${IFS}performed) --approve ": set(),
    "reprise run lost.yaml -p ": {"path="},
    "reprise run lost.yaml --lost ": {"look=", "remove=", "both/say="},
    "reprise rehearse lost.yaml --inject b": {"both/say=", "both/confirm="},
    "reprise run lost.yaml --step b": {"both", "both/say", "both/confirm"},
    "reprise run lost.yaml --answer ": {"both/confirm="},
    "reprise run pipe.yaml --step ": set(),
    "reprise run lost.yaml --lost look=": {"look=done", "look=again", "look=left"},
    "reprise report 2": {"20260101T000000Z-lost-0001"},
    "reprise schema ": {"runbook", "transcript", "report"},
    "reprise actions postgres.re": {"postgres.ready", "postgres.replication"},
    "reprise help cove": {"coverage"},
    "reprise nothing ": set(),
}


def last_part(line, words):
    """What bash and zsh add to a line, which has what stands before = and : already; of a folder its bare name."""
    begun = line.rpartition(" ")[2]
    head = begun[:max(begun.rfind("="), begun.rfind(":")) + 1]
    return {word.removeprefix(head).rstrip("/") for word in words}


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        work, runs = cls.folder / "work", cls.folder / "home" / "runs"
        (work / "folder").mkdir(parents=True)
        runs.mkdir(parents=True)
        for path in work / "lost.yaml", work / "folder" / "it's lost.yaml":
            path.write_text(RUNBOOK, encoding="utf-8")
        os.mkfifo(work / "pipe.yaml")
        (work / "broken.yaml").write_text("reprise: 1\nsteps: [{\n", encoding="utf-8")
        (work / "other.txt").write_text("", encoding="utf-8")
        (runs / "20260101T000000Z-lost-0001.jsonl").write_text("", encoding="utf-8")
        # The program alone, under its name and with those it starts, whatever else lies in the build's folder.
        (cls.folder / "bin").mkdir()
        (cls.folder / "bin" / "reprise").symlink_to(tables.REPRISE)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def drive(self, shell, *argv, lines):
        """What a shell offers for each line, as sets."""
        environment = {**os.environ, "HOME": str(self.folder), "REPRISE_HOME": str(self.folder / "home"),
                       "XDG_CONFIG_HOME": str(self.folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*shell, *map(str, argv)], input="".join(f"{line}\n" for line in lines), text=True,
                              stdout=subprocess.PIPE, timeout=60, cwd=self.folder / "work", env=environment)
        self.assertEqual(done.returncode, 0)
        offers = [set(offer.split("\n")) - {""} for offer in done.stdout.split("%%\n")]
        self.assertEqual(len(offers), len(lines) + 1, done.stdout)
        return dict(zip(lines, offers))

    def check(self, offers_of):
        lines = {"reprise ": set(tables.commands())}
        for command in tables.commands():
            lines[f"reprise {command} --"] = {name for name, _, _ in tables.options(command)}
        offers = offers_of([*lines, *VALUES])
        for line, words in lines.items():
            self.assertLessEqual(words, offers[line], line)
        for line, words in VALUES.items():
            self.assertEqual(last_part(line, offers[line]), last_part(line, words), line)
        self.assertFalse((self.folder / "work" / "performed").exists())

    def test_bash(self):
        self.check(lambda lines: self.drive(["bash", "--norc"], HERE / "drive.bash", SHELLS / "reprise.bash",
                                            self.folder / "bin", lines=lines))

    def test_fish(self):
        self.check(lambda lines: self.drive(["fish", "--no-config"], HERE / "drive.fish", SHELLS / "reprise.fish",
                                            self.folder / "bin", lines=lines))

    def test_zsh(self):
        self.check(lambda lines: self.drive(["zsh", "-f"], HERE / "drive.zsh", SHELLS, self.folder / "bin",
                                            self.folder / "offered", lines=lines))


if __name__ == "__main__":
    unittest.main()
