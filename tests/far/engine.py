# SPDX-License-Identifier: Apache-2.0
"""A real Docker engine of the lab's own, and containers in it. Needs root, and Debian's docker.io; no registry.

Its images are made of this machine's programs:

  box     busybox under all its names, nothing else
  full    bash, dash (as sh), coreutils, and the programs of FULL
  bare    no shell at all, as images of a single program are: sleep
"""
import ctypes
import io
import json
import os
import re
import signal
import socket
import subprocess
import tarfile

from hosts import need, run, write
from keeper import Trouble, below, carries, parents, read, signal_to, wait_for

FULL = ["bash", "dash", "grep", "sed", "mawk", "find", "xargs", "ps", "pgrep", "setsid", "setpriv", "flock", "runuser"]
WAITS = ["sleep", "infinity"]
CLONE_NEWNET = 0x40000000  # os.setns is younger than Debian 12's Python


class Tree:
    """A root file system, as a tar that grows in memory."""

    def __init__(self, **accounts):
        """accounts: further ones, and their numbers."""
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w")
        self.names = set()
        for folder, mode in (("tmp", 0o1777), ("root", 0o700), ("bin", 0o755), ("proc", 0o755), ("dev", 0o755)):
            self.add(folder, tarfile.DIRTYPE, mode)
        ours = accounts.items()
        self.text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n" +
                  "".join(f"{name}:x:{number}:{number}::/tmp:/bin/sh\n" for name, number in ours))
        self.text("etc/group", "root:x:0:\nnogroup:x:65534:\n" +
                  "".join(f"{name}:x:{number}:\n" for name, number in ours))

    def add(self, name, kind, mode=0o755, content=b"", link=""):
        if name in self.names:
            return
        self.names.add(name)
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(content), link
        self.tar.addfile(entry, io.BytesIO(content))

    def text(self, name, content):
        self.add(name, tarfile.REGTYPE, 0o644, content.encode())

    def link(self, name, target):
        self.add(name, tarfile.SYMTYPE, link=target)

    def file(self, name, path):
        self.add(name, tarfile.REGTYPE, 0o755, read(path))

    def programs(self, paths):
        """Some of this machine's, with the libraries that they are linked with, at the same places."""
        said = subprocess.run([need("ldd"), *paths], capture_output=True, text=True, check=False).stdout
        for path in [*paths, *re.findall(r"(/\S+) \(0x", said)]:
            self.file(path.lstrip("/"), path)

    def packed(self):
        self.tar.close()
        return self.bytes.getvalue()


def enter_network(path):
    """This thread, and what it starts, is in that network namespace."""
    with open(path, "rb") as space:
        if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET):
            raise Trouble(f"{path} cannot be entered: {os.strerror(ctypes.get_errno())}")


def busybox():
    found = need("busybox")
    if "not a dynamic" not in subprocess.run([need("ldd"), found], capture_output=True, text=True,
                                             check=False).stderr:
        raise Trouble("busybox is not linked statically: tools/setup names the package")
    return found


def make_box():
    tree = Tree()
    tree.file("bin/busybox", busybox())
    for name in run(busybox(), "--list").split():
        tree.link(f"bin/{name}", "/bin/busybox")
    return tree.packed()


def make_bare():
    tree = Tree()
    tree.file("bin/sleep", busybox())  # it is what it is called
    return tree.packed()


def make_full():
    tree = Tree()
    tree.link("bin/sh", "dash")
    tree.link("usr/bin/awk", "mawk")
    listed = [path for path in run(need("dpkg"), "-L", "coreutils").split("\n") if "bin/" in path]
    tree.programs([path for path in listed + [need(name) for name in FULL] if os.path.isfile(path)])
    # where a program may be looked for, whether this machine has merged its folders or not
    tree.link("bin/bash", "/usr/bin/bash")
    tree.link("bin/dash", "/usr/bin/dash")
    return tree.packed()


IMAGES = {"box": make_box, "full": make_full, "bare": make_bare}


def why_not():
    """Why this machine lets nobody start an engine, in a few words; empty when it does."""
    if os.geteuid() != 0:
        return "it needs root, and this user is not"
    try:
        need("dockerd")
        run(need("unshare"), "--mount", "--net", need("ip"), "link", "set", "lo", "up")
    except Trouble as trouble:
        return str(trouble)
    return ""


