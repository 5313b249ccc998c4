#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The forms of a report for other programs, of what was kept: forms.py FOLDER

Of every transcript in FOLDER/kept `reprise report` gives a recording that asciinema plays, a report of JUnit that has the
structure CI servers want, and JSON that its schema accepts and that has every byte that was printed; so it does where all
texts are hostile. A few are held against FOLDER/reports/NAME.{cast,xml,json}; UPDATE=1 writes those anew. REPRISE names the
program.
"""
import base64
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import jsonschema

FOLDER = pathlib.Path(sys.argv.pop()).resolve()
KEPT = FOLDER / "kept"
SCHEMA = FOLDER.parents[1] / "schema" / "report.schema.json"
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
DAMAGED = 6
NAMES = sorted(path.name for path in KEPT.glob("*.jsonl"))

# What is held against text.
KEPT_FORMS = {"asciicast": ("cast", ["asked", "undo", "incomplete"]), "junit": ("xml", ["asked", "undo", "incomplete", "follows"]),
              "json": ("json", ["people", "incomplete"])}

COLOR = re.compile(r"\x1b\[[0-9;]*m")
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SECONDS = re.compile(r"\d+\.\d{6}")

# Of a hostile transcript: what is put behind each text, and the keys of texts that are names, and stay.
HOSTILE = "\x1b]0;x\x07\x1b[2J\r<script>]]>&amp;\"'\u202e\u2066\ufffe\uffff\x85\n<!--\n\U0001f600\t|x|`"
NAMES_OF = {"type", "prev", "at", "what", "end", "outcome", "class", "kind", "answer", "stream", "origin", "state", "sha256",
            "digest", "seed", "on_divergence", "on_record_failure", "role", "action", "step", "node", "base64", "signature",
            "effect", "name"}
BYTES = b"\x00\xff\xfe<b>&\x1b[31m\xed\xa0\x80\xe2\x80\xae" + b"long " * 8000


def report(form, name, folder=KEPT):
    """Status and bytes of a form."""
    done = subprocess.run([PROGRAM, "report", "-f", form, name], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout


def lines_of(path):
    for text in path.read_bytes().splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            return  # torn off


def once(pairs):
    """A JSON object in which no key stands twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return dict(pairs)


def spoil(value, key=None):
    """The same with hostile texts."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith("$"):
            return value
        return {name: spoil(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoil(inner, key) for inner in value]
    return value + HOSTILE if isinstance(value, str) and key not in NAMES_OF else value


def spoil_names(value, key=None):
    """The same of the paths and ids of steps: the plan knows none of them."""
    if isinstance(value, dict):
        return {name: spoil_names(inner, name) for name, inner in value.items()}
    return value + HOSTILE if key in ("node", "step") and value else value


def hostile(source, target, names):
    """Writes the transcript with hostile texts, chained anew."""
    prev = "0" * 64
    with open(target, "wb") as file:
        for line in lines_of(source):
            if line["type"] not in ("source", "seal"):
                line = spoil(line)
            if names:
                line = spoil_names(line)
            if line["type"] == "output":
                line.pop("text", None)
                line["base64"] = base64.b64encode(BYTES).decode()
            line["prev"] = prev
            text = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            file.write(text)
            prev = hashlib.sha256(text).hexdigest()


def played(home, *command):
    """What asciinema shows on a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("asciinema", ["asciinema", *command], {**os.environ, "ASCIINEMA_CONFIG_HOME": str(home)})
    shown = b""
    try:
        while True:
            try:
                piece = os.read(fd, 65536)
            except OSError:
                piece = b""
            if not piece:
                break
            shown += piece
    finally:
        os.close(fd)  # one that is still there hangs up
        _, status = os.waitpid(pid, 0)
    return status, shown.decode()


