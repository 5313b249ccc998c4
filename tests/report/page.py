#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The report as a page, in a real browser and for a strict reader of XML: what it shows, that nothing of a record
becomes markup, that it asks the network for nothing, and that a keyboard is enough.

REPRISE names the program. One browser serves all of it.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from browser import Browser
import tapes
from processes import be_subreaper, descendants

PROGRAM = os.environ.get("REPRISE", "build/release/reprise")
LIMIT_S = 60

# Ends every context of HTML and of XML that text may stand in, steers terminals and the direction of text, and is no
# character at places.
EVIL = ("evil \x1b[2J\u202e</title></style></script><script>window.canary=1</script><img src=x onerror=window.canary=1>"
        "<!-- ]]> --> \" onfocus=window.canary=1 autofocus x=\" ' & &#60; &lt; \x00 \ufffe ${x} \r\nline\tend")

ELEMENTS = set("""html head meta title style body a svg defs pattern path marker symbol circle rect use header p h1 h2 h3 span
    div label input button select option main section dl dt dd details summary ul ol li code time strong pre blockquote g
    line text script""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class href width height aria-hidden focusable id patternUnits
    patternTransform d viewBox refX refY markerUnits markerWidth markerHeight orient cx cy r x y rx hidden role for type
    autocomplete spellcheck placeholder aria-describedby title value tabindex aria-labelledby datetime data-outcome open x1 x2
    y1 y2 marker-end""".split())

# A run with all kinds of steps; what it prints and calls itself is markup where that is possible.
RUNBOOK = """\
reprise: 1
id: shop
title: "The shop <b>does not</b> answer & nobody knows why"
objectives: {rto: 4h}
steps:
  - {id: look, title: Look <i>around</i>, effect: read, run: "echo 'a needle'; seq 200; echo '<u>a needle</u>' >&2", timeout: 20s}
  - {id: disk, title: Look at the disk, needs: [], effect: read, run: "echo full", timeout: 20s}
  - id: restart
    title: Restart it
    needs: [look]
    run: [echo, restarted]
    timeout: 20s
    verify: [{run: [sh, -c, "echo 'no needle <here>' >&2; exit 1"]}]
    allow_failure: true
  - id: restore
    title: Put the backup in its place
    needs: [restart, disk]
    approve: {prompt: "Everything since <b>the backup</b> will be lost.\\nHave you asked?"}
    steps:
      - {id: drop, title: Drop the old data, effect: destroy, run: [echo, dropped], timeout: 20s}
      - {id: each, title: Load a table, for_each: "['a', '<b>', 'c']", run: [echo, "${{ item }}"], timeout: 20s}
  - {id: never, title: Never done, when: steps.restart.succeeded, run: [touch, never], timeout: 20s}
  - {id: broken, title: Say that all is well, effect: read, run: "echo broken; exit 1", timeout: 20s}
finally:
  - {id: state, title: How things stand, effect: read, run: [echo, standing], timeout: 20s}
"""

# Of every element with a text of its own that is shown, the least contrast against what is behind it (WCAG 2, 1.4.3).
CONTRAST = """(() => {
    const parts = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
    const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255).map((c) => c > 0.04045 ? ((c + 0.055) / 1.055) ** 2.4 : c / 12.92)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        for (let above = element; above; above = above.parentElement) {
            const color = parts(getComputedStyle(above).backgroundColor);
            if (color.length === 3) return color;
        }
        return [255, 255, 255];
    };
    let least = [21, ''];
    for (const element of document.querySelectorAll('body *')) {
        if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const two = [light(parts(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))].sort((a, b) => b - a);
        const ratio = (two[0] + 0.05) / (two[1] + 0.05);
        if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 200)];
    }
    return least;
})()"""


def report(transcript, status=0):
    """Renders it into a file beside it, and gives the path."""
    path = transcript.replace(".jsonl", ".html")
    with open(path, "wb") as file:
        done = subprocess.run([PROGRAM, "report", "--format", "html", transcript], stdout=file, stderr=subprocess.PIPE,
                              check=False, timeout=LIMIT_S)
    if done.returncode != status:
        raise AssertionError(f"report ended with {done.returncode}: {done.stderr.decode()}")
    return path


def plain(tag):
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


