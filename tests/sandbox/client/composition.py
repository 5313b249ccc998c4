# SPDX-License-Identifier: Apache-2.0
"""The project as compose sees it: its services, their containers, and what is done to them."""

import filecmp
import json
import os

from client.options import Usage, say
from common import project
from common.wire import Refused, ask

PATIENCE = 60
FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE = "docker-compose.override.yml"
LABEL = "com.docker.compose."


def load(place, options):
    """Finds the compose file as the real one does; only the sandbox's own is understood."""
    files = options.file or [path for path in os.environ.get("COMPOSE_FILE", "").split(":") if path]
    over = {}
    if not files:
        files = [search(options.project_directory or os.getcwd())]
        over = override(os.path.join(os.path.dirname(files[0]), OVERRIDE))
    for path in files:
        if not os.path.exists(path):
            raise Usage(f"open {os.path.abspath(path)}: no such file or directory", 14)
        if not is_ours(place, os.path.abspath(path)):
            raise Usage(f"{path}: the stand-in plays only the project in {place.deploy}")
    name = options.project_name or os.environ.get("COMPOSE_PROJECT_NAME") or project.PROJECT
    if name != project.PROJECT:
        raise Usage(f"the stand-in plays only the project {project.PROJECT}, not {name}")
    profiles = options.profile + [one for one in os.environ.get("COMPOSE_PROFILES", "").split(",")
                                  if one]
    return Project(place, profiles, over)


def override(path):
    """What is read over the compose file where nobody names files: name servers only, in JSON, which is YAML too."""
    try:
        with open(path, encoding="utf-8") as file:
            services = json.load(file)["services"]
            if all(set(keys) == {"dns"} for keys in services.values()):
                return services
    except FileNotFoundError:
        return {}
    except (ValueError, LookupError, AttributeError):
        pass
    raise Usage(f"{path}: the stand-in reads only dns of services in it, in JSON")


def is_ours(place, path):
    """The sandbox's own compose file, or the very same one in another folder of the project's name, a checkout."""
    ours = os.path.join(place.deploy, "docker-compose.yml")
    folder = os.path.dirname(os.path.realpath(path))
    if folder == os.path.realpath(place.deploy):
        return True
    return os.path.basename(folder) == project.PROJECT and filecmp.cmp(path, ours, shallow=False)


def search(folder):
    folder = os.path.abspath(folder)
    while True:
        for name in FILES:
            if os.path.exists(os.path.join(folder, name)):
                return os.path.join(folder, name)
        if folder == "/":
            raise Usage("no configuration file provided: not found", 14)
        folder = os.path.dirname(folder)


