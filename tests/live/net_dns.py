#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A name server that gives every kind of answer on demand, the wrong ones too: ZONE says which name gives what."""
import socket
import struct
import threading

import servers

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV = 1, 2, 5, 6, 12, 15, 16, 28, 33
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED, NOTAUTH = 0, 1, 2, 3, 5, 9
AUTHORITATIVE, TRUNCATED = 0x0400, 0x0200
ASKED = {}  # how often a name was asked for


def name(text):
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def record(owner, kind, ttl, data):
    return name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def texts(*strings):
    return b"".join(bytes([len(string)]) + string for string in strings)


def many(owner, count):
    return [record(owner, A, 60, bytes([10, 9, i >> 8, i & 255])) for i in range(count)]


CHAIN = [record("chain.test", CNAME, 30, name("link.test")), record("link.test", CNAME, 300, name("a.test")),
         record("a.test", A, 300, ip("10.1.2.3"))]
SOA_DATA = name("ns.test") + name("root.test") + struct.pack("!IIIII", 2026112801, 3600, 600, 604800, 60)

# (name, type): the records of an honest answer.
ZONE = {
    ("a.test", A): [record("a.test", A, 300, ip("10.1.2.3")), record("a.test", A, 60, ip("10.1.2.4"))],
    ("six.test", AAAA): [record("six.test", AAAA, 300, ip("2001:db8::1"))],
    ("chain.test", A): CHAIN,
    ("chain.test", CNAME): CHAIN[:1],
    ("lonely.test", A): [record("lonely.test", CNAME, 30, name("gone.test"))],
    ("mx.test", MX): [record("mx.test", MX, 300, struct.pack("!H", 10) + name("mail.test"))],
    ("txt.test", TXT): [record("txt.test", TXT, 300, texts(b"v=spf1 ", b"-all")),
                        record("txt.test", TXT, 300, texts(b"caf\xe9"))],
    ("ns.test", NS): [record("ns.test", NS, 300, name("one.test"))],
    ("srv.test", SRV): [record("srv.test", SRV, 300, struct.pack("!HHH", 1, 20, 5432) + name("db.test"))],
    ("soa.test", SOA): [record("soa.test", SOA, 300, SOA_DATA)],
    ("3.2.1.10.in-addr.arpa", PTR): [record("3.2.1.10.in-addr.arpa", PTR, 300, name("back.test"))],
    ("1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa", PTR): [record(".", PTR, 300, name("six.test"))],
    ("empty.test", A): [],
    ("odd.test", A): [record("odd.test", 46, 300, b"???"), record("odd.test", A, 300, ip("10.1.2.3"))],
    ("root.test", MX): [record("root.test", MX, 300, struct.pack("!H", 0) + name("."))],
    ("big.test", A): many("big.test", 40),
    ("huge.test", A): many("huge.test", 300),
    ("late.test", A): [record("late.test", A, 300, ip("10.1.2.3"))],
    # Lies within an answer: a record that ends early, a name that leads to itself, a length that is too long or short.
    ("torn.test", A): [record("torn.test", A, 300, ip("10.1.2.3"))[:-2]],
    ("loop.test", CNAME): [record("loop.test", CNAME, 300, b"\xc0\x27")],
    ("long.test", A): [name("long.test") + struct.pack("!HHIH", A, 1, 300, 400) + ip("10.1.2.3")],
    ("short.test", A): [record("short.test", A, 300, ip("10.1.2.3")[:3])],
}

RCODES = {"broken.test": SERVFAIL, "refused.test": REFUSED, "puzzled.test": FORMERR, "foreign.test": NOTAUTH}


def question_of(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), struct.unpack("!H", message[at + 1:at + 3])[0], message[12:at + 5]


def answer(message, over_tcp):
    """The answer, or None for silence."""
    asked, kind, question = question_of(message)
    ASKED[asked] = ASKED.get(asked, 0) + 1
    number = message[:2]
    known = any(owner == asked for owner, _ in ZONE)
    rcode = RCODES.get(asked, NOERROR if known else NXDOMAIN)
    records = ZONE.get((asked, kind), [])
    flags = 0x8180 | AUTHORITATIVE | rcode
    if asked == "silent.test" or (asked == "late.test" and ASKED[asked] == 1):
        return None
    if asked == "garbage.test":
        return b"good evening"
    if asked == "liar.test":
        question = name("other.test") + question[-4:]
        records = ZONE[("a.test", A)]
    if asked == "stranger.test":
        number = bytes([number[0] ^ 1, number[1]])
    if asked in ("big.test", "huge.test") and not over_tcp:
        records, flags = [], flags | TRUNCATED
    if asked == "stuck.test" and not over_tcp:
        flags = (flags | TRUNCATED) & ~15
    if asked == "stuck.test" and over_tcp:
        return None
    return number + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)


def over_udp(link):
    while True:
        message, peer = link.recvfrom(4096)
        said = answer(message, False)
        if said is not None:
            link.sendto(said, peer)


def over_tcp(link):
    stream = link.makefile("rb")
    while True:
        size = stream.read(2)
        if len(size) < 2:
            return None
        said = answer(stream.read(struct.unpack("!H", size)[0]), True)
        if said is None:
            servers.KEPT.append(link)
            return "keep"
        link.sendall(struct.pack("!H", len(said)) + said)


def serve():
    port = servers.serve(over_tcp)
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", int(port.partition("=")[2])))
    servers.KEPT.append(link)
    threading.Thread(target=over_udp, args=(link,), daemon=True).start()
    return port
