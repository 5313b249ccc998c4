#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package of a build, and what `cmake --install` does: all of it lies where it belongs, runs from there, and
goes again. Nothing is installed on this machine: as root dpkg gets a root folder of the test's own, whoever else runs
this unpacks the package.

BUILD names the folder of the build.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["BUILD"])
RUNBOOK = """reprise: 1
id: greeting
title: Say hello
steps:
  - id: hello
    title: Say it
    effect: read
    run: [echo, hello]
    timeout: 20s
"""


def run(*argv, **how):
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    assert done.returncode == 0, f"{argv}: {done.stdout}"
    return done.stdout


def pack(folder):
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", folder, cwd=BUILD)
    package, = folder.glob("*.deb")
    return package


def below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.package = pack(cls.folder / "first")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).strip()

    def runs_from(self, usr):
        """The program is used there, by its path, by its name and by a link to it."""
        home, work = self.folder / "home", self.folder / "work"
        work.mkdir(exist_ok=True)
        (work / "greeting.yaml").write_text(RUNBOOK, encoding="utf-8")
        link = work / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(usr / "bin" / "reprise")
        around = {**os.environ, "HOME": str(home), "REPRISE_HOME": str(home), "MANWIDTH": "80", "LC_ALL": "C.UTF-8",
                  "PATH": f"{usr}/bin:{os.environ['PATH']}"}
        run(usr / "bin" / "reprise", "check", "-q", usr / "share/reprise/runbooks/database-failure.yaml", env=around)
        for program in usr / "bin" / "reprise", "reprise", link:
            said = run("sh", "-c", f"{program} run greeting.yaml", env=around, cwd=work)
            self.assertIn("hello      | hello", said)
            self.assertIn("RECOVERED", said)
        self.assertIn("reprise run [OPTIONS] FILE",
                      run("man", "--local-file", usr / "share/man/man1/reprise-run.1.gz", env=around))

    def test_it_is_named_and_described(self):
        version = run(BUILD / "reprise", "--version").split()[1]
        architecture = run("dpkg", "--print-architecture").strip()
        self.assertEqual(self.package.name, f"reprise_{version}_{architecture}.deb")
        self.assertEqual((self.field("Package"), self.field("Version")), ("reprise", version))
        self.assertRegex(self.field("Depends"), r"\blibc6 \(>= .*\blibuv1 \(>= ")
        self.assertEqual(self.field("Conffiles"), "")

    def test_all_of_it_is_roots_and_everybody_can_read_it(self):
        programs = {"./usr/bin/reprise", "./usr/libexec/reprise/reprise-launch", "./usr/libexec/reprise/reprise-reach"}
        found = set()
        for line in run("dpkg-deb", "--contents", self.package).splitlines():
            mode, owner, *_, path = line.split()
            self.assertEqual(owner, "root/root", line)
            self.assertTrue(path.startswith("./usr/"), line)
            if not path.endswith("/"):
                self.assertEqual(mode, "-rwxr-xr-x" if path in programs else "-rw-r--r--", line)
                found.add(path)
            else:
                self.assertEqual(mode, "drwxr-xr-x", line)
        share = "./usr/share"
        self.assertLessEqual(programs | {
            f"{share}/man/man1/reprise.1.gz", f"{share}/man/man1/reprise-run.1.gz",
            f"{share}/bash-completion/completions/reprise", f"{share}/zsh/vendor-completions/_reprise",
            f"{share}/fish/vendor_completions.d/reprise.fish", f"{share}/reprise/runbooks/database-failure.yaml",
            f"{share}/reprise/schema/runbook.schema.json", f"{share}/doc/reprise/language.md",
            f"{share}/doc/reprise/examples/systemd/reprise@.service", f"{share}/doc/reprise/copyright",
            f"{share}/doc/reprise/changelog.gz"}, found)

    def test_debian_has_nothing_against_it(self):
        # It leaves files where it works.
        self.assertEqual(run("lintian", "--allow-root", "--fail-on", "error,warning", self.package,
                             env={**os.environ, "TMPDIR": str(self.folder)}), "")

    def test_the_same_build_gives_the_same_bytes(self):
        self.assertEqual(self.package.read_bytes(), pack(self.folder / "second").read_bytes())

    def test_no_path_of_the_build_is_in_it(self):
        root = self.folder / "searched"
        run("dpkg-deb", "--extract", self.package, root)
        for path in root.rglob("*"):
            if path.is_file():
                self.assertFalse(str(BUILD.parent.parent).encode() in path.read_bytes(), path)

    @unittest.skipUnless(os.geteuid() == 0, "dpkg gives files to root")
    def test_it_installs_runs_and_goes(self):
        root = self.folder / "root"
        state = root / "var/lib/dpkg"
        for folder in "info", "updates", "triggers":
            (state / folder).mkdir(parents=True)
        (state / "status").touch()
        dpkg = ["dpkg", f"--root={root}", "--force-depends", "--log=/dev/null"]
        run(*dpkg, "--install", self.package)
        self.assertEqual(run("dpkg-query", f"--admindir={state}", "-W", "-f", "${db:Status-Status}", "reprise"), "installed")
        self.runs_from(root / "usr")
        run(*dpkg, "--remove", "reprise")
        self.assertFalse(any(path == "usr" or path.startswith("usr/") for path in below(root)), below(root))
        self.assertFalse(any("reprise" in path for path in below(root)), below(root))
        self.assertNotIn("reprise", (state / "status").read_text(encoding="utf-8"))

    @unittest.skipIf(os.geteuid() == 0, "it is installed instead")
    def test_it_runs_where_it_is_unpacked(self):
        run("dpkg-deb", "--extract", self.package, self.folder / "unpacked")
        self.runs_from(self.folder / "unpacked" / "usr")

    def test_cmake_installs_it_below_destdir(self):
        root = self.folder / "destination"
        run("cmake", "--install", BUILD, "--prefix", "/usr/local", env={**os.environ, "DESTDIR": str(root)})
        self.assertEqual({path.parts[0] for path in map(pathlib.Path, below(root))}, {"usr"})
        self.assertTrue((root / "usr/local/share/zsh/site-functions/_reprise").is_file())
        self.assertTrue((root / "usr/local/share/doc/reprise/LICENSE").is_file())
        self.runs_from(root / "usr" / "local")


if __name__ == "__main__":
    unittest.main()
