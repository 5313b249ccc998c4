#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the JSON Schema of transcripts against transcripts: schema.py FOLDER

Every line of what FOLDER/kept has, and of fresh runs of FOLDER/runbooks, is an instance. Then lines are spoiled in one
place each. What the schema says of a spoiled one must be what a reader says: the program, which counts the lines that it
does not understand; and of asides, which it does not count, what schema/transcript.md says. The validator knows nothing of
us. REPRISE names the program.
"""
import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema

FOLDER = pathlib.Path(sys.argv.pop()).resolve()
SCHEMAS = FOLDER.parents[1] / "schema"
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
ENVELOPE = ("seq", "at", "t_us", "type", "prev")

# What schema/transcript.md says is always there in asides; of output and source `text` or `base64`.
ASIDES = {"source": {"name", "sha256", "part", "parts"}, "output": {"op", "stream", "offset"}, "note": {"text"},
          "outlook": {"role", "expected_us", "within_us", "percent"}}

# Values as they may stand, and as they may not.
GOOD_VALUES = [
    None, True, 7, 1.5, "x", [], {}, {"a": [{"b": None}]}, {"$$x": 1}, {"a": 1, "$$b": 2},
    {"$duration": "1.5s"}, {"$timestamp": "2026-11-22T03:04:05Z"}, {"$double": "NaN"}, {"$double": "-Infinity"},
    {"$secret": "a ${{ secrets.db }} b"}, {"$clip": {"head": "a", "tail": "b", "size": 9, "sha256": "0" * 64}},
    {"$map": [[1, "a"], [True, {"$duration": "2s"}]]}, {"$type": "int"}, {"$unknown": [1, 3]}, {"$error": "no"},
    {"$object": "regex 3"},
]
BAD_VALUES = [
    {"$later": 1}, {"$": 1}, {"$duration": 5}, {"$timestamp": None}, {"$double": "1.5"}, {"$secret": []}, {"$clip": {}},
    {"$clip": {"head": "a", "tail": "b", "size": 9}}, {"$map": [[1]]}, {"$map": [[None, 1]]}, {"$map": {}}, {"$type": 1},
    {"$unknown": ["a"]}, {"$unknown": 3}, {"$error": 1}, {"$object": "regex"}, [{"$later": 1}], {"a": {"$later": 1}},
    {"$map": [["a", {"$later": 1}]]}, {"$stream": {"size": 1, "whole": True}},
]
GOOD_STREAMS = [{"$stream": {"size": 31, "whole": True}}, {"$stream": {"size": 31, "whole": False, "sha256": "0" * 64}}]
BAD_STREAMS = [{"$stream": {"size": 31}}, {"$stream": {"whole": True}}, {"$stream": 3},
               {"$stream": {"size": 31, "whole": False, "sha256": 5}}]


def once(pairs):
    """A JSON object in which no key stands twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return dict(pairs)


def changed(line, key, value):
    line = copy.deepcopy(line)
    line[key] = value
    return line


def without(line, key):
    return {name: value for name, value in line.items() if name != key}


def spoiled(line):
    """The line with one of its own keys missing, another kind of value, or one that is not known."""
    for key, value in line.items():
        if key in ENVELOPE:
            continue
        yield without(line, key)
        for other in (7, "later", True, 1.5, -1, [], {"a": 1}, None, {"$later": 1}):
            # what may be left out never stands there as nothing, and true is all that such a bool can be
            if type(other) is not type(value) or type(value) in (str, int):
                yield changed(line, key, other)
        if type(value) is int:
            yield changed(line, key, 1 << 32)
    yield changed(line, "later", {"of": "a later version"})


