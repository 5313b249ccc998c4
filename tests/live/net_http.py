#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A web server that goes wrong in every way on demand: WAYS says which path gives what. A path that it does not know
is answered by 200 and the time it names: "/date/Sun,%2006%20Nov%201994%2008:49:37%20GMT"."""
import gzip
import socket
import struct
import urllib.parse

import servers


def stay(link):
    servers.KEPT.append(link)
    return "keep"


def reset(link):
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def slow_head(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Sec")
    return stay(link)


def slow_body(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.")
    return stay(link)


def reset_head(link):
    reset(link)


def reset_body(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.")
    reset(link)


def torn_body(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.")


def endless_head(link):
    link.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        link.sendall(b"X-More: " + b"a" * 1000 + b"\r\n")


def zipped(link):
    body = gzip.compress(b"a" * 1000)
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def bomb(link):
    body = gzip.compress(b"a" * (32 << 20))
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def no_zip(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\nten bytes.")


def no_date(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def old_date(link):
    link.sendall(b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 30\r\nContent-Length: 0\r\n\r\n")


WAYS = {"/slow_head": slow_head, "/slow_body": slow_body, "/reset_head": reset_head, "/reset_body": reset_body,
        "/torn_body": torn_body, "/endless_head": endless_head, "/zipped": zipped, "/bomb": bomb, "/no_zip": no_zip,
        "/no_date": no_date, "/old_date": old_date, "/silent": stay}


def answer(link):
    head = b""
    while b"\r\n\r\n" not in head:
        got = link.recv(4096)
        if not got:
            return None
        head += got
    path = head.split()[1].decode()
    if path in WAYS:
        return WAYS[path](link)
    date = urllib.parse.unquote(path.rpartition("/")[2])
    link.sendall(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
    return None


def serve():
    return servers.serve(answer)
