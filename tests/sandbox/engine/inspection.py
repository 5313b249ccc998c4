# SPDX-License-Identifier: Apache-2.0
"""What `docker inspect` shows of a container: the real one's shape, as far as runbooks ask."""

from common.project import IMAGES


def container(it):
    return {
        "Id": it.id, "Created": it.created, "Path": IMAGES[it.kind]["entry"], "Args": it.cmd,
        "State": state(it), "Image": it.image, "Name": "/" + it.name,
        "RestartCount": it.restart_count, "Driver": "sandbox", "Platform": "linux",
        "LogPath": it.place.log(it.id),
        "HostConfig": {
            "NetworkMode": it.network, "AutoRemove": it.rm, "Dns": it.dns,
            "PortBindings": bindings(it), "Memory": it.memory,
            "RestartPolicy": {"Name": it.restart, "MaximumRetryCount": 0}},
        "Mounts": it.mounts,
        "Config": {
            "Hostname": it.id[:12], "Image": it.image, "Cmd": it.cmd,
            "Env": [f"{name}={value}" for name, value in it.env.items()],
            "Labels": it.labels, "StopSignal": IMAGES[it.kind]["stop"],
            **({"Healthcheck": it.healthcheck} if it.healthcheck else {})},
        "NetworkSettings": {
            "Ports": bindings(it) if it.status == "running" else {},
            "Networks": {it.network: {
                "IPAddress": "127.0.0.1" if it.status == "running" else "",
                "Aliases": [name for name in (it.name, it.labels.get(
                    "com.docker.compose.service")) if name],
                "NetworkID": it.network_id}}},
    }


def state(it):
    running = it.is_running
    found = {"Status": it.status, "Running": running, "Paused": False,
             "Restarting": it.status == "restarting", "OOMKilled": it.oom_killed, "Dead": False,
             "Pid": it.main["pid"] if it.main else 0, "ExitCode": it.exit_code,
             "Error": it.error, "StartedAt": it.started, "FinishedAt": it.finished}
    if it.healthcheck:
        found["Health"] = it.health.inspect() if it.health else {
            "Status": "starting", "FailingStreak": 0, "Log": []}
        if not running:
            found["Health"]["Status"] = "unhealthy"
    return found


def bindings(it):
    found = {f"{IMAGES[it.kind]['port']}/tcp": None}
    for port in it.ports:
        found[f"{port['target']}/tcp"] = [{"HostIp": port["host_ip"],
                                          "HostPort": str(port["published"])}]
    return found
