#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a step can say, said of one that runs elsewhere: by our launcher and by a shell's means.

    test_steps.py [-k WORD]… [-v]
"""
import hashlib
import json
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True

import ways  # noqa: E402
from lab import Lab  # noqa: E402
from runs import Run  # noqa: E402
from sight import SIGHT, until  # noqa: E402

ROOT = os.geteuid() == 0


class Steps(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.ours, cls.other = cls.lab.ssh(), cls.lab.ssh()
        ways.as_another_machine(cls.other.bin)
        cls.hosts = [cls.ours, cls.other]

    def run_steps(self, steps, *arguments, status=0, **env):
        """`steps`: of (name, host, the rest of its map)."""
        text = "".join(f"  - {{id: {name}, needs: [], target: {{ssh: {host}}}, timeout: 1m, {rest}}}\n"
                       for name, host, rest in steps)
        run = Run(self.lab, "steps:\n" + text, *arguments, **env)
        self.assertEqual(run.finish(), status, run.said)
        self.assertEqual(run.far_by(), {"reprise-launch", "sh"} & run.far_by())
        return run

    def on_both(self, name, rest):
        return [(f"{name}{number}", host.name, rest) for number, host in enumerate(self.hosts)]

    def replays(self, run):
        again = run.again(command="replay")
        self.assertEqual(again.finish(), 0, again.said)

    def test_folders(self):
        for host in self.hosts:
            os.makedirs(f"{host.home}/inner", exist_ok=True)
        run = self.run_steps([*self.on_both("home", "run: [pwd]"), *self.on_both("inner", "run: [pwd], cwd: inner"),
                              *self.on_both("whole", "run: [pwd], cwd: /usr"),
                              *self.on_both("none", "run: [pwd], cwd: absent")], status=1)
        for number, host in enumerate(self.hosts):
            self.assertEqual([run.printed(f"{name}{number}") for name in ("home", "inner", "whole")],
                             [f"{host.home}\n", f"{host.home}/inner\n", "/usr\n"])
            found = run.finished(f"none{number}")
            self.assertEqual((found["end"], found.get("unchanged")), ("error", True), run.said)
            self.assertIn("absent", found["why"])
        self.assertEqual(run.far("home0")[0]["by"], "reprise-launch")
        self.assertEqual(run.far("home1")[0]["by"], "sh")
        self.replays(run)

    def test_scripts_and_variables(self):
        env = r"""env: {HOME_OF: "it's", LANG: C, TEXT: "two\nlines"}"""
        run = self.run_steps([
            *self.on_both("bash", f'run: "[[ $TEXT == two* ]]; printf %s \\"$TEXT\\" | wc -l; echo $HOME", {env}'),
            *self.on_both("sh", f'run: "echo \\"$HOME_OF\\"; false; echo no", shell: [sh, -eu, -c], {env}'),
            *self.on_both("absent", "run: [no-such-program-there]")], status=1)
        for number, host in enumerate(self.hosts):
            self.assertEqual(run.printed(f"bash{number}").split(), ["1", host.home])
            self.assertEqual((run.printed(f"sh{number}"), run.outcome(f"sh{number}")), ("it's\n", "failed"))
            found = run.finished(f"absent{number}")
            self.assertEqual((found["end"], found.get("unchanged")), ("error", True), run.said)
            self.assertIn("no such program: no-such-program-there", found["why"])

    def test_pipes(self):
        first, second = self.ours.name, self.other.name
        steps = f"""steps:
  - {{id: three, needs: [], timeout: 1m, pipe: [{{run: [echo, abc], target: {{ssh: {first}}}}}, [tr, a-b, x-y],
     {{run: [sh, -c, 'cat; pwd'], target: {{ssh: {second}}}}}]}}
  - {{id: early0, needs: [], timeout: 1m, pipe: [{{run: ["yes"], target: {{ssh: {first}}}}}, [head, -n, "2"]]}}
  - {{id: early1, needs: [], timeout: 1m, pipe: [{{run: ["yes"], target: {{ssh: {second}}}}}, [head, -n, "2"]]}}
  - {{id: middle0, needs: [], timeout: 1m, pipe: [[echo, a], {{run: ["yes"], target: {{ssh: {first}}}}}, [head, -n, "2"]]}}
  - {{id: middle1, needs: [], timeout: 1m, pipe: [[echo, a], {{run: ["yes"], target: {{ssh: {second}}}}}, [head, -n, "2"]]}}
  - {{id: there0, needs: [], timeout: 1m, target: {{ssh: {first}}}, pipe: [["yes"], [head, -n, "2"]]}}
  - {{id: there1, needs: [], timeout: 1m, target: {{ssh: {second}}}, pipe: [["yes"], [head, -n, "2"]]}}
