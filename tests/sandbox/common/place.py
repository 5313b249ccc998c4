# SPDX-License-Identifier: Apache-2.0
"""The folder of a sandbox: where everything lies in it, and what was decided when it was made.

A folder is a sandbox when it holds sandbox.json; nothing here touches any other folder.
"""

import json
import os
import pwd

MARK = "sandbox.json"
SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PG_BIN = "/usr/lib/postgresql/15/bin"
# sun_path holds 107 bytes; the longest socket is run/<12 characters>/.s.PGSQL.<port>.
LONGEST_DIR = 107 - len("/run/0123456789ab/.s.PGSQL.65535")


class NotASandbox(Exception):
    """The folder is missing, or is something else."""


class Place:
    """Paths of one sandbox; `facts` is the content of sandbox.json (ports, passwords, users)."""

    def __init__(self, root, facts=None):
        self.root = os.path.abspath(root)
        self.facts = facts or {}

    @classmethod
    def open(cls, root):
        path = os.path.join(os.path.abspath(root), MARK)
        try:
            with open(path, encoding="utf-8") as file:
                facts = json.load(file)
        except (FileNotFoundError, NotADirectoryError):
            raise NotASandbox(f"{root} is not a sandbox (it has no {MARK})") from None
        except (OSError, ValueError) as error:
            raise NotASandbox(f"{root}: {MARK} cannot be read: {error}") from None
        if not isinstance(facts, dict) or facts.get("sandbox") != 1:
            raise NotASandbox(f"{root} is not a sandbox ({MARK} is something else's)")
        return cls(root, facts)

    def save(self):
        write_atomically(self.path(MARK), json.dumps(self.facts, indent=1) + "\n")

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    @property
    def real(self):
        """Of a sandbox on a real Docker engine: the program, and the variables that lead it there. Else None."""
        return self.facts.get("docker")

    @property
    def docker(self):
        return self.real["program"] if self.real else os.path.join(SOURCE, "bin", "docker")

    @property
    def socket(self):
        return self.path("engine.sock")

    @property
    def state(self):
        return self.path("state.json")

    @property
    def deploy(self):
        return self.path("self-hosted")

    @property
    def backups(self):
        return self.path("self-hosted", "backups", "postgres")

    def volume_data(self, name):
        return self.path("volumes", name, "_data")

    def log(self, container_id):
        return self.path("logs", container_id + ".jsonl")

    def run_dir(self, container_id):
        """The folder of a container's unix socket; short, for sun_path's sake."""
        return self.path("run", container_id[:12])

    def user(self, role):
        """The account a server runs as, or None to stay who we are."""
        return self.facts.get("users", {}).get(role)


def write_atomically(path, text, mode=0o600):
    temporary = f"{path}.{os.getpid()}.new"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(temporary, path)


def server_users():
    """Accounts for the servers: none when we are an ordinary user, since then all is ours."""
    if os.geteuid() != 0:
        return {}
    return {"postgres": first_user("postgres", "nobody"),
            "redis": first_user("redis", "nobody"), "api": first_user("nobody")}


def first_user(*names):
    for name in names:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NotASandbox(f"none of the accounts {', '.join(names)} exists")


def give(path, user):
    """Hands a file or folder to an account; nothing to do when user is None."""
    if user:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)
