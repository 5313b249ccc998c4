#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `reprise plan --format json|dot|mermaid` against each other and against what it says in text.

The JSON has all that the text says, its graph is one, and the drawings are both of that graph: every step once, with its
title, in the frame of its block, an arrow for every need. They are read here by small readers that know only what may be
written; a title that escapes from its label is a mistake for them.

REPRISE names the program.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]

HOSTILE = r"""
reprise: 1
id: hostile
title: "end %%{init: {'theme':'dark'}}%% \"]] --> n1 <b>&lt;&amp; `code` \\N {0} [x](http://y) style: a:#b;"
symptoms: ["bidi \u202e and \u001b[31m and \u009b"]
on_failure: rollback
params: {must: {type: string, description: "\u202e told"}}
steps:
  - {id: end, title: end, run: [ls, "\u001b[2J"], timeout: 5s}
  - {id: subgraph, title: "subgraph \"x\" ]] }} ]) /] --> end", run: [ls], timeout: 5s, lock: graph}
  - {id: graph, title: "1. numbered\n2. list", run: [ls], timeout: 5s, description: "# a\n- b"}
  - {id: style, title: "- dash * star _under_ **bold** # hash #quot; &quot; &#34; \\\\ \\", run: [ls], timeout: 5s}
  - id: click
    title: "<script>alert(1)</script> <br/> <!-- x --> 'a' \"b\" `c` \\"
    effect: destroy
    when: "'\"' == \"\\\\\" && '%%' != ';'"
    run: [rm, x]
    timeout: 5s
  - {id: classdef, title: "esc \u001b[31m bell \u0007 tab\tbidi \u202e c1 \u009b é漢字😀", manual: "do \u202e \u001b it", timeout: 5s}
  - id: block
    title: "cluster } ]; n1 -> n2 \\"
    approve: {prompt: "\u001b[8m hidden"}
    steps:
      - {id: digraph, title: "WIDE", run: [ls], timeout: 5s, needs: []}
      - {id: node, title: "\u0301\u0301 combining", run: [ls], timeout: 5s, needs: []}
      - {id: edge, title: "---", run: [ls], timeout: 5s, needs: [node], rollback: [{id: undo_edge, run: [ls], timeout: 5s}]}
      - {id: inner, needs: [node], steps: [{id: deep, run: [ls], timeout: 5s}]}
    finally:
      - {id: strict, title: "default", run: [ls], timeout: 5s}
    rollback:
      - {id: undo, title: "undo it", run: [ls], timeout: 5s}
  - {id: loop, for_each: "['a', 'end']", run: [echo, "${{ item }}"], timeout: 5s}
  - {id: par, needs: [block], effect: read, run: [ls], timeout: 5s, retry: {attempts: 3, delay: 1s}}
finally:
  - {id: last, run: [ls], timeout: 5s}
""".replace("WIDE", "wide" * 200)

USES = """
reprise: 1
id: uses
templates:
  greet:
    params: {name: {type: string}}
    steps:
      - {id: say, effect: read, run: [echo, "${{ params.name }}"], timeout: 5s}
steps:
  - {id: one, needs: [], use: greet, with: {name: a}}
  - {id: two, needs: [], use: greet, with: {name: b}, allow_failure: true}
  - {id: both, run: [ls], timeout: 5s, idempotent: true}
verify:
  - {expect: 1 == 1}
"""


def strict(properties, optional=()):
    return {"type": "object", "properties": properties, "additionalProperties": False,
            "required": [key for key in properties if key not in optional]}


def some(properties):
    return strict(properties, optional=properties)


def every(items):
    return {"type": "array", "items": items}


TEXT, FLAG, COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}
TRUE = {"const": True}
QUOTA = {"anyOf": [COUNT, {"type": "string", "pattern": "^[0-9]+%$"}]}
BETWEEN = strict({"low_us": COUNT, "high_us": COUNT})
PLACE = {"type": ["object", "array"]}
ACTION = strict({"name": TEXT, "text": TEXT, "session": TEXT, "target": PLACE, "at": TEXT},
                optional=["session", "target", "at"])
