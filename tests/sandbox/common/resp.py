# SPDX-License-Identifier: Apache-2.0
"""As much of Redis's protocol as a health check needs: AUTH, then one command."""

import socket


class ServerError(Exception):
    """An error reply."""


def command(address, password, words, limit):
    """Sends one command and returns its simple, integer or bulk reply as a string."""
    with socket.create_connection(address, limit) as sock:
        sock.settimeout(limit)
        stream = sock.makefile("rb")
        if password:
            sock.sendall(pack(["AUTH", password]))
            reply(stream)
        sock.sendall(pack(words))
        return reply(stream)


def pack(words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def reply(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server closed the connection")
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"-":
        raise ServerError(rest)
    if kind in (b"+", b":"):
        return rest
    if kind == b"$":
        size = int(rest)
        return None if size < 0 else stream.read(size + 2)[:-2].decode()
    raise ServerError(f"reply {line!r} is not known here")