class Forms(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-forms-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("asked", "follows", "loops", "people", "steps", "undo"):
            hostile(KEPT / f"{name}.jsonl", cls.folder / f"{name}.jsonl", False)
            hostile(KEPT / f"{name}.jsonl", cls.folder / f"names-{name}.jsonl", True)
        schema = json.loads(SCHEMA.read_text(), object_pairs_hook=once)
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)
        for definition in schema["$defs"].values():  # no key that the schema does not name
            if "properties" in definition and "description" in definition:
                definition["additionalProperties"] = False
        cls.strict = jsonschema.Draft202012Validator(schema)

    def all_of(self, form):
        """Of each transcript its name and text; of the hostile ones too."""
        for name in NAMES:
            status, text = report(form, name)
            self.assertEqual(status, DAMAGED if name == "damaged.jsonl" else 0, name)
            yield KEPT / name, text
        for path in sorted(self.folder.glob("*.jsonl")):
            status, text = report(form, path.name, self.folder)
            self.assertEqual(status, 0, path.name)
            yield path, text

    def test_as_they_were(self):
        for form, (suffix, names) in KEPT_FORMS.items():
            for name in names:
                _, text = report(form, f"{name}.jsonl")
                path = FOLDER / "reports" / f"{name}.{suffix}"
                if os.environ.get("UPDATE"):
                    path.write_bytes(text)
                self.assertEqual(text.decode(), path.read_text(), path.name)

    def check_cast(self, name, text):
        head, *events = [json.loads(line, object_pairs_hook=once) for line in text.decode().split("\n")[:-1]]
        self.assertEqual((head["version"], head["env"]), (2, {"TERM": "xterm-256color"}), name)
        for key in ("width", "height", "timestamp", "idle_time_limit"):
            self.assertIs(type(head[key]), int, name)
        self.assertTrue(80 <= head["width"] <= 160, name)
        self.assertNotRegex(head["title"], STEERS)
        last = 0
        for t_s, kind, data in events:
            self.assertGreaterEqual(t_s, last, name)
            last = t_s
            self.assertIn(kind, "om")
            seen = COLOR.sub("", data).replace("\r\n", "") if kind == "o" else data
            self.assertNotRegex(seen, STEERS, name)
            self.assertNotIn("\n", seen, name)
        return head, events

    def test_casts(self):
        for path, text in self.all_of("asciicast"):
            _, events = self.check_cast(path.name, text)
            shown = "".join(data for _, kind, data in events if kind == "o")
            lines = list(lines_of(path))
            if path.parent == KEPT and lines[-1]["type"] == "seal" and path.name != "damaged.jsonl":
                self.assertRegex(shown, "(?s)report: reprise report .*\r\n$", path.name)
            marks = [data for _, kind, data in events if kind == "m"]
            self.assertTrue(any(mark.endswith(" begins") for mark in marks), path.name)

    def test_questions_stand_in_a_cast(self):
        _, text = report("asciicast", "asked.jsonl")
        _, events = self.check_cast("asked", text)
        seen = [(t_s, COLOR.sub("", data)) for t_s, kind, data in events if kind == "o"]
        asked = [at for at, (_, data) in enumerate(seen) if "APPROVAL NEEDED for" in data]
        answered = [at for at, (_, data) in enumerate(seen) if re.match(r"\d\d:\S+ +(wipe +approved|drop +denied) by", data)]
        self.assertEqual((len(asked), len(answered)), (2, 2))
        for question, answer in zip(asked, answered):
            self.assertLess(question, answer)
            self.assertIn("What it will do:", seen[question][1])

    def test_asciinema_plays_them(self):
        for folder, name in ((KEPT, "undo.jsonl"), (self.folder, "asked.jsonl")):
            _, text = report("asciicast", name, folder)
            cast = self.folder / "played.cast"
            cast.write_bytes(text)
            shown = "".join(json.loads(line)[2] for line in text.decode().split("\n")[1:-1] if json.loads(line)[1] == "o")
            for command in (("cat",), ("play", "-i", "0.01", "-s", "100")):
                status, seen = played(self.folder, *command, str(cast))
                self.assertEqual(os.waitstatus_to_exitcode(status), 0, seen)
                self.assertEqual(seen.replace("\r", "").strip(), shown.replace("\r", "").strip(), command)

    def check_case(self, case, where):
        """Which kind it is; what Jenkins's schema wants of its parts."""
        self.assertEqual(set(case.attrib), {"classname", "name", "time"}, where)
        self.assertTrue(case.get("name"), where)
        self.assertRegex(case.get("time"), SECONDS, where)
        kinds = [part.tag for part in case]
        order = ["skipped", "error", "failure", "system-out", "system-err"]
        self.assertEqual(kinds, sorted(set(kinds), key=order.index), where)
        told = [kind for kind in kinds if kind in order[:3]]
        self.assertLessEqual(len(told), 1, where)
        for part in case:
            self.assertEqual(set(part.attrib), {"skipped": {"message"}, "error": {"message", "type"},
                                                "failure": {"message", "type"}}.get(part.tag, set()), where)
            self.assertTrue("message" not in part.attrib or part.get("message"), where)
        return told[0] if told else "passed"

    def check_junit(self, name, text):
        self.assertNotRegex(text.decode(), STEERS, name)
        root = ElementTree.fromstring(text)
        self.assertEqual((root.tag, [child.tag for child in root]), ("testsuites", ["testsuite"]), name)
        suite = root[0]
        self.assertEqual([child.tag for child in suite], ["properties"] + ["testcase"] * (len(suite) - 1), name)
        self.assertEqual(set(suite.attrib), {"id", "name", "package", "hostname", "timestamp", "tests", "failures", "errors",
                                             "skipped", "time"}, name)
        self.assertRegex(suite.get("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", name)
        kinds = [self.check_case(case, name) for case in suite.findall("testcase")]
        for among in (root, suite):
            counts = [int(among.get(key)) for key in ("tests", "failures", "errors", "skipped")]
            self.assertEqual(counts, [len(kinds), *(kinds.count(kind) for kind in ("failure", "error", "skipped"))], name)
            self.assertRegex(among.get("time"), SECONDS, name)
        cases = [case.get("name") for case in suite.findall("testcase")]
        self.assertEqual(len(set(cases)), len(cases), name)
        properties = {row.get("name"): row.get("value") for row in suite[0]}
        self.assertLessEqual({"run", "mode", "outcome", "host", "user", "record", "record_state"}, set(properties), name)
        return properties, kinds

    def test_junits(self):
        for path, text in self.all_of("junit"):
            properties, kinds = self.check_junit(path.name, text)
            self.assertEqual(properties["record"], path.name)
            went_wrong = "failure" in kinds or "error" in kinds
            well = properties["outcome"] in ("recovered", "rehearsed", "alone") and path.name != "damaged.jsonl"
            self.assertTrue(well or went_wrong, path.name)
            steps = sum(line["type"] == "step.finished" for line in lines_of(path))
            self.assertTrue(len(kinds) >= steps or path.name == "damaged.jsonl", path.name)

    def test_jsons(self):
        for path, text in self.all_of("json"):
            self.assertNotRegex(text.decode(), STEERS, path.name)
            document = json.loads(text, object_pairs_hook=once)
            for validator in (self.validator, self.strict):
                for error in validator.iter_errors(document):
                    self.fail(f"{path.name}: {error.json_path}: {error.message:.300}")
            self.assertEqual((document["format"], document["record"]["path"]), (1, path.name))
            if path.name not in ("damaged.jsonl", "later-kinds.jsonl"):
                self.check_json(path.name, document, list(lines_of(path)))

    def check_json(self, name, document, lines):
        """Nothing that the record has is missing, nor any byte changed."""
        of = {kind: [line for line in lines if line["type"] == kind]
              for kind in ("start", "step.finished", "decided", "ask", "note", "output", "finished")}
        operations = [op for step in document["steps"] for op in step["operations"]] + document["verify"]
        starts = [line for line in of["start"] if line["what"] != "notify"]
        self.assertEqual(sorted(op["op"] for op in operations), sorted(line["op"] for line in starts), name)
        self.assertEqual(sum("end" in op for op in operations), len(of["finished"]), name)
        ended = {step["node"]: step["outcome"] for step in document["steps"] if "outcome" in step}
        self.assertEqual(ended, {line["node"]: line["outcome"] for line in of["step.finished"]}, name)
        for key, kind in (("decisions", "decided"), ("questions", "ask"), ("notes", "note")):
            self.assertEqual(len(document[key]), len(of[kind]), name)
        given = [(op["op"], piece["stream"], piece["offset"], piece.get("text"), piece.get("base64"))
                 for op in operations for piece in op["output"]]
        wanted = [(line["op"], line["stream"], line["offset"], line.get("text"), line.get("base64")) for line in of["output"]]
        self.assertEqual(sorted(given, key=str), sorted(wanted, key=str), name)

    def test_the_schema_refuses(self):
        document = json.loads(report("json", "people.jsonl")[1])
        for spoilt in ({**document, "format": 2}, {**document, "steps": None}, {**document, "notes": [{"text": 1}]},
                       {key: value for key, value in document.items() if key != "questions"}):
            self.assertFalse(self.validator.is_valid(spoilt))


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
