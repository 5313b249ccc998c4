# SPDX-License-Identifier: Apache-2.0
"""docker ps, inspect, logs, port, start, stop, restart, kill, rm, wait."""

import re

from client import table, template
from client.options import Usage, exactly, parse, say
from common.wire import Refused, ask


def each(place, words, action, prefix="Error response from daemon: "):
    """Does something to every name, prints the names that worked; 1 when one did not."""
    status = 0
    for word in words:
        try:
            action(word)
            print(word, flush=True)
        except Refused as refused:
            say(f"{prefix}{refused}")
            status = 1
    return status


def ps(place, words):
    options = parse("ps", """-a --all
-q --quiet
--no-trunc
-f --filter =list
--format =""", words)
    exactly("ps", options, 0, 0)
    rows = []
    shows_all = options.all or any(text.startswith("status=") for text in options.filter)
    for it in ask(place, "list"):
        if (shows_all or it["State"]["Running"]) and matches(it, options.filter):
            rows.append(row(it, options.no_trunc))
    table.show(rows, {"CONTAINER ID": "ID", "IMAGE": "Image", "COMMAND": "Command",
                      "CREATED": "RunningFor", "STATUS": "Status", "PORTS": "Ports",
                      "NAMES": "Names"}, options.format, "ID" if options.quiet else None)
    return 0


def matches(it, filters):
    """docker's rule: the same filter given twice is "or" (labels: "and"), different ones "and"."""
    wanted = {}
    for text in filters:
        key, _, value = text.partition("=")
        if key not in FILTERS:
            raise Usage(f"invalid filter '{key}' (the stand-in knows {', '.join(FILTERS)})", 1)
        wanted.setdefault(key, []).append(value)
    return all((all if key == "label" else any)(FILTERS[key](it, value) for value in values)
               for key, values in wanted.items())


def has_label(it, text):
    key, has_value, value = text.partition("=")
    labels = it["Config"]["Labels"]
    return key in labels and (not has_value or labels[key] == value)


def has_volume(it, text):
    return any(text in (mount.get("Name"), mount["Destination"]) for mount in it["Mounts"])


FILTERS = {
    "name": lambda it, text: re.search(text, it["Name"]) or re.search(text, it["Name"][1:]),
    "id": lambda it, text: it["Id"].startswith(text),
    "label": has_label,
    "volume": has_volume,
    "status": lambda it, text: it["State"]["Status"] == text,
    "ancestor": lambda it, text: text in (it["Config"]["Image"],
                                          it["Config"]["Image"].partition(":")[0]),
    "network": lambda it, text: text in it["NetworkSettings"]["Networks"],
    "health": lambda it, text: it["State"].get("Health", {}).get("Status", "none") == text,
    "exited": lambda it, text: it["State"]["Status"] == "exited"
    and str(it["State"]["ExitCode"]) == text,
}


def row(it, whole=False):
    state, labels = it["State"], it["Config"]["Labels"]
    command = " ".join([it["Path"]] + it["Args"])
    return {
        "ID": it["Id"] if whole else it["Id"][:12], "Image": it["Config"]["Image"],
        "Command": '"%s"' % (command if whole or len(command) < 21 else command[:19] + "…"),
        "CreatedAt": it["Created"], "RunningFor": ago(it["Created"]) + " ago",
        "Status": status_text(state), "State": state["Status"], "Ports": ports_text(it),
        "Names": it["Name"][1:], "Networks": ",".join(it["NetworkSettings"]["Networks"]),
        "Labels": ",".join(f"{k}={v}" for k, v in sorted(labels.items())),
        "LocalVolumes": str(sum(mount["Type"] == "volume" for mount in it["Mounts"])),
        "Mounts": ",".join(mount.get("Name") or mount["Source"] for mount in it["Mounts"]),
        "Size": "0B"}


def status_text(state):
    if state["Status"] == "running":
        health = state.get("Health", {}).get("Status")
        tail = {"starting": " (health: starting)", None: ""}.get(health, f" ({health})")
        return f"Up {ago(state['StartedAt'])}{tail}"
    if state["Status"] == "restarting":
        return f"Restarting ({state['ExitCode']}) {ago(state['FinishedAt'])} ago"
    if state["Status"] == "exited":
        return f"Exited ({state['ExitCode']}) {ago(state['FinishedAt'])} ago"
    return state["Status"].capitalize()


def ago(stamp):
    import datetime
    then = datetime.datetime.fromisoformat(stamp[:26] + "+00:00")
    seconds = int((datetime.datetime.now(datetime.timezone.utc) - then).total_seconds())
    if seconds < 1:
        return "Less than a second"
    for name, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count != 1 else ''}"
    return "0 seconds"


