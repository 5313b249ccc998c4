# SPDX-License-Identifier: Apache-2.0
"""Runbooks on far machines of a lab, through the program as a user has it.

    run = Run(lab, "steps: …")           # begins it
    run.finish()                         # status, said; run.outcome("step"), run.finished("step"), run.outputs("step")
"""
import json
import os
import subprocess
import tempfile

from reach import BUILD

REPRISE = f"{BUILD}/reprise"
LIMIT = 150


class Run:
    def __init__(self, lab, text, *arguments, command="run", folder=None, **env):
        """`text`: the runbook below its first two lines. `folder`: of a run that goes on."""
        self.lab = lab
        self.folder = folder or tempfile.mkdtemp(prefix="run-", dir=lab.place)
        self.transcript = f"{self.folder}/t.jsonl"
        self.env = {**lab.environment(), "HOME": self.folder, "REPRISE_LOCKS": f"{self.folder}/locks", **env}
        if text is not None:
            with open(f"{self.folder}/r.yaml", "w", encoding="utf-8") as file:
                file.write("reprise: 1\nid: far\n" + text)
        what = ["r.yaml", "--transcript", "t.jsonl", "--non-interactive"] if command == "run" else arguments
        more = arguments if command == "run" else []
        self.process = subprocess.Popen([REPRISE, command, *what, *more], cwd=self.folder, env=self.env,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = ""

    def finish(self):
        said, _ = self.process.communicate(timeout=LIMIT)
        self.said = said.decode("utf-8", "backslashreplace")
        return self.process.returncode

    def again(self, *arguments, command="resume"):
        """Another command about the same transcript."""
        return Run(self.lab, None, "t.jsonl", *arguments, command=command, folder=self.folder)

    def lines(self, kind=None):
        if not os.path.exists(self.transcript):
            return []
        with open(self.transcript, "rb") as file:
            whole = file.read().split(b"\n")[:-1]
        found = [json.loads(line) for line in whole]
        return [line for line in found if not kind or line["type"] == kind]

    def text(self):
        with open(self.transcript, "rb") as file:
            return file.read()

    def ops(self, node):
        return {line["op"] for line in self.lines("start") if line["node"] == node}

    def started(self, node):
        return any(line["op"] in self.ops(node) for line in self.lines("started"))

    def finished(self, node):
        """How the last attempt of a step ended."""
        return next((line for line in reversed(self.lines("finished")) if line["op"] in self.ops(node)), {})

    def step(self, node):
        return next((line for line in self.lines("step.finished") if line["node"] == node), {})

    def outcome(self, node):
        return self.step(node).get("outcome")

    def why(self, node):
        return self.step(node).get("why", "")

    def outputs(self, node):
        return self.step(node).get("outputs", {})

    def printed(self, node, stream="stdout"):
        ops = self.ops(node)
        return "".join(line.get("text", "") for line in self.lines("output")
                       if line["op"] in ops and line["stream"] == stream)

    def far_by(self):
        """What ran steps elsewhere."""
        return {far["by"] for line in self.lines("finished") for far in line.get("result", {}).get("far", [])}

    def far(self, node):
        return self.finished(node).get("result", {}).get("far", [])
