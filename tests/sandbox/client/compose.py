# SPDX-License-Identifier: Apache-2.0
"""docker compose …: as the real one, a client that does one thing after the other."""

import sys

from client import composition, containers, inside, table
from client.options import Usage, exactly, parse, say
from common import project
from common.wire import ask

GLOBAL = """-f --file =list
-p --project-name =
--project-directory =
--profile =list
--ansi =
--progress ="""


def main(place, words):
    options = parse("compose", GLOBAL, words, stop_at_first_word=True)
    if not options.words or options.words[0] not in COMMANDS:
        raise Usage(f"docker compose {' '.join(options.words[:1])}: not in this stand-in, which "
                    "knows " + ", ".join(sorted(COMMANDS)))
    name, *rest = options.words
    if name == "version":
        print("Docker Compose version v0 (a stand-in: tests/sandbox)")
        return 0
    return COMMANDS[name](composition.load(place, options), rest)


def ps(it, words):
    options = parse("compose ps", """-a --all
-q --quiet
--services
--status =list
--filter =list
--orphans
--no-trunc
--format =""", words)
    status = options.status + [text.removeprefix("status=") for text in options.filter]
    it.check(options.words)
    rows = []
    for box in it.containers(options.words, with_orphans=True):
        state = box["State"]["Status"]
        if (state in status) if status else (options.all or state in ("running", "restarting")):
            rows.append(ps_row(box))
    if options.services:
        print("\n".join(row["Service"] for row in rows))
        return 0
    table.show(rows, {"NAME": "Name", "IMAGE": "Image", "COMMAND": "Command",
                      "SERVICE": "Service", "CREATED": "RunningFor", "STATUS": "Status",
                      "PORTS": "Ports"}, options.format, "LongID" if options.quiet else None)
    return 0


def ps_row(box):
    row = containers.row(box)
    labels = box["Config"]["Labels"]
    publishers = [{"URL": one["HostIp"], "TargetPort": int(inner.partition("/")[0]),
                   "PublishedPort": int(one["HostPort"]), "Protocol": "tcp"}
                  for inner, outer in box["NetworkSettings"]["Ports"].items()
                  for one in outer or []]
    row.update(Name=row["Names"], Project=project.PROJECT, LongID=box["Id"],
               Service=labels["com.docker.compose.service"], ExitCode=box["State"]["ExitCode"],
               Health=box["State"].get("Health", {}).get("Status", "")
               if box["State"]["Running"] else "", Publishers=publishers)
    return Row(row)


class Row(dict):
    """A row whose JSON leaves out what only --quiet needs."""

    def __init__(self, fields):
        super().__init__((key, fields[key]) for key in sorted(fields) if key != "LongID")
        self.long_id = fields["LongID"]

    def __getitem__(self, key):
        return self.long_id if key == "LongID" else super().__getitem__(key)


def show_logs(it, words):
    options = parse("compose logs", """-f --follow
-n --tail =
-t --timestamps
--since =
--no-color
--no-log-prefix""", words)
    it.check(options.words)
    boxes = it.containers(options.words, with_orphans=False)
    width = max((len(box["Name"]) for box in boxes), default=0)
    sources = [("" if options.no_log_prefix else f"{box['Name'][1:]:{width}} | ", box["LogPath"])
               for box in boxes]
    from client import logs
    logs.show(sources, options, to_stdout=True)
    return 0


def up(it, words):
    options = parse("compose up", """-d --detach
--wait
--wait-timeout =
--no-deps
--force-recreate
--no-recreate
--remove-orphans
--no-build
--pull =
--quiet-pull
-t --timeout =""", words)
    if not (options.detach or options.wait):
        raise Usage("compose up: only with -d (or --wait) in this stand-in")
    it.check(options.words)
    it.create_network()
    chosen = it.with_dependencies(options.words, follow=not options.no_deps)
    for service in chosen:
        it.create(service, options.force_recreate, not options.no_recreate)
    for service in chosen:
        if not options.no_deps:
            it.wait_for_dependencies(service)
        it.start(service)
    if options.remove_orphans:
        it.remove(it.orphans(), None)
    limit = containers.seconds(options.wait_timeout) or composition.PATIENCE
    for service in chosen if options.wait else []:
        ask(it.place, "wait", ref=it.box(service)["Id"], seconds=limit)
        it.tell(service, "Healthy")
    return 0


def create(it, words):
    """Containers that are not there yet; none is started."""
    options = parse("compose create", """--force-recreate
--no-recreate
--no-build
--pull =
--quiet-pull""", words)
    it.check(options.words)
    it.create_network()
    for service in it.with_dependencies(options.words, follow=True):
        it.create(service, options.force_recreate, not options.no_recreate)
    return 0


