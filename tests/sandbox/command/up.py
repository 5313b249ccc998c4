# SPDX-License-Identifier: Apache-2.0
"""Bringing a sandbox up: folder, engine, services, data, a first backup."""

import http.client
import os
import shutil
import subprocess
import sys
import time

from client.composition import yaml
from command import backup, down
from command.docker import docker
from command.failed import Failed
from common import pgwire, process, project, resp
from common.place import (LONGEST_DIR, MARK, PG_BIN, SOURCE, NotASandbox, Place, give,
                          server_users)
from common.wire import EngineGone, Refused, ask
from engine.store import free_port

PATIENCE = 60
NEEDED = (f"{PG_BIN}/postgres", f"{PG_BIN}/initdb", "/usr/bin/redis-server", "/usr/bin/redis-cli")


def is_up(folder):
    try:
        ask(Place.open(folder), "ping", limit=10)
        return True
    except (NotASandbox, EngineGone):
        return False


def up(folder, owner, rows=True, real=None, image=None):
    """Makes the sandbox and returns a line about it. What fails leaves nothing behind. real: the process of a Docker
    engine, which DOCKER_HOST leads to; it is the caller's, and has the images. image: the application's."""
    began = time.monotonic()
    if is_up(folder):
        return f"sandbox {os.path.abspath(folder)} is up already"
    check_tools()
    place = make_folder(folder, real, image)
    try:
        if not real:
            start_engine(place, owner)
        docker(place, "compose", "up", "-d", *([] if real else ["--wait"]))
        wait_for_servers(place)
        if rows:
            fill(place)
            backup.backup(place)
    except BaseException as error:
        said = last_words(place)
        down.down(folder)
        if isinstance(error, (Failed, EngineGone, Refused)):
            raise Failed(f"{error}{said}") from None
        raise
    return (f"sandbox {place.root} is up: PostgreSQL {place.facts['ports']['postgres']}, "
            f"Redis {place.facts['ports']['redis']}, HTTP {place.facts['ports']['api']} "
            f"({time.monotonic() - began:.1f} s)")


def check_tools():
    missing = [path for path in NEEDED if not os.access(path, os.X_OK)]
    if missing:
        raise Failed(f"{', '.join(missing)} is missing: install Debian's postgresql-15 and "
                     "redis-server")


def make_folder(folder, real, image):
    root = os.path.realpath(folder)
    if len(root) > LONGEST_DIR:
        raise Failed(f"{root} is too long for the servers' sockets: at most {LONGEST_DIR} "
                     "characters")
    if os.path.exists(root):
        if os.path.exists(os.path.join(root, MARK)):
            Place.open(root)
            raise Failed(f"{folder} is a sandbox whose engine is gone: `sandbox down` first")
        if not os.path.isdir(root) or os.listdir(root):
            raise Failed(f"{folder} is not empty and not a sandbox: it stays as it is")
    os.makedirs(root, exist_ok=True)
    os.chmod(root, 0o711)
    users = server_users()
    place = Place(root, {
        "sandbox": 1, "users": users, "user": "aragora", "database": "aragora",
        # No words of anything else, and bytes that JSON, URLs and shells write in ways of their own.
        "password": 'pg/5+Zq"&=w x', "redis_password": "redis/8+Jv=&yd", "pg_bin": PG_BIN,
        "ports": distinct_ports("postgres", "redis", "api")})
    if image:
        place.facts["image"] = image
    if real:
        place.facts["docker"] = {"program": which_docker(), "root": f"/proc/{real}/root", "variables": {
            name: os.environ[name] for name in ("DOCKER_HOST", "DOCKER_CONFIG") if name in os.environ}}
    place.save()
    try:
        check_reach(root, users)
        furnish(place)
    except BaseException:
        shutil.rmtree(root)
        raise
    return place


def which_docker():
    found = shutil.which("docker")
    if not found:
        raise Failed("docker is missing: install Debian's docker.io")
    return found


def distinct_ports(*names):
    ports = {}
    while len(ports) < len(names):
        port = free_port()
        if port not in ports.values():
            ports[names[len(ports)]] = port
    return ports