POLL = strict({"within_us": COUNT, "every_us": COUNT, "for_us": COUNT})
CHECKS = every(some({
    "action": ACTION, "claims_to_read": TRUE, "expect": TEXT, "for_each": strict({"list": TEXT, "as": TEXT}),
    "poll": POLL, "timeout_us": COUNT, "abort": TEXT, "message": TEXT}))
INPUT = strict({"name": TEXT, "type": TEXT, "description": TEXT}, optional=["description"])
ALWAYS = {
    "path": TEXT, "id": TEXT, "title": TEXT, "parent": {"type": ["string", "null"]},
    "part": {"enum": ["steps", "finally", "rollback"]}, "block": FLAG, "needs": every(TEXT),
    "effect": {"enum": ["read", "change", "destroy"]}, "asks": FLAG}
PERHAPS = {
    "description": TEXT, "file": TEXT, "line": COUNT, "when": TEXT, "approved_by_block": TRUE,
    "approve": strict({"by": {"type": "integer", "minimum": 1}, "expires_us": {"type": "integer", "minimum": 60000000},
                       "prompt": TEXT, "when": TEXT}, ["prompt", "when"]),
    "action": ACTION, "background": ACTION, "manual": strict({"text": TEXT, "inputs": every(INPUT)}),
    "expect": TEXT, "message": TEXT, "lock": TEXT, "poll": POLL, "timeout_us": COUNT, "estimate": BETWEEN,
    "for_each": strict({"list": TEXT, "as": TEXT, "max_parallel": COUNT, "keep_going": FLAG, "max_failures": QUOTA,
                        "canary": QUOTA}, ["canary"]),
    "retry": strict({"attempts": COUNT, "delay_us": COUNT, "backoff": {"type": "number"}, "when": TEXT}, ["when"]),
    "allow_failure": TRUE, "idempotent": TRUE, "sensitive": TRUE,
    "outputs": every(strict({"name": TEXT, "value": TEXT, "constant": TEXT}, ["value", "constant"])),
    "unless": CHECKS, "preconditions": CHECKS, "ready": CHECKS, "verify": CHECKS}
MATCHER = {**some({"label": TEXT, "is": every(TEXT), "is_not": every(TEXT), "matches": TEXT, "does_not_match": TEXT}),
           "required": ["label"], "minProperties": 2, "maxProperties": 2}
PLAN = strict({
    "version": {"const": 1},
    "runbook": strict({
        "id": TEXT, "title": TEXT, "severity": TEXT, "description": TEXT, "symptoms": every(TEXT),
        "triggers": every(strict({"labels": every(MATCHER),
                                  "params": {"type": "object", "additionalProperties": TEXT}})),
        "severity_title": TEXT, "response_us": COUNT,
        "objectives": some({"rto_us": COUNT, "rpo_us": COUNT, "mttr_us": COUNT, "availability": TEXT, "estimate": BETWEEN}),
        "on_failure": {"enum": ["continue", "stop", "rollback"]}}, ["severity", "severity_title", "response_us", "description", "triggers"]),
    "files": every(TEXT),
    "params": every(strict({"name": TEXT, "type": TEXT, "value": {}, "required": FLAG, "description": TEXT},
                           ["value", "description"])),
    "secrets": every(some({"name": TEXT, "env": TEXT, "file": TEXT, "command": every(TEXT), "spare": TRUE})),
    "escalation": every(strict({"after_us": COUNT, "notify": every(strict(
        {"name": TEXT, "title": TEXT, "channel": TEXT, "person": TEXT}, ["channel", "person"]))})),
    "summary": strict({
        "destroys": every(TEXT), "asks": every(TEXT), "by_hand": every(TEXT), "changes": every(TEXT),
        "goes_to": every(TEXT),
        "at_most": strict({"us": COUNT, "no_timeout": FLAG, "people": FLAG, "unknown_lists": FLAG, "path": every(TEXT)}),
        "forecast": strict({
            "from_us": COUNT, "expected_us": COUNT, "within_us": COUNT, "percent": COUNT, "waiting_us": COUNT, "runs": COUNT,
            "ended": COUNT, "failed": COUNT, "steps": COUNT, "estimated": COUNT, "unknown": COUNT,
            "estimates": every(TEXT), "unknowns": every(TEXT),
            "questions": COUNT, "questions_unknown": COUNT, "whole": FLAG, "rto_us": COUNT, "rto_percent": COUNT,
        }, ["rto_us", "rto_percent"])}, ["forecast"]),
    "order": every(TEXT),
    "steps": every(strict({**ALWAYS, **PERHAPS}, PERHAPS)),
    "verify": CHECKS,
}, ["verify", "escalation"])

