# SPDX-License-Identifier: Apache-2.0
"""An off-site store beside the sandbox, the deployment's configuration, and what the runbooks are told of both."""

import json
import os
import subprocess

import drill
import s3

CLIENT = "/usr/bin/aws"  # of Debian's package awscli


class Offsite:
    """`host` is the sandbox whose backups go there; another one may take its place."""

    def __init__(self, host):
        self.store = s3.Store()
        self.host = host
        self.backups = os.path.dirname(host.variables["BACKUPS"])
        of = host.variables
        path = os.path.join(of["DEPLOY"], ".env")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("# The deployment's own settings.\n"
                       f"POSTGRES_PASSWORD='{of['POSTGRES_PASSWORD']}'\nREDIS_PASSWORD='{of['REDIS_PASSWORD']}'\n"
                       "ARAGORA_ALLOWED_ORIGINS=https://aragora.example.org\nARAGORA_HOST=192.0.2.10\n")

    def env(self):
        return dict(self.host.env(), **self.store.env())

    def servers(self):
        """Where the servers of the host are, and where the store is."""
        of = self.host.variables
        return words_of(database_port=of["PGPORT"], cache_port=of["REDIS_PORT"], api=of["API_URL"],
                        offsite=f"s3://{self.store.bucket}/full",
                        offsite_command=json.dumps([CLIENT, "--endpoint-url", self.store.url]))

    def words(self):
        """The same, and where its backups are."""
        of = self.host.variables
        return self.servers() + words_of(deployment=of["DEPLOY"], database_backups=of["BACKUPS"],
                                         cache_backups=os.path.join(self.backups, "redis"),
                                         config_backups=os.path.join(self.backups, "config"))


def words_of(**params):
    return [word for name, value in params.items() for word in ("-p", f"{name}={value}")]


def keys_of(snapshot, folder):
    """The keys that a Redis of its own finds in a snapshot, sorted; it listens on a socket only, and ends again."""
    socket = os.path.join(folder, "keys.sock")
    with subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no",
                           "--dir", os.path.dirname(snapshot), "--dbfilename", os.path.basename(snapshot)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
        ask = ("redis-cli", "-e", "-s", socket)
        try:
            drill.wait_until(lambda: "PONG" in drill.command(*ask, "PING", status=None), f"Redis loads {snapshot}")
            return sorted(drill.command(*ask, "KEYS", "*").split())
        finally:
            server.terminate()
