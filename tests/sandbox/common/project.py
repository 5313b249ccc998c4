# SPDX-License-Identifier: Apache-2.0
"""The compose project that the sandbox plays: names, images, volumes and dependencies.

Names are those of the real deployment. What differs from it is the published ports (loopback,
chosen at `sandbox up`) and faster health checks, so that tests need not wait.
"""

import os
import re
import shlex

PROJECT = "self-hosted"
NETWORK = "self-hosted_aragora-net"
POSTGRES_IMAGE = "postgres:16.2-alpine"
REDIS_IMAGE = "redis:7.2-alpine"
API_IMAGE = "ghcr.io/an0mium/aragora:2.8.0"
MEMORY = "ARAGORA_MEMORY_LIMIT"  # a variable of .env: what the application may have
DATA = "/var/lib/postgresql/data"
PROVIDER_KEYS = ("ANTHROPIC_API_KEY", "OPENROUTER_API_KEY")  # what the application gets of .env
HEALTH = {"interval": "250ms", "timeout": "2s", "retries": 5}

# What an image does: which program starts it, which account it runs as, the signal that stops it.
IMAGES = {
    "postgres": {"entry": "postgres-entrypoint", "role": "postgres", "stop": "SIGINT",
                 "cmd": ["postgres"], "volume": DATA, "port": 5432},
    "redis": {"entry": "redis-entrypoint", "role": "redis", "stop": "SIGTERM",
              "cmd": ["redis-server"], "volume": "/data", "port": 6379},
    "aragora": {"entry": "api", "role": "api", "stop": "SIGTERM", "cmd": ["server"],
                "volume": None, "port": 8080},
}


def image_kind(image):
    """The key of IMAGES for an image's name, or None when the sandbox has no such image."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return name if name in IMAGES else None


UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def memory_limit(place):
    """Bytes, as `.env` says them; 4G where it does not."""
    text = dotenv(place.deploy).get(MEMORY, "4G")
    match = re.fullmatch(r"(\d+)([bkmg]?)b?", text.lower())
    if not match:
        raise ValueError(f"{MEMORY}: invalid size: '{text}'")
    return int(match[1]) * UNITS[match[2]]


def services(place):
    """The services of the project, in the order they start, as `docker compose config` has them."""
    facts = place.facts
    keys = {name: value for name, value in dotenv(place.deploy).items() if name in PROVIDER_KEYS}
    database = {"POSTGRES_USER": facts["user"], "POSTGRES_PASSWORD": facts["password"],
                "POSTGRES_DB": facts["database"]}
    ports = facts["ports"]
    return {
        "postgres": {
            "container_name": "aragora-postgres", "image": POSTGRES_IMAGE,
            "environment": database, "restart": "unless-stopped",
            "healthcheck": dict(HEALTH, test=["CMD-SHELL", f"pg_isready -U {facts['user']}"]),
            "ports": [published(5432, ports["postgres"])],
            "volumes": [named("postgres-data", DATA),
                        bound(place.path("image", "schema.sql"),
                              "/docker-entrypoint-initdb.d/01-schema.sql")]},
        "redis": {
            "container_name": "aragora-redis", "image": REDIS_IMAGE,
            "environment": {}, "restart": "unless-stopped",
            "command": ["redis-server", "--appendonly", "yes", "--requirepass",
                        facts["redis_password"], "--maxmemory", "512mb",
                        "--maxmemory-policy", "volatile-lru"],
            "healthcheck": dict(HEALTH, test=["CMD", "redis-cli", "-a",
                                              facts["redis_password"], "ping"]),
            "ports": [published(6379, ports["redis"])],
            "volumes": [named("redis-data", "/data")]},
        "aragora": {
            "container_name": "aragora-api", "image": facts.get("image", API_IMAGE),
            "environment": dict(database, REDIS_PASSWORD=facts["redis_password"], **keys),
            "restart": "unless-stopped",
            "depends_on": {"postgres": {"condition": "service_healthy", "required": True},
                           "redis": {"condition": "service_healthy", "required": True}},
            "healthcheck": dict(HEALTH, test=["CMD", "curl", "-fsS",
                                              "http://localhost:8080/healthz"]),
            "ports": [published(8080, ports["api"])],
            "deploy": {"resources": {"limits": {"memory": str(memory_limit(place))}}},
            "volumes": [named("aragora-data", "/app/data")]},
        "backup": {
            "container_name": "aragora-backup", "image": POSTGRES_IMAGE, "profiles": ["backup"],
            "environment": dict(database, PGPASSWORD=facts["password"]),
            "restart": "unless-stopped", "command": ["backup-loop"],
            "depends_on": {"postgres": {"condition": "service_healthy", "required": True}},
            "volumes": [bound(place.backups, "/backups", read_only=False)]},
    }


def dotenv(folder):
    """The variables of a .env beside the compose file: lines KEY=value, a value perhaps in quotes."""
    try:
        with open(os.path.join(folder, ".env"), encoding="utf-8") as file:
            pairs = [line.strip().partition("=") for line in file if "=" in line and not line.startswith("#")]
    except FileNotFoundError:
        return {}
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def published(target, port):
    return {"mode": "ingress", "host_ip": "127.0.0.1", "target": target,
            "published": str(port), "protocol": "tcp"}


def named(volume, target):
    return {"type": "volume", "source": volume, "target": target, "volume": {}}


def bound(path, target, read_only=True):
    return {"type": "bind", "source": path, "target": target, "read_only": read_only, "bind": {}}


def config(every, profiles):
    """The whole model, as `docker compose config --format json` prints it."""
    chosen = {name: dict(service, networks={"aragora-net": None})
              for name, service in every.items() if is_active(service, profiles)}
    volumes = {mount["source"]: {"name": volume_name(mount["source"])}
               for service in chosen.values() for mount in service["volumes"]
               if mount["type"] == "volume"}
    return {"name": PROJECT, "networks": {"aragora-net": {"name": NETWORK, "ipam": {}}},
            "services": chosen, "volumes": volumes}


def written(model):
    """The whole model as a compose file for a real engine, as Debian's docker-compose reads it. What is asked of its
    servers costs a process each: less often than the stand-in asks."""
    del model["name"]
    for service in model["services"].values():
        service["ports"] = [f"{port['host_ip']}:{port['published']}:{port['target']}"
                            for port in service.get("ports", [])]
        service["depends_on"] = {name: {"condition": other["condition"]}
                                 for name, other in service.get("depends_on", {}).items()}
        if "healthcheck" in service:
            service["healthcheck"] = dict(service["healthcheck"], interval="2s")
        if service.pop("deploy", None):
            # of both, so that nothing is swapped instead
            service["mem_limit"] = service["memswap_limit"] = "${%s:-4G}" % MEMORY
    return model


def is_active(service, profiles):
    wanted = service.get("profiles")
    return not wanted or "*" in profiles or bool(set(wanted) & set(profiles))


def volume_name(source):
    return f"{PROJECT}_{source}"
