# SPDX-License-Identifier: Apache-2.0
"""One question to the engine: a line of JSON there, a line of JSON back, over its unix socket."""

import json
import os
import socket

from common import real
from common.refusal import EngineGone, Refused


def ask(place, op, limit=None, **fields):
    """Asks and returns the answer's value. `limit` in seconds; None waits as long as it takes."""
    if place.real:
        return real.ask(place, op, **fields)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(limit)
        try:
            connect(sock, place)
            sock.sendall(json.dumps(dict(fields, op=op)).encode() + b"\n")
            answer = read_line(sock)
        except OSError as error:
            raise EngineGone(
                f"Cannot connect to the Docker daemon at unix://{place.socket}. "
                f"Is the docker daemon running? ({error})") from None
    if not answer:
        raise EngineGone(f"the engine at {place.socket} ended in the middle of an answer")
    reply = json.loads(answer)
    if "error" in reply:
        raise Refused(reply["error"], reply.get("status", 1))
    return reply.get("value")


def connect(sock, place):
    if len(place.socket) < 108:
        return sock.connect(place.socket)
    fd = os.open(place.root, os.O_PATH | os.O_DIRECTORY)
    try:
        return sock.connect(f"/proc/self/fd/{fd}/engine.sock")
    finally:
        os.close(fd)


def read_line(sock):
    parts = []
    while True:
        part = sock.recv(65536)
        if not part:
            return b""
        parts.append(part)
        if part.endswith(b"\n"):
            return b"".join(parts)
