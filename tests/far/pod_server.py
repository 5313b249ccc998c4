#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The machine of one pod: runs commands for the stand-in of kubectl, and owns them.

    pod_server.py SOCKET HOME POD PATH

A client sends a line of JSON: {"argv": […], "container": …, "stdin": true}. Then frames go both ways, each a letter, a
length and that much: 'i' input (empty: its end), 'o' and 'e' output, 'x' how it ended, 'f' that it could not begin. A
client that goes away ends the command's input, and nothing else: what it still prints is read and thrown away.
"""
import json
import os
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading

HEAD = struct.Struct("!cI")


def send(link, kind, data=b""):
    link.sendall(HEAD.pack(kind, len(data)) + data)


def exactly(link, count):
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def receive(link):
    kind, length = HEAD.unpack(exactly(link, HEAD.size))
    return kind, exactly(link, length)


def line(link):
    data = b""
    while not data.endswith(b"\n"):
        data += exactly(link, 1)
    return json.loads(data)


def feed(link, pipe):
    """From the client to the command, until either ends."""
    try:
        while True:
            kind, data = receive(link)
            if kind != b"i" or not data:
                break
            pipe.write(data)
            pipe.flush()
    except OSError:  # the client went away, or the command reads no more
        pass
    try:
        pipe.close()
    except OSError:
        pass


class Client:
    """Where output goes, as long as it is there."""

    def __init__(self, link):
        self.link, self.turn, self.there = link, threading.Lock(), True

    def send(self, kind, data=b""):
        with self.turn:
            try:
                if self.there:
                    send(self.link, kind, data)
            except OSError:
                self.there = False

    def drain(self, kind, pipe):
        while True:
            data = os.read(pipe.fileno(), 1 << 16)
            if not data:
                return
            self.send(kind, data)


LINKS = set()


def drop(*_):
    """On SIGUSR1: every client has gone away."""
    for link in list(LINKS):
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    print("dropped", flush=True)


class Command(socketserver.BaseRequestHandler):
    def setup(self):
        LINKS.add(self.request)

    def finish(self):
        LINKS.discard(self.request)

    def handle(self):
        try:
            asked = line(self.request)
        except (OSError, ValueError):
            return
        home, pod, path = sys.argv[2:5]
        environment = {"PATH": path, "HOME": home, "HOSTNAME": pod, "KUBERNETES_SERVICE_HOST": "10.0.0.1",
                       "KUBERNETES_SERVICE_PORT": "443", "CONTAINER": asked["container"]}
        client = Client(self.request)
        try:
            command = subprocess.Popen(asked["argv"], env=environment, cwd=home, start_new_session=True,
                                       stdin=subprocess.PIPE if asked["stdin"] else subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            client.send(b"f", error.strerror.lower().encode())
            return
        if asked["stdin"]:
            threading.Thread(target=feed, args=(self.request, command.stdin), daemon=True).start()
        pumps = [threading.Thread(target=client.drain, args=pump, daemon=True)
                 for pump in ((b"o", command.stdout), (b"e", command.stderr))]
        for pump in pumps:
            pump.start()
        status = command.wait()
        for pump in pumps:
            pump.join()
        client.send(b"x", str(status if status >= 0 else 128 - status).encode())
        for pipe in (command.stdout, command.stderr):
            pipe.close()


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(sys.argv[1], Command) as server:
        signal.signal(signal.SIGUSR1, drop)
        print("listening", flush=True)
        server.serve_forever()
