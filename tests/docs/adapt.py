#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The page on another system is true: adapt.py REPRISE RUNBOOKS

Its block of YAML names parameters of organization.yaml alone; a copy of the runbooks in which they have those defaults is
right, and no plan names the system that they were written for, but for the alerts that it answers.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

PROCEDURES = ("database-failure", "redis-failure", "container-crash", "kubernetes-recovery", "backup",
              "backup-verification", "daily-checks", "quick-reference")


def adapt(folder, page):
    """Writes the page's words into the organization; yields what it does not know."""
    path = os.path.join(folder, "organization.yaml")
    with open(path, encoding="utf-8") as file:
        organization = yaml.load(file, yaml.SafeLoader)
    for name, value in yaml.load(page, yaml.SafeLoader).items():
        if name not in organization["params"]:
            yield f"organization.yaml has no parameter {name}"
        else:
            organization["params"][name]["default"] = value
    with open(path, "w", encoding="utf-8") as file:
        yaml.dump(organization, file, sort_keys=False, allow_unicode=True, width=1000)


def run(folder, *argv):
    return subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)


def wrong(reprise, folder, page):
    yield from adapt(folder, page)
    for name in PROCEDURES:
        done = run(folder, reprise, "check", "--strict", name + ".yaml")
        if done.returncode:
            yield done.stdout
        plan = run(folder, reprise, "plan", name + ".yaml").stdout
        answers = re.search(r"^Answers .*?(?=^\S)", plan, re.S | re.M)
        plan = plan.replace(answers[0], "") if answers else plan
        if "Steps" not in plan:
            yield f"{name} has no plan: {plan}"
        yield from (f"{name} still says: {line.strip()}" for line in plan.splitlines() if "aragora" in line.lower())


def main():
    reprise, runbooks = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(os.path.join(runbooks, "README.md"), encoding="utf-8") as file:
        page = re.search(r"<!-- adapt -->\n```yaml\n(.*?)^```$", file.read(), re.S | re.M)
    with tempfile.TemporaryDirectory(prefix="reprise-adapt-") as folder:
        copy = os.path.join(folder, "runbooks")
        shutil.copytree(runbooks, copy)
        sentences = list(wrong(reprise, copy, page[1]))
    for sentence in sentences:
        print(sentence)
    return 1 if sentences else 0


sys.exit(main())