# What the text form says in words of its own.
PHRASES = """
    Symptoms|Answers|or|not|matching|; tells|=|Usually|to|Objective|recovered within|, and at most|of data lost|Destroys|Asks before|By hand|Changes
    Goes to|at|as|in
    Forecast|expected|% within|; the RTO of|will be met|will very likely be met|, as far as this is known|;|more steps|rests|rest
    |on the runbook's estimate|on the runbook's estimates|on nothing: no time is counted for it|on nothing: no time is counted for them
    |; how long people will take to answer is not known, nor counted
    On failure|nothing new begins|, and what began is undone|At most|, and what has no timeout
    |, and items of lists that are known only then|, and what people take to answer
    , if everything takes as long as it may:|→|Secrets|, from the environment variable|, from the file
    , from the command|Parameters, each changed by -p NAME=VALUE|must be given|(empty)|Steps|needs
    nothing: it begins at once|,|:|(|)|[|]|only when|for each|of|, others too|at once|, the others too when one fails|, the others too while at most|fail|first as canary
    unless|must hold|ASKS|for approval|, when|read|change|DESTROY|expecting|, asked again until it holds, within|on for
    in the one session of|its output is neither shown nor recorded|BY HAND|then tells|and|beside it|computes|ready when
    , within|, from within|, given up when|else:|then verify|timeout|attempts|up to|lock
    : one at a time, in any run on this machine|if it fails|that is an answer: the run goes on
    and finally, whatever became of it|undone by, when the run fails|could be undone by|Recovered means|verify
    Finally, whatever happened|Checks that run processes, kept from writing|, for each
    Checks that run processes elsewhere, kept from writing where reprise-launch can be
    Severity|: somebody begins within|: somebody begins at once|On average|; available|of the time|Tells|at its beginning|after|to be called:
    when it waits for a person: those told so far; when it fails: the next as well
    ; may be missing: it is only to tell people
"""


def harmless(text):
    """As views show a text from outside."""
    text = text.replace("\t", "    ")
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)
    return re.sub("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", "\ufffd", text)


def bare(text):
    """The same, line by line and without white space: neither wrapping nor indenting matters."""
    return re.sub(r"\s", "", "".join(harmless(line) for line in re.split(r"[ \n]", text)))


def texts_of(value):
    if value == {}:
        yield "{}"
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bool):
        yield json.dumps(value)


def ends_of(path):
    """A step is called by an end of its path, as long as is needed to tell it from others."""
    parts = path.split("/")
    return ["/".join(parts[first:]) for first in range(len(parts))]


def unexplained(text, document):
    """What the text form says that is neither a phrase of its own nor in the document; empty if there is nothing."""
    known = {bare(phrase) for line in PHRASES.split("\n") for phrase in line.split("|")}
    known |= {bare(one) for one in texts_of(document)}
    known |= {re.sub(r"\s", "", harmless(one)) for one in texts_of(document)}  # on one line
    known |= {bare(end) for one in document["order"] for end in ends_of(one)}
    by_first = {}
    for one in known - {""}:
        by_first.setdefault(one[0], []).append(one)
    number = re.compile(r"\d+(?:\.\d+)*")
    duration = re.compile(r"\d+(?:\.\d+)?(?:us|ms|s|m|h|d|KiB|MiB|GiB|B)")
    rest = re.sub(r"\s", "", text)
    reached = {0}
    for at in range(len(rest)):
        if at not in reached:
            continue
        reached |= {at + len(one) for one in by_first.get(rest[at], ()) if rest.startswith(one, at)}
        reached |= {found.end() for found in (number.match(rest, at), duration.match(rest, at)) if found}
    return rest[max(reached):][:80]