def spoiled_inside(line):
    """The same of what stands within verdicts, polls, values and results."""
    if "verdict" in line:
        yield changed(line, "verdict", without(line["verdict"], "ok"))
        for key, value in (("ok", "yes"), ("why", 5), ("outputs", {"$later": 1}), ("outputs", {"x": 1}), ("later", 1)):
            yield changed(line, "verdict", {**line["verdict"], key: value})
    if "poll" in line:
        for key in line["poll"]:
            yield changed(line, "poll", without(line["poll"], key))
            yield changed(line, "poll", {**line["poll"], key: "1s"})
    if line["type"] == "decided":
        for value in GOOD_VALUES + BAD_VALUES:
            yield changed(line, "value", value)
    if line["type"] == "finished":
        for value in GOOD_STREAMS + BAD_STREAMS + GOOD_VALUES + BAD_VALUES:
            for entry in ("stdout", "content", "x"):
                if entry != "x" or value not in GOOD_STREAMS:
                    yield changed(line, "result", {entry: value, "exit_code": 0})


class Transcripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(SCHEMAS / "transcript.schema.json", encoding="utf-8") as file:
            schema = json.load(file, object_pairs_hook=once)
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-schema-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.fresh = cls.folder / "fresh"
        shutil.copytree(FOLDER / "runbooks", cls.fresh)
        cls.lines = []
        for path in [*sorted((FOLDER / "kept").glob("*.jsonl")), *cls.run_all()]:
            if path.name not in ("later-kinds.jsonl", "damaged.jsonl"):
                cls.lines += [(path.name, line) for line in cls.valid_lines(path)]

    @classmethod
    def run_all(cls):
        """Fresh transcripts of the runbooks that end by themselves."""
        for path in sorted(cls.fresh.glob("*.yaml")):
            words = re.match(r"# run: (\d.*)", path.read_text())
            if not words or path.stem == "waits":
                continue
            status, *options = words[1].split()
            done = subprocess.run([PROGRAM, "run", path.name, "-q", "--transcript", f"{path.stem}.jsonl", *options],
                                  cwd=cls.fresh, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                                  start_new_session=True, check=False)
            if done.returncode != int(status):
                raise AssertionError(f"{path.name} ended with {done.returncode}, not {status}: {done.stderr}")
            yield cls.fresh / f"{path.stem}.jsonl"

    @staticmethod
    def valid_lines(path):
        for text in path.read_bytes().splitlines():
            try:
                yield json.loads(text, object_pairs_hook=once)
            except ValueError:
                return  # torn off

    def accepts(self, line):
        return self.validator.is_valid(line)

    def examples(self):
        """One line for each type and set of keys that there is."""
        found = {}
        for _, line in self.lines:
            found.setdefault((line["type"], tuple(sorted(line))), line)
        return found.values()

    def first(self, kind):
        return next(line for _, line in self.lines if line["type"] == kind)

    def unknown_to_the_program(self, lines):
        """How many of these lines the program does not understand, in a transcript of their own; run.started comes first."""
        if not lines or lines[0]["type"] != "run.started":
            lines = [self.first("run.started"), *lines]
        prev, number = "0" * 64, 0
        with open(self.folder / "t.jsonl", "wb") as file:
            for line in [*lines, self.first("run.finished"), {"type": "seal"}]:
                line = {"seq": number, **without(without(line, "seq"), "prev"), "prev": prev}
                if line["type"] == "seal":
                    line = {key: line[key] for key in ("seq", "type", "prev")}
                else:
                    line["t_us"] = number
                text = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
                file.write(text)
                prev, number = hashlib.sha256(text).hexdigest(), number + 1
        done = subprocess.run([PROGRAM, "verify", "t.jsonl"], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertTrue(done.stdout.startswith("t.jsonl: sealed: "), done.stdout)
        told = re.search(r"; (\d+) of the lines are of a kind", done.stdout)
        return int(told[1]) if told else 0

    def agree(self, lines):
        """The schema accepts the lines that the program understands, and no others. Returns how many were of either."""
        accepted = [line for line in lines if self.accepts(line)]
        refused = [line for line in lines if not self.accepts(line)]
        if self.unknown_to_the_program(accepted) != 0 or self.unknown_to_the_program(refused) != len(refused):
            for line in lines:
                understood = self.unknown_to_the_program([line]) == 0
                self.assertEqual(self.accepts(line), understood, json.dumps(line))
        return len(accepted), len(refused)

    def test_every_line_is_an_instance(self):
        for name, line in self.lines:
            for error in self.validator.iter_errors(line):
                self.fail(f"{name}: line {line['seq'] + 1}: {error.json_path}: {error.message:.300}")
        kinds = {line["type"] for _, line in self.lines}
        self.assertLessEqual({"run.started", "source", "start", "started", "output", "finished", "decided", "step.finished",
                              "acquire", "acquired", "release", "ask", "unask", "answered", "timer", "stop", "signal",
                              "note", "run.finished", "seal"}, kinds)

    def test_what_is_spoiled(self):
        lines = [spoilt for line in self.examples() if line["type"] not in (*ASIDES, "run.started", "seal")
                 for spoilt in spoiled(line) if "role" not in line]
        accepted, refused = self.agree(lines)
        self.assertGreater(accepted, 100)
        self.assertGreater(refused, 500)

    def test_what_is_spoiled_inside(self):
        lines = [spoilt for kind in ("finished", "decided") for spoilt in spoiled_inside(self.first(kind))]
        lines += spoiled_inside(next(line for _, line in self.lines if "poll" in line))
        accepted, refused = self.agree(lines)
        self.assertGreater(accepted, 50)
        self.assertGreater(refused, 50)

    def test_every_tag_was_tried(self):
        page = (SCHEMAS / "transcript.md").read_text()
        rows = "".join(re.findall(r'^\| `\{"\$.*', page, re.M))
        told = set(re.findall(r'`\{"(\$[a-z]+)":', rows))
        self.assertEqual(told, {key for value in GOOD_VALUES if isinstance(value, dict) for key in value
                                if re.match(r"\$[a-z]", key)})

    def test_the_first_line(self):
        for line in spoiled(self.first("run.started")):
            self.assertEqual(self.accepts(line), self.unknown_to_the_program([line]) == 0, json.dumps(line))

    def test_asides(self):
        for line in self.examples():
            always = ASIDES.get(line["type"], set())
            for key in line if always else ():
                if key not in ENVELOPE:
                    bytes_of = key in ("text", "base64") and line["type"] != "note"
                    self.assertEqual(self.accepts(without(line, key)), key not in always and not bytes_of, key)
                    self.assertFalse(self.accepts(changed(line, key, {"$later": 1})), key)
        output = self.first("output")
        self.assertFalse(self.accepts(changed(output, "stream", "later")))
        self.assertFalse(self.accepts(changed(output, "base64", "AA==")))
        self.assertTrue(self.accepts({**without(output, "text"), "base64": "AA=="}))
        self.assertFalse(self.accepts({**without(output, "text"), "base64": "AA="}))

    def test_the_envelope(self):
        for line in self.examples():
            for key in ENVELOPE:
                if line["type"] != "seal" or key not in ("at", "t_us"):
                    self.assertFalse(self.accepts(without(line, key)), key)
                    self.assertFalse(self.accepts(changed(line, key, None)), key)
        start = self.first("start")
        for key, value in (("seq", "1"), ("seq", -1), ("t_us", 1.5), ("at", "yesterday"), ("prev", "0" * 63),
                           ("at", "2026-11-22T03:04:05+00:00"), ("prev", "G" * 64)):
            self.assertFalse(self.accepts(changed(start, key, value)), key)

    def test_the_seal(self):
        seal = without(self.first("seal"), "signature")
        self.assertTrue(self.accepts(seal))
        self.assertTrue(self.accepts(changed(seal, "signature", "AAAA")))
        for key, value in (("signature", ""), ("signature", 5), ("later", 1), ("at", "2026-11-22T03:04:05Z"), ("t_us", 5)):
            self.assertFalse(self.accepts(changed(seal, key, value)), key)

    def test_types_of_later_versions(self):
        later = changed({key: self.first("start")[key] for key in ENVELOPE}, "type", "weather")
        self.assertFalse(self.accepts(later))
        for role, known in (("in", True), ("out", True), ("aside", True), ("later", False), (5, False)):
            self.assertEqual(self.accepts(changed(later, "role", role)), known, role)
        self.assertTrue(self.accepts({**later, "role": "aside", "sky": {"$era": "later"}}))


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
