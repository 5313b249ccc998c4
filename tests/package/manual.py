#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages: two formatters have nothing to say against them, and all that the help tells stands in them.

REPRISE names the program.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import tables

RUNBOOKS = pathlib.Path(__file__).resolve().parent.parent.parent / "runbooks"

def complaints(*argv, locale="C.UTF-8"):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "LC_ALL": locale, "MANWIDTH": "80"})
    return done.stderr + (f"status {done.returncode}" if done.returncode else "")


def plain(text):
    """As a page has it: no marks around code, three dots, one space."""
    return " ".join(text.replace("`", "").replace("…", "...").split())


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        tables.output(tables.REPRISE, "manual", "--folder", cls.folder.name)
        cls.pages = {name: os.path.join(cls.folder.name, name) for name in os.listdir(cls.folder.name)}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read(self, name):
        page = tables.output("mandoc", "-T", "ascii", "-O", "width=120", self.pages[name])
        return plain(re.sub(".\b", "", page))

    def test_there_is_a_page_of_each_command(self):
        self.assertEqual(set(self.pages), {"reprise.1", "reprise-runbook.5", "reprise-actions.7"} | {f"reprise-{name}.1" for name in tables.commands()})

    def test_mandoc_has_nothing_against_them(self):
        lint = subprocess.run(["mandoc", "-T", "lint", *self.pages.values()], stdout=subprocess.PIPE, text=True)
        self.assertEqual((lint.stdout, lint.returncode), ("", 0))

    def test_groff_has_nothing_against_them(self):
        for locale in "C", "C.UTF-8":
            self.assertEqual(complaints("man", "--warnings", "--local-file", *self.pages.values(), locale=locale), "")

    def test_their_summaries_are_found(self):
        for name, summary in tables.commands().items():
            said = tables.output("lexgrog", self.pages[f"reprise-{name}.1"])
            self.assertIn(f'"reprise-{name} - {plain(summary)}"', said)

    def test_the_overview_has_every_command(self):
        page = self.read("reprise.1")
        for name, summary in tables.commands().items():
            self.assertIn(plain(f"{name} {summary}"), page)
            self.assertIn(f"reprise-{name}(1)", page)
        for title in "exit status", "environment":
            for line in tables.part(tables.output(tables.REPRISE, "--help"), title).splitlines():
                self.assertIn(plain(line), page)

    def test_a_page_has_all_that_the_help_has(self):
        for name in tables.commands():
            page = self.read(f"reprise-{name}.1")
            told = tables.output(tables.REPRISE, name, "--help")
            self.assertIn(plain(told.split("\n\n")[0].removeprefix("usage: ")), page)
            for option, value, what in tables.options(name):
                self.assertIn(plain(f"{option} {value or ''} {what}"), page)
            for line in told.partition("\noptions:\n")[0].splitlines()[1:]:
                self.assertIn(" ".join(line.split()).replace("…", "...").replace("`", ""), page.replace("`", ""))
            for line in told.partition("\nexamples:\n")[2].splitlines():
                self.assertIn(plain(line), page)

    def test_the_help_fits_80_columns(self):
        for words in [], *([name] for name in tables.commands()):
            for line in tables.output(tables.REPRISE, *words, "--help").splitlines():
                # What is to be copied stays in one piece.
                self.assertTrue(len(line) <= 80 or line.startswith("  reprise "), line)

    def test_the_examples_name_what_their_runbooks_have(self):
        named = 0
        for name in tables.commands():
            examples = tables.output(tables.REPRISE, name, "--help").partition("\nexamples:\n")[2]
            for line in re.findall(r"^  reprise (.*)$", examples, re.M):
                words = shlex.split(line)
                if not any((RUNBOOKS / word).is_file() for word in words):
                    continue
                for at, word in enumerate(words):
                    if words[at - 1] in ("-p", "--approve", "--inject"):
                        offers = tables.output(tables.REPRISE, "complete", str(at + 1), "--", *words[:at], "",
                                               *words[at + 1:], cwd=RUNBOOKS)
                        self.assertRegex(offers, rf"(?m)^{word.partition('=')[0]}=?\t", line)
                        named += 1
        self.assertGreater(named, 0)

    def test_words_stay_whole_in_a_narrow_window(self):
        for page in self.pages.values():
            shown = tables.output("man", "--local-file", page, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "60"})
            self.assertNotIn("\u2010", shown, page)

    def test_the_library_and_the_keys_have_pages(self):
        library, keys = self.read("reprise-actions.7"), self.read("reprise-runbook.5")
        for line in tables.output(tables.REPRISE, "actions").splitlines()[:-1]:
            words = line.split()
            if words:
                summary = plain(" ".join(words[2:] if words[1] in ("read", "change", "destroy") else words[1:]))
                self.assertIn(f"{words[0]} {summary}", library)
        schema = json.loads(tables.output(tables.REPRISE, "schema"))
        maps = [schema, *(part for name, part in schema["$defs"].items() if not name.startswith(("action-", "channel-"))
                          and not name.startswith("connection"))]
        for key, what in (row for part in maps for row in part.get("properties", {}).items()):
            if "." not in key and "description" in what:
                self.assertIn(plain(f"{key} "), keys)
                self.assertIn(plain(what["description"]).partition(". ")[0], keys)

    def test_a_page_is_found_by_each_of_its_names(self):
        for word in "run", "reprise-run", "reprise-run.1":
            with open(self.pages["reprise-run.1"], encoding="utf-8") as file:
                self.assertEqual(tables.output(tables.REPRISE, "manual", word), file.read())
        wrong = subprocess.run([tables.REPRISE, "manual", "runn"], stderr=subprocess.PIPE, text=True)
        self.assertEqual((wrong.returncode, wrong.stderr), (2, "reprise: there is no page runn; did you mean run?\n"))

    def test_a_page_bears_the_date_that_it_is_given(self):
        self.assertIn("\n.TH REPRISE\\-RUN 1 2026-11-22 ",
                      tables.output(tables.REPRISE, "manual", "--date", "2026-11-22", "run"))
        wrong = subprocess.run([tables.REPRISE, "manual", "--date", "22.11.2026"], stderr=subprocess.PIPE, text=True)
        self.assertEqual((wrong.returncode, wrong.stderr),
                         (2, "reprise: --date is a day like 2026-11-22, not 22.11.2026\n"))


if __name__ == "__main__":
    unittest.main()