class Page(unittest.TestCase):
    """All of it; the records are made once."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="reprise-page-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.evil = report(tapes.hostile(os.path.join(cls.folder, "evil.jsonl"), EVIL))
        cls.run_page = report(cls.perform())
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def perform(cls):
        """A real run, and its transcript."""
        with open(os.path.join(cls.folder, "shop.yaml"), "w", encoding="utf-8") as file:
            file.write(RUNBOOK)
        transcript = os.path.join(cls.folder, "run.jsonl")
        done = subprocess.run([PROGRAM, "run", "shop.yaml", "--approve", "restore", "--no-confine", "--transcript", transcript],
                              cwd=cls.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LIMIT_S,
                              env={**os.environ, "REPRISE_HOME": cls.folder})
        if done.returncode != 1:
            raise AssertionError(f"the run ended with {done.returncode}: {done.stderr.decode()}")
        return transcript

    def open(self, path, scheme="light", width=1200):
        """Opens a page, and holds that it asked for nothing and complained of nothing."""
        self.browser.window(width)
        self.browser.media(scheme)
        self.browser.open(path)
        self.assertEqual(self.browser.requests, [f"file://{path}"])
        self.assertEqual(self.browser.complaints, [])

    def count(self, selector):
        return self.browser.ask(f"document.querySelectorAll({selector!r}).length")

    def shown(self, selector):
        return self.browser.ask(f"document.querySelector({selector!r}).checkVisibility()")

    def focus(self):
        return self.browser.ask("document.activeElement.id || document.activeElement.className")

    def held_as_text(self, path):
        """Reads it as XML, and holds that no element, attribute or identifier is of the record's making."""
        root = tree.parse(path).getroot()
        for element in root.iter():
            self.assertIn(plain(element.tag), ELEMENTS)
            for name, value in element.attrib.items():
                self.assertIn(name, ATTRIBUTES)
                self.assertNotRegex(value, r"canary|evil|<|>")
                if name == "href":
                    self.assertRegex(value, r"^#(s\d+|q\d+|main|people|checks|sign-[a-z_]+)$")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
        return root

    def test_hostile_record_stays_text(self):
        root = self.held_as_text(self.evil)
        text = "".join(part for element in root.iter() if plain(element.tag) not in ("script", "style")
                       for part in (element.text or "", element.tail or ""))
        self.assertGreater(text.count("<script>window.canary=1</script>"), 60)
        self.assertIn("are left out here", text)
        self.assertIn("\\x1b[2J\ufffd", text)
        self.held_as_text(self.run_page)

    def test_hostile_record_runs_no_code(self):
        self.open(self.evil)
        root = tree.parse(self.evil).getroot()
        self.assertIs(self.browser.ask("window.canary === undefined"), True)
        self.assertEqual(self.count("*") - self.count("#filter option") + 1, sum(1 for _ in root.iter()))
        # nor would it if it had become markup
        self.browser.ask("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.canary=1\">"
                         "<style>body { display: none }</style><iframe srcdoc=\"<script>parent.canary=1</script>\"></iframe>')")
        self.browser.ask("new Promise((done) => setTimeout(done, 0))")
        self.assertIs(self.browser.ask("window.canary === undefined"), True)
        self.assertIs(self.shown("h1"), True)
        self.assertNotEqual(self.browser.complaints, [])

    def test_sections(self):
        self.open(self.run_page)
        facts = self.browser.ask("Object.fromEntries([...document.querySelectorAll('.facts > div')].map((fact) =>"
                                 " [fact.querySelector('dt').textContent, fact.querySelector('dd').textContent]))")
        self.assertEqual(facts["Recovery time objective"], "4h, not recovered")
        self.assertEqual(facts["Approvals"], "1 of 1 given")
        self.assertRegex(facts["Its state"], "^sealed")
        self.assertRegex(facts["To verify it"], "^reprise verify /.*/run.jsonl$")
        titles = self.browser.ask("[...document.querySelectorAll('h2')].map((title) => title.textContent)")
        self.assertEqual(titles, ["Summary", "Over time", "Critical path", "Graph", "What people were asked", "Steps"])
        self.assertEqual(self.browser.ask("document.title"), "The shop <b>does not</b> answer & nobody knows why")
        self.assertEqual(self.browser.ask("document.documentElement.lang"), "en")
        way = self.browser.ask("[...document.querySelectorAll('ol.path a')].map((link) => link.textContent)")
        self.assertIn("Restart it", way)
        self.assertNotIn("Never done", way)
        self.assertEqual(self.count(".graph .box"), 8)
        self.assertEqual(self.count(".graph .again"), 1)
        self.assertGreater(self.count(".gantt rect.path"), 3)
        # links lead somewhere
        self.assertEqual(self.browser.ask("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))"
                                          ".filter((to) => !document.getElementById(to.slice(1)))"), [])

    def test_search_by_keyboard(self):
        self.open(self.run_page)
        self.browser.press("/")
        self.assertEqual(self.focus(), "search")
        self.browser.press(*"NEEDLE")
        self.browser.wait("document.getElementById('hits').textContent !== ''")
        found = int(self.browser.ask("document.getElementById('hits').textContent").split()[0])
        self.assertGreaterEqual(found, 4)
        folded = "[...document.querySelectorAll('.output pre')].filter((pre) => pre.textContent.includes('needle') && !pre.checkVisibility()).length"
        self.assertGreater(self.browser.ask(folded), 0)
        self.browser.press("Enter", "Escape", "p")
        self.assertEqual(self.browser.ask("document.getElementById('hits').textContent"), f"{found} of {found}")
        for _ in range(found):
            self.browser.press("n")
        self.assertEqual(self.browser.ask(folded), 0)
        self.assertEqual(self.browser.ask("String(getSelection()).toLowerCase()"), "needle")

    def test_keyboard_is_enough(self):
        self.open(self.run_page)
        self.browser.press("Tab")
        self.assertEqual(self.focus(), "skip")
        self.assertNotEqual(self.browser.ask("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.assertGreaterEqual(self.browser.ask("document.activeElement.getBoundingClientRect().left"), 0)
        self.browser.press("Enter")
        self.assertEqual(self.focus(), "main")
        self.browser.ask("document.querySelector('#s0 > summary').focus()")
        for wanted in (True, False):
            self.browser.press("Enter")
            self.assertIs(self.browser.ask("document.getElementById('s0').open"), wanted)
        # whatever can be clicked can be reached
        self.assertEqual(self.count("[onclick], div[tabindex]:not(.graph)"), 0)

    def test_folding_and_filter(self):
        self.open(self.run_page)
        self.browser.ask("document.getElementById('unfold').click()")
        self.assertEqual(self.count("#steps details:not([open])"), 0)
        self.browser.ask("document.getElementById('fold').click()")
        self.assertEqual(self.count("#steps details[open]"), 0)
        self.browser.ask("(() => { const filter = document.getElementById('filter'); filter.value = 'failed';"
                         " filter.dispatchEvent(new Event('change')) })()")
        left = self.browser.ask("[...document.querySelectorAll('.step:not([hidden]) > summary code')].map((id) => id.textContent)")
        self.assertEqual(left, ["broken"])

    def test_link_opens_what_it_leads_to(self):
        self.open(self.run_page)
        self.browser.ask("document.getElementById('fold').click()")
        self.browser.ask("[...document.querySelectorAll('.lists a')].find((link) => link.textContent === 'Drop the old data').click()")
        self.browser.wait("document.querySelector('details:target') && document.querySelector('details:target').open")
        self.assertIs(self.shown("details:target .command"), True)

    def test_light_and_dark_are_read_with_ease(self):
        grounds = set()
        for scheme in ("light", "dark"):
            for path in (self.run_page, self.evil):
                self.open(path, scheme)
                self.browser.ask("document.getElementById('unfold').click()")
                least, where = self.browser.ask(CONTRAST)
                self.assertGreaterEqual(least, 4.5, f"{scheme}: {where}")
            grounds.add(self.browser.ask("getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(grounds), 2)

    def test_narrow(self):
        for path in (self.run_page, self.evil):
            self.open(path, width=400)
            self.browser.ask("document.getElementById('unfold').click()")
            self.assertLessEqual(self.browser.ask("document.documentElement.scrollWidth"), 400)

    def test_paper_shows_what_is_folded(self):
        self.open(self.run_page, "dark")
        paper = self.browser.paper()
        self.assertTrue(paper.startswith(b"%PDF"))
        self.assertRegex(paper, rb"/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]")
        self.browser.tell("Emulation.setEmulatedMedia", media="print")
        self.addCleanup(self.browser.tell, "Emulation.setEmulatedMedia", media="")
        self.assertEqual(self.browser.ask("[...document.querySelectorAll('.output pre')].filter((pre) =>"
                                          " pre.getBoundingClientRect().height === 0).length"), 0)
        self.assertIs(self.shown("#tools"), False)

    def test_without_a_script(self):
        self.browser.tell("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(self.browser.tell, "Emulation.setScriptExecutionDisabled", value=False)
        self.open(self.run_page)
        self.assertIs(self.shown("#tools"), False)
        self.browser.press("Tab", "Tab")
        self.assertEqual(self.browser.ask("document.activeElement.tagName"), "A")
        self.assertGreater(self.count("details.step"), 7)

    def test_long_record(self):
        steps = 3000
        page = report(tapes.long(os.path.join(self.folder, "long.jsonl"), steps))
        root = tree.parse(page).getroot()
        ids = {element.get("id") for element in root.iter()}
        self.assertEqual(sum(1 for name in ids if name and re.fullmatch(r"s\d+", name)), steps + 1)
        self.assertLess(os.path.getsize(page), steps * 2000)
        # one item waited for the other, and all of them are one thing to be told
        way = next(element for element in root.iter() if plain(element.tag) == "ol" and element.get("class") == "path")
        self.assertEqual(["".join(entry.itertext()).split(" ", 1)[1] for entry in way],
                         [f"{steps} parts of it, one behind the other"])

    def test_damaged_record_says_so(self):
        transcript = os.path.join(self.folder, "damaged.jsonl")
        with open(os.path.join(self.folder, "run.jsonl"), "rb") as file:
            lines = file.readlines()
        with open(transcript, "wb") as file:
            file.writelines(lines[:12] + lines[13:])
        self.open(report(transcript, status=6))
        self.assertIn("Do not trust this record. It is damaged: line 13", self.browser.ask("document.querySelector('header').textContent"))


if __name__ == "__main__":
    be_subreaper()
    result = unittest.main(exit=False).result
    left = descendants()
    for pid, line in left.items():
        print(f"still alive: {pid}: {line}", file=sys.stderr)
    sys.exit(not result.wasSuccessful() or bool(left))
