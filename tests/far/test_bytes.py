#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes to a far side and comes back is unchanged, byte for byte, whatever leads there and whatever runs it there.

    test_bytes.py [--seed N] [--rounds N] [-k WORD]… [-v]

A failure names the seed; SEED in the environment does what --seed does.
"""
import concurrent.futures
import os
import random
import signal
import sys
import unittest

sys.dont_write_bytecode = True

import ways  # noqa: E402
from lab import Lab  # noqa: E402
from reach import reach  # noqa: E402

ROOT = os.geteuid() == 0
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
ROUNDS = 2
THREADS = 4
ALL = bytes(range(1, 256))
# What has a meaning to one shell or another, or to us.
HARD = [b"", b" ", b"'", b"''\\''", b'"', b"\\", b"\n", b"\n\n", b"a\n", b"\nb", b"$x", b"$(id)", b"`id`", b"*", b"~", b"-",
        b"--", b"-n", b"-e", b"%s%n", b"!", b"#", b"&;|<>(){}[]?", b"\x01", b"\x7f", b"\x80", b"\xff\xfe", b"\xc3(", b"\xe2\x82",
        b"\xf0\x9f\x98\x80", b"\r", b"\r\n", b"\t", b"=", b"a=b", b"rp_n=1", b"\x1b[0m", ALL, ALL[::-1]]
ECHO = b"cat /proc/$$/cmdline;cat /proc/$$/environ >&2;cat"
BOTH = b"t=${TMPDIR:-/tmp}/reprise-both-$$;cat >$t;cat $t & LC_ALL=C tr '\\000-\\376' '\\001-\\377' <$t >&2;wait;rm $t"
UP = bytes(range(1, 256)) + b"\xff"


def some(rng, low, longest):
    return rng.randbytes(rng.choice([0, 1, 2, 7, 60, longest])).replace(b"\0", b"\1" if low else b"\0")


def words(rng, count):
    return [rng.choice(HARD) if rng.random() < 0.4 else some(rng, 1, 400) for _ in range(count)]


class Bytes(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.rng = random.Random(f"{SEED} {self.id()}")

    def told(self, way, what):
        return f"{way}, seed {SEED}: {what!r}"

    def echoes(self, way, args, env, data):
        """Arguments, variables and standard input arrive as they are."""
        argv = [b"sh", b"-c", ECHO, b"sh", *args]
        done = reach([argv], way, stdin=data, env=env)
        self.assertEqual((done.fate, done.statuses), ("over", [0]), self.told(way, done))
        line = b"".join(word + b"\0" for word in argv)
        self.assertEqual(done.out[:len(line)], line, self.told(way, "arguments"))
        self.assertEqual(done.out[len(line):], data or b"", self.told(way, "standard input"))
        there = dict(entry.partition(b"=")[::2] for entry in done.err.split(b"\0") if entry)
        for name, value in env:
            self.assertEqual(there.get(name), value, self.told(way, name))
        leaks = [name for name in there if name.startswith(b"rp_")]
        self.assertEqual(leaks, [], self.told(way, "variables of ours"))

    def comes_back(self, way, data):
        """Both outputs come back as they are, and apart."""
        done = reach([[b"sh", b"-c", BOTH]], way, stdin=data)
        self.assertEqual((done.fate, done.statuses), ("over", [0]), self.told(way, done))
        self.assertTrue(done.out == data, self.told(way, f"standard output, {len(done.out)} of {len(data)} bytes"))
        self.assertTrue(done.err == data.translate(UP),
                        self.told(way, f"standard error, {len(done.err)} of {len(data)} bytes"))

    def ends(self, way, codes):
        """A stage for each status."""
        done = reach([[b"sh", b"-c", b"echo err >&2;exit $1", b"sh", str(code).encode()] for code in codes], way)
        self.assertEqual((done.fate, done.statuses, done.status, done.out, done.err),
                         ("over", [code << 8 for code in codes], codes[-1], b"", b"err\n" * len(codes)),
                         self.told(way, done))

    def dies(self, way, numbers):
        """A stage for each signal; a shell tells it as a status."""
        done = reach([[b"sh", b"-c", b"kill -$1 $$", b"sh", str(int(number)).encode()] for number in numbers], way)
        statuses = [number if way.launcher else (128 + number) << 8 for number in numbers]
        self.assertEqual((done.fate, [status & 0xff7f for status in done.statuses], done.status, done.out, done.err),
                         ("over", statuses, 128 + numbers[-1], b"", b""), self.told(way, done))

    def refuses(self, way):
        done = reach([[b"/absent/program"]], way)
        self.assertEqual((done.fate, done.says("failed")), ("over", "0 1 2"), self.told(way, done))
        done = reach([[b"true"]], way, cwd=b"/absent")
        self.assertEqual((done.fate, done.says("failed")), ("over", "0 0 2"), self.told(way, done))

    def long(self, way, rng):
        """As long as the kernel takes a word; a shell is told less, and says so before anything is begun."""
        word = some(rng, 1, 1) + b"x'\n\xff" * 32000
        if way.launcher:
            self.echoes(way, [word[:131071], b"", word[:100000]], [(b"T_LONG", word[:120000])], b"in")
        else:
            done = reach([[b"true", word]], way)
            self.assertEqual((done.fate, done.statuses), ("unreached", []), self.told(way, done))
            self.assertIn("more than a shell can be told", done.says("unreached"))
            self.echoes(way, [word[:20000]], [(b"T_LONG", word[:9000])], b"in")

    def try_all(self, way, rounds):
        rng = random.Random(f"{SEED} {way}")  # of its own: what it gets does not hang on who is first
        self.echoes(way, HARD, [(b"T_%d" % number, word) for number, word in enumerate(HARD)], bytes(range(256)))
        for _ in range(rounds):
            env = [(b"T_%d" % number, word) for number, word in enumerate(words(rng, 6))]
            data = rng.choice([None, b"", some(rng, 0, 3000), rng.randbytes(200000)])
            self.echoes(way, words(rng, 12), env, data)
        self.long(way, rng)
        self.comes_back(way, b"\x01" * 5000 + bytes(range(256)) * 20 + rng.randbytes(3 << 20) + b"\x01")
        self.ends(way, [0, 1, 255, *rng.sample(range(2, 255), 5)])
        self.dies(way, [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGPIPE])
        self.refuses(way)


class Shells(Bytes):
    """Many cases, for which the far side is only a shell: what leads there costs nothing."""

    def setUp(self):
        super().setUp()
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def way(self, sh, locale, launcher=False):
        """A way to a shell alone: where it is the `sh` of the PATH."""
        folder = f"{self.lab.place}/sh-{sh}"
        if not os.path.isdir(folder):
            os.mkdir(folder)
            os.symlink(ways.program(sh), f"{folder}/sh")
        return ways.Way(self.lab, f"{sh} {locale}", [(["env", f"PATH={folder}:{os.environ['PATH']}",
                                                       f"HOME={self.lab.place}", f"LC_ALL={locale}"], False)], None,
                        launcher)

    def test_words(self):
        for sh in ("dash", "bash", "busybox"):
            for locale in ("C", "C.UTF-8", "de_DE.UTF-8"):
                for launcher in (False, True):
                    way = self.way(sh, locale, launcher)
                    for _ in range(3 * ROUNDS):
                        env = [(b"T_%d" % number, word) for number, word in enumerate(words(self.rng, 8))]
                        env += [(b"LC_ALL", b"C.UTF-8")] if self.rng.random() < 0.3 else []
                        data = self.rng.choice([None, some(self.rng, 0, 3000), self.rng.randbytes(100000)])
                        self.echoes(way, words(self.rng, 20), env, data)

    def test_statuses(self):
        for launcher in (False, True):
            way = self.way("dash", "C", launcher)
            for first in range(0, 256, 64):
                self.ends(way, range(first, first + 64))
            numbers = set(signal.Signals) - {signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT, signal.SIGSTOP,
                                             signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
            numbers -= set() if launcher else {signal.SIGINT, signal.SIGQUIT}  # which a shell's means ignore
            self.dies(way, sorted(map(int, numbers)))

    def test_stages(self):
        for sh in ("dash", "bash", "busybox"):
            for launcher in (False, True):
                way = self.way(sh, "C.UTF-8", launcher)
                data = self.rng.randbytes(300000)
                done = reach([[b"cat"], [b"sh", b"-c", b"echo two >&2;cat;exit 3"], [b"cat"],
                              [b"sh", b"-c", b"cat; exit 4"]], way, stdin=data)
                self.assertEqual((done.fate, done.statuses), ("over", [0, 3 << 8, 0, 4 << 8]), self.told(way, done))
                self.assertTrue(done.out == data, self.told(way, len(done.out)))
                self.assertEqual(done.err, b"two\n")

    def test_what_looks_like_a_mark(self):
        """A step may print what begins as our marks do."""
        for launcher in (False, True):
            way = self.way("bash", "C", launcher)
            text = b"\x01" + b"0" * 32 + b":end 1 0 0\n\x01\x01\x01" + b"a" * 31 + b"\x01"
            done = reach([[b"printf", b"%s", text]], way)
            self.assertEqual((done.fate, done.statuses, done.out), ("over", [0], text), self.told(way, done))
            done = reach([[b"sh", b"-c", b"printf '%s' \"$1\" >&2", b"sh", text]], way)
            self.assertEqual((done.fate, done.statuses, done.err), ("over", [0], text), self.told(way, done))


class Ways(Bytes):
    """All kinds of ways, in one lab, side by side."""

    def setUp(self):
        super().setUp()
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def all(self):
        lab = self.lab
        yield from (ways.ssh(lab, kind) for kind in ("bash", "dash", "busybox", "noisy"))
        yield from (ways.pod(lab, "p1"), ways.near_become(lab))
        if ROOT:  # README.md: who is root must not do without
            yield ways.ssh_become(lab, lab.ssh(operator=True), "nobody")
            yield from (ways.docker(lab, "box", "box"), ways.docker(lab, "full", "full"))
            yield ways.ssh_docker(lab, lab.ssh(), "box")

    def test_everything(self):
        every = [one for way in self.all() for one in (way, way.by_shell())]
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            wrong = [text for text in pool.map(self.one, every) if text]
        self.assertEqual(wrong, [])

    def one(self, way):
        try:
            self.try_all(way, ROUNDS)
        except Exception as error:  # told with the others
            return f"{type(error).__name__}: {error}"
        return None

    @unittest.skipUnless(ROOT, "only root can have a Docker engine")
    def test_where_nothing_may_be_run(self):
        """No folder lets a program be run: the shell must do, without being told to."""
        way = ways.docker(self.lab, "closed", "box", "--read-only", "--tmpfs", "/tmp:noexec")
        done = reach([[b"cat"]], way, stdin=ALL)
        self.assertEqual((done.fate, done.out), ("over", ALL), done)
        self.assertTrue(done.says("began").startswith("sh"), done)


def main():
    global SEED, ROUNDS
    arguments = sys.argv[1:]
    for name in ("--seed", "--rounds"):
        if name in arguments:
            at = arguments.index(name)
            value = int(arguments[at + 1])
            del arguments[at:at + 2]
            SEED, ROUNDS = (value, ROUNDS) if name == "--seed" else (SEED, value)
    print(f"seed {SEED}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *arguments])


if __name__ == "__main__":
    main()