# Readers of the two languages. Both give (nodes, frames, links): nodes name -> (label, shape, frame around), frames name ->
# (label, frame around), links a list of (from, to, kind).

TOKEN = re.compile(r'\s+|"(?:[^"\\\n]|\\.)*"|->|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+|[{}\[\];=,]')


def tokens_of(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ValueError(f"dot: {text[at:at + 40]!r} is not understood")
        at = found.end()
        if not found[0].isspace():
            yield found[0]


def dot_label(quoted):
    plain = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], quoted[1:-1])
    if re.search(r"&(?!amp;)", plain):
        raise ValueError(f"dot: an entity in {quoted}")
    return plain.replace("&amp;", "&")


class Dot:
    def __init__(self, text):
        self.tokens, self.at = list(tokens_of(text)), 0
        self.nodes, self.frames, self.links = {}, {}, []
        for word in ("digraph", "runbook", "{"):
            self.take(word)
        self.statements(None)
        if self.at != len(self.tokens):
            raise ValueError("dot: something stands behind the graph")

    def take(self, wanted=None):
        token = self.tokens[self.at]
        self.at += 1
        if wanted and token != wanted:
            raise ValueError(f"dot: {token} where {wanted} belongs")
        return token

    def pairs(self, end):
        found = {}
        while self.tokens[self.at] != end:
            name = self.take()
            self.take("=")
            found[name] = self.take()
            if self.tokens[self.at] == ",":
                self.take()
        self.take(end)
        return found

    def statements(self, frame):
        while (word := self.take()) != "}":
            if word == "subgraph":
                self.subgraph(frame)
                continue
            following = self.tokens[self.at]
            if following == "=":
                self.take()
                value = self.take()
                if word == "label":
                    self.frames[frame] = (dot_label(value), self.frames[frame][1])
            elif following == "->":
                self.link(word)
            elif word in ("node", "edge", "graph"):
                self.take("[")
                self.pairs("]")
            else:
                self.take("[")
                pairs = self.pairs("]")
                if word in self.nodes:
                    raise ValueError(f"dot: {word} is there twice")
                self.nodes[word] = (dot_label(pairs["label"]), pairs["shape"], frame)
            self.take(";")

    def subgraph(self, around):
        name = self.take()
        if not name.startswith("cluster_"):
            raise ValueError(f"dot: {name} is no cluster")
        self.frames[name[8:]] = ("", around)
        self.take("{")
        self.statements(name[8:])

    def inside(self, node, frame):
        around = self.nodes[node][2]
        while around is not None and around != frame:
            around = self.frames[around][1]
        return around == frame

    def link(self, start):
        self.take("->")
        end = self.take()
        pairs = {}
        if self.tokens[self.at] == "[":
            self.take()
            pairs = self.pairs("]")
        ends = []
        for node, key in ((start, "ltail"), (end, "lhead")):
            frame = pairs[key].removeprefix("cluster_") if key in pairs else None
            if node not in self.nodes or (frame and not self.inside(node, frame)):
                raise ValueError(f"dot: {node} is no node, or not in {frame}")
            ends.append(frame or node)
        kind = {"dashed": "finally", "dotted": "undo"}.get(pairs.get("style"), "needs")
        self.links.append((*ends, kind))


MERMAID_LABEL = r'"((?:[A-Za-z0-9 ,/()\'=!?._…\-]|[^\x00-\x7f]|#\d+;|<br/>)*)"'
MERMAID_SHAPES = {"start": (r"\(\[", r"\]\)"), "end": (r"\[\[", r"\]\]"), "read": (r"\(", r"\)"), "change": (r"\[", r"\]"),
                  "destroy": (r"\{\{", r"\}\}"), "manual": (r"\[/", r"/\]"), "check": (">", r"\]")}
ARROWS = {"-->": "needs", "-.->": "finally", "-. undone by .->": "undo"}


def mermaid_label(text):
    text = text.replace("<br/>", "\n")
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


