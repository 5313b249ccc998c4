#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real servers for tests, started on request and gone when the test is.

Reads one command a line and answers one line: "ok key=value …" or "error SENTENCE". Ends, with everything it started,
when its standard input does. Nothing outlives it: each server asks the kernel to die with it.

  postgres          PostgreSQL with password "secret" for user aragora   port= socket= pid=
  redis             Redis with password "secret"                         port= pid=
  redis_loading     a Redis that loads a data set for minutes            port=
  nginx             see NGINX below                                      port= tls= ca=
  dead              a port on which nobody listens                       port=
  hang              a port that accepts and never answers                port=
  close             a port that accepts and closes                       port=
  noise             a port that answers everything by a line of text     port=
  pg_starting       what PostgreSQL says while it starts                 port=
  kill PID          SIGKILL, then waits until it is gone
"""
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PG_BIN = "/usr/lib/postgresql/15/bin"
SERVERS = []
KEPT = []
PLACE = tempfile.mkdtemp(prefix="reprise-servers-")

NGINX = """
daemon off; worker_processes 1; error_log stderr; pid {dir}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type text/plain;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
  uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls} ssl;
    ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
    root {dir}/www;
    location = /ok.json {{ default_type application/json; add_header X-Two a; add_header X-Two b;
      return 200 '{{"status": "ok", "n": 3}}'; }}
    location = /moved {{ return 302 /ok.json; }}
    location = /away {{ return 302 http://localhost:{port}/echo; }}
    location = /loop {{ return 302 /loop; }}
    location = /nowhere {{ return 302 ftp://127.0.0.1/x; }}
    location = /echo {{ return 200 "$request_method [$http_authorization] [$http_x_key] $content_type"; }}
    location = /private {{ if ($http_authorization != "Bearer token") {{ return 401; }} return 204; }}
    location = /slow {{ limit_rate 1k; try_files /big =404; }}
    location = /reset {{ return 444; }}
  }}
}}
"""


class Trouble(Exception):
    pass


def need(program):
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:" + PG_BIN)
    if not found:
        raise Trouble(f"{program} is not installed: tools/setup names the packages")
    return found


def identity():
    """Servers that refuse root run as somebody else."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def folder(name):
    path = os.path.join(PLACE, f"{name}{len(os.listdir(PLACE))}")
    os.mkdir(path, 0o700)
    if os.geteuid() == 0:
        shutil.chown(path, "nobody", "nogroup")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(argv, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        raise Trouble(f"{argv[0]} failed: {' '.join(done.stdout.split())[-400:]}")


def start(argv, ready, **more):
    """Starts a server and returns when its log says that it is ready."""
    server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              preexec_fn=die_with_parent, **more)
    SERVERS.append(server)
    said = []
    for line in server.stdout:
        said.append(line.strip())
        if ready in line:
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return server
    raise Trouble(f"{argv[0]} ended: {' '.join(said)[-400:]}")


def postgres():
    place, port = folder("pg"), free_port()
    pwfile, data = os.path.join(place, "pw"), os.path.join(place, "data")
    with open(pwfile, "w", encoding="ascii") as file:
        file.write("secret\n")
    os.chmod(pwfile, 0o644)
    run([need("initdb"), "-D", data, "-U", "aragora", "--pwfile", pwfile, "-A", "scram-sha-256",
         "--no-sync", "--no-locale", "-E", "UTF8"], cwd=place, **identity())
    argv = [need("postgres"), "-D", data, "-p", str(port), "-k", place, "-h", "127.0.0.1", "-F",
            "-c", "max_connections=150"]
    server = start(argv, "ready to accept connections", cwd=place, **identity())
    return f"port={port} socket={place} pid={server.pid}"


