#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates of every kind, made with openssl, and servers that have them.

  root → middle → good (localhost, 127.0.0.1, db.test), expired, future, wrong (other.test);  alone signed itself
"""
import os
import shutil
import socket
import ssl
import subprocess
import time

import servers

CONFIG = """
[ca]
default_ca = here
[here]
database = {place}/index
serial = {place}/serial
rand_serial = yes
new_certs_dir = {place}
default_md = sha256
policy = anything
unique_subject = no
copy_extensions = copy
[anything]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
"""

NAMES = "DNS:localhost,IP:127.0.0.1,DNS:db.test"
KINDS = {  # name: the names it is for, from, until
    "good": (NAMES, "20200101000000Z", "20491231235959Z"),
    "expired": (NAMES, "20200101000000Z", "20200201000000Z"),
    "future": (NAMES, "20480101000000Z", "20491231235959Z"),
    "wrong": ("DNS:other.test", "20200101000000Z", "20491231235959Z"),
}

# name: certificates, more directives. A cipher of RSA fits no key of ours.
SITES = {
    "good": ("good-chain", "ssl_protocols TLSv1.2 TLSv1.3;"), "incomplete": ("good", ""),
    "expired": ("expired-chain", ""), "future": ("future-chain", ""), "wrong": ("wrong-chain", ""),
    "alone": ("alone", ""),
    "asking": ("good-chain", "ssl_client_certificate {place}/root; ssl_verify_client on; ssl_protocols TLSv1.3;"),
    "stubborn": ("good-chain", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;"),
}

NGINX = """
daemon off; worker_processes 1; error_log stderr; pid {place}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;
  uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
  {sites}
}}
"""

MADE = []  # the folder of the certificates, once there is one


def openssl(*argv):
    servers.run([servers.need("openssl"), *argv])


def request(place, name, subject, more=()):
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            f"{place}/{name}.key", "-out", f"{place}/{name}.csr", "-subj", f"/CN={subject}", *more)


def sign(place, name, by, begins, ends, *more):
    openssl("ca", "-batch", "-notext", "-config", f"{place}/config", "-in", f"{place}/{name}.csr",
            "-keyfile", f"{place}/{by}.key", "-out", f"{place}/{name}", "-startdate", begins, "-enddate", ends,
            *more)


def certificates():
    if MADE:
        return MADE[0]
    place = servers.folder("certificates")
    with open(f"{place}/config", "w", encoding="ascii") as file:
        file.write(CONFIG.format(place=place))
    open(f"{place}/index", "w", encoding="ascii").close()
    always = ("20200101000000Z", "20491231235959Z", "-extensions", "authority")
    request(place, "root", "Test Root")
    sign(place, "root", "root", *always, "-selfsign")
    request(place, "middle", "Test Middle")
    sign(place, "middle", "root", *always, "-cert", f"{place}/root")
    for name, (names, begins, ends) in KINDS.items():
        request(place, name, f"{name}.test", ("-addext", f"subjectAltName={names}"))
        sign(place, name, "middle", begins, ends, "-cert", f"{place}/middle")
        with open(f"{place}/{name}-chain", "w", encoding="ascii") as chain:
            for part in (name, "middle"):
                with open(f"{place}/{part}", encoding="ascii") as file:
                    chain.write(file.read())
        shutil.copy(f"{place}/{name}.key", f"{place}/{name}-chain.key")
    request(place, "alone", "alone.test", ("-addext", f"subjectAltName={NAMES}"))
    sign(place, "alone", "alone", *always[:2], "-selfsign")
    MADE.append(place)
    return place


def own(place):
    for name in os.listdir(place):
        if os.geteuid() == 0:
            shutil.chown(f"{place}/{name}", "nobody", "nogroup")
        os.chmod(f"{place}/{name}", 0o600 if name.endswith(".key") else 0o644)
    os.chmod(place, 0o755)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serve():
    """nginx with a port for each of SITES: "good=… expired=… ca=… middle=…"."""
    place = certificates()
    ports = {name: servers.free_port() for name in SITES}
    sites = [f"server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {place}/{certificate}; "
             f"ssl_certificate_key {place}/{certificate}.key; {more.format(place=place)} "
             f"location / {{ return 200 ok; }} }}" for name, (certificate, more) in SITES.items()]
    with open(f"{place}/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(place=place, sites="\n".join(sites)))
    own(place)
    log = open(f"{place}/log", "w", encoding="utf-8")
    server = subprocess.Popen([servers.need("nginx"), "-c", f"{place}/nginx.conf", "-p", place, "-e", "stderr"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                              preexec_fn=servers.die_with_parent, **servers.identity())
    servers.SERVERS.append(server)
    while not all(accepts(port) for port in ports.values()):
        if server.poll() is not None:
            with open(f"{place}/log", encoding="utf-8") as file:
                raise servers.Trouble("nginx ended: " + " ".join(file.read().split())[-400:])
        time.sleep(0.005)
    told = " ".join(f"{name}={port}" for name, port in ports.items())
    return f"{told} ca={place}/root middle={place}/middle"


def context(name="good-chain"):
    place = certificates()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{place}/{name}", f"{place}/{name}.key")
    return made


def encrypt(link, made):
    """The handshake, and then silence until the other side goes."""
    with made.wrap_socket(link, server_side=True) as encrypted:
        encrypted.recv(1)


def closed_circle():
    """Wants a certificate within the handshake, and breaks it off without one."""
    made = context()
    made.verify_mode = ssl.CERT_REQUIRED
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    return servers.serve(lambda link: encrypt(link, made))


def mail(greeting, steps):
    """A server that begins encryption after these words: pairs of what it must hear and what it says."""
    made = context()

    def answer(link):
        link.sendall(greeting)
        for heard, said in steps:
            if not link.recv(4096).upper().startswith(heard):
                return
            link.sendall(said)
        encrypt(link, made)
    return servers.serve(answer)


def smtp():
    return mail(b"220-hello\r\n220 mail.test ESMTP\r\n",
                [(b"EHLO ", b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"), (b"STARTTLS", b"220 go on\r\n")])


def imap():
    return mail(b"* OK ready\r\n", [(b"A STARTTLS", b"* CAPABILITY IMAP4rev1\r\na OK go on\r\n")])


def pop3():
    return mail(b"+OK ready\r\n", [(b"STLS", b"+OK go on\r\n")])


def smtp_plain():
    return mail(b"220 mail.test ESMTP\r\n",
                [(b"EHLO ", b"250 mail.test\r\n"), (b"STARTTLS", b"454 no encryption today\r\n")])


def postgres():
    """PostgreSQL that encrypts, and the port of one that does not."""
    place = certificates()
    own(place)
    told = servers.postgres()
    port = told.split()[0].partition("=")[2]
    words = [f"ALTER SYSTEM SET ssl_cert_file = '{place}/good-chain'",
             f"ALTER SYSTEM SET ssl_key_file = '{place}/good-chain.key'", "ALTER SYSTEM SET ssl = on",
             "SELECT pg_reload_conf()"]
    argv = [servers.need("psql"), "-q", "-h", "127.0.0.1", "-p", port, "-U", "aragora", "postgres"]
    for word in words:
        argv += ["-c", word]
    servers.run(argv, env={**os.environ, "PGPASSWORD": "secret"})
    while True:  # it reads its configuration anew when it gets to it
        with socket.create_connection(("127.0.0.1", int(port))) as link:
            link.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")
            if link.recv(1) == b"S":
                return told
        time.sleep(0.005)