"""
        run = Run(self.lab, steps)
        self.assertEqual(run.finish(), 0, run.said)
        self.assertEqual(run.printed("three"), f"xyc\n{self.other.home}\n")
        for name in ("early", "middle", "there"):
            for number in (0, 1):
                self.assertEqual((name, run.printed(f"{name}{number}")), (name, "y\ny\n"))
        until(lambda: not [pid for host in self.hosts for pid in host.processes() if pid in SIGHT.find("yes", 0)],
              "no writer goes on without a reader")
        self.replays(run)

    def test_files_here(self):
        data = random.Random(1).randbytes(50 << 20)
        path = f"{self.lab.place}/large"
        with open(path, "wb") as file:
            file.write(data)
        run = self.run_steps([*self.on_both("sum", f"run: [sha256sum], stdin: {{file: {path}}}"),
                              ("out", self.ours.name, f"run: [head, -c, '100000', /dev/zero], stdout: "
                                                      f"{{file: {self.lab.place}/out}}")])
        for number in (0, 1):
            self.assertEqual(run.printed(f"sum{number}").split()[0], hashlib.sha256(data).hexdigest())
        with open(f"{self.lab.place}/out", "rb") as file:
            self.assertEqual(file.read(), bytes(100000))
        self.assertFalse(os.path.exists(f"{self.ours.home}/out"))

    def test_reads(self):
        """Our launcher keeps a read from writing there; a shell cannot, and the record says so."""
        rest = "effect: read, run: [touch, touched]"
        run = self.run_steps(self.on_both("touch", rest), status=1)
        self.assertEqual((run.outcome("touch0"), os.path.exists(f"{self.ours.home}/touched")), ("failed", False))
        self.assertEqual((run.outcome("touch1"), os.path.exists(f"{self.other.home}/touched")), ("succeeded", True))
        self.assertEqual([run.far(f"touch{number}")[0]["confined"] for number in (0, 1)], [True, False])
        self.assertEqual(run.far("touch1")[0]["unconfined"], "reprise-launch does not run on Linux other")
        run = self.run_steps([("free", self.ours.name, rest)], "--no-confine")
        self.assertTrue(os.path.exists(f"{self.ours.home}/touched"))

    def test_what_is_left(self):
        marks = [f"1000.{os.getpid()}{number}" for number in (0, 1)]
        run = self.run_steps([(f"leaves{number}", host.name, f"run: [sh, -c, 'sleep $0 >/dev/null 2>&1 & exit 0', "
                                                             f"'{marks[number]}']")
                              for number, host in enumerate(self.hosts)])
        for number in (0, 1):
            self.assertEqual(len(SIGHT.find(marks[number], 0)), 1)
            self.assertIn("sleep", json.dumps(run.finished(f"leaves{number}").get("left")), run.said)

    def test_secrets(self):
        """No process, near or far, has them on its command line, and what prints them is kept out of the record."""
        secret = "tops3cret-word"
        run = Run(self.lab, "secrets: {word: {env: SECRET_WORD}}\nsteps:\n" + "".join(
            f"  - {{id: {name}, needs: [], target: {{ssh: {host}}}, timeout: 1m, env: {{T: \"${{{{ secrets.word }}}}\"}}, "
            f"stdin: {{text: \"${{{{ secrets.word }}}}\"}}, run: [sh, -c, 'read x; while [ ! -e go ]; do sleep 0.1; done; "
            f"echo $T $x']}}\n" for name, host, _ in self.on_both("keeps", "")), SECRET_WORD=secret)
        until(lambda: (run.started("keeps0") and run.started("keeps1") and
                       all(len(host.processes("while [ ! -e go ]")) > 0 for host in self.hosts)) or
              run.process.poll() is not None, "both wait")
        self.assertTrue(SIGHT.find("while [ ! -e go ]", 0))
        self.assertEqual(SIGHT.find(secret, 0), [])
        for host in self.hosts:
            with open(f"{host.home}/go", "w", encoding="ascii"):
                pass
        self.assertEqual(run.finish(), 0, run.said)
        self.assertNotIn(secret.encode(), run.text())
        self.assertNotIn(secret, run.said)
        for number in (0, 1):
            self.assertTrue(run.printed(f"keeps{number}"))

    def test_many(self):
        """A loop over hosts: one tried first, so many at once, so many that may fail; and one connection for each."""
        hosts = [self.lab.ssh() for _ in range(4)]
        with open(f"{hosts[2].home}/bad", "w", encoding="ascii"):
            pass
        names = ", ".join(host.name for host in hosts)
        run = Run(self.lab, f"""targets: {{all: {{ssh: {{hosts: [{names}]}}}}}}
steps:
  - {{id: first, target: all, max_parallel: 2, canary: 1, max_failures: 1, timeout: 1m, run: "echo x >>done; test ! -e bad"}}
  - {{id: second, needs: [], target: all, timeout: 1m, run: [id], effect: read,
     verify: [{{run: [test, -e, later], within: 30s, every: 100ms, timeout: 5s}}]}}
""")
        until(lambda: all(os.path.exists(f"{host.home}/done") for host in hosts), "all were tried")
        for host in hosts:
            with open(f"{host.home}/later", "w", encoding="ascii"):
                pass
        self.assertEqual(run.finish(), 1, run.said)  # as many as may fail, but one that failed
        self.assertEqual(run.outcome("second"), "succeeded", run.said)
        self.assertEqual([run.outcome(f"first[{number}]") for number in range(4)],
                         ["succeeded", "succeeded", "failed", "succeeded"], run.said)
        begun = [line["node"] for line in run.lines("start") if line["node"].startswith("first")]
        self.assertEqual(begun[0], "first[0]")
        for host in hosts:
            self.assertEqual(host.kept.said().count("Accepted publickey"), 1, host.name)
        self.replays(run)
        diff = run.again("t.jsonl", command="diff")
        self.assertEqual(diff.finish(), 0, diff.said)

    def test_output_has_a_bound(self):
        run = self.run_steps(self.on_both("much", "run: [sh, -c, 'yes | head -c 3000000']"))
        for number in (0, 1):
            self.assertEqual(run.finished(f"much{number}")["result"]["stdout"]["$stream"]["size"], 3000000)


if __name__ == "__main__":
    unittest.main()
