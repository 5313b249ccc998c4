# SPDX-License-Identifier: Apache-2.0
"""docker volume … and docker network …"""

from client import containers, table
from client.options import Usage, exactly, parse
from common.wire import Refused, ask


def volume(place, words):
    return sub("volume", VOLUME, place, words)


def network(place, words):
    return sub("network", NETWORK, place, words)


def sub(command, actions, place, words):
    if not words or words[0] not in actions:
        raise Usage(f"docker {command} {' '.join(words[:1])}: not in this stand-in, which knows "
                    + ", ".join(sorted(actions)))
    return actions[words[0]](place, words[1:])


def volume_ls(place, words):
    options = parse("volume ls", "-q --quiet\n-f --filter =list\n--format =", words)
    exactly("volume ls", options, 0, 0)
    rows = []
    used = {mount.get("Name") for it in ask(place, "list") for mount in it["Mounts"]}
    for it in ask(place, "volume_list"):
        if all(volume_matches(it, text, used) for text in options.filter):
            rows.append(dict(it, Labels=",".join(
                f"{k}={v}" for k, v in sorted((it["Labels"] or {}).items()))))
    table.show(rows, {"DRIVER": "Driver", "VOLUME NAME": "Name"}, options.format,
               "Name" if options.quiet else None)
    return 0


def volume_matches(it, text, used):
    key, _, value = text.partition("=")
    if key == "name":
        return value in it["Name"]
    if key == "dangling":
        return (it["Name"] not in used) == (value in ("true", "1"))
    if key == "label":
        name, has_value, wanted = value.partition("=")
        labels = it["Labels"] or {}
        return name in labels and (not has_value or labels[name] == wanted)
    if key == "driver":
        return value == it["Driver"]
    raise Usage(f"invalid filter '{key}'", 1)


def volume_inspect(place, words):
    return containers.inspect(place, words, ("volume",))


def volume_create(place, words):
    options = parse("volume create", "--label =list\n-d --driver =", words)
    names = exactly("volume create", options, 0, 1)
    if options.driver not in (None, "local"):
        raise Usage(f'volume create: driver "{options.driver}" is not in this stand-in')
    labels = dict(text.partition("=")[::2] for text in options.label)
    print(ask(place, "volume_create", name=names[0] if names else None, labels=labels))
    return 0


def volume_rm(place, words):
    options = parse("volume rm", "-f --force", words)

    def one(name):
        try:
            ask(place, "volume_remove", name=name)
        except Refused as refused:
            if not (options.force and "no such volume" in str(refused)):
                raise
    return containers.each(place, exactly("volume rm", options, 1), one)


def network_ls(place, words):
    options = parse("network ls", "-q --quiet\n-f --filter =list\n--format =", words)
    exactly("network ls", options, 0, 0)
    rows = []
    for it in ask(place, "network_list"):
        for text in options.filter:
            key, _, value = text.partition("=")
            if key != "name":
                raise Usage(f"invalid filter '{key}' (the stand-in knows name)", 1)
            if value not in it["Name"]:
                break
        else:
            rows.append({"ID": it["Id"][:12], "Name": it["Name"], "Driver": it["Driver"],
                         "Scope": it["Scope"]})
    table.show(rows, {"NETWORK ID": "ID", "NAME": "Name", "DRIVER": "Driver", "SCOPE": "Scope"},
               options.format, "ID" if options.quiet else None)
    return 0


def network_inspect(place, words):
    return containers.inspect(place, words, ("network",))


def network_create(place, words):
    options = parse("network create", "--label =list", words)
    name = exactly("network create", options, 1, 1)[0]
    ask(place, "network_create", name=name)
    print(name)
    return 0


def network_rm(place, words):
    options = parse("network rm", "", words)
    return containers.each(place, exactly("network rm", options, 1),
                           lambda name: ask(place, "network_remove", name=name))


def system(place, words):
    return sub("system", {"df": system_df}, place, words)


def image(place, words):
    return sub("image", {"prune": image_prune}, place, words)


def system_df(place, words):
    options = parse("system df", "", words)
    exactly("system df", options, 0, 0)
    boxes = ask(place, "list")
    rows = [{"Type": "Images", "Count": len({it["Image"] for it in boxes})},
            {"Type": "Containers", "Count": len(boxes)},
            {"Type": "Local Volumes", "Count": len(ask(place, "volume_list"))},
            {"Type": "Build Cache", "Count": 0}]
    for row in rows:
        row.update(Active=row["Count"], Size="0B", Reclaimable="0B")
    table.show(rows, {"TYPE": "Type", "TOTAL": "Count", "ACTIVE": "Active", "SIZE": "Size",
                      "RECLAIMABLE": "Reclaimable"}, None)
    return 0


def image_prune(place, words):
    """No image here is without a name."""
    options = parse("image prune", "-f --force", words)
    exactly("image prune", options, 0, 0)
    if not options.force:
        raise Usage("image prune: only with -f in this stand-in, which asks nobody")
    ask(place, "ping")
    print("Total reclaimed space: 0B")
    return 0


VOLUME = {"ls": volume_ls, "list": volume_ls, "inspect": volume_inspect, "create": volume_create,
          "rm": volume_rm, "remove": volume_rm}
NETWORK = {"ls": network_ls, "list": network_ls, "inspect": network_inspect,
           "create": network_create, "rm": network_rm, "remove": network_rm}
