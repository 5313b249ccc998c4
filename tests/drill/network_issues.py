# SPDX-License-Identifier: Apache-2.0
"""The provider does not serve, and the application gets another's key; the project's network is gone, and is made anew;
the application's container finds no names, and gets name servers."""

import hashlib
import json
import os
import re
import subprocess

import drill
import place

OLD = "# keys\nANTHROPIC_API_KEY=sk-primary-1234\nLOG_LEVEL=info\n"
NETWORK = "self-hosted_aragora-net"


class Network(drill.Drill):
    """What both drills have."""

    def up(self):
        self.place = place.Place(self.folder)
        self.servers = None
        self.place.up()
        self.rows = self.place.rows()
        self.env_file = os.path.join(self.place.variables["DEPLOY"], ".env")
        with open(self.env_file, "w", encoding="ascii") as file:
            file.write(OLD)
        self.place.docker("compose", "up", "--detach", "aragora")
        self.servers = subprocess.Popen([os.path.join(drill.HERE, "bin", "providers")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.there = json.loads(self.servers.stdout.readline())

    def tell(self, *words):
        """A command of the providers, and what they answer."""
        print(*words, file=self.servers.stdin, flush=True)
        return self.servers.stdout.readline().strip()

    def untouched(self):
        with open(self.env_file, "rb") as file:
            env = hashlib.sha256(file.read()).hexdigest()
        made = self.place.docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
        return f"{self.place('digest', 'identities')}{made}{env} {sorted(os.listdir(os.path.dirname(self.env_file)))}"

    key = "sk-fallback-5678"

    def env(self):
        return dict(self.place.env(), PROVIDER_API_KEY="sk-primary-1234", FALLBACK_API_KEY=self.key)

    def words(self):
        of = self.there
        there = {"provider": "localhost", "provider_port": of["primary"], "fallback": "localhost",
                 "fallback_port": of["fallback"], "certificates": of["ca"], "resolver": "127.0.0.1",
                 "resolver_port": of["names"], "name_servers": '["127.0.0.1"]', "name_server_port": of["names"]}
        return [*self.place.words(), *(word for name, value in there.items() for word in ("-p", f"{name}={value}"))]

    def inside(self, name):
        """A variable of the application's own process."""
        pid = self.place.docker("inspect", "--format", "{{.State.Pid}}", "aragora-api").strip()
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = dict(part.partition(b"=")[::2] for part in file.read().split(b"\0"))
        return pairs.get(name.encode(), b"").decode()

    def ready(self, run):
        url = self.place.variables["API_URL"] + "/readyz"
        said = json.loads(drill.command("curl", "--fail", "--silent", url))
        if said["status"] != "ready" or self.place.rows() != self.rows:
            raise drill.Failed(f"not ready, or rows are lost: {said}" + run.tell())

    def down(self):
        if self.servers:
            self.servers.communicate(timeout=drill.PATIENCE)
        self.place.down()


class Drill(Network):
    broken = "the provider answers 429"
    lacking = "the other provider ends every connection"
    refuses = r"the fallback localhost does not answer"
    told = (r"answers .*status: 429, again_in: 3600",)

    def fault(self):
        self.tell("primary", "limited")

    def lack(self):
        self.tell("fallback", "gone")
        self.tell("names", "deny")

    def mend(self):
        self.tell("fallback", "serves")
        self.tell("names", "know")

    def words(self):
        return [*super().words(), "--approve", "fallback"]

    def goal(self, run):
        self.ready(run)
        if self.inside("OPENROUTER_API_KEY") != "sk-fallback-5678" or self.tell("asked", "fallback") == "0":
            raise drill.Failed("the application has not got the other key, or it was never tried" + run.tell())
        with open(self.env_file, encoding="ascii") as file:
            new = file.read()
        kept = [name for name in os.listdir(os.path.dirname(self.env_file)) if name.startswith(".env.")]
        if len(kept) != 1 or not new.startswith(OLD):
            raise drill.Failed(f"the old .env is not kept, or the new one lost a line: {kept}\n{new}" + run.tell())
        untold = [words for words in self.told if not re.search(words, run.said)]
        if untold or "sk-fallback" in run.said:
            raise drill.Failed(f"it should tell {untold}, and never the key" + run.tell())


class Expired(Drill):
    variant = "certificate"
    broken = "the provider's certificate expired, and the name server does not know it"
    lacking = "the other provider does not know the key"
    told = (r"certificate .*expired \d+d", r"names .*there is no localhost", r"name_servers +skipped")

    def fault(self):
        self.tell("primary", "expired")
        self.tell("names", "deny")

    def lack(self):
        self.key = "sk-another-9999"

    def mend(self):
        self.key = "sk-fallback-5678"


class Pruned(Network):
    variant = "network"
    broken = "the project was stopped, and its network pruned"
    lacking = "compose cannot read its file"
    refuses = r"compose cannot read its file"

    def fault(self):
        self.place.docker("network", "create", "neighbour")
        self.neighbour = self.network("neighbour")
        self.place.docker("compose", "stop")
        self.place.docker("network", "rm", NETWORK)

    def network(self, name):
        return self.place.docker("network", "inspect", "--format", "{{.Id}}", name)

    def lack(self):
        self.place("break", "docker-fails", "compose", "--profile", "*", "config")

    def mend(self):
        self.place("heal", "docker-fails")

    def words(self):
        return [*super().words(), "--approve", "network"]

    def goal(self, run):
        self.ready(run)
        if self.network("neighbour") != self.neighbour or not self.network(NETWORK):
            raise drill.Failed("the network is not there, or another project's was touched" + run.tell())
        if self.inside("ANTHROPIC_API_KEY") != "sk-primary-1234" or self.inside("OPENROUTER_API_KEY"):
            raise drill.Failed("the provider serves, so its key should have stayed" + run.tell())


class NoNames(Network):
    variant = "names"
    broken = "the application's container finds no names"
    lacking = "the other name servers do not know the name either"
    refuses = r"do not know localhost either"

    def fault(self):
        self.place("break", "no-names")

    def lack(self):
        self.tell("names", "deny")

    def mend(self):
        self.tell("names", "know")

    def env(self):
        """Without COMPOSE_FILE: compose reads no override where its files are named."""
        return {name: value for name, value in super().env().items() if name != "COMPOSE_FILE"}

    def words(self):
        compose = json.dumps(["docker", "compose", "--project-directory", self.place.variables["DEPLOY"]])
        return [*super().words(), "-p", f"compose={compose}", "--approve", "name_servers"]

    def goal(self, run):
        self.ready(run)
        drill.command("docker", "exec", "aragora-api", "getent", "hosts", "localhost", env=self.env())
        found = json.loads(self.place.docker("inspect", "--format", "{{json .HostConfig.Dns}}", "aragora-api"))
        if found != ["127.0.0.1"] or run.outcomes().get("fallback") != "skipped":
            raise drill.Failed(f"its name servers are {found}, or the provider was changed" + run.tell())


MORE = [Expired, Pruned, NoNames]