def check_reach(root, users):
    for user in sorted(set(users.values())):
        done = subprocess.run(["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups",
                               "test", "-x", root], check=False, cwd="/",
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            raise Failed(f"the account {user}, which a server runs as, cannot enter {root}: "
                         "choose a folder below one that everybody may enter, as /tmp")


def furnish(place):
    """The folders, the files of the images, and the deployment's own folder."""
    for name, mode in (("volumes", 0o711), ("containers", 0o711), ("run", 0o711), ("logs", 0o700),
                       ("template", 0o700), ("self-hosted", 0o755), ("healing", 0o700)):
        os.mkdir(place.path(name))
        os.chmod(place.path(name), mode)
    give(place.path("template"), place.user("postgres"))
    os.makedirs(place.backups)
    give(place.backups, place.user("postgres"))
    shutil.copytree(os.path.join(SOURCE, "image"), place.path("image"))
    shutil.copytree(os.path.join(SOURCE, "common"), place.path("image", "common"),
                    ignore=shutil.ignore_patterns("__pycache__"))
    for folder, folders, files in os.walk(place.path("image")):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            os.chmod(path, 0o755 if os.access(path, os.X_OK) and "." not in name else 0o644)
    with open(os.path.join(place.deploy, "docker-compose.yml"), "w", encoding="utf-8") as file:
        if not place.real:
            file.write("# What the stand-in for docker plays; it does not read changes made here.\n")
        model = project.config(project.services(place), ["*"])
        file.write(yaml(project.written(model) if place.real else model))
    if place.real:
        os.rmdir(place.path("volumes"))
        data = docker(place, "info", "--format", "{{.DockerRootDir}}").decode().strip()
        os.symlink(f"{place.real['root']}{data}/volumes", place.path("volumes"))


def start_engine(place, owner):
    """Starts guard and engine in a session of their own; returns when the engine answers."""
    reading, writing = os.pipe()
    argv = [sys.executable, "-SE", os.path.join(SOURCE, "engine", "guard.py"), place.root]
    with process.held(), open(place.path("logs", "engine.log"), "ab") as log:
        guard = subprocess.Popen(argv + ([str(owner)] if owner else []), stdin=subprocess.DEVNULL,
                                 stdout=writing, stderr=log, start_new_session=True, cwd="/")
        place.facts["guard"] = process.identity(guard.pid)
        place.save()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if pipe.readline() != b"ready\n":
            raise Failed("the engine did not start")


def wait_for_servers(place):
    """Healthy is not enough: they must answer over TCP, where everybody else will ask."""
    facts, last = place.facts, {}
    address = ("127.0.0.1", facts["ports"]["postgres"])

    def answers():
        try:
            pgwire.query(address, facts["user"], facts["database"], facts["password"],
                         "select 1", 2)
            resp.command(("127.0.0.1", facts["ports"]["redis"]), facts["redis_password"],
                         ["PING"], 2)
            connection = http.client.HTTPConnection("127.0.0.1", facts["ports"]["api"], timeout=5)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, pgwire.ServerError, resp.ServerError, http.client.HTTPException) as error:
            last["said"] = error
            return False
    if not process.wait_until(answers, PATIENCE):
        raise Failed(f"the servers did not answer within {PATIENCE} s: {last.get('said')}")


def fill(place):
    with open(os.path.join(SOURCE, "command", "rows.sql"), "rb") as rows:
        docker(place, "exec", "-i", "aragora-postgres", "psql", "-X", "-q", "-o", "/dev/null",
               "-1", "-v", "ON_ERROR_STOP=1", "-U", place.facts["user"], "-d",
               place.facts["database"], stdin=rows)
    for key in range(25):
        resp.command(("127.0.0.1", place.facts["ports"]["redis"]), place.facts["redis_password"],
                     ["SET", f"session:{key}", f"user{key}@example.org"], 5)


def last_words(place):
    """The end of every log, for the person who must find out why it did not come up."""
    if place.real:
        try:
            return "\n" + docker(place, "compose", "logs", "--no-color", "--tail", "5").decode("utf-8", "replace")
        except Failed:
            return ""
    said = ""
    try:
        names = sorted(os.listdir(place.path("logs")))
    except OSError:
        return said
    for name in names:
        with open(place.path("logs", name), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()[-5:]
        said += "".join(f"\n  {name[:12]}: {line}" for line in lines)
    return said
