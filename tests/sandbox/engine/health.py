# SPDX-License-Identifier: Apache-2.0
"""Health checks: the services' own, asked over the protocol instead of by a program.

PostgreSQL is asked through its socket, as the real check inside the container is: so it calls
the temporary server of a first start healthy, which refuses TCP. That is the real trap.
"""

import asyncio
import http.client

from common import pgwire, resp

INTERVAL = 0.25
WHILE_STARTING = 0.1
LIMIT = 2.0
RETRIES = 5


def postgres(container):
    path = f"{container.run_dir}/.s.PGSQL.{container.port}"
    user = container.env.get("POSTGRES_USER", "postgres")
    if not pgwire.is_ready(path, user, user, LIMIT):
        raise ConnectionError("the database system is starting up")
    return "accepting connections"


def redis(container):
    password = option(container.cmd, "--requirepass")
    return resp.command(("127.0.0.1", container.port), password, ["PING"], LIMIT)


def aragora(container):
    connection = http.client.HTTPConnection("127.0.0.1", container.port, timeout=LIMIT)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise ConnectionError(f"status {status}")
    return "200"


PROBES = {"postgres": postgres, "redis": redis, "aragora": aragora}


def option(words, name):
    return words[words.index(name) + 1] if name in words else None


class Health:
    """State.Health of a running container; `run` probes until it is cancelled."""

    def __init__(self):
        self.status = "starting"
        self.streak = 0
        self.last = ""

    def inspect(self):
        log = [{"ExitCode": 1 if self.streak else 0, "Output": self.last}] if self.last else []
        return {"Status": self.status, "FailingStreak": self.streak, "Log": log}

    async def run(self, container, changed):
        probe = PROBES[container.kind]
        while True:
            await asyncio.sleep(WHILE_STARTING if self.status == "starting" else INTERVAL)
            try:
                self.last = await asyncio.to_thread(probe, container)
                self.streak, now = 0, "healthy"
            except (OSError, pgwire.ServerError, resp.ServerError,
                    http.client.HTTPException) as error:
                self.last = str(error)
                self.streak += 1
                # A refused probe says less while a server starts: then only time decides.
                limit = RETRIES * (80 if self.status == "starting" else 1)
                now = "unhealthy" if self.streak >= limit else self.status
            if now != self.status:
                self.status = now
                changed()
