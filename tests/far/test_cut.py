#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ways that cannot be gone, and ways that fall silent. Every case of silence waits for keep-alives: all at once.

    test_cut.py [-k WORD]… [-v]
"""
import itertools
import os
import sys
import unittest

sys.dont_write_bytecode = True

import ways  # noqa: E402
from lab import Lab  # noqa: E402
from runs import Run  # noqa: E402
from sight import SIGHT, until  # noqa: E402

ROOT = os.geteuid() == 0
NUMBERS = itertools.count(1)


def step(name, target, argv, more="timeout: 2m"):
    return f"  - {{id: {name}, needs: [], target: {target}, run: {argv}, {more}}}\n"


class Trouble(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def troubles(self, cases):
        """name → (target, what the reason has in it): nothing is begun, and the reason says so."""
        run = Run(self.lab, "steps:\n" + "".join(step(name, target, "[touch, never]") for name, (target, _)
                                                 in cases.items()))
        self.assertEqual(run.finish(), 1, run.said)
        for name, (_, says) in cases.items():
            found = run.finished(name)
            self.assertEqual((name, found["end"], found.get("unchanged")), (name, "error", True), run.said)
            for words in says:
                self.assertIn(words, run.why(name), name)
        return run

    def test_ssh(self):
        hosts = [self.lab.ssh() for _ in range(4)]
        hosts[0].replace_key()
        hosts[1].close()
        with open(f"{hosts[2].place}/authorized_keys", "w", encoding="ascii"):
            pass
        unknown = "{ssh: {host: h4, options: {UserKnownHostsFile: /dev/null}}}"
        run = self.troubles({
            "changed": ("{ssh: h1}", ["cannot reach h1", "its host key is another one"]),
            "closed": ("{ssh: h2}", ["cannot reach h2", "refused"]),
            "password": ("{ssh: h3}", ["cannot reach h3", "Permission denied"]),
            "unknown": (unknown, ["cannot reach h4", "its host key is not known here"]),
            "nowhere": ("{ssh: nowhere.invalid}", ["cannot reach nowhere.invalid", "resolve"])})
        for words in ("ssh-keygen -R HOST", "ssh-keyscan HOST", "ssh-add -l"):
            self.assertIn(words, " ".join(run.said.split()))
        hosts[0].forgive_key()
        run = Run(self.lab, "steps:\n" + step("again", "{ssh: h1}", "[touch, there]"))
        self.assertEqual(run.finish(), 0, run.said)

    def test_pods(self):
        cluster = self.lab.kubernetes()
        for name in ("a", "b"):
            cluster.pod(name, labels={"app": "web"})
        self.troubles({
            "absent": ("{kubernetes: absent}", ["cannot get into absent", "not found"]),
            "none": ("{kubernetes: {selector: app=none}}", ["no pod that runs has the labels app=none"]),
            "two": ("{kubernetes: {selector: app=web}}", ["more than one pod that runs has the labels app=web",
                                                          "pod/a", "pod/b"]),
            "context": ("{kubernetes: {context: other, pod: a}}", ["context", "other"])})

    @unittest.skipUnless(ROOT, "only root can have a Docker engine and accounts")
    def test_containers_and_accounts(self):
        docker = self.lab.docker()
        docker.container("bare", "bare")
        docker.container("over", "box")
        docker.docker("stop", "over")
        cases = {"absent": ("{docker: absent}", ["cannot get into absent", "No such container"]),
                 "bare": ("{docker: bare}", ["cannot get into bare", "sh"]),
                 "over": ("{docker: over}", ["cannot get into over", "not running"])}
        for kind in ("password", "none"):
            host = self.lab.ssh(operator=True, sudo=kind)
            cases[kind] = (f"{{ssh: {host.name}, become: root}}", [f"cannot become root at {host.name}", "a password is required"])
        cases["nobody"] = ("{become: nobody-of-that-name}", ["cannot become nobody-of-that-name: sudo"])
        self.troubles(cases)


@unittest.skipUnless(ROOT, "only root can have networks of its own")
class Cut(unittest.TestCase):
    """The cable is cut without a word."""
    maxDiff = None

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def test_cut(self):
        """n1: by our launcher; n2: by a shell's means; n3: mended before it is given up; n4: not there at first."""
        hosts = [self.lab.netns() for _ in range(4)]
        ways.as_another_machine(hosts[1].bin)
        hosts[3].cut()
        mark = f"m{os.getpid()}n{next(NUMBERS)}"
        waits = f"[sh, -c, 'echo x >>count; while [ ! -e go ]; do sleep 0.2; done; echo done', sh, {mark}]"
        far = [step(f"n{number}", f"{{ssh: n{number}}}", waits) for number in (1, 2, 3)]
        far += [step("n4", "{ssh: n4}", "[touch, never]")]
        run = Run(self.lab, "steps:\n" + "".join(far))
        until(lambda: all(os.path.exists(f"{host.home}/count") for host in hosts[:3]) and
              all(run.started(f"n{number}") for number in (1, 2, 3)), "they are begun")
        for host in hosts[:3]:
            host.cut()
        # What is mended in time goes on as if nothing had been.
        with open(f"{hosts[2].home}/go", "w", encoding="ascii"):
            pass
        hosts[2].mend()
        self.assertEqual(run.finish(), 1, run.said)
        self.assertEqual((run.outcome("n3"), run.printed("n3")), ("succeeded", "done\n"), run.said)
        for name in ("n1", "n2"):
            self.assertEqual((name, run.finished(name)["end"], run.outcome(name)), (name, "lost", "denied"), run.said)
            self.assertIn("nobody could be asked what became of it", run.why(name))
        # What our launcher promises there, a shell does not.
        self.assertIn("what ran there has been ended by now", run.why("n1"))
        self.assertIn("it may run there", run.why("n2"))
        self.assertEqual((run.finished("n4")["end"], run.finished("n4")["unchanged"]), ("error", True), run.said)
        # Our launcher ends by itself what nobody can reach any more.
        until(lambda: not hosts[0].processes(mark), "the far launcher has ended its step")
        with open(f"{hosts[0].home}/count", encoding="ascii") as count:
            self.assertEqual(count.read(), "x\n")


if __name__ == "__main__":
    unittest.main()
