# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal that an emulator shows, with what has scrolled off its screen."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

import pyte

LIMIT_S = 60


class Window:
    def __init__(self, folder, columns, rows, *command, env=None):
        self.screen = pyte.HistoryScreen(columns, rows, history=5000)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        # it begins once its window has its size
        gate, go = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.read(gate, 1)
            os.chdir(folder)
            os.execve(command[0], [str(word) for word in command], {**os.environ, "TERM": "xterm", **(env or {})})
        os.close(gate)
        self.size(columns, rows)
        os.write(go, b"x")
        os.close(go)

    def size(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, until):
        """Takes what comes next; False once nothing will any more."""
        ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing came within {LIMIT_S} s; the screen shows\n" + "\n".join(self.all()))
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            piece = b""
        self.raw += piece
        self.stream.feed(piece)
        return bool(piece)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def past(self):
        """What has scrolled off."""
        return ["".join(line[column].data for column in range(max(line, default=-1) + 1)).rstrip()
                for line in self.screen.history.top]

    def all(self):
        return self.past() + self.lines()

    def shows(self, *wanted):
        return all(any(text in line for line in self.lines()) for text in wanted)

    def await_that(self, holds):
        until = time.monotonic() + LIMIT_S
        while not holds():
            if not self.read(until):
                raise AssertionError("it ended; the screen shows\n" + "\n".join(self.all()))

    def await_shown(self, *wanted):
        """Until there are lines on the screen with each of these."""
        self.await_that(lambda: self.shows(*wanted))

    def rests(self):
        """The panel is drawn to its end: the cursor stands above it, and lines wrap again."""
        below = self.lines()[self.screen.cursor.y + 1:]
        return bool(below) and below[0].startswith("-- ") and 7 << 5 in self.screen.mode

    def await_panel(self, *wanted):
        self.await_that(lambda: self.shows(*wanted) and self.rests())

    def await_said(self, text):
        """Until these bytes came."""
        self.await_that(lambda: text in self.raw)

    def type(self, text):
        os.write(self.fd, text.encode())

    def state(self):
        """How the terminal is set, as the kernel has it."""
        return termios.tcgetattr(self.fd)

    def end(self):
        """Its exit status, when all it said was read."""
        until = time.monotonic() + LIMIT_S
        while self.read(until):
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