def redis_argv(place, port, *more):
    return [need("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", place,
            "--save", "", "--requirepass", "secret", "--maxclients", "600", *more]


def redis():
    place, port = folder("redis"), free_port()
    server = start(redis_argv(place, port, "--unixsocket", place + "/redis.sock"),
                   "Ready to accept connections", cwd=place, **identity())
    return f"port={port} socket={place}/redis.sock pid={server.pid}"


def redis_loading():
    place, port = folder("redis"), free_port()
    first = start(redis_argv(place, port, "--enable-debug-command", "yes"),
                  "Ready to accept connections", cwd=place, **identity())
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"AUTH secret\r\nDEBUG POPULATE 20000\r\nSAVE\r\n")
        answer = b""
        while answer.count(b"\r\n") < 3:
            answer += link.recv(4096)
    first.kill()
    first.wait()
    # Redis serves clients between keys while it loads; the delay is in microseconds a key.
    start(redis_argv(place, port, "--key-load-delay", "20000",
                     "--loading-process-events-interval-bytes", "1024"),
          "Loading RDB", cwd=place, **identity())
    return f"port={port}"


def nginx():
    place, port, tls = folder("nginx"), free_port(), free_port()
    os.mkdir(place + "/www")
    with open(place + "/www/big", "wb") as file:
        file.write(b"0123456789abcdef" * (1 << 16))
    run([need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         place + "/key.pem", "-out", place + "/cert.pem", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"])
    with open(place + "/www/latin", "wb") as file:
        file.write(b"caf\xe9")
    with open(place + "/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(dir=place, port=port, tls=tls))
    for root, folders, files in os.walk(place):
        for name in folders + files:
            if os.geteuid() == 0:
                shutil.chown(os.path.join(root, name), "nobody", "nogroup")
    server = subprocess.Popen([need("nginx"), "-c", place + "/nginx.conf", "-p", place, "-e", "stderr"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=open(place + "/log", "w", encoding="utf-8"),
                              preexec_fn=die_with_parent, **identity())
    SERVERS.append(server)
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"port={port} tls={tls} ca={place}/cert.pem pid={server.pid}"
        time.sleep(0.005)
    with open(place + "/log", encoding="utf-8") as log:
        raise Trouble("nginx ended: " + " ".join(log.read().split())[-400:])


def listener():
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    KEPT.append(listening)
    return listening


def serve(answer):
    """Answers every connection in a thread of its own."""
    listening = listener()
    listening.listen(600)

    def each():
        while True:
            link, _ = listening.accept()
            threading.Thread(target=quietly, args=(answer, link), daemon=True).start()

    threading.Thread(target=each, daemon=True).start()
    return f"port={listening.getsockname()[1]}"


def quietly(answer, link):
    try:
        if answer(link) != "keep":
            link.close()
    except OSError:
        link.close()


def dead():
    return f"port={listener().getsockname()[1]}"  # bound, so that nobody gets it, but not listening


def hang():
    def answer(link):
        KEPT.append(link)
        return "keep"
    return serve(answer)


def close():
    return serve(lambda link: None)


def noise():
    def answer(link):
        link.recv(4096)
        link.sendall(b"good evening, this is a gopher hole\r\n")
        link.recv(4096)
    return serve(answer)


def pg_starting():
    def answer(link):
        while True:
            code = struct.unpack("!ii", link.recv(4096)[:8])[1]
            if code != 80877103:  # a request for TLS: refused by one letter
                break
            link.sendall(b"N")
        fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        link.sendall(b"E" + struct.pack("!i", 4 + len(fields)) + fields)
    return serve(answer)


def kill(pid):
    for server in SERVERS:
        if server.pid == int(pid):
            server.kill()
            server.wait()
            return ""
    raise Trouble(f"{pid} is no server of ours")


COMMANDS = {"postgres": postgres, "redis": redis, "redis_loading": redis_loading, "nginx": nginx,
            "dead": dead, "hang": hang, "close": close, "noise": noise, "pg_starting": pg_starting,
            "kill": kill}


def main():
    os.chmod(PLACE, 0o755)
    try:
        for line in sys.stdin:
            name, *arguments = line.split()
            try:
                print("ok", COMMANDS[name](*arguments), flush=True)
            except (Trouble, OSError) as trouble:
                print("error", trouble, flush=True)
    finally:
        for server in SERVERS:
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT)
        for server in SERVERS:
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
        shutil.rmtree(PLACE, ignore_errors=True)


if __name__ == "__main__":
    main()
