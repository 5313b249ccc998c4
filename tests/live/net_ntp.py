#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A time server whose clock is off by as much as is asked for, and some that are no use: KINDS."""
import socket
import struct
import threading
import time

import servers

EPOCH = 2208988800  # from 1900 to 1970
SERVER, LEAP_UNKNOWN = 0x24, 0xC0


def stamp(seconds):
    whole = int(seconds)
    return struct.pack("!II", (whole + EPOCH) & 0xFFFFFFFF, int((seconds - whole) * (1 << 32)))


def message(asked, offset, first=SERVER, stratum=2, reference=b"\x0a\0\0\1", origin=None):
    now = time.time() + offset
    # Root delay 1/4 s, dispersion 1/8 s.
    head = struct.pack("!BBbbII4s", first, stratum, 6, -20, 1 << 14, 1 << 13, reference)
    return head + stamp(now) + (origin or asked[40:48]) + stamp(now) + stamp(time.time() + offset)


KINDS = {
    "fine": message,
    "kiss": lambda asked, offset: message(asked, offset, stratum=0, reference=b"RATE"),
    "lost": lambda asked, offset: message(asked, offset, first=SERVER | LEAP_UNKNOWN),
    "far": lambda asked, offset: message(asked, offset, stratum=16),
    "liar": lambda asked, offset: message(asked, offset, origin=b"liarliar"),
    "short": lambda asked, offset: message(asked, offset)[:47],
    "client": lambda asked, offset: message(asked, offset, first=0x23),
    "silent": lambda asked, offset: b"",
}


def serve(kind="fine", offset="0"):
    """"late" is fine, but does not hear the first question."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))
    servers.KEPT.append(link)

    def each():
        if kind == "late":
            link.recv(512)
        while True:
            asked, peer = link.recvfrom(512)
            said = KINDS.get(kind, message)(asked, float(offset))
            if said:
                link.sendto(said, peer)
    threading.Thread(target=each, daemon=True).start()
    return f"port={link.getsockname()[1]}"
