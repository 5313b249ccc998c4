#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The servers of servers.py, and those that tests of net.* and host.clock need.

  greet             says "220 ready" at once, then "250 YOU SAID" for each line     port=
  slow_greet        says "220-" at once, and nothing more                           port=
  farewell          says "554 go away" and closes                                   port=
  flood             says the same letter for ever                                   port=
  dns               a name server, over UDP and TCP: see net_dns.py for its names   port=
  bus               a message bus (D-Bus), with nobody on it                        socket= pid=
  ntp KIND OFFSET   a time server, so many seconds off: see KINDS in net_ntp.py     port=
  http              a web server that goes wrong: see WAYS in net_http.py           port=
  tls               nginx with certificates of every kind: see SITES in net_tls.py  good= expired= … ca= middle=
  closed_circle     breaks the handshake off without a certificate of the client    port=
  smtp, imap, pop3  begin in plain text, and go on encrypted when asked to          port=
  smtp_plain        does not go on encrypted                                        port=
  pg_starting       what PostgreSQL says while it starts; refuses encryption        port=
  postgres_tls      PostgreSQL that encrypts, otherwise like postgres               port= socket= pid=
"""
import struct

import net_bus
import net_dns
import net_http
import net_ntp
import net_tls
import servers


def greet():
    def answer(link):
        link.sendall(b"220 ready\r\n")
        for line in link.makefile("rb"):
            link.sendall(b"250 " + line)
    return servers.serve(answer)


def slow_greet():
    def answer(link):
        link.sendall(b"220-\r\n")
        servers.KEPT.append(link)
        return "keep"
    return servers.serve(answer)


def farewell():
    return servers.serve(lambda link: link.sendall(b"554 go away\r\n"))


def flood():
    def answer(link):
        while True:
            link.sendall(b"a" * 4096)
    return servers.serve(answer)


def pg_starting():
    def answer(link):
        while True:
            code = struct.unpack("!ii", link.recv(4096)[:8])[1]
            if code != 80877103:  # a request for TLS: refused by one letter
                break
            link.sendall(b"N")
        fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        link.sendall(b"E" + struct.pack("!i", 4 + len(fields)) + fields)
    return servers.serve(answer)


servers.COMMANDS.update({
    "greet": greet, "slow_greet": slow_greet, "farewell": farewell, "flood": flood,
    "bus": net_bus.serve, "dns": net_dns.serve, "http": net_http.serve, "ntp": net_ntp.serve, "tls": net_tls.serve,
    "closed_circle": net_tls.closed_circle, "smtp": net_tls.smtp, "imap": net_tls.imap, "pop3": net_tls.pop3,
    "smtp_plain": net_tls.smtp_plain, "postgres_tls": net_tls.postgres, "pg_starting": pg_starting,
})

if __name__ == "__main__":
    servers.main()
