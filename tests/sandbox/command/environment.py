# SPDX-License-Identifier: Apache-2.0
"""The variables by which everything else finds the sandbox."""

import os
import shlex

from common.place import SOURCE


def variables(place):
    facts, ports = place.facts, place.facts["ports"]
    path = [os.path.join(SOURCE, "bin"), facts["pg_bin"]]
    rest = [part for part in os.environ.get("PATH", "/usr/bin:/bin").split(":")
            if part not in path]
    return {
        **(place.real or {}).get("variables", {}),
        "PATH": ":".join((path[1:] if place.real else path) + rest), "SANDBOX": place.root, "SANDBOX_DIR": place.root,
        "COMPOSE_FILE": os.path.join(place.deploy, "docker-compose.yml"),
        "DEPLOY": place.deploy, "BACKUPS": place.backups,
        "PGHOST": "127.0.0.1", "PGPORT": str(ports["postgres"]), "PGUSER": facts["user"],
        "PGDATABASE": facts["database"], "PGPASSWORD": facts["password"],
        "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(ports["postgres"]),
        "POSTGRES_USER": facts["user"], "POSTGRES_DB": facts["database"],
        "POSTGRES_PASSWORD": facts["password"],
        "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(ports["redis"]),
        "REDIS_PASSWORD": facts["redis_password"], "REDISCLI_AUTH": facts["redis_password"],
        "API_PORT": str(ports["api"]), "API_URL": f"http://127.0.0.1:{ports['api']}",
    }


def exports(place):
    return "".join(f"export {name}={shlex.quote(value)}\n"
                   for name, value in variables(place).items())
