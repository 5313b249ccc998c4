# SPDX-License-Identifier: Apache-2.0
"""reprise-reach without an interpreter: an order as interp/reach/order.h lays it out, and how it is carried out.

    done = reach([[b"printf", b"%s", word]], ways.ssh(host))      # Done: status, out, err, ending
"""
import atexit
import glob
import os
import secrets
import struct
import subprocess
import tempfile

BUILD = os.environ.get("BUILD", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/release"))
REACH, LAUNCH = f"{BUILD}/reprise-reach", f"{BUILD}/reprise-launch"
HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../interp/launch")
STAMP = secrets.token_hex(8)  # no far side has a launcher that this process did not bring
LIMIT = 120


def constant(header, name):
    """A text that a header defines."""
    with open(f"{HEADERS}/{header}", encoding="utf-8") as file:
        for line in file:
            words = line.split(None, 2)
            if words[:2] == ["#define", name]:
                return words[2].strip()[1:-1].replace('\\"', '"')
    raise LookupError(name)


BOOT = constant("wire.h", "WIRE_BOOT")
FATES = {"over", "unreached", "lost", "ended"}


def octets(word):
    return os.fsencode(word) if isinstance(word, str) else word


def make_order(stages, way, env=(), cwd=b"", reads=False, ending=b"", grace=2.0, confined=False, launcher=None):
    """The bytes of an order. `launcher`: in place of what the way says."""
    nonce = secrets.token_hex(16)
    launch = LAUNCH if (way.launcher if launcher is None else launcher) else ""
    carrier, aside = way.lead(BOOT, nonce), way.lead_aside(BOOT, nonce)
    strings = [nonce, ending, b"", launch, STAMP, *carrier, *aside]
    items = [cwd, b"", *([b""] if confined else []), *[word for argv in stages for word in argv],
             *[name + b"=" + value for name, value in env]]
    told = b"".join(octets(word) + b"\0" for word in strings)
    request = b"".join(struct.pack("=I", len(argv)) for argv in stages) + b"".join(octets(word) + b"\0"
                                                                                 for word in items)
    begin = struct.pack("=8I2Q", 0, 0, 0, 1 if reads else 0, len(stages), len(items), 1 if confined else 0, 0,
                        len(request), 0)
    head = struct.pack("=4IQq", 1, len(carrier), len(aside), 0, len(told), int(grace * 1e6))
    return head + begin + told + request


def forget():
    """Removes the launchers that ways to this machine itself have brought outside of a lab."""
    for path in glob.glob(f"/tmp/reprise-*/launch-{STAMP}*"):
        os.unlink(path)


atexit.register(forget)


class Reach:
    """One that runs. `process` is a Popen; `ending()` what it has left so far, as a list of (word, rest)."""

    def __init__(self, stages, way, stdin=None, **more):
        """stdin: None: the step has none; else what subprocess takes, and it has one."""
        handle, self.file = tempfile.mkstemp(prefix="ending-", dir=way.lab.place)
        os.close(handle)
        os.unlink(self.file)
        order = make_order(stages, way, reads=stdin is not None, ending=self.file, **more)
        memory = os.memfd_create("order", 0)
        os.write(memory, order)
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec "$0" 1 0 "$1" far 3</proc/self/fd/"$2"', REACH, str(len(order)), str(memory)],
            stdin=subprocess.DEVNULL if stdin is None else stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[memory], env=way.lab.environment())
        os.close(memory)

    def ending(self):
        try:
            with open(self.file, "rb") as file:
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [tuple((line.decode("utf-8", "replace") + " ").split(" ", 1)) for line in lines]

    def says(self, word):
        """What stands behind a word of the ending; None without such a line."""
        return next((rest.strip() for found, rest in self.ending() if found == word), None)

    def carrier(self):
        """The process that leads there, or 0."""
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
                return int((file.read().split() or ["0"])[0])
        except FileNotFoundError:
            return 0

    def finish(self, given=None):
        out, err = self.process.communicate(given, timeout=LIMIT)
        return Done(self, out, err)


class Done:
    def __init__(self, run, out, err):
        self.status, self.out, self.err = run.process.returncode, out, err
        self.ending = run.ending()
        self.fate = next((word for word, _ in self.ending if word in FATES), "")
        self.says = run.says
        self.statuses = [int(word) for word in (run.says("status") or "").split()]

    def __repr__(self):
        return f"status {self.status}, ending {self.ending}, err {self.err[-400:]!r}, out {self.out[-400:]!r}"


def reach(stages, way, stdin=None, **more):
    """Carries out an order to its end. stdin: bytes, or None: it has none."""
    return Reach(stages, way, stdin=subprocess.PIPE if stdin is not None else None, **more).finish(stdin)
