#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documents of `reprise check --format json|sarif` against what it says in text.

Over every runbook of tests/lang/check, those of runbooks/, and some made here: each diagnostic must be the same in all
forms, with the same place, and its end must be where the text's underline ends. The document of SARIF must obey the
constraints below, which are those of the published schema (2.1.0) and of its text as far as we use it.

REPRISE names the program.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOWN = 160  # a longer line is shown in part

PLACE = {"type": ["integer", "null"], "minimum": 1}
RELATED = {"message": {"type": "string"}, "path": {"type": "string"}, "line": PLACE, "column": PLACE,
           "end_line": PLACE, "end_column": PLACE}


def strict(properties, optional=()):
    """A map with these keys and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False,
            "required": [key for key in properties if key not in optional]}


def every(items, **more):
    return {"type": "array", "items": items, **more}


JSON = strict({
    "version": {"const": 1},
    "diagnostics": every(strict({
        "severity": {"enum": ["error", "warning"]},
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
        "help": {"type": ["string", "null"], "minLength": 1},
        **RELATED,
        "related": every(strict(RELATED)),
    })),
    "files": every(strict({
        "path": {"type": "string"},
        "ok": {"type": "boolean"},
        "kind": {"enum": ["runbook", "part", None]},
        "steps": {"type": ["integer", "null"], "minimum": 0},
        "left_out": {"type": "integer", "minimum": 0},
    })),
    "ok": {"type": "boolean"},
})

# A message of one text: braces in it are doubled (3.11.5), and no "](" makes a link (3.11.6).
MESSAGE = strict({"text": {"type": "string", "minLength": 1,
                           "pattern": r"^(?:[^{}\]]|\{\{|\}\}|\](?!\())*$"}})
ARTIFACT = strict({"uri": {"type": "string", "pattern": r"^(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2}|(?<=^file):)+$"}})
LINE = {"type": "integer", "minimum": 1}
PHYSICAL = strict({
    "artifactLocation": ARTIFACT,
    "region": strict({"startLine": LINE, "startColumn": LINE, "endLine": LINE, "endColumn": LINE}),
}, optional=["region"])
SARIF = strict({
    "version": {"const": "2.1.0"},
    "$schema": {"type": "string", "pattern": "^https://.*/sarif-schema-2.1.0.json$"},
    "runs": every(strict({
        "columnKind": {"const": "unicodeCodePoints"},  # else columns are UTF-16 code units
        "results": every(strict({
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": 0},
            "level": {"enum": ["error", "warning"]},
            "message": MESSAGE,
            "locations": every(strict({"physicalLocation": PHYSICAL}), minItems=1, maxItems=1),
            "relatedLocations": every(strict({
                "id": {"type": "integer", "minimum": 0}, "message": MESSAGE, "physicalLocation": PHYSICAL,
            }), minItems=1, uniqueItems=True),
        }, optional=["relatedLocations"])),
        "tool": strict({"driver": strict({
            "name": {"const": "reprise"},
            "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
            "rules": every(strict({
                "id": {"type": "string"},
                "shortDescription": strict({"text": {"type": "string", "minLength": 1}}),
            }, optional=["shortDescription"]), uniqueItems=True),
        })}),
        "artifacts": every(strict({"location": ARTIFACT, "roles": {"const": ["analysisTarget"]}}), uniqueItems=True),
        "invocations": every(strict({
            "executionSuccessful": {"const": True},
            "exitCode": {"enum": [0, 2]},
            "toolExecutionNotifications": every(strict({"level": {"const": "warning"}, "message": MESSAGE})),
        }), minItems=1, maxItems=1),
    }), minItems=1, maxItems=1),
})


def shown(text):
    """As the text form shows a text, whatever is in it."""
    text = text.replace("\t", " ")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", text)


def from_text(said):
    """The diagnostics of the text form, and how many it left out."""
    found, left_out = [], 0
    place = r"(?:(?P<path>\S.*?):(?P<line>\d+):(?P<column>\d+): )"
    head = re.compile(place + r"?(?P<severity>error|warning): (?P<message>.*) \[(?P<code>[a-z0-9-]+)\]")
    note = re.compile(place + r"note: (?P<message>.*)")
    at = None
    for line in said.split("\n"):
        if match := head.fullmatch(line):
            at = {**match.groupdict(), "help": None, "related": []}
            found.append(at)
        elif match := note.fullmatch(line):
            found[-1]["related"].append(at := match.groupdict())
        elif line.startswith("       = help: "):
            found[-1]["help"] = line[15:]
        elif match := re.fullmatch(r" *\d+ \| (.*)", line):
            at["excerpt"] = match[1]
        elif match := re.fullmatch(r" {7}\| +(\^~*)", line):
            at["width"] = len(match[1])
        elif match := re.fullmatch(r"… and (\d+) more", line):
            left_out += int(match[1])
        elif line:
            raise ValueError(f"a line that is not understood: {line!r}")
    return found, left_out


def same_place(text, other, path):
    """Whether a place of the text form is that of a document, its end where the underline ends."""
    if text["line"] is None:
        return other["line"] is None and other["path"] == path
    if (text["path"], int(text["line"]), int(text["column"])) != (other["path"], other["line"], other["column"]):
        return False
    end = (other["end_line"], other["end_column"])
    if end < (other["line"], other["column"]):
        return False
    if end[0] != other["line"] or len(text["excerpt"].encode()) >= SHOWN:
        return True
    # A point is underlined by one mark; and what stands in the excerpt ends there at the latest.
    last = len(text["excerpt"]) + 1
    return text["width"] == max(1, min(end[1], last) - other["column"])


def same(text, other, path):
    return (text["severity"] == other["severity"] and text["code"] == other["code"]
            and text["message"] == shown(other["message"])
            and text["help"] == (other["help"] and shown(other["help"]))
            and same_place(text, other, path)
            and len(text["related"]) == len(other["related"])
            and all(one["message"] == shown(two["message"]) and same_place(one, two, path)
                    for one, two in zip(text["related"], other["related"])))


def from_sarif(document):
    """The results in the form of the other document."""
    def place(location):
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        region = location["physicalLocation"].get("region", {})
        return {"path": urllib.parse.unquote(uri.removeprefix("file://")),
                "line": region.get("startLine"), "column": region.get("startColumn"),
                "end_line": region.get("endLine"), "end_column": region.get("endColumn")}

    def plain(message):
        return message["text"].replace("{{", "{").replace("}}", "}").replace("] (", "](")

    run = document["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            raise ValueError(f"ruleIndex of {result['ruleId']}")
        message, _, way_out = plain(result["message"]).partition("\nhelp: ")
        yield {"severity": result["level"], "code": result["ruleId"], "message": message, "help": way_out or None,
               **place(result["locations"][0]),
               "related": [{"message": plain(one["message"]), **place(one)}
                           for one in result.get("relatedLocations", [])]}
    unused = set(rules) - {result["ruleId"] for result in run["results"]}
    if unused:
        raise ValueError(f"rules that nothing broke: {unused}")


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.count = self.places = 0
        self.failures = []

    def fail(self, about, sentence):
        self.failures.append(f"{about}: {sentence}")

    def call(self, *words):
        return subprocess.run([self.program, "check", *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=60)

    def document(self, about, form, schema, words):
        done = self.call("--format", form, *words)
        if done.stderr:
            self.fail(about, f"{form} says something on standard error: {done.stderr.decode()}")
        document = json.loads(done.stdout.decode("utf-8"))
        for error in jsonschema.Draft7Validator(schema).iter_errors(document):
            self.fail(about, f"{form}, {list(error.path)}: {error.message[:200]}")
        if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", done.stdout.decode()):
            self.fail(about, f"{form} holds what a terminal obeys")
        return document, done.returncode

    def try_file(self, path, *options):
        """One file in the three forms."""
        about = " ".join([str(path), *options])
        words = [*options, "--", str(path)]
        done = self.call(*words)
        text, left_out = from_text(done.stderr.decode("utf-8", "replace"))
        self.count += 1
        self.places += len(text)
        plain, status = self.document(about, "json", JSON, words)
        log, log_status = self.document(about, "sarif", SARIF, words)
        if not done.returncode == status == log_status == log["runs"][0]["invocations"][0]["exitCode"]:
            self.fail(about, f"the status is {done.returncode}, {status}, {log_status}")
        if plain["ok"] != (status == 0):
            self.fail(about, "`ok` is not what the status says")
        self.compare(about, text, plain["diagnostics"], str(path))
        self.compare(about, text, list(from_sarif(log)), str(path))
        self.compare_files(about, done.stdout.decode(), plain, log, left_out)

    def compare(self, about, text, others, path):
        if len(text) != len(others):
            self.fail(about, f"{len(text)} in the text, {len(others)} in the document")
        for one, other in zip(text, others):
            if not same(one, other, path):
                self.fail(about, f"not the same: {one} {other}")

    def compare_files(self, about, notice, plain, log, left_out):
        """What was said of the files themselves."""
        run = log["runs"][0]
        uris = [urllib.parse.unquote(one["location"]["uri"].removeprefix("file://")) for one in run["artifacts"]]
        if uris != [one["path"] for one in plain["files"]]:
            self.fail(about, f"artifacts {uris}")
        lines = ""
        for one in plain["files"]:
            if one["ok"] and one["kind"] == "part":
                lines += f"{one['path']}: ok, to be included by runbooks\n"
            elif one["ok"]:
                lines += f"{one['path']}: ok, {one['steps']} step{'s' if one['steps'] > 1 else ''}\n"
            if left_out != one["left_out"]:
                self.fail(about, f"{left_out} and {one['left_out']} left out")
        if notice != lines:
            self.fail(about, f"the files are {plain['files']}, the text says {notice}")
        told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
        if [int(text.split()[0]) for text in told] != ([left_out] if left_out else []):
            self.fail(about, f"{left_out} left out, {told}")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return pathlib.Path(name)

    def made_here(self):
        head = "reprise: 1\nid: made\nsteps:\n"
        many = "".join(f"  - {{id: s{i}, run: [ls], timeot: 5s}}\n" for i in range(300))
        sleeps = "".join(f"  - {{id: s{i}, effect: read, run: [sleep, 9], timeout: 1m}}\n" for i in range(300))
        yield self.write("many.yaml", head + many)
        yield self.write("sleeps.yaml", head + sleeps)
        yield self.write("d %é:/b#?[1]&+;=@'\"<>.yaml", head + many[:80])
        yield self.write("-dash.yaml", head + many[:80])
        yield self.write("part.yaml", "reprise: 1\nparams: {team: {type: string, default: ops}}\n")
        yield self.write("names.yaml", head + "  - {id: \"\\u202e\\u001b[31m{0}](x)\", run: [ls], \"}]\\t{\": 1}\n")
        yield self.write("wide.yaml", head + "  - {id: a, title: \"é漢字😀\", when: \"'😀' + nmae\", run: [ls]}\n")
        yield self.write("crlf.yaml", (head + many[:80]).replace("\n", "\r\n"))
        yield self.write("includes.yaml", "reprise: 1\nid: made\ninclude: [wrong.yaml, gone.yaml]\nsteps: []\n")
        self.write("wrong.yaml", "reprise: 1\nparams: {team: {type: strng}}\n")
        yield self.write("empty.yaml", "")
        yield self.write("binary.yaml", b"\x7fELF\x02\x00\xff")
        yield pathlib.Path("missing.yaml")
        yield pathlib.Path(".")

    def try_together(self, paths):
        """All files at once: one document, in their order."""
        words = ["--", *map(str, paths)]
        plain, status = self.document("together", "json", JSON, words)
        log, _ = self.document("together", "sarif", SARIF, words)
        single = [one for path in paths for one in json.loads(self.call("-f", "json", "--", str(path)).stdout)["diagnostics"]]
        if status != 2 or plain["diagnostics"] != single or list(from_sarif(log)) != single:
            self.fail("together", "not what is said of each")
        if [one["path"] for one in plain["files"]] != [str(path) for path in paths]:
            self.fail("together", f"the files are {plain['files']}")
        self.document("twice", "sarif", SARIF, ["--", str(paths[0]), str(paths[0])])


def main():
    program = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
    if not program.is_file():
        sys.exit("REPRISE must name the program")
    with tempfile.TemporaryDirectory(prefix="reprise-formats-") as folder:
        test = Test(str(program), pathlib.Path(folder).resolve())
        made = list(test.made_here())
        for path in made:
            for options in ([], ["--strict"], ["--quiet"], ["--strict", "--quiet"]):
                test.try_file(path, *options)
        paths = sorted([*ROOT.glob("tests/lang/check/*.yaml"), *ROOT.glob("runbooks/*.yaml")])
        for path in paths[::int(os.environ.get("EVERY", "1"))]:
            test.try_file(path)
        test.try_together(made)
    for failure in test.failures:
        print(failure)
    print(f"{test.count} checks with {test.places} diagnostics, {len(test.failures)} failures")
    return 1 if test.failures or test.places < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
