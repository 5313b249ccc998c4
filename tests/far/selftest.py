#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the lab itself; words on the command line choose tests by name.

    selftest.py [-k WORD]… [-v]
"""
import os
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from keeper import PATIENCE, Trouble, carries, parents, wait_for  # noqa: E402
from lab import Lab  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.geteuid() == 0


def alive(text):
    """The processes that carry the text in their arguments or their environment."""
    return [pid for pid in parents() if pid != os.getpid() and carries(pid, text)]


class Far(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.gone)

    def gone(self):
        """Every test ends so: nothing is left of its lab."""
        self.lab.close()
        self.assertFalse(os.path.exists(self.lab.place))
        self.assertEqual(alive(self.lab.place), [])

    def run_near(self, *argv, given=""):
        done = subprocess.run(argv, input=given, capture_output=True, text=True, env=self.lab.environment(),
                              timeout=PATIENCE, check=False)
        return done.returncode, done.stdout, done.stderr

    def begin(self, *argv):
        near = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.lab.environment())
        self.addCleanup(near.wait)
        self.addCleanup(near.kill)
        for pipe in (near.stdin, near.stdout, near.stderr):
            self.addCleanup(pipe.close)
        return near


class Ssh(Far):
    def test_commands_reach_their_host_untouched(self):
        first, second = self.lab.ssh(), self.lab.ssh()
        text = "printf '<%s>' 'a  b' \"$HOME\" '$x' '*'; pwd; cat; exit 7"
        for host in (first, second):
            self.assertEqual(self.run_near("ssh", host.name, text, given="in\n"),
                             (7, f"<a  b><{host.home}><$x><*>{host.home}\nin\n", ""))
        with open(f"{first.bin}/thing", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho of the first\n")
        os.chmod(f"{first.bin}/thing", 0o755)
        self.assertEqual(self.run_near("ssh", "h1", "thing")[1], "of the first\n")
        self.assertEqual(self.run_near("ssh", "h2", "thing")[0], 127)

    def test_names_have_homes_of_their_own(self):
        host = self.lab.ssh(names=["w1", "w2"])
        for name, home in (("h1", host.home), ("w1", f"{host.home}/w1"), ("w2", f"{host.home}/w2")):
            with self.subTest(name):
                said = self.run_near("ssh", name, "pwd; echo $HOME ${LAB_NAME-unset}")
                self.assertEqual(said, (0, f"{home}\n{home} unset\n", ""))

    def test_kinds_of_login(self):
        self.lab.ssh(noisy=True)
        code, out, err = self.run_near("ssh", "h1", "echo done")
        self.assertEqual((code, out.splitlines()[-1]), (0, "done"))
        self.assertGreater(len(out.splitlines()), 1)
        self.assertTrue(err)
        for sh, says in (("bash", "posix  \ton"), ("dash", "no such"), ("busybox", "no such")):
            host = self.lab.ssh(sh=sh)
            code, out, err = self.run_near("ssh", host.name, "readlink /proc/$$/exe; sh -c 'readlink /proc/$$/exe; :'")
            self.assertEqual((code, [os.path.basename(line) for line in out.splitlines()]), (0, [sh, sh]), err)
            posix = self.run_near("ssh", host.name, "set -o 2>&1 | grep posix || echo no such")[1]
            self.assertEqual(posix.split()[-1], says.split()[-1])

    def test_stop_and_start(self):
        host = self.lab.ssh()
        near = self.begin("ssh", "h1", "setsid sleep 1000.25 & echo on; wait")
        self.assertEqual(near.stdout.readline(), "on\n")
        wait_for(lambda: len(host.processes("1000.25")) == 2, "it runs, and the shell whose text it is")
        host.close()
        self.assertEqual(self.run_near("ssh", "h1", "true")[0], 255)
        self.assertIn("refused", self.run_near("ssh", "h1", "true")[2])
        self.assertIsNone(near.poll())
        host.stop()
        self.assertEqual(host.processes(), [])
        self.assertEqual(near.wait(PATIENCE), 255)
        host.start()
        self.assertEqual(self.run_near("ssh", "h1", "echo again"), (0, "again\n", ""))

    def test_another_key(self):
        host = self.lab.ssh()
        host.replace_key()
        code, _, err = self.run_near("ssh", "h1", "true")
        self.assertEqual(code, 255)
        self.assertIn("Host key verification failed", err)
        host.forgive_key()
        self.assertEqual(self.run_near("ssh", "h1", "true"), (0, "", ""))

    def test_freeze_and_thaw(self):
        host = self.lab.ssh()
        near = self.begin("ssh", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1", "h1",
                          "echo on; MARK=here exec sleep 1000")
        self.assertEqual(near.stdout.readline(), "on\n")
        host.freeze()
        self.assertEqual(near.wait(PATIENCE), 255)  # it was not told: it gave up
        self.assertIn("not responding", near.stderr.read())
        self.assertEqual(len(wait_for(lambda: host.processes("MARK=here"), "the far command is there")), 1)
        other = self.begin("ssh", "h1", "read line; echo $line")
        wait_for(lambda: host.processes("read line"), "the second one began")
        host.freeze()
        other.stdin.write("word\n")
        other.stdin.flush()
        host.thaw()
        self.assertEqual(other.stdout.readline(), "word\n")

    def test_drop(self):
        host = self.lab.ssh()
        near = self.begin("ssh", "h1", "echo on; cat; MARK=stays exec sleep 1000")
        self.assertEqual(near.stdout.readline(), "on\n")
        host.drop()
        self.assertEqual(near.wait(PATIENCE), 255)
        # its input has ended, and it goes on
        self.assertEqual(len(wait_for(lambda: host.processes("MARK=stays"), "the far command goes on")), 1)

    def test_another_account(self):
        if not ROOT:
            self.lab.ssh()
            self.assertEqual(self.run_near("ssh", "h1", "X=1 sudo -n -u $(id -un) -- sh -c 'echo $X; id -u'")[1],
                             f"\n{os.geteuid()}\n")
            code, _, err = self.run_near("ssh", "h1", "sudo -n true")
            self.assertEqual((code, err), (1, "sudo: a password is required\n"))
            return
        self.lab.ssh(operator=True)
        self.assertEqual(self.run_near("ssh", "h1", "id -un; X=1 sudo -n -u nobody -- sh -c 'echo $X; id -un'"),
                         (0, "operator\n\nnobody\n", ""))
        for kind, says in (("password", "a password is required"), ("none", "a password is required"),
                           ("tty", "you must have a tty")):
            host = self.lab.ssh(operator=True, sudo=kind)
            code, _, err = self.run_near("ssh", host.name, "sudo -n true")
            self.assertEqual(code, 1)
            self.assertIn(says, err)
        self.assertFalse(subprocess.run(["id", "operator"], capture_output=True, check=False).returncode == 0)


def namespaces():
    return subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout


class Netns(Far):
    def setUp(self):
        super().setUp()
        if not ROOT:
            self.assertRaisesRegex(Trouble, "needs root", self.lab.netns)
            self.skipTest("only root can have networks of its own")

    def test_each_has_a_network_of_its_own(self):
        first, second = self.lab.netns(), self.lab.netns(sh="busybox")
        for host in (first, second):
            code, out, err = self.run_near("ssh", host.name, "ip -o -4 address show eth0; echo $SSH_CONNECTION")
            self.assertEqual(code, 0, err)
            self.assertIn(f" {host.address}/30 ", out)
            self.assertTrue(out.endswith(f"{host.address} 22\n"))
        self.assertNotEqual(first.address, second.address)
        space = first.cable.space
        self.assertIn(space, namespaces())
        self.lab.close()
        self.assertNotIn(space, namespaces())
        self.assertFalse(os.path.exists(f"/sys/class/net/{first.cable.end}"))

    def test_two_labs_at_once(self):
        first = self.lab.netns()
        with Lab() as lab:
            second = lab.netns()
            self.assertNotEqual(first.address, second.address)
            self.assertEqual(second.name, "n1")
        self.assertEqual(self.run_near("ssh", "n1", "echo there")[1], "there\n")

    def test_a_cut_is_silence(self):
        host, other = self.lab.netns(), self.lab.netns()
        near = self.begin("ssh", "-o", "ServerAliveInterval=0", "n1", "echo on; cat; MARK=ended exec sleep 1000")
        watched = self.begin("ssh", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1", "n1", "cat")
        self.assertEqual(near.stdout.readline(), "on\n")
        wait_for(lambda: len(host.processes()) == 3, "both are there")
        host.cut()
        near.stdin.write("word\n")
        near.stdin.flush()
        self.assertEqual(watched.wait(PATIENCE), 255)  # nobody told it: it gave up
        self.assertIn("not responding", watched.stderr.read())
        code, _, err = self.run_near("ssh", "-o", "ConnectTimeout=1", "n1", "true")
        self.assertEqual(code, 255)
        self.assertIn("timed out", err)
        self.assertEqual(self.run_near("ssh", other.name, "echo there")[1], "there\n")
        self.assertIsNone(near.poll())
        self.assertEqual(len(host.processes()), 3)
        host.mend()
        self.assertEqual(near.stdout.readline(), "word\n")
        near.stdin.close()
        wait_for(lambda: host.processes("MARK=ended"), "the end of the input arrived")

    def test_what_a_crash_left_is_removed(self):
        dead = subprocess.Popen(["true"])
        dead.wait()
        left = f"reprise-lab-{dead.pid}-n1"
        subprocess.run(["ip", "netns", "add", left], check=True)
        self.assertIn(left, namespaces())
        self.lab.netns()
        self.assertNotIn(left, namespaces())


class Docker(Far):
    def setUp(self):
        super().setUp()
        if not ROOT:
            self.assertRaisesRegex(Trouble, "needs root", self.lab.docker)
            self.skipTest("only root can have a Docker engine")

    def exec(self, *arguments, **more):
        return self.run_near("docker", "exec", *arguments, **more)

    def test_containers(self):
        docker = self.lab.docker()
        docker.container("box")
        docker.container("full", "full")
        docker.container("closed", "full", "--read-only")
        docker.container("bare", "bare")
        self.assertEqual(self.exec("-i", "box", "sh", "-c", "cat; hostname; readlink /proc/$$/exe; exit 7",
                                   given="in\n"), (7, "in\nbox\n/bin/busybox\n", ""))
        self.assertNotEqual(self.exec("box", "bash", "-c", "true")[0], 0)
        self.assertEqual(self.exec("full", "bash", "-c", "setsid true; touch /tmp/x; id -un; "
                                   "readlink -f /bin/sh; echo a | awk '{print $1}' | grep a"),
                         (0, "root\n/usr/bin/dash\na\n", ""))
        code, _, err = self.exec("closed", "touch", "/tmp/x")
        self.assertEqual(code, 1)
        self.assertIn("Read-only", err)
        self.assertIn(self.exec("bare", "sh", "-c", "true")[0], (126, 127))
        self.assertEqual(self.exec("bare", "sleep", "0")[0], 0)

    def test_the_server_owns_the_process(self):
        docker = self.lab.docker()
        docker.container("box")
        near = self.begin("docker", "exec", "-i", "-e", "MARK=far", "box", "sh", "-c", "echo on; sleep 1000; :")
        self.assertEqual(near.stdout.readline(), "on\n")
        near.kill()
        near.wait()
        wait_for(lambda: len(docker.processes("box", "MARK=far")) == 2, "both far processes go on")
        self.assertEqual(docker.processes("box", "MARK=near"), [])
        docker.kill()
        self.assertNotEqual(self.exec("box", "true")[0], 0)
        docker.start()
        docker.docker("start", "box")
        self.assertEqual(self.exec("box", "echo", "again")[1], "again\n")
        self.lab.close()
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            self.assertNotIn(self.lab.place, mounts.read())

    def test_apart(self):
        docker = self.lab.docker(apart=True)
        docker.docker("network", "create", "net")
        docker.docker("run", "--detach", "--name", "web", "--network", "net", "--publish", "127.0.0.1::80",
                      "--stop-signal=KILL", docker.image("box"), "httpd", "-f", "-p", "80", "-h", "/etc")
        url = f"http://{docker.docker('port', 'web', '80/tcp')}/group"
        get = ["busybox", "wget", "-qO-", url]
        back = docker.enter()
        try:
            wait_for(lambda: self.run_near(*get)[0] == 0, "it answers where it is published")
            self.assertIn("nogroup", self.run_near(*get)[1])
        finally:
            back()
        self.assertNotEqual(self.run_near(*get)[0], 0)
        self.assertIn("nogroup", docker.docker("run", "--rm", "--network", "net", "box", "wget", "-qO-",
                                               "http://web/group"))
        docker.docker("volume", "create", "kept")
        folder = docker.docker("volume", "inspect", "--format", "{{.Mountpoint}}", "kept")
        self.assertTrue(os.path.isdir(docker.root + folder))
        self.assertFalse(os.path.exists(folder))


class Kubernetes(Far):
    def kubectl(self, *arguments, **more):
        return self.run_near("kubectl", *arguments, **more)

    def test_exec(self):
        cluster = self.lab.kubernetes()
        pod = cluster.pod("web-1", containers=("web", "side"))
        cluster.pod("db-0", namespace="data")
        cluster.pod("job", phase="Succeeded")
        cluster.pod("new", phase="Pending")
        text = "printf '<%s>' \"$@\" >&2; echo $HOSTNAME $CONTAINER; pwd; cat; exit 7"
        self.assertEqual(self.kubectl("--context", "lab", "exec", "-i", "web-1", "-c", "side", "--", "sh", "-c", text,
                                      "sh", "a  b", "$x", "-i", given="in\n"),
                         (7, f"web-1 side\n{pod.home}\nin\n", "<a  b><$x><-i>command terminated with exit code 7\n"))
        self.assertEqual(self.kubectl("exec", "-i", "db-0", "--namespace=data", "--", "cat", given="word"),
                         (0, "word", ""))
        self.assertEqual(self.kubectl("exec", "pod/db-0", "-n", "data", "--", "cat", given="word"), (0, "", ""))
        self.assertEqual(self.kubectl("exec", "-n", "data", "db-0", "--", "sh", "-c", "kill -9 $$")[0], 137)
        for says, arguments in (
                ('Error from server (NotFound): pods "db-0" not found', ["db-0", "--", "true"]),
                ("container x is not valid for pod web-1", ["web-1", "-c", "x", "--", "true"]),
                ("current phase is Succeeded", ["job", "--", "true"]),
                ("does not have a host assigned", ["new", "--", "true"]),
                ('exec: "absent": executable file not found in $PATH', ["-q", "web-1", "--", "absent"]),
                ('context "other" does not exist', ["--context=other", "web-1", "--", "true"]),
                ("must specify at least one command", ["web-1"]), ("does not know --tty", ["--tty", "web-1"])):
            code, out, err = self.kubectl("exec", *arguments)
            self.assertEqual((code, out), (1, ""))
            self.assertIn(says, err)
        self.assertIn('Defaulted container "web" out of: web, side', self.kubectl("exec", "web-1", "--", "true")[2])
        cluster.refuse()
        self.assertIn("was refused", self.kubectl("get", "pods")[2])
        cluster.refuse(False)
        cluster.delete(pod)
        self.assertIn("NotFound", self.kubectl("exec", "web-1", "--", "true")[2])

    def test_get(self):
        cluster = self.lab.kubernetes()
        first = cluster.pod("a", labels={"app": "web", "tier": "front"})
        cluster.pod("b", labels={"app": "web"}, phase="Pending")
        cluster.pod("c", labels={"app": "db"})
        cluster.pod("d", namespace="other", labels={"app": "db"})
        for expected, arguments in (
                ("pod/a\npod/b\npod/c\n", ["-o", "name"]), ("pod/c\n", ["-l", "app!=web", "-o", "name"]),
                ("pod/a\n", ["-l", "app=web", "--field-selector=status.phase=Running", "-o", "name"]),
                ("pod/a\n", ["--selector=app in (web,x),tier", "-oname"]),
                ("pod/b\npod/c\n", ["-l", "!tier", "-o", "name"]), ("", ["-l", "app=none", "-o", "name"]),
                ("c d", ["-A", "-l", "app=db", "-o", "jsonpath={.items[*].metadata.name}"]),
                ("a=web;b=web;", ["-l", "app=web", "-o",
                                  'jsonpath={range .items[*]}{.metadata.name}{"="}{.metadata.labels.app};{end}']),
                ("Running", ["a", "-o", "jsonpath={.status.phase}"])):
            self.assertEqual(self.kubectl("get", "pods", *arguments), (0, expected, ""))
        self.assertEqual(self.kubectl("get", "pods", "-n", "none")[1:], ("", "No resources found in none namespace.\n"))
        self.assertIn("out of bounds", self.kubectl("get", "pods", "-l", "app=none", "-o",
                                                    "jsonpath={.items[0].metadata.name}")[2])
        cluster.set(first, phase="Failed", ready=False)
        self.assertIn("Failed", self.kubectl("get", "pod", "a")[1])

    def test_the_server_owns_the_process(self):
        pod = self.lab.kubernetes().pod("p")
        near = self.begin("kubectl", "exec", "-i", "p", "--", "sh", "-c", "echo on; cat; echo lost; exec sleep 1000.75")
        self.assertEqual(near.stdout.readline(), "on\n")
        near.kill()
        wait_for(lambda: pod.processes("sleep\x001000.75"), "its input ended, and it goes on")
        near = self.begin("kubectl", "exec", "-i", "p", "--", "sh", "-c", "echo on; cat; echo lost; exec sleep 1000.5")
        self.assertEqual(near.stdout.readline(), "on\n")
        pod.drop()
        self.assertEqual(near.wait(PATIENCE), 1)
        self.assertIn("unexpected EOF", near.stderr.read())
        wait_for(lambda: pod.processes("sleep\x001000.5"), "it goes on")
        near = self.begin("kubectl", "exec", "-i", "p", "--", "cat")
        pod.freeze()
        near.stdin.write("word\n")
        near.stdin.flush()
        pod.thaw()
        self.assertEqual(near.stdout.readline(), "word\n")


class Life(unittest.TestCase):
    def test_a_killed_lab_leaves_nothing(self):
        more = ["--netns", "1", "--docker", "box"] if ROOT else []
        lab = subprocess.Popen([f"{HERE}/lab.py", "shell", "--ssh", "1", "--kubernetes", "1", *more, "--", "sh", "-c",
                                "ssh h1 'setsid sleep 1000 >/dev/null 2>&1 & echo $HOME'; exec sleep 1000"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        self.addCleanup(lab.stdout.close)
        home = lab.stdout.readline().strip()
        self.assertTrue(home)
        place = os.path.dirname(os.path.dirname(home))
        self.assertTrue(alive(place))
        os.kill(lab.pid, signal.SIGKILL)
        os.killpg(lab.pid, signal.SIGKILL)  # the command in it, which is no part of it
        lab.wait()
        wait_for(lambda: not os.path.exists(place) and not alive(place), "the lab is gone")
        self.assertNotIn(f"lab-{lab.pid}-", namespaces())


if __name__ == "__main__":
    unittest.main()