class Mermaid:
    def __init__(self, text):
        self.nodes, self.frames, self.links = {}, {}, []
        lines = text.split("\n")
        if lines[:2] != ["flowchart TD", "  classDef asks stroke-width:4px"] or lines[-1] != "":
            raise ValueError("mermaid: another beginning or end")
        stack = [None]
        for line in lines[2:-1]:
            self.line(line.strip(), stack)
        if len(stack) != 1:
            raise ValueError("mermaid: a frame is not closed")

    def line(self, line, stack):
        if line == "end":
            stack.pop()
        elif found := re.fullmatch(r"subgraph (n\d+[fr]?)\[" + MERMAID_LABEL + r"\]", line):
            self.frames[found[1]] = (mermaid_label(found[2]), stack[-1])
            stack.append(found[1])
        elif found := re.fullmatch(r"(n\d+[fre]?) (-->|-\.->|-\. undone by \.->) (n\d+[fre]?)", line):
            self.links.append((found[1], found[3], ARROWS[found[2]]))
        else:
            self.node(line, stack[-1])

    def node(self, line, frame):
        for shape, (before, after) in MERMAID_SHAPES.items():
            found = re.fullmatch(r"(n\d+e?)" + before + MERMAID_LABEL + after + "(?::::asks)?", line)
            if found:
                if found[1] in self.nodes:
                    raise ValueError(f"mermaid: {found[1]} is there twice")
                self.nodes[found[1]] = (mermaid_label(found[2]), shape, frame)
                return
        raise ValueError(f"mermaid: {line!r} is not understood")


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.count = self.steps = 0
        self.failures = []

    def fail(self, about, sentence):
        self.failures.append(f"{about}: {sentence}")

    def plan(self, path, form):
        done = subprocess.run([self.program, "plan", "--format", form, str(path)], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=60)
        if done.returncode:
            raise ValueError(f"{path}: status {done.returncode}: {done.stderr.decode()}")
        text = done.stdout.decode("utf-8")
        if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", text):
            self.fail(path, f"{form} holds what a terminal obeys")
        return text

    def try_file(self, path):
        self.count += 1
        document = json.loads(self.plan(path, "json"))
        for error in jsonschema.Draft7Validator(PLAN).iter_errors(document):
            self.fail(path, f"{list(error.path)}: {error.message[:200]}")
        self.steps += len(document["steps"])
        self.try_graph(path, document)
        self.try_words(path, self.plan(path, "text"), document)
        dot, mermaid = Dot(self.plan(path, "dot")), Mermaid(self.plan(path, "mermaid"))
        for drawing in (dot, mermaid):
            self.try_drawing(f"{path} as {type(drawing).__name__}", drawing, document)
        labels = [{name: one[0] for name, one in [*drawing.nodes.items(), *drawing.frames.items()]}
                  for drawing in (dot, mermaid)]
        if labels[0] != labels[1] or dot.links != mermaid.links:
            self.fail(path, "the drawings are not the same")

    def try_words(self, path, text, document):
        said = unexplained(text, document)
        if said:
            self.fail(path, f"the JSON does not have {said!r}")
        for name, key in (("Destroys", "destroys"), ("Asks before", "asks"), ("By hand", "by_hand"), ("Changes", "changes")):
            line = re.search(rf"^{name} +((?:.*\n)(?: {{14}}.*\n)*)", text, re.M)
            ids = re.split(r",\s+", line[1].strip()) if line else []
            paths = document["summary"][key]
            if len(ids) != len(paths) or any(one not in ends_of(path) for one, path in zip(ids, paths)):
                self.fail(path, f"{name}: {ids}, {document['summary'][key]}")

    def try_graph(self, path, document):
        steps = {step["path"]: step for step in document["steps"]}
        rank = {one: at for at, one in enumerate(document["order"])}
        if sorted(rank) != sorted(steps) or len(rank) != len(document["steps"]):
            self.fail(path, "the order is not of all steps")
        for one, step in steps.items():
            parent = steps.get(step["parent"])
            above = parent["path"] + "/" if parent else ""
            if one != above + step["id"] or (step["parent"] and not parent):
                self.fail(path, f"{one} is not below {step['parent']}")
            if parent and rank[parent["path"]] > rank[one] and step["part"] != "rollback":
                self.fail(path, f"{one} stands before its block")
            for need in step["needs"]:
                if (steps[need]["parent"], steps[need]["part"]) != (step["parent"], step["part"]):
                    self.fail(path, f"{one} needs {need}, which is no sibling")
                if any(rank[inner] > rank[one] for inner in steps if (inner + "/").startswith(need + "/")
                       and steps[inner]["part"] != "rollback"):
                    self.fail(path, f"{one} stands before {need}, which it needs")

    def try_drawing(self, about, drawing, document):
        name = {step["path"]: f"n{at}" for at, step in enumerate(document["steps"], 1)}
        for step in document["steps"]:
            self.try_step(about, drawing, step, name)
        links = {(name[need], name[step["path"]], "needs") for step in document["steps"] for need in step["needs"]}
        outer = [link for link in drawing.links if link[2] == "needs" and (link[0] == "n0" or link[1] == "n0e")]
        first = {name[step["path"]] for step in document["steps"]
                 if not step["parent"] and step["part"] == "steps" and not step["needs"]}
        if {link[1] for link in outer if link[0] == "n0"} != first:
            self.fail(about, f"it begins with {outer}, not with {first}")
        if {link for link in drawing.links if link[2] == "needs"} - set(outer) != links:
            self.fail(about, "the arrows are not the needs")
        if len(drawing.links) != len(set(drawing.links)):
            self.fail(about, "an arrow is there twice")
        for step in document["steps"]:
            if step["part"] != "steps":
                frame = (name[step["parent"]] if step["parent"] else "n0") + step["part"][0]
                if not any(link[1] == frame for link in drawing.links):
                    self.fail(about, f"nothing leads to {frame}")

    def try_step(self, about, drawing, step, name):
        called = name[step["path"]]
        is_frame = called in drawing.frames
        if is_frame == (called in drawing.nodes) or is_frame != step["block"]:
            self.fail(about, f"{step['path']} is not there once, as what it is")
            return
        label, around = drawing.frames[called] if is_frame else drawing.nodes[called][::2]
        above = name[step["parent"]] if step["parent"] else "n0"
        if around != {"steps": None if above == "n0" else above}.get(step["part"], above + step["part"][0]):
            self.fail(about, f"{step['path']} is in {around}")
        said, wanted = re.sub(r"\s", "", label), bare(step["title"])
        if not said.startswith(wanted) and not ("…" in label and wanted.startswith(said.split("…")[0])):
            self.fail(about, f"{step['path']} is called {label!r}")
        for mark, meant in (("DESTROYS", step["effect"] == "destroy" and not step["block"]),
                            ("ASKS FIRST", step["asks"]), ("BY HAND", "manual" in step),
                            ("may fail", step.get("allow_failure", False))):
            if (mark in label.split("\n")) != meant:
                self.fail(about, f"{step['path']}: {mark}")
        shapes = [*drawing.nodes[called][1:2]] if not is_frame else []
        if shapes and (shapes[0] in ("octagon", "destroy")) != (step["effect"] == "destroy"):
            self.fail(about, f"{step['path']} has the shape {shapes[0]}")


def main():
    program = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
    if not program.is_file():
        sys.exit("REPRISE must name the program")
    with tempfile.TemporaryDirectory(prefix="reprise-plan-") as folder:
        test = Test(str(program), pathlib.Path(folder))
        for name, text in (("hostile", HOSTILE), ("uses", USES)):
            (test.folder / f"{name}.yaml").write_text(text)
        paths = [*test.folder.glob("*.yaml"), *(path for path in ROOT.glob("runbooks/*.yaml") if "\nid: " in path.read_text()),
                 *ROOT.glob("tests/lang/check/good-*.yaml"), *ROOT.glob("tests/unit/view/golden/[!.]*[!s].yaml")]
        for path in sorted(paths):
            test.try_file(path)
    for failure in test.failures:
        print(failure)
    print(f"{test.count} plans with {test.steps} steps, {len(test.failures)} failures")
    return 1 if test.failures or test.steps < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
