# SPDX-License-Identifier: Apache-2.0
"""Machines that ssh reaches: a real sshd each, with a key, a home and a folder of programs of its own.

A login runs `login` of the host's folder, which gives the command to the host's shell, untouched, in the host's home.
"""
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess

from keeper import Trouble, carries, parents, read, signal_to, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OPERATOR = "operator"  # an account that is nobody's here: it is there for hosts that ask for it alone
OPERATOR_ID = 47110

SSHD = """
Port {port}
ListenAddress {address}
HostKey {place}/host_key
AuthorizedKeysFile {place}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
UseDNS no
MaxStartups 200
MaxSessions 200
LogLevel VERBOSE
Subsystem sftp /usr/lib/openssh/sftp-server
SetEnv HOME={place}/nowhere
AcceptEnv LAB_NAME
ForceCommand {place}/login
"""

# The account's own shell comes first, whatever it is; it finds an empty home, so it says and sets nothing.
LOGIN = """#!/bin/sh
command=$SSH_ORIGINAL_COMMAND
unset SSH_ORIGINAL_COMMAND SHLVL
export HOME={home}${{LAB_NAME:+/$LAB_NAME}} PATH={path} SHELL={shell} TMPDIR={tmp}
unset LAB_NAME
cd "$HOME" || exit 1
unset OLDPWD
[ -z "$command" ] || exec {shell} -c "$command"
exec {shell} -l
"""

CLIENT = """
Host {name}
  HostName {address}
  Port {port}
  User {user}
  HostKeyAlias {alias}
"""

CLIENT_END = """
Host *
  IdentityFile {place}/client_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {place}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  ControlMaster no
"""

WRAPPER = """#!/bin/sh
# Not ssh itself: the real one, which reads the lab's configuration.
exec {program} -F {config} "$@"
"""

SHELLS = {"bash": "bash", "dash": "dash", "busybox": "busybox"}  # what `sh` may be: links named sh
SUDOERS = {
    "free": "{user} ALL=(ALL:ALL) NOPASSWD: ALL",
    "password": "{user} ALL=(ALL:ALL) ALL",
    "tty": "Defaults requiretty\n{user} ALL=(ALL:ALL) NOPASSWD: ALL",
    "none": "",
}


def need(program):
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":" + SYSTEM_PATH)
    if not found:
        raise Trouble(f"{program} is not installed: tools/setup names the packages")
    return found


def run(*argv, **more):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **more)
    if done.returncode != 0:
        raise Trouble(f"{' '.join(argv)} failed: {' '.join(done.stdout.split())[-400:]}")
    return done.stdout


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def make_key(path):
    for old in (path, path + ".pub"):
        if os.path.exists(old):
            os.unlink(old)
    run(need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path)


def own_accounts(place, sudo):
    """Files to be laid over those of /etc, for the processes of one host alone: an account and what it may become."""
    with open("/etc/passwd", encoding="utf-8") as file:
        users = file.read()
    with open("/etc/group", encoding="utf-8") as file:
        groups = file.read()
    shell = need("bash")
    write(f"{place}/passwd", f"{users}{OPERATOR}:x:{OPERATOR_ID}:{OPERATOR_ID}::{place}/home:{shell}\n")
    write(f"{place}/group", f"{groups}{OPERATOR}:x:{OPERATOR_ID}:\n")
    write(f"{place}/shadow", f"root:*:19000:0:99999:7:::\n{OPERATOR}:*:19000:0:99999:7:::\n", 0o600)
    rule = SUDOERS[sudo].format(user=OPERATOR)
    write(f"{place}/sudoers", f"Defaults env_reset\nDefaults secure_path={SYSTEM_PATH}\nDefaults lecture=never\n"
                              f"root ALL=(ALL:ALL) ALL\n{rule}\n", 0o440)
    return ["passwd", "group", "shadow", "sudoers"]