class Engine:
    """The daemon. `address`: what DOCKER_HOST is."""

    def __init__(self, lab, apart=False):
        """apart: in a network of its own, with bridges and published ports, which are seen from there alone: enter()
        leads there; and with its data in memory, at `root` + its path. Else containers have the host's network alone."""
        if os.geteuid() != 0:
            raise Trouble("a Docker engine needs root: this user is not")
        self.lab, self.place = lab, f"{lab.place}/docker"
        os.mkdir(self.place, 0o700)
        self.socket = f"{self.place}/socket"
        self.address = f"unix://{self.socket}"
        self.images = set()
        write(f"{self.place}/config", json.dumps({"deprecated-key-path": f"{self.place}/key.json"}))
        cgroups = f"reprise-lab-{os.getpid()}"
        argv = [need("dockerd"), "--config-file", f"{self.place}/config", "--data-root", f"{self.place}/data",
                "--exec-root", f"{self.place}/exec", "--pidfile", f"{self.place}/pid", "-H", self.address,
                "--iptables=false", "--ip6tables=false",
                *([] if apart else ["--ip-forward=false", "--bridge=none"]), "--exec-opt", "native.cgroupdriver=cgroupfs", f"--cgroup-parent={cgroups}"]
        self.kept = lab.keep(self.alone(argv, apart), f"{self.place}/log", term=20, closing=[
            f"find /sys/fs/cgroup -depth -type d -path '*/{cgroups}*' -exec rmdir {{}} ';'"])
        lab.variables["DOCKER_HOST"] = self.address
        self.start()

    def alone(self, argv, apart):
        """In a mount namespace of its own, where its mounts go with it, and /run and /opt are folders of the lab's; what
        it leaves in a temporary folder (containerd its stacks, when it is slow) goes with the lab too."""
        os.mkdir(f"{self.place}/tmp")
        lines = [f"export TMPDIR={self.place}/tmp"]
        if apart:
            os.mkdir(f"{self.place}/data", 0o711)
            lines += [f"{need('ip')} link set lo up", f"mount -t tmpfs -o mode=711 none {self.place}/data"]
        for folder in ("run", "opt"):
            os.mkdir(f"{self.place}/{folder}")
            lines.append(f"mount --bind {self.place}/{folder} /{folder}")
        spaces = ["--mount", "--net"] if apart else ["--mount"]
        return [need("unshare"), *spaces, "--propagation", "private", "sh", "-ec",
                "\n".join(lines) + '\nexec "$@"', "sh", *argv]

    def start(self):
        """Starts the daemon (again) and returns when it answers."""
        self.kept.start()
        wait_for(lambda: self.answers() or self.kept.server not in parents(), "the Docker engine answers or ends")
        if not self.answers():
            raise Trouble(f"the Docker engine did not start: {' '.join(self.kept.said().split())[-600:]}")

    def answers(self):
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(self.socket)
                link.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b"200 OK" in link.recv(4096)
            except OSError:
                return False

    @property
    def root(self):
        """Where its mounts are seen from outside of it."""
        return f"/proc/{self.kept.server}/root"

    def enter(self):
        """From now on this thread, and what it starts, is in the engine's network; returns the way back, to be called."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        enter_network(f"/proc/{self.kept.server}/ns/net")

        def back():
            enter_network(f"/proc/self/fd/{before}")
            os.close(before)
        return back

    def kill(self):
        """The daemon is gone at once; its containers go on until it is started again."""
        server = self.kept.server
        signal_to(server, signal.SIGKILL)
        wait_for(lambda: server not in parents(), "the Docker engine is gone")

    def docker(self, *arguments):
        """What `docker ARGUMENTS` prints; Trouble when it fails."""
        return run(need("docker"), *arguments, env={**os.environ, "DOCKER_HOST": self.address}).strip()

    def image(self, name):
        """Makes an image known, when it is not yet."""
        if name not in self.images:
            archive = f"{self.place}/{name}.tar"
            with open(archive, "wb") as file:
                file.write(IMAGES[name]())
            self.docker("import", archive, f"{name}:latest")
            os.unlink(archive)
            self.images.add(name)
        return name

    def container(self, name, image="box", *options):
        """A running container that waits for ever; options as `docker run` has them (--read-only, --user …)."""
        self.docker("run", "--detach", "--name", name, "--hostname", name, "--network=host",
                    "--stop-signal=KILL", *options, self.image(image), *WAITS)
        return name

    def processes(self, name, marker=""):
        """The processes in a container, by the pid outside, that carry the text in arguments or environment."""
        first = int(self.docker("inspect", "--format", "{{.State.Pid}}", name))
        space = os.readlink(f"/proc/{first}/ns/pid")
        found = []
        for pid in below(self.kept.process.pid):
            try:
                inside = pid != first and os.readlink(f"/proc/{pid}/ns/pid") == space
            except OSError:
                continue
            if inside and (not marker or carries(pid, marker)):
                found.append(pid)
        return found
