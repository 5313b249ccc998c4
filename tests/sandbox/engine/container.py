# SPDX-License-Identifier: Apache-2.0
"""A container: created → running → exited, and restarting in between when its policy says so.

Its processes hang below a shim (shim.py), which tells their pid and their end through a pipe. A
container that a person stopped or killed stays down; one that ended by itself is started again
after a pause that doubles (restart policy unless-stopped), as with the real one.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time

from common import process
from common.project import IMAGES, image_kind
from common.wire import Refused
from engine import clock, folder
from engine.health import Health

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 60.0
RAN_WELL = 10.0
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim.py")
KEPT = ("id", "name", "image", "cmd", "env", "labels", "mounts", "ports", "restart", "rm",
        "healthcheck", "network", "network_id", "dns", "created", "status", "exit_code", "error", "main", "started",
        "finished", "restart_count", "foreign", "port", "memory", "oom_killed")


class Container:
    def __init__(self, place, changed, facts):
        self.place = place
        self.changed = changed
        self.status, self.exit_code, self.error = "created", 0, ""
        self.main = None
        self.started = self.finished = clock.NEVER
        self.restart_count = 0
        self.foreign = self.oom_killed = False
        self.memory = 0
        for name, value in facts.items():
            setattr(self, name, value)
        self.kind = image_kind(self.image)
        self.health = None
        self.manual = False
        self.lock = asyncio.Lock()
        self.ended = asyncio.Event()
        self.ended.set()
        self.tasks = set()
        self.pause = FIRST_PAUSE
        self.began = 0.0
        self.shim = None

    def kept(self):
        return {name: getattr(self, name) for name in KEPT}

    @property
    def run_dir(self):
        return self.place.run_dir(self.id)

    @property
    def home(self):
        return self.place.path("containers", self.id[:12])

    @property
    def is_running(self):
        return self.status in ("running", "restarting")

    def user(self):
        return self.place.user(IMAGES[self.kind]["role"])

    def data(self):
        """The host's folder behind the path where the image keeps its data."""
        for mount in self.mounts:
            if mount["Destination"] == IMAGES[self.kind]["volume"]:
                return mount["Source"]
        return None

    def inner_env(self):
        """The variables that the entry points and the tools in image/ expect."""
        ports = self.place.facts["ports"]
        env = {"SANDBOX_PORT": str(self.port),
               "SANDBOX_REDIS_PORT": str(self.port if self.kind == "redis" else ports["redis"]),
               "SANDBOX_POSTGRES_PORT": str(ports["postgres"]),
               "SANDBOX_NO_NAMES": self.place.path("no-names"), "SANDBOX_DNS": " ".join(self.dns),
               "SANDBOX_DATA": self.data() or "", "HOME": self.home,
               "PATH": f"{self.place.path('image')}:{self.place.facts['pg_bin']}:/usr/local/sbin:"
                       "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "LANG": "C.UTF-8", "HOSTNAME": self.id[:12]}
        if self.kind == "postgres" and self.cmd[0] == "postgres":
            init = [mount["Source"] for mount in self.mounts
                    if mount["Destination"].startswith("/docker-entrypoint-initdb.d")]
            env.update(PGDATA=self.data(), PGHOST=self.run_dir, PGPORT=str(self.port),
                       SANDBOX_TEMPLATE=self.place.path("template"),
                       SANDBOX_INIT="\n".join(init_files(init)))
        if self.cmd[0] == "backup-loop":
            env.update(PGHOSTADDR="127.0.0.1", PGPORT=str(ports["postgres"]))
            env["SANDBOX_BACKUPS"] = next((mount["Source"] for mount in self.mounts
                                           if mount["Destination"] == "/backups"), "")
        env.update(self.env)
        return env

    def prepare(self):
        """Folders of its own, and the data handed to the account that the server runs as."""
        for path in (self.home, self.run_dir):
            os.makedirs(path, exist_ok=True)
            folder.own_all(path, self.user())
        for mount in self.mounts:
            if mount["Type"] == "volume" and mount["Destination"] == IMAGES[self.kind]["volume"]:
                folder.own_all(mount["Source"], self.user())
                os.chmod(mount["Source"], 0o700)

    def check_port(self):
        """Nobody else may hold a published port, or the start fails as the real one does."""
        for port in self.ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((port["host_ip"], port["published"]))
                except OSError:
                    raise Refused(
                        "driver failed programming external connectivity on endpoint "
                        f"{self.name} ({self.id}): Bind for {port['host_ip']}:"
                        f"{port['published']} failed: port is already allocated") from None

    async def start(self):
        """Starts it as a person does: the restart policy begins anew."""
        async with self.lock:
            if self.status == "running":
                return
            self.cancel_tasks()
            self.manual, self.restart_count, self.pause = False, 0, FIRST_PAUSE
            await self.launch()

    def check_image(self):
        """The fault broken-image: what the image should start is not in it."""
        if os.path.exists(self.place.path("broken-image.json")) and self.kind == "aragora":
            raise Refused('failed to create task for container: failed to create shim task: OCI runtime create failed: '
                          'runc create failed: unable to start container process: exec: "server": executable file '
                          "not found in $PATH: unknown", 127)

    async def run_out_of_memory(self):
        """The fault oom: it needs more than it may have, and the kernel kills it soon after its start."""
        try:
            with open(self.place.path("needs.json"), encoding="ascii") as file:
                needs = json.load(file)
        except FileNotFoundError:
            return
        if self.memory and self.memory < needs:
            await asyncio.sleep(0.3)
            self.oom_killed = True
            process.send(self.main, signal.SIGKILL)

    async def launch(self):
        try:
            self.check_image()
            self.check_port()
            self.prepare()
            entry = self.place.path("image", IMAGES[self.kind]["entry"])
            pgdata = self.data() if self.kind == "postgres" else None
            spec = {"argv": [entry] + self.cmd, "env": self.inner_env(), "cwd": self.home,
                    "user": self.user(), "log": self.place.log(self.id), "shm": pgdata}
            self.shim = await asyncio.create_subprocess_exec(
                sys.executable, "-SE", SHIM, json.dumps(spec), stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, start_new_session=True)
            word, _, rest = (await self.shim.stdout.readline()).decode().strip().partition(" ")
            if word != "pid":
                await self.shim.wait()
                raise Refused(f"failed to create task for container: {rest or 'no answer'}", 127)
        except Refused as refused:
            self.status, self.exit_code, self.error = "exited", refused.status, str(refused)
            self.finished = clock.stamp()
            self.changed()
            raise
        self.main = process.identity(int(rest)) or {"pid": int(rest), "start": 0}
        self.status, self.error, self.exit_code = "running", "", 0
        self.started, self.began = clock.stamp(), time.monotonic()
        self.oom_killed = False
        self.ended.clear()
        self.add_task(self.watch(self.shim))
        if self.kind == "aragora":
            self.add_task(self.run_out_of_memory())
        if self.healthcheck:
            self.health = Health()
            self.add_task(self.health.run(self, self.changed))
        self.changed()

    def add_task(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def cancel_tasks(self):
        for task in list(self.tasks):
            if task is not asyncio.current_task():
                task.cancel()

    async def watch(self, shim):
        """Waits for the end, then decides whether to start again."""
        code = 137
        while line := (await shim.stdout.readline()).decode():
            if line.startswith("exit "):
                code = int(line.split()[1])
        await shim.wait()
        self.cancel_tasks()
        self.main, self.exit_code, self.finished = None, code, clock.stamp()
        again = not self.manual and self.restart in ("always", "unless-stopped")
        self.status = "restarting" if again else "exited"
        self.ended.set()
        self.changed()
        if again:
            self.add_task(self.start_again())

    async def start_again(self):
        ran = time.monotonic() - self.began
        self.pause = FIRST_PAUSE if ran >= RAN_WELL else self.pause
        await asyncio.sleep(self.pause)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        async with self.lock:
            if self.status != "restarting":
                return
            self.restart_count += 1
            try:
                await self.launch()
            except Refused:
                pass

    async def stop(self, seconds):
        async with self.lock:
            await self.end(getattr(signal, IMAGES[self.kind]["stop"]), seconds)

    async def end(self, number, seconds):
        self.manual = True
        if self.status == "restarting":
            self.cancel_tasks()
            self.status = "exited"
            self.changed()
            return
        if self.status != "running":
            return
        process.send(self.main, number)
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except asyncio.TimeoutError:
            process.send(self.main, signal.SIGKILL)
            await self.ended.wait()

    async def kill(self, number):
        """`docker kill`: a killing signal also keeps the policy from starting it again."""
        if self.status == "restarting":
            raise Refused(f"cannot kill container: {self.name}: container {self.id} is not running")
        if self.status != "running":
            raise Refused(f"cannot kill container: {self.name}: container {self.id} is not running")
        if number in (signal.SIGKILL, getattr(signal, IMAGES[self.kind]["stop"])):
            self.manual = True
        process.send(self.main, number)
        if number == signal.SIGKILL:
            await self.ended.wait()

    async def destroy(self):
        """Ends it at once, for a removal or the end of the sandbox."""
        async with self.lock:
            await self.end(signal.SIGKILL, 10)
            self.cancel_tasks()
            for path in (self.home, self.run_dir):
                folder.remove(path)

    def refresh(self):
        """A container whose command a client runs itself ends when that client does."""
        if self.foreign and self.status == "running" and not process.is_alive(self.main):
            self.status, self.exit_code, self.main = "exited", 137, None
            self.finished = clock.stamp()


def init_files(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from (os.path.join(path, name) for name in sorted(os.listdir(path)))
        else:
            yield path