class Host:
    """One machine. `home`: its home; `bin`: its folder that is first in PATH; both empty, to be filled by tests.
    `names`: further names of it; each is a connection of its own, to a home of its own, which lies in `home`."""

    def __init__(self, lab, name, sh=None, noisy=False, operator=False, sudo="free", address="127.0.0.1", port=0,
                 inside=(), names=()):
        """sh: what `sh` and the login shell are (bash, dash, busybox; None: as on this machine, and bash).
        noisy: the start-up file of its shell prints. operator: logins are those of an account that is not root and may
        use sudo as SUDOERS[sudo] says (needs root). inside: a command that sshd is started by."""
        self.lab, self.name, self.address, self.names = lab, name, address, names
        self.place = f"{lab.place}/{name}"
        self.home, self.bin = f"{self.place}/home", f"{self.place}/bin"
        self.user = OPERATOR if operator else pwd.getpwuid(os.geteuid()).pw_name
        for folder in (self.place, self.home, self.bin, f"{self.place}/nowhere", f"{self.place}/tmp"):
            os.mkdir(folder, 0o755)
        os.chmod(f"{self.place}/tmp", 0o1777)
        for other in names:
            os.mkdir(f"{self.home}/{other}", 0o755)
        shutil.copy(lab.client_key() + ".pub", f"{self.place}/authorized_keys")
        os.chmod(f"{self.place}/authorized_keys", 0o644)
        self.make_login(sh, noisy)
        argv = list(inside)  # then with its accounts, then sshd
        if operator:
            argv += self.with_operator(sudo)
        elif os.geteuid() != 0:
            os.symlink(f"{HERE}/bin/sudo", f"{self.bin}/sudo")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # where sshd locks itself up, as its service makes it
        make_key(f"{self.place}/host_key")
        self.kept = lab.keep(argv + [need("sshd"), "-D", "-e", "-f", f"{self.place}/sshd_config"],
                             f"{self.place}/log")
        self.port = port
        self.start()

    def make_login(self, sh, noisy):
        shell = need("bash")
        if sh:
            shell = f"{self.bin}/sh"
            os.symlink(need(SHELLS[sh]), shell)
        if noisy:
            write(f"{self.home}/.bashrc", "echo 'Welcome to this machine.'\necho 'It is yours alone.' >&2\n")
        write(f"{self.place}/login", LOGIN.format(home=shlex.quote(self.home), shell=shlex.quote(shell),
                                                  tmp=shlex.quote(f"{self.place}/tmp"),
                                                  path=shlex.quote(f"{self.bin}:{SYSTEM_PATH}")), 0o755)

    def with_operator(self, sudo):
        if os.geteuid() != 0:
            raise Trouble("a host with another account needs root: this user is not")
        os.chown(self.home, OPERATOR_ID, OPERATOR_ID)
        lines = [f"mount --bind {self.place}/{name} /etc/{name}" for name in own_accounts(self.place, sudo)]
        return [need("unshare"), "--mount", "--propagation", "private", "sh", "-ec",
                "\n".join(lines) + '\nexec "$@"', "sh"]

    def start(self):
        """Starts it, again at the same port, and returns when it listens."""
        for _ in range(20):
            self.port = self.port or free_port()
            write(f"{self.place}/sshd_config", SSHD.format(place=self.place, port=self.port, address=self.address))
            said = len(self.kept.said())
            self.kept.start()
            log = wait_for(lambda at=said: (self.kept.said()[at:] if self.listens(at) or self.kept.server not in
                                            parents() else ""), f"the sshd of {self.name} listens or ends")
            if "Server listening" in log:
                return
            if "in use" not in log:
                break
            self.port = 0
        raise Trouble(f"the sshd of {self.name} did not start: {' '.join(log.split())[-400:]}")

    def listens(self, at):
        return "Server listening" in self.kept.said()[at:]

    def stop(self):
        """As when the power goes: every process of the host is gone, its port refuses."""
        self.kept.kill()

    def close(self):
        """Ends the listening sshd alone: new connections are refused, sessions go on."""
        server = self.kept.server
        signal_to(server, signal.SIGKILL)
        wait_for(lambda: server not in parents(), f"the sshd of {self.name} is gone")

    def replace_key(self):
        """The machine behind the name has another key than the one that is known; sessions go on."""
        self.close()
        make_key(f"{self.place}/host_key")
        self.start()

    def forgive_key(self):
        """The key that it has now is the known one."""
        self.lab.write_client()

    def sessions(self):
        """The sshd processes that hold connections."""
        return [pid for pid in self.kept.below() if pid != self.kept.server and self.is_sshd(pid)]

    def is_sshd(self, pid):
        return read(f"/proc/{pid}/comm").strip() == b"sshd"

    def freeze(self):
        """Connections stay open and nothing comes or goes any more; far commands go on."""
        for pid in self.sessions():
            signal_to(pid, signal.SIGSTOP)

    def thaw(self):
        """Undoes freeze()."""
        for pid in self.sessions():
            signal_to(pid, signal.SIGCONT)

    def drop(self):
        """Kills what holds the connections: the near side sees them end at once, far commands go on."""
        held = self.sessions()
        for pid in held:
            signal_to(pid, signal.SIGKILL)
        wait_for(lambda: not set(held) & set(parents()), f"the sessions of {self.name} are gone")

    def processes(self, marker=""):
        """The far processes, by pid, that carry the text in their arguments or their environment; not sshd itself."""
        return [pid for pid in self.kept.below() if not self.is_sshd(pid) and (not marker or carries(pid, marker))]

    def client(self):
        """Its part of the client's configuration."""
        where = {"alias": self.name, "address": self.address, "port": self.port, "user": self.user}
        return CLIENT.format(name=self.name, **where) + "".join(
            CLIENT.format(name=other, **where) + f"  SetEnv LAB_NAME={other}\n" for other in self.names)

    def known(self):
        """Its present line of known_hosts."""
        with open(f"{self.place}/host_key.pub", encoding="ascii") as file:
            return f"{self.name} {' '.join(file.read().split()[:2])}\n"