def down(it, words):
    options = parse("compose down", """-v --volumes
--remove-orphans
-t --timeout =""", words)
    it.check(options.words)
    boxes = it.containers(options.words, with_orphans=options.remove_orphans)
    it.remove(boxes, containers.seconds(options.timeout))
    if options.words:
        return 0
    if options.volumes:
        it.remove_volumes()
    it.remove_network()
    return 0


def restart(it, words):
    options = parse("compose restart", "-t --timeout =\n--no-deps", words)
    it.check(options.words)
    return it.each(options.words, "Restarting", "Started", lambda box: ask(
        it.place, "restart", ref=box["Name"][1:], seconds=containers.seconds(options.timeout)))


def stop(it, words):
    options = parse("compose stop", "-t --timeout =", words)
    it.check(options.words)
    return it.each(options.words, "Stopping", "Stopped", lambda box: ask(
        it.place, "stop", ref=box["Name"][1:], seconds=containers.seconds(options.timeout)),
        backwards=True)


def start(it, words):
    options = parse("compose start", "--wait", words)
    it.check(options.words)
    for service in options.words:
        if not it.containers([service]):
            say(f'service "{service}" has no container to start')
            return 1
    chosen = options.words or [name for name in it.services if it.containers([name])]
    for service in chosen:
        it.start(service)
    for service in chosen if options.wait else []:
        ask(it.place, "wait", ref=it.box(service)["Id"], seconds=composition.PATIENCE)
    return 0


def kill(it, words):
    options = parse("compose kill", "-s --signal =", words)
    it.check(options.words)
    return it.each(options.words, "Killing", "Killed", lambda box: ask(
        it.place, "kill", ref=box["Name"][1:], signal=containers.signal_name(options.signal))
        if box["State"]["Running"] else None)


def remove(it, words):
    options = parse("compose rm", "-f --force\n-s --stop\n-v --volumes", words)
    it.check(options.words)
    if not options.force:
        raise Usage("compose rm: only with -f in this stand-in, which asks nobody")
    boxes = it.containers(options.words)
    if options.stop:
        for box in boxes:
            ask(it.place, "stop", ref=box["Id"])
    else:
        boxes = [box for box in boxes if not box["State"]["Running"]]
    if not boxes:
        say("No stopped containers")
        return 0
    it.remove(boxes, None, volumes=options.volumes)
    return 0


def execute(it, words):
    options = parse("compose exec", inside.EXEC + "\n-T --no-TTY\n--index =\n--privileged", words,
                    stop_at_first_word=True)
    service, *argv = exactly("compose exec", options, 2)
    it.check([service])
    if options.detach or options.privileged or options.index not in (None, "1"):
        raise Usage("compose exec: --detach, --privileged and --index are not in this stand-in")
    if not options.no_TTY and not sys.stdin.isatty():
        say("the input device is not a TTY")
        return 1
    boxes = it.containers([service])
    if not boxes or not boxes[0]["State"]["Running"]:
        say(f'service "{service}" is not running')
        return 1
    options.interactive = True
    return inside.replace(it.place, boxes[0]["Id"], argv, options)


def port(it, words):
    options = parse("compose port", "--index =\n--protocol =", words)
    service, inner = exactly("compose port", options, 2, 2)
    it.check([service])
    return containers.port(it.place, [it.box(service)["Name"][1:], inner])


def config(it, words):
    options = parse("compose config", """--format =
--services
--volumes
--images
--profiles
-q --quiet
--no-interpolate""", words)
    it.check(options.words)
    model = project.config(it.every, it.profiles)
    lists = {"services": list(model["services"]), "volumes": list(model["volumes"]),
             "images": [one["image"] for one in model["services"].values()],
             "profiles": ["backup"]}
    for name, lines in lists.items():
        if getattr(options, name):
            print("\n".join(lines))
            return 0
    if options.quiet:
        return 0
    if options.format not in (None, "yaml", "json"):
        raise Usage(f'unsupported format "{options.format}"', 1)
    if options.format == "json":
        print(containers.pretty(model))
    else:
        print(composition.yaml(model), end="")
    return 0


def pull(it, words):
    """Nothing to fetch: the sandbox has its images, but for what the faults of images say."""
    options = parse("compose pull", "-q --quiet\n--ignore-pull-failures", words)
    it.check(options.words)
    for service in options.words or it.services:
        ask(it.place, "pull", image=it.every[service]["image"])
        it.tell_plain(f" {service} Pulled")
    return 0


COMMANDS = {"ps": ps, "logs": show_logs, "create": create, "up": up, "down": down, "restart": restart,
            "stop": stop, "start": start, "kill": kill, "rm": remove, "exec": execute,
            "port": port, "config": config, "pull": pull, "version": None}
