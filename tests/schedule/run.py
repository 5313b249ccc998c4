#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tools/systemd and tools/cron: units that systemd understands, lines that cron does, and command lines whose runbooks,
parameters and approvals there are. Both have the same hours. REPRISE names the program."""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
REPRISE = os.environ.get("REPRISE", os.path.join(ROOT, "build", "release", "reprise"))
SYSTEMD = os.path.join(ROOT, "tools", "systemd")
CRON = os.path.join(ROOT, "tools", "cron", "reprise.cron")
RUNBOOKS = os.path.join(ROOT, "runbooks")
# minute, hour, day, month, weekday; lists, ranges, steps of numbers.
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?$")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def options():
    """What of `reprise run` may stand in such a command line."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-p", action="append", default=[], dest="params")
    parser.add_argument("--approve", action="append", default=[])
    parser.add_argument("--non-interactive", action="store_true")
    parser.add_argument("-q", action="store_true")
    parser.add_argument("runbook")
    return parser


def settings(text):
    """NAME=VALUE lines, the last one counts."""
    lines = [line for line in text.splitlines() if "=" in line and not line.startswith(("#", "["))]
    return dict(line.partition("=")[::2] for line in lines)


def confs():
    """From the name of an instance to its settings."""
    folder = os.path.join(SYSTEMD, "etc")
    return {name[:-5]: settings(read(os.path.join(folder, name))) for name in sorted(os.listdir(folder))}


def timers():
    found = {}
    for name in sorted(os.listdir(SYSTEMD)):
        if name.endswith(".timer"):
            found[name.removeprefix("reprise-")[:-6]] = settings(read(os.path.join(SYSTEMD, name)))
    return found


def cron_lines():
    """(fields, user, command) of each line that is no comment and no variable."""
    found = []
    for line in read(CRON).splitlines():
        if line.strip() and not line.startswith("#") and not re.match(r"[A-Z_]+=", line):
            words = line.split(None, 6)
            found.append((words[:5], words[5], words[6]))
    return found


def called(command):
    """The options of the one `reprise run` in a command of cron."""
    call = re.search(r"reprise run (.*?) >/dev/null$", command).group(1)
    return options().parse_args(shlex.split(call.replace("$RUNBOOKS", RUNBOOKS)))


class Schedule(unittest.TestCase):
    def holds(self, call):
        """The runbook is there, knows the parameters, and asks for all that is approved beforehand."""
        self.assertTrue(call.non_interactive and call.q, call)
        words = [word for pair in call.params for word in ("-p", pair)]
        done = subprocess.run([REPRISE, "plan", "--format", "json", *words, call.runbook], capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        asks = json.loads(done.stdout)["summary"]["asks"]
        for step in call.approve:
            self.assertIn(step, asks)

    def test_units_are_understood(self):
        with tempfile.TemporaryDirectory(prefix="reprise-schedule-") as folder:
            for name in os.listdir(SYSTEMD):
                if not name.endswith((".service", ".timer")):
                    continue
                text = read(os.path.join(SYSTEMD, name)).replace("ExecStart=reprise ", f"ExecStart={REPRISE} ")
                # Files that only an installation has; what they hold is looked at below.
                text = text.replace("EnvironmentFile=/", "EnvironmentFile=-/")
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            for template in (os.path.join(folder, "reprise@"), os.path.join(folder, "reprise-failed@")):
                for name in confs():
                    shutil.copy(f"{template}.service", f"{template}{name}.service")
            units = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if "@." not in name]
            tells = settings(read(os.path.join(SYSTEMD, "reprise@.service")))["OnFailure"].replace("%i", "health")
            self.assertIn(os.path.join(folder, tells), units)
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units], text=True,
                                  capture_output=True, check=False, stdin=subprocess.DEVNULL,
                                  env=dict(os.environ, SYSTEMD_UNIT_PATH=folder + ":"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_timer_has_its_settings(self):
        self.assertEqual(set(timers()), set(confs()))
        for name, timer in timers().items():
            self.assertEqual(timer["Unit"], f"reprise@{name}.service")
            subprocess.run(["systemd-analyze", "calendar", timer["OnCalendar"]], check=True, capture_output=True)

    def test_what_the_units_call(self):
        start = settings(read(os.path.join(SYSTEMD, "reprise@.service")))["ExecStart"]
        for name, conf in confs().items():
            with self.subTest(name):
                words = start.replace("$OPTIONS", conf["OPTIONS"]).replace("${RUNBOOKS}", RUNBOOKS)
                program, run, *rest = words.replace("${RUNBOOK}", conf["RUNBOOK"]).split()
                # No folder: it may have been built here, or come as a package.
                self.assertEqual((program, run), ("reprise", "run"))
                self.holds(options().parse_args(rest))

    def test_lines_of_cron(self):
        self.assertEqual(len(cron_lines()), len(timers()))
        for fields, user, command in cron_lines():
            with self.subTest(command):
                for field, (low, high) in zip(fields, FIELDS):
                    for part in field.split(","):
                        self.assertRegex(part, FIELD)
                        numbers = [int(number) for number in re.findall(r"\d+", part.partition("/")[0])]
                        self.assertTrue(all(low <= number <= high for number in numbers), field)
                self.assertRegex(user, r"^[a-z_][a-z0-9_-]*$")
                # cron makes a newline of a % that has no backslash.
                self.assertNotRegex(command, r"(?<!\\)%")
                subprocess.run(["bash", "-n", "-c", command.replace("\\%", "%")], check=True)
                self.holds(called(command))

    def test_both_have_the_same_hours_and_command_lines(self):
        by_cron = {}
        for fields, _, command in cron_lines():
            call = called(command)
            hour = f"{int(fields[1]):02}:{int(fields[0]):02}:00"
            by_cron[os.path.basename(call.runbook), *call.params, *call.approve] = hour
        by_timer = {}
        for name, conf in confs().items():
            call = options().parse_args(["--non-interactive", *shlex.split(conf["OPTIONS"]), conf["RUNBOOK"]])
            by_timer[call.runbook, *call.params, *call.approve] = timers()[name]["OnCalendar"].split()[-1]
        self.assertEqual(by_cron, by_timer)
        hours = sorted(by_timer.values())
        self.assertEqual(hours[:3], ["03:00:00", "04:00:00", "09:00:00"])


if __name__ == "__main__":
    sys.exit(unittest.main())
