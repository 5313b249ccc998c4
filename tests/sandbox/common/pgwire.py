# SPDX-License-Identifier: Apache-2.0
"""As much of PostgreSQL's protocol as a health check and one query need.

`is_ready` is what pg_isready asks; `query` logs in (trust, or SCRAM-SHA-256) and returns rows
as lists of strings. Both raise OSError when the server does not answer within the limit.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct

STARTING_UP = "57P03"


class ServerError(Exception):
    """The server's ErrorResponse, or a step of the protocol that this file does not know."""


def dial(address, limit):
    """`address`: the path of a unix socket, or (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(limit)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def is_ready(address, user, database, limit):
    with dial(address, limit) as sock:
        send_startup(sock, user, database)
        while True:
            kind, body = receive(sock)
            if kind == b"E":
                return error_fields(body).get("C") != STARTING_UP
            if kind == b"Z" or (kind == b"R" and body[:4] != b"\0\0\0\0"):
                send(sock, b"X", b"")
                return True


def query(address, user, database, password, sql, limit):
    with dial(address, limit) as sock:
        send_startup(sock, user, database)
        log_in(sock, password)
        send(sock, b"Q", sql.encode() + b"\0")
        rows = []
        while True:
            kind, body = receive(sock)
            if kind == b"D":
                rows.append(row_of(body))
            elif kind == b"E":
                raise ServerError(error_fields(body).get("M", "error"))
            elif kind == b"Z":
                send(sock, b"X", b"")
                return rows


def send_startup(sock, user, database):
    pairs = f"user\0{user}\0database\0{database}\0\0".encode()
    sock.sendall(struct.pack("!ii", 8 + len(pairs), 196608) + pairs)


def send(sock, kind, body):
    sock.sendall(kind + struct.pack("!i", 4 + len(body)) + body)


def receive(sock):
    head = exactly(sock, 5)
    return head[:1], exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def exactly(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError("the server closed the connection")
        data += part
    return data


def error_fields(body):
    return {part[:1].decode(): part[1:].decode("utf-8", "replace")
            for part in body.split(b"\0") if part}


def row_of(body):
    count, at, row = struct.unpack("!h", body[:2])[0], 2, []
    for _ in range(count):
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        row.append(None if size < 0 else body[at:at + size].decode())
        at += max(size, 0)
    return row


def log_in(sock, password):
    scram = None
    while True:
        kind, body = receive(sock)
        if kind == b"E":
            raise ServerError(error_fields(body).get("M", "error"))
        if kind == b"Z":
            return
        if kind != b"R":
            continue
        code = struct.unpack("!i", body[:4])[0]
        if code == 10:
            scram = Scram(password)
            first = scram.first()
            send(sock, b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        elif code == 11 and scram:
            send(sock, b"p", scram.final(body[4:]))
        elif code == 12 and scram:
            scram.check(body[4:])
        elif code != 0:
            raise ServerError(f"authentication method {code} is not known here")


class Scram:
    """The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

    def __init__(self, password):
        self.password = password.encode()
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        self.bare = f"n=,r={self.nonce}"
        self.signature = b""

    def first(self):
        return ("n,," + self.bare).encode()

    def final(self, challenge):
        told = dict(part.split("=", 1) for part in challenge.decode().split(","))
        if not told["r"].startswith(self.nonce):
            raise ServerError("the server changed the nonce")
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(told["s"]),
                                     int(told["i"]))
        key = digest(salted, b"Client Key")
        without_proof = "c=biws,r=" + told["r"]
        message = ",".join((self.bare, challenge.decode(), without_proof)).encode()
        mask = digest(hashlib.sha256(key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(key, mask))
        self.signature = digest(digest(salted, b"Server Key"), message)
        return (without_proof + ",p=" + base64.b64encode(proof).decode()).encode()

    def check(self, last):
        if last != b"v=" + base64.b64encode(self.signature):
            raise ServerError("the server does not know the password")


def digest(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()
