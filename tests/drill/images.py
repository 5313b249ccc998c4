# SPDX-License-Identifier: Apache-2.0
"""Images for a Docker engine that no registry is within reach of, made of this machine's own packages.

They are called as those of the deployment, and are like them where a runbook may notice: a busybox for everything small,
the servers' programs in PATH, an entry point that makes a cluster on an empty volume and gives up root.
"""

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile

import drill
from common import project
from engine import Tree, busybox
from hosts import need

HERE = os.path.dirname(os.path.realpath(__file__))
ENTRIES = os.path.join(drill.ROOT, "tests", "sandbox", "image")
COMMON = os.path.join(drill.ROOT, "tests", "sandbox", "common")
PG = "/usr/lib/postgresql/15"
PATH = f"PATH=/usr/local/bin:{PG}/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# Of packages: manuals, translations, and what the just-in-time compiler is made of.
USELESS = re.compile(r"/usr/share/(doc|man|locale|lintian|postgresql-common)/|/bitcode/|llvmjit|/test/|/lib2to3/|/pydoc")


class Root(Tree):
    """A root file system with a shell and small programs."""

    def __init__(self, **accounts):
        super().__init__(**accounts)
        self.file("bin/busybox", busybox())
        for name in subprocess.run([busybox(), "--list"], capture_output=True, text=True, check=True).stdout.split():
            self.link(f"bin/{name}", "/bin/busybox")
        self.link("usr/bin/env", "/bin/busybox")

    def packages(self, *names):
        """The files of Debian packages, and the libraries of their programs (not those that only extensions need)."""
        listed = subprocess.run([need("dpkg"), "-L", *names], capture_output=True, text=True, check=False)
        if listed.returncode:
            raise drill.Failed(f"{listed.stderr.strip().splitlines()[0]}: tools/setup names the packages")
        programs = []
        for path in sorted(set(listed.stdout.split("\n"))):
            if not path or os.path.isdir(path) or USELESS.search(path) or not os.path.exists(path):
                continue
            if os.path.islink(path):
                self.link(path.lstrip("/"), os.readlink(path))
            elif os.access(path, os.X_OK) and is_program(path):
                programs.append(path)
            else:
                self.file(path.lstrip("/"), path)
        self.programs(programs)

    def folder(self, path):
        for place, _, names in os.walk(path):
            for name in names:
                self.file(os.path.join(place, name).lstrip("/"), os.path.join(place, name))


def is_program(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def postgres():
    root = Root(postgres=70)
    root.packages("postgresql-15", "postgresql-client-15")
    root.programs(["/usr/bin/setpriv"])
    root.folder("/usr/lib/locale/C.utf8")
    for zone in ("UTC", "Etc/UTC", "GMT"):
        root.file(f"usr/share/zoneinfo/{zone}", f"/usr/share/zoneinfo/{zone}")
    root.file("usr/local/bin/docker-entrypoint.sh", f"{HERE}/image/postgres")
    for name in ("postgres-entrypoint", "backup-loop"):
        root.file(f"usr/local/bin/{name}", f"{ENTRIES}/{name}")
    return root, {"StopSignal": "SIGINT", "ExposedPorts": {"5432/tcp": {}}, "Volumes": {project.DATA: {}},
                  "Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"],
                  "Env": [PATH, f"PGDATA={project.DATA}", "LANG=C.UTF-8", "SANDBOX_BACKUPS=/backups"]}


def redis():
    root = Root(redis=999)
    root.packages("redis-server", "redis-tools")
    root.programs(["/usr/bin/setpriv"])
    root.file("usr/local/bin/docker-entrypoint.sh", f"{HERE}/image/redis")
    return root, {"ExposedPorts": {"6379/tcp": {}}, "Volumes": {"/data": {}}, "WorkingDir": "/data", "Env": [PATH],
                  "Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["redis-server"]}


def aragora():
    root = Root(aragora=1000)
    root.packages("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "python3-minimal")
    root.programs(["/usr/bin/curl"])
    root.file("app/api", f"{ENTRIES}/api")
    for name in ("__init__.py", "pgwire.py", "resp.py"):
        root.file(f"app/common/{name}", f"{COMMON}/{name}")
    servers = ["SANDBOX_HOST=0.0.0.0", "SANDBOX_PORT=8080", "SANDBOX_POSTGRES_HOST=postgres",
               "SANDBOX_POSTGRES_PORT=5432", "SANDBOX_REDIS_HOST=redis", "SANDBOX_REDIS_PORT=6379"]
    return root, {"ExposedPorts": {"8080/tcp": {}}, "WorkingDir": "/app", "User": "aragora", "Env": [PATH, *servers],
                  "Entrypoint": ["/app/api"]}


IMAGES = {project.POSTGRES_IMAGE: postgres, project.REDIS_IMAGE: redis, project.API_IMAGE: aragora}


def write(path):
    """An archive of all of them, as `docker load` takes it."""
    manifest = []
    with tarfile.open(path, "w") as archive:
        def put(name, content):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))

        for name, make in IMAGES.items():
            root, config = make()
            layer = root.packed()
            digest = hashlib.sha256(layer).hexdigest()
            about = json.dumps({"architecture": architecture(), "os": "linux", "config": config,
                                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}).encode()
            own = f"{hashlib.sha256(about).hexdigest()}.json"
            put(own, about)
            put(f"{digest}/layer.tar", layer)
            manifest.append({"Config": own, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]})
        put("manifest.json", json.dumps(manifest).encode())


def architecture():
    return subprocess.run([need("dpkg"), "--print-architecture"], capture_output=True, text=True,
                          check=True).stdout.strip()