class Project:
    def __init__(self, place, profiles, over):
        self.place = place
        self.profiles = profiles
        self.every = project.services(place)
        for name, keys in over.items():
            self.every[name].update(keys)
        self.services = {name: service for name, service in self.every.items()
                         if project.is_active(service, profiles)}

    def check(self, names):
        """Services named on the command line must exist; naming one activates its profile."""
        for name in names:
            if name not in self.every:
                raise Usage(f"no such service: {name}", 1)
            self.services[name] = self.every[name]

    def containers(self, names=(), with_orphans=False):
        """Inspections of the project's containers, in the order of their services."""
        order = list(self.every)
        found = []
        for box in ask(self.place, "list"):
            labels = box["Config"]["Labels"]
            service = labels.get(LABEL + "service")
            if labels.get(LABEL + "project") == project.PROJECT and (
                    service in names if names else with_orphans or service in self.services):
                found.append(box)
        return sorted(found, key=lambda box: order.index(
            box["Config"]["Labels"][LABEL + "service"]))

    def orphans(self):
        active = {box["Id"] for box in self.containers()}
        return [box for box in self.containers(with_orphans=True) if box["Id"] not in active]

    def box(self, service):
        found = self.containers([service])
        if not found:
            raise Usage(f'service "{service}" has no container', 1)
        return found[0]

    def tell(self, service, what):
        self.tell_plain(f" Container {self.every[service]['container_name']}  {what}")

    @staticmethod
    def tell_plain(text):
        say(text)

    def with_dependencies(self, names, follow):
        """The services to bring up, each behind what it depends on."""
        chosen = set(names or self.services)
        while follow:
            more = {other for name in chosen for other in self.every[name].get("depends_on", {})}
            if more <= chosen:
                break
            chosen |= more
        return [name for name in self.every if name in chosen]

    def create_network(self):
        if all(it["Name"] != project.NETWORK for it in ask(self.place, "network_list")):
            ask(self.place, "network_create", name=project.NETWORK,
                labels={LABEL + "project": project.PROJECT, LABEL + "network": "aragora-net"})
            self.tell_plain(f" Network {project.NETWORK}  Created")

    def create_volumes(self, service):
        there = {it["Name"]: it for it in ask(self.place, "volume_list")}
        for mount in service["volumes"]:
            name = project.volume_name(mount["source"])
            if mount["type"] != "volume":
                continue
            if name not in there:
                ask(self.place, "volume_create", name=name,
                    labels={LABEL + "project": project.PROJECT, LABEL + "volume": mount["source"]})
                self.tell_plain(f' Volume "{name}"  Created')
            elif LABEL + "project" not in (there[name]["Labels"] or {}):
                say(f'volume "{name}" already exists but was not created by Docker Compose. '
                    "Use `external: true` to use an existing volume")

    def create(self, name, again, follow=True):
        """Makes its container where there is none, or where (follow) it is to be made otherwise by now."""
        boxes, service = self.containers([name]), self.every[name]
        if boxes and not again and not (follow and changed(boxes[0], service)):
            return
        self.remove(boxes, None)
        self.create_volumes(service)
        mounts = [{"source": mount["source"] if mount["type"] == "bind"
                   else project.volume_name(mount["source"]), "target": mount["target"],
                   "read_only": mount.get("read_only", False)} for mount in service["volumes"]]
        self.tell(name, "Creating")
        ask(self.place, "create", facts={
            "image": service["image"], "name": service["container_name"],
            "cmd": service.get("command"), "env": service["environment"], "mounts": mounts,
            "ports": service.get("ports", []), "network": project.NETWORK, "dns": service.get("dns", []),
            "memory": memory_of(service),
            "restart": service["restart"], "healthcheck": service.get("healthcheck"),
            "labels": {LABEL + "project": project.PROJECT, LABEL + "service": name,
                       LABEL + "container-number": "1", LABEL + "oneoff": "False",
                       LABEL + "project.working_dir": self.place.deploy}})
        self.tell(name, "Created")

    def wait_for_dependencies(self, name):
        for other in self.every[name].get("depends_on", {}):
            boxes = self.containers([other])
            if not boxes:
                continue
            self.tell(other, "Waiting")
            try:
                ask(self.place, "wait", ref=boxes[0]["Id"], seconds=PATIENCE)
            except Refused as refused:
                raise Usage(f"dependency failed to start: {refused}", 1) from None
            self.tell(other, "Healthy")

    def start(self, name):
        box = self.box(name)
        if box["State"]["Status"] == "running":
            self.tell(name, "Running")
            return
        self.tell(name, "Starting")
        ask(self.place, "start", ref=box["Id"])
        self.tell(name, "Started")

    def each(self, names, before, after, action, backwards=False):
        boxes = self.containers(names)
        for box in reversed(boxes) if backwards else boxes:
            service = box["Config"]["Labels"][LABEL + "service"]
            self.tell(service, before)
            action(box)
            self.tell(service, after)
        return 0

    def remove(self, boxes, seconds, volumes=False):
        """Stops and removes, those that depend on others first."""
        for box in reversed(boxes):
            service = box["Config"]["Labels"][LABEL + "service"]
            self.tell(service, "Stopping")
            ask(self.place, "stop", ref=box["Id"], seconds=seconds)
            self.tell(service, "Stopped")
            ask(self.place, "remove", ref=box["Id"], volumes=volumes)
            self.tell(service, "Removed")

    def remove_volumes(self):
        for it in ask(self.place, "volume_list"):
            if (it["Labels"] or {}).get(LABEL + "project") == project.PROJECT:
                ask(self.place, "volume_remove", name=it["Name"])
                self.tell_plain(f" Volume {it['Name']}  Removed")

    def remove_network(self):
        if all(it["Name"] != project.NETWORK for it in ask(self.place, "network_list")):
            return
        try:
            ask(self.place, "network_remove", name=project.NETWORK)
            self.tell_plain(f" Network {project.NETWORK}  Removed")
        except Refused:
            self.tell_plain(f" Network {project.NETWORK}  Resource is still in use")


def changed(box, service):
    """Whether a container was made with another environment (by its .env), name servers or memory than the service has
    now."""
    env, host = dict(pair.partition("=")[::2] for pair in box["Config"]["Env"]), box["HostConfig"]
    return (env != service["environment"] or host["Dns"] != service.get("dns", [])
            or host["Memory"] != memory_of(service))


def memory_of(service):
    """Bytes; 0 is as much as there is."""
    return int(service.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory", 0))


def yaml(value, indent=0):
    """Block YAML; every string is quoted as JSON does it, which YAML reads the same."""
    pad, lines = "  " * indent, []
    for key, item in value.items():
        if isinstance(item, dict) and item:
            lines.append(f"{pad}{key}:\n{yaml(item, indent + 1)}")
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            lines.append(f"{pad}{key}:\n")
            for one in item:
                body = yaml(one, indent + 2)
                lines.append(f"{pad}  - {body.lstrip()}")
        else:
            lines.append(f"{pad}{key}: {json.dumps(item, ensure_ascii=False)}\n")
    return "".join(lines)
