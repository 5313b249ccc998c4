# SPDX-License-Identifier: Apache-2.0
"""Many hosts for the bench: names that lead to a few real sshd of the tests' lab, each to a home of its own."""
import os
import shutil
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "far"))
from keeper import wait_for  # noqa: E402
from lab import Lab, Trouble  # noqa: E402,F401

SERVERS = 4

# Its own defaults, but for the interpreter, so that it need not look for one, and for what of its files lies where.
ANSIBLE = """[defaults]
inventory = {place}/inventory
interpreter_python = /usr/bin/python3
local_tmp = {place}/ansible
[ssh_connection]
pipelining = {pipelining}
control_path_dir = {place}/masters
sftp_extra_args = -F {config}
scp_extra_args = -F {config}
"""


class Farm:
    """`names`: of the hosts. Ends with close()."""

    def __init__(self, count):
        self.names = [f"w{i + 1:03d}" for i in range(count)]
        self.lab = Lab()
        self.servers = [self.lab.ssh(names=self.names[i::SERVERS]) for i in range(SERVERS)]
        self.masters = f"{self.lab.place}/masters"
        os.mkdir(self.masters)
        self.listed = self.write("names", self.names)
        self.write("inventory", self.names)
        for pipelining in (True, False):
            self.write(f"ansible-{pipelining}.cfg", [ANSIBLE.format(
                place=self.lab.place, pipelining=pipelining, config=self.lab.variables["LAB_SSH_CONFIG"])])

    def close(self):
        self.lab.close()

    def write(self, name, lines):
        path = f"{self.lab.place}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path

    def environment(self, pipelining=True):
        of_lab = self.lab.environment()
        return {"PATH": of_lab["PATH"], "LC_ALL": "C.UTF-8",
                "ANSIBLE_CONFIG": f"{self.lab.place}/ansible-{pipelining}.cfg"}

    def loop(self, at_once, passes):
        """What a shell does by hand: a command on each host, so many times over, by a connection that is left to the
        next pass and ended at the end."""
        ssh = f"ssh -o BatchMode=yes -o ControlPath={self.masters}/%n"
        each = f"xargs -a {self.listed} -P {at_once} -I HOST {ssh}"
        first = f"{each} -o ControlMaster=auto -o ControlPersist=60 HOST true"
        return ["sh", "-ec", "\n".join([first] + [f"{each} HOST true"] * (passes - 1) + [f"{each} -O exit HOST"])]

    def leave(self):
        """Ends the connections that a contender left, and waits until none is there."""
        for socket in os.listdir(self.masters):
            subprocess.run(["ssh", "-F", "none", "-o", f"ControlPath={self.masters}/{socket}", "-O", "exit", "all"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        wait_for(lambda: not any(server.sessions() for server in self.servers), "all connections have ended")

    def forget(self):
        """Empties the homes: nobody has ever been there."""
        for server in self.servers:
            for name in server.names:
                shutil.rmtree(f"{server.home}/{name}")
                os.mkdir(f"{server.home}/{name}", 0o755)
