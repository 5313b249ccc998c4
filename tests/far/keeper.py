#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Owns a server and every process that comes of it, so that nothing outlives the lab, however the lab ends.

    keeper.py LOG [--lock FILE] [--term SECONDS] [--finally COMMAND]… -- ARGV…

ARGV is started on request. The lock is held (shared) as long as the keeper lives. Orphans below it become children of
the keeper, so a machine's processes are always found below its keeper. Commands come one a line on standard input, each
is answered by one line:

    start    starts ARGV (again), what it says goes to LOG             PID
    kill     ends everything below the keeper                          killed

When standard input ends, the lab is gone: everything below is ended (ARGV by SIGTERM first, with --term), the commands
of --finally are run by sh, and the keeper ends. Python programs use the class Kept, and the functions of /proc here.
"""
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 60


class Trouble(Exception):
    """Something of the lab did not do as it should; a sentence."""


def wait_for(condition, what, seconds=PATIENCE):
    """Returns what condition() gives as soon as it is true; Trouble when it never is."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Trouble(f"waited {seconds} s in vain until {what}")
        time.sleep(0.02)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # gone meanwhile, or somebody else's
        return b""


def parents():
    """Of every process that is not a zombie: its parent."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = read(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if fields and fields[0] not in (b"Z", b"X"):
                found[int(name)] = int(fields[1])
    return found


def below(pid):
    """The processes below that one, without itself, the nearest first."""
    children = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, []))
    for process in found:
        found.extend(children.get(process, []))
    return found


def carries(pid, marker):
    """Whether a process has the text in its arguments or its environment."""
    text = marker.encode()
    return text in read(f"/proc/{pid}/cmdline") or text in read(f"/proc/{pid}/environ")


def signal_to(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Kept:
    """The lab's side: a server under a keeper of its own."""

    def __init__(self, argv, log, lock="", closing=(), term=0, **more):
        command = [sys.executable, "-I", os.path.abspath(__file__), log]
        command += ["--lock", lock] if lock else []
        command += ["--term", str(term)] if term else []
        for line in closing:
            command += ["--finally", line]
        self.process = subprocess.Popen(command + ["--"] + list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, start_new_session=True, **more)
        self.log = log
        self.server = None

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise Trouble(f"the keeper of {self.log} is gone")
        return answer

    def start(self):
        answer = self.ask("start")
        if not answer.isdigit():
            raise Trouble(answer)
        self.server = int(answer)

    def kill(self):
        self.ask("kill")
        self.server = None

    def below(self):
        return below(self.process.pid)

    def said(self):
        return read(self.log).decode("utf-8", "replace")

    def close(self):
        """Asks it to end everything; wait() returns when that is so."""
        self.process.stdin.close()

    def wait(self):
        self.process.wait()
        self.process.stdout.close()


class Keeper:
    def __init__(self, log, term, closing, argv):
        self.log, self.term, self.closing, self.argv = log, term, closing, argv
        self.server = None

    def start(self):
        with open(self.log, "ab") as log:
            try:
                self.server = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                               stderr=subprocess.STDOUT, start_new_session=True).pid
            except OSError as error:
                return f"{self.argv[0]}: {error.strerror}"
        return str(self.server)

    def reap(self):
        try:
            while True:
                pid = os.waitpid(-1, os.WNOHANG)[0]
                if pid == 0:
                    return
                if pid == self.server:
                    self.server = None
        except ChildProcessError:
            pass

    def kill(self):
        while True:
            processes = below(os.getpid())
            if not processes:
                return "killed"
            for pid in processes:
                signal_to(pid, signal.SIGKILL)
            time.sleep(0.002)
            self.reap()

    def end_server(self):
        if self.term and self.server:
            signal_to(self.server, signal.SIGTERM)
            end = time.monotonic() + self.term
            while self.server and time.monotonic() < end:
                time.sleep(0.005)
                self.reap()

    def end(self):
        self.end_server()
        self.kill()
        for line in self.closing:
            subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)

    def keep(self):
        commands = {b"start": self.start, b"kill": self.kill}
        woken, waker = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            ready = select.select([0, woken], [], [])[0]
            if woken in ready:
                os.read(woken, 4096)
                self.reap()
            if 0 in ready:
                lines = os.read(0, 4096)
                if not lines:
                    return
                for line in lines.split():
                    os.write(1, (commands[line]() + "\n").encode())


def main():
    arguments = sys.argv[1:]
    log, term, closing, held = arguments.pop(0), 0, [], None
    while arguments[0] != "--":
        option, value = arguments.pop(0), arguments.pop(0)
        if option == "--lock":
            held = open(value, "rb")  # until the process ends
            fcntl.flock(held, fcntl.LOCK_SH)
        elif option == "--term":
            term = float(value)
        else:
            closing.append(value)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which the server would inherit
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    keeper = Keeper(log, term, closing, arguments[1:])
    try:
        keeper.keep()
    except BrokenPipeError:
        pass
    finally:
        keeper.end()
        del held


if __name__ == "__main__":
    main()
