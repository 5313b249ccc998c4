#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real servers for tests, started on request and gone when the test is.

Reads one command a line and answers one line: "ok key=value …" or "error SENTENCE". Ends, with everything it started,
when its standard input does. Nothing outlives it: each server asks the kernel to die with it.

  postgres [OPTION…]
                    PostgreSQL with password "secret" for user aragora   port= socket= pid=
  pg_standby PORT   a standby of the one at PORT, by its slot "standby"  port= socket= pid=
  pg_closed         a standby from which nobody may read                 port= socket= pid=
  pg_recovering     one that waits for WAL from its archive for ever     port= socket= pid=
  pg_strict         one with three connections, all of them by TLS       port= socket= pid= ca=
  redis [OPTION…]   Redis with password "secret"                         port= socket= pid=
  redis_replica PORT [OPTION…]
                    a replica of the one at PORT                         port= socket= pid=
  redis_sentinel    a sentinel, without a password                       port= pid=
  redis_loading     a Redis that loads a data set for minutes            port=
  nginx             see NGINX below                                      port= tls= ca=
  dead              a port on which nobody listens                       port=
  hang              a port that accepts and never answers                port=
  close             a port that accepts and closes                       port=
  noise             a port that answers everything by a line of text     port=
  kill PID          SIGKILL, then waits until it is gone
  signal NAME PID   sends a signal to a server, and does not wait
"""
import ctypes
import os
import shutil
import signal
import socket
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
    owned(path)
    return path


def owned(path):
    if os.geteuid() == 0:
        shutil.chown(path, "nobody", "nogroup")


def certificate(place):
    run([need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         place + "/key.pem", "-out", place + "/cert.pem", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"])


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


def pg_cluster():
    """A fresh one in a folder of its own: made once, copied after that."""
    place = folder("pg")
    model = os.path.join(PLACE, "model")
    if not os.path.exists(model):
        pwfile = os.path.join(place, "pw")
        with open(pwfile, "w", encoding="ascii") as file:
            file.write("secret\n")
        os.chmod(pwfile, 0o644)
        made = os.path.join(place, "data")
        run([need("initdb"), "-D", made, "-U", "aragora", "--pwfile", pwfile, "-A", "scram-sha-256",
             "--no-sync", "--no-locale", "-E", "UTF8"], cwd=place, **identity())
        os.rename(made, model)
    run(["cp", "-a", model, os.path.join(place, "data")])
    return place


def pg_start(place, *options, ready="ready to accept connections"):
    port = free_port()
    argv = [need("postgres"), "-D", os.path.join(place, "data"), "-p", str(port), "-k", place,
            "-h", "127.0.0.1", "-F", "-c", "max_connections=150", *options]
    server = start(argv, ready, cwd=place, **identity())
    return f"port={port} socket={place} pid={server.pid}"


def postgres(*options):
    return pg_start(pg_cluster(), *options)


def pg_standby(port):
    place = folder("pg")
    run([need("pg_basebackup"), "-D", os.path.join(place, "data"), "-h", "127.0.0.1", "-p", port, "-U",
         "aragora", "-c", "fast", "-X", "stream", "-C", "-S", "standby", "-R", "--no-sync"],
        cwd=place, env=dict(os.environ, PGPASSWORD="secret", HOME=place), **identity())
    return pg_start(place, ready="started streaming WAL")


def mark(place, name):
    with open(os.path.join(place, "data", name), "w", encoding="ascii"):
        pass


def pg_closed():
    place = pg_cluster()
    mark(place, "standby.signal")
    return pg_start(place, "-c", "hot_standby=off", ready="entering standby mode")


def pg_recovering():
    place = pg_cluster()
    mark(place, "recovery.signal")
    os.mkfifo(os.path.join(place, "archive"))
    # Nobody ever writes to the pipe.
    return pg_start(place, "-c", f"restore_command=timeout --foreground 600 cat {place}/archive",
                    ready="database system was shut down")


def pg_strict():
    place = pg_cluster()
    certificate(place)
    with open(os.path.join(place, "data", "pg_hba.conf"), "w", encoding="ascii") as file:
        file.write("local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    for name in ("cert.pem", "key.pem"):
        owned(os.path.join(place, name))
    return pg_start(place, "-c", "max_connections=3", "-c", "superuser_reserved_connections=0", "-c",
                    "max_wal_senders=0", "-c", "ssl=on", "-c", f"ssl_cert_file={place}/cert.pem", "-c",
                    f"ssl_key_file={place}/key.pem") + f" ca={place}/cert.pem"


def redis_argv(place, port, *more):
    return [need("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", place,
            "--save", "", "--requirepass", "secret", "--maxclients", "600", *more]


def redis(*options):
    place, port = folder("redis"), free_port()
    server = start(redis_argv(place, port, "--unixsocket", place + "/redis.sock", "--repl-diskless-sync-delay", "0",
                              *options),
                   "Ready to accept connections", cwd=place, **identity())
    return f"port={port} socket={place}/redis.sock pid={server.pid}"


def redis_replica(port, *options):
    return redis("--replicaof", "127.0.0.1", port, "--masterauth", "secret", *options)


def redis_sentinel():
    place, port = folder("redis"), free_port()
    with open(place + "/sentinel.conf", "w", encoding="ascii") as file:
        file.write(f"port {port}\nbind 127.0.0.1\ndir {place}\n")
    owned(place + "/sentinel.conf")
    server = start([need("redis-server"), place + "/sentinel.conf", "--sentinel"], "Sentinel ID is", cwd=place,
                   **identity())
    return f"port={port} pid={server.pid}"


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
    certificate(place)
    with open(place + "/www/latin", "wb") as file:
        file.write(b"caf\xe9")
    with open(place + "/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX.format(dir=place, port=port, tls=tls))
    for root, folders, files in os.walk(place):
        for name in folders + files:
            owned(os.path.join(root, name))
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


def ours(pid):
    for server in SERVERS:
        if server.pid == int(pid):
            return server
    raise Trouble(f"{pid} is no server of ours")


def kill(pid):
    ours(pid).kill()
    ours(pid).wait()
    return ""


def send_signal(name, pid):
    ours(pid).send_signal(getattr(signal, "SIG" + name))
    return ""


COMMANDS = {"postgres": postgres, "pg_standby": pg_standby, "pg_closed": pg_closed, "pg_recovering": pg_recovering,
            "pg_strict": pg_strict, "redis": redis, "redis_replica": redis_replica, "redis_sentinel": redis_sentinel,
            "redis_loading": redis_loading, "nginx": nginx, "dead": dead, "hang": hang, "close": close, "noise": noise,
            "kill": kill, "signal": send_signal}


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