def ports_text(it):
    shown = []
    for inner, outer in it["NetworkSettings"]["Ports"].items():
        shown += [f"{one['HostIp']}:{one['HostPort']}->{inner}" for one in outer or []] or [inner]
    return ", ".join(shown)


def inspect(place, words, kinds=("container", "volume", "network")):
    options = parse("inspect", """-f --format =
--type =
-s --size""", words)
    found, status = [], 0
    for name in exactly("inspect", options, 1):
        it = look_up(place, name, (options.type,) if options.type else kinds)
        if it is None:
            say(missing(name, kinds))
            status = 1
        else:
            found.append(it)
    if options.format in (None, "json"):
        print(pretty(found) if options.format is None else template.compact(found))
        return status
    for it in found:
        print(template.render(options.format, it))
    return status


def look_up(place, name, kinds):
    for kind in kinds:
        try:
            if kind == "container":
                return ask(place, "inspect", ref=name)
            if kind == "volume":
                return ask(place, "volume_inspect", name=name)
            for network in ask(place, "network_list") if kind == "network" else []:
                if network["Name"] == name:
                    return network
        except Refused:
            continue
    return None


def missing(name, kinds):
    if kinds == ("volume",):
        return f"Error response from daemon: get {name}: no such volume"
    if kinds == ("network",):
        return f"Error response from daemon: network {name} not found"
    if kinds == ("container",):
        return f"Error response from daemon: No such container: {name}"
    return f"Error: No such object: {name}"


def pretty(value):
    import json
    return json.dumps(value, indent=4, ensure_ascii=False)


def logs(place, words):
    options = parse("logs", """-f --follow
-n --tail =
-t --timestamps
--since =""", words)
    name = exactly("logs", options, 1, 1)[0]
    it = ask(place, "inspect", ref=name)
    from client import logs as log_files
    log_files.show([("", it["LogPath"])], options, to_stdout=False)
    return 0


def port(place, words):
    options = parse("port", "", words)
    name, *inner = exactly("port", options, 1, 2)
    ports = ask(place, "inspect", ref=name)["NetworkSettings"]["Ports"]
    if not inner:
        for key, outer in ports.items():
            for one in outer or []:
                print(f"{key} -> {one['HostIp']}:{one['HostPort']}")
        return 0
    key = inner[0] if "/" in inner[0] else inner[0] + "/tcp"
    if not ports.get(key):
        say(f"Error: No public port '{key}' published for {name}")
        return 1
    for one in ports[key]:
        print(f"{one['HostIp']}:{one['HostPort']}")
    return 0


def start(place, words):
    options = parse("start", "", words)
    return each(place, exactly("start", options, 1), lambda name: ask(place, "start", ref=name))


def stop(place, words):
    options = parse("stop", "-t --time --timeout =\n-s --signal =", words)
    if options.signal:
        raise Usage("stop: --signal is not in this stand-in")
    return each(place, exactly("stop", options, 1), lambda name: ask(
        place, "stop", ref=name, seconds=seconds(options.timeout)))


def restart(place, words):
    options = parse("restart", "-t --time --timeout =", words)
    return each(place, exactly("restart", options, 1), lambda name: ask(
        place, "restart", ref=name, seconds=seconds(options.timeout)))


def seconds(text):
    if text is None:
        return None
    if not re.fullmatch(r"\d+", text):
        raise Usage(f'invalid argument "{text}" for a number of seconds', 125)
    return int(text)


def kill(place, words):
    options = parse("kill", "-s --signal =", words)
    return each(place, exactly("kill", options, 1), lambda name: ask(
        place, "kill", ref=name, signal=signal_name(options.signal)))


def signal_name(text):
    import signal
    name = (text or "KILL").upper()
    if name.isdigit():
        try:
            return signal.Signals(int(name)).name
        except ValueError:
            raise Usage(f"Invalid signal: {text}", 1) from None
    name = name if name.startswith("SIG") else "SIG" + name
    if name not in signal.Signals.__members__:
        raise Usage(f"Invalid signal: {text}", 1)
    return name


def remove(place, words):
    options = parse("rm", "-f --force\n-v --volumes\n-l --link", words)
    if options.link:
        raise Usage("rm: --link is not in this stand-in")

    def one(name):
        try:
            ask(place, "remove", ref=name, force=options.force, volumes=options.volumes)
        except Refused as refused:
            if not (options.force and "No such container" in str(refused)):
                raise
    return each(place, exactly("rm", options, 1), one)


def wait(place, words):
    """Waits for the end of containers and prints their exit codes."""
    from common.process import wait_until
    options = parse("wait", "", words)
    for name in exactly("wait", options, 1):
        last = {}

        def over():
            last.update(ask(place, "inspect", ref=name)["State"])
            return not last["Running"]
        while not wait_until(over, 60):
            pass
        print(last["ExitCode"])
    return 0
