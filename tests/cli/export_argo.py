#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Takes Argo manifests of `reprise export argo` apart, and runs them.

First their shape: every field is one that an Argo Workflow has, of the type that it has there; every dependency and every
template that is named is there; every template is used; names are such as Kubernetes takes; whatever a template has
filled in is given by a task, by the workflow, or by a pod before it. Then what they do: a small stand-in for Argo goes
through the DAGs, fills in what is to be filled in, and runs the containers' commands as processes. What the steps leave
behind must be what `reprise run` of the runbook leaves.

REPRISE names the program.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("REPRISE", "")).absolute()
LIMIT_S = 120

# What Argo's published schema says of the part that we use: field -> type. A list of one: a list of such; "*": a map of
# texts; a trailing "!": it must be there.
TEXT, INT, BOOL, ANY = "text", "int", "bool", "any"
SCHEMA = {
    "Workflow": {"apiVersion!": TEXT, "kind!": TEXT, "metadata!": "Metadata", "spec!": "WorkflowSpec"},
    "Metadata": {"generateName": TEXT, "name": TEXT, "annotations": "*"},
    "WorkflowSpec": {"entrypoint": TEXT, "onExit": TEXT, "arguments": "Arguments", "volumes": ["Volume"],
                     "templates": ["Template"]},
    "Arguments": {"parameters": ["Parameter"]},
    "Parameter": {"name!": TEXT, "value": TEXT, "default": TEXT, "enum": [TEXT], "description": TEXT, "globalName": TEXT,
                  "valueFrom": "ValueFrom"},
    "ValueFrom": {"path": TEXT, "default": TEXT, "supplied": "Nothing"},
    "Nothing": {},
    "Volume": {"name!": TEXT, "configMap": "ConfigMapVolume"},
    "ConfigMapVolume": {"name": TEXT, "items": ["KeyToPath"]},
    "KeyToPath": {"key!": TEXT, "path!": TEXT},
    "Template": {"name": TEXT, "metadata": "Metadata", "inputs": "Arguments", "outputs": "Arguments", "container": "Container",
                 "dag": "DAG", "suspend": "Suspend", "activeDeadlineSeconds": INT, "retryStrategy": "Retry",
                 "parallelism": INT, "synchronization": "Synchronization"},
    "Container": {"image!": TEXT, "workingDir": TEXT, "command": [TEXT], "env": ["EnvVar"], "volumeMounts": ["Mount"]},
    "EnvVar": {"name!": TEXT, "valueFrom": "EnvFrom"},
    "EnvFrom": {"secretKeyRef": "SecretKey"},
    "SecretKey": {"name": TEXT, "key!": TEXT},
    "Mount": {"name!": TEXT, "mountPath!": TEXT},
    "DAG": {"failFast": BOOL, "tasks!": ["Task"]},
    "Task": {"name!": TEXT, "template": TEXT, "depends": TEXT, "when": TEXT, "arguments": "Arguments", "withItems": [ANY],
             "withParam": TEXT},
    "Suspend": {"duration": TEXT},
    "Retry": {"limit": TEXT, "retryPolicy": TEXT, "expression": TEXT, "backoff": "Backoff"},
    "Backoff": {"duration": TEXT, "factor": TEXT, "cap": TEXT, "maxDuration": TEXT},
    "Synchronization": {"mutexes": ["Mutex"]},
    "Mutex": {"name": TEXT},
}
TYPES = {TEXT: str, INT: int, BOOL: bool}
FIELD_NAME = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?")
PARAM_NAME = re.compile(r"[-a-zA-Z0-9_]+")
FILLED = re.compile(r"\{\{(.*?)\}\}")


def breaches(value, kind, where):
    """What is not as the schema wants it."""
    if kind == ANY:
        return
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for i, item in enumerate(value):
            yield from breaches(item, kind[0], f"{where}[{i}]")
    elif kind in TYPES:
        if type(value) is not TYPES[kind]:
            yield f"{where} is no {kind}: {value!r}"
    elif not isinstance(value, dict):
        yield f"{where} is no map"
    elif kind == "*":
        for key, text in value.items():
            yield from breaches(text, TEXT, f"{where}.{key}")
    else:
        fields = {name.rstrip("!"): of for name, of in SCHEMA[kind].items()}
        for name in SCHEMA[kind]:
            if name.endswith("!") and name[:-1] not in value:
                yield f"{where} has no {name[:-1]}"
        for name, inner in value.items():
            if name in fields:
                yield from breaches(inner, fields[name], f"{where}.{name}")
            else:
                yield f"{where}: {kind} has no field {name}"


def parameters(of, name):
    return of.get(name, {}).get("parameters", [])


class Manifest:
    def __init__(self, text):
        self.workflow, self.config = yaml.safe_load_all(text)
        self.spec = self.workflow["spec"]
        self.templates = {template["name"]: template for template in self.spec["templates"]}

    def tasks(self):
        for template in self.spec["templates"]:
            for task in template.get("dag", {}).get("tasks", []):
                yield template, task


def export(path, *options, cwd=None):
    done = subprocess.run([PROGRAM, "export", "argo", path, "--image", "reprise:test", *options], cwd=cwd,
                          capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return Manifest(done.stdout.decode())


def waits_for(task):
    return re.findall(r"([a-zA-Z0-9-]+)\.(?:Succeeded|Failed|Skipped|Errored)", task.get("depends", ""))


def given_by(manifest):
    """The names that outputs have in the whole workflow."""
    return {param["globalName"] for template in manifest.spec["templates"] for param in parameters(template, "outputs")
            if "globalName" in param}


def unfilled(manifest):
    """What a template or a task wants filled in and nobody fills in."""
    known = {f"workflow.parameters.{param['name']}" for param in parameters(manifest.spec, "arguments")}
    known |= {f"workflow.outputs.parameters.{name}" for name in given_by(manifest)}
    for template in manifest.spec["templates"]:
        own = known | {f"inputs.parameters.{param['name']}" for param in parameters(template, "inputs")}
        for task in template.get("dag", {}).get("tasks", []):
            for other in template["dag"]["tasks"]:
                if other["name"] in waits_for(task):
                    own |= {f"tasks.{other['name']}.outputs.parameters.{param['name']}"
                            for param in parameters(manifest.templates[other["template"]], "outputs")}
            for name in FILLED.findall(json.dumps(task)):
                if name not in own and not (name == "item" and ("withItems" in task or "withParam" in task)):
                    yield f"task {task['name']}: {name}"
            own = known | {f"inputs.parameters.{param['name']}" for param in parameters(template, "inputs")}
        for name in FILLED.findall(json.dumps({key: template[key] for key in template if key != "dag"})):
            if name not in own:
                yield f"template {template['name']}: {name}"


class Shape(unittest.TestCase):
    def look_at(self, manifest):
        self.assertEqual([], list(breaches(manifest.workflow, "Workflow", "workflow")))
        self.assertEqual("argoproj.io/v1alpha1", manifest.workflow["apiVersion"])
        self.assertEqual("Workflow", manifest.workflow["kind"])
        self.assertEqual(("v1", "ConfigMap"), (manifest.config["apiVersion"], manifest.config["kind"]))
        self.assertEqual(len(manifest.templates), len(manifest.spec["templates"]), "a template's name stands twice")
        named = {manifest.spec["entrypoint"], manifest.spec.get("onExit", manifest.spec["entrypoint"])}
        for template, task in manifest.tasks():
            self.assertIn(task["template"], manifest.templates)
            self.assertTrue(FIELD_NAME.fullmatch(task["name"]) and not task["name"][0].isdigit(), task["name"])
            named.add(task["template"])
            names = [other["name"] for other in template["dag"]["tasks"]]
            self.assertEqual(len(names), len(set(names)), names)
            for other in waits_for(task):
                self.assertIn(other, names)
            if "depends" in task:
                self.assertRegex(re.sub(r"[a-zA-Z0-9-]+\.(Succeeded|Failed|Skipped|Errored)", "x", task["depends"]),
                                 r"^[x()|& ]+$")
            wanted = {param["name"] for param in parameters(manifest.templates[task["template"]], "inputs")
                      if "value" not in param and "default" not in param}
            self.assertEqual(wanted, {param["name"] for param in parameters(task, "arguments")})
        self.assertEqual(named, set(manifest.templates), "a template that nobody uses, or that is not there")
        for template in manifest.spec["templates"]:
            self.assertTrue(FIELD_NAME.fullmatch(template["name"]), template["name"])
            self.assertEqual(1, len({"container", "dag", "suspend"} & set(template)))
            for param in parameters(template, "inputs") + parameters(template, "outputs"):
                self.assertTrue(PARAM_NAME.fullmatch(param["name"]), param["name"])
                self.assertTrue(PARAM_NAME.fullmatch(param.get("globalName", "x")), param)
        self.assertEqual([], list(unfilled(manifest)))
        volume = manifest.spec["volumes"][0]["configMap"]
        self.assertEqual(volume["name"], manifest.config["metadata"]["name"])
        self.assertEqual({item["key"] for item in volume["items"]}, set(manifest.config["data"]))

    def test_runbooks(self):
        paths = [path for path in sorted((ROOT / "runbooks").glob("*.yaml")) if "\nid: " in path.read_text()]
        self.assertGreater(len(paths), 3)
        for path in paths:
            with self.subTest(path.name):
                manifest = export(path)
                self.look_at(manifest)
                self.assertIn(path.read_text(), manifest.config["data"].values())

    def test_small_ones(self):
        for name, text in RUNBOOKS.items():
            with self.subTest(name), tempfile.TemporaryDirectory(prefix="reprise-argo-") as folder:
                path = pathlib.Path(folder) / "book.yaml"
                path.write_text(text)
                self.look_at(export(path))

    def test_what_is_wrong_is_seen(self):
        """The looks above can fail."""
        manifest = export(ROOT / "runbooks" / "rolling-restart.yaml")
        manifest.templates["main"]["dag"]["tasks"][0]["needs"] = "x"
        self.assertEqual(["workflow.spec.templates[0].dag.tasks[0]: Task has no field needs"],
                         list(breaches(manifest.workflow, "Workflow", "workflow")))
        manifest.templates["step-roll"]["container"]["command"].append("{{inputs.parameters.nothing}}")
        self.assertEqual(["template step-roll: inputs.parameters.nothing"], list(unfilled(manifest)))

    def test_hostile(self):
        """Whatever stands in a runbook comes back as the text that it is."""
        words = ["no", "Null", "12", "1e3", "0x1f", "12:30:45", "", " before", "behind ", "a: b", "a #b", "- a", "--- a", "é 漢 😀",
                 "two\nlines", "two\nlines \n\n", "\ttab", "it's \"so\"", "{a: b}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "| a",
                 "a\\b", "~", "=", "<<", "{{item}}", "2026-11-22", "\u0007 bell", "\u202e turned"]
        book = {"reprise": 1, "id": "hostile", "title": "a: #b {{workflow.name}} ${ x",
                "params": {f"p{i}": {"type": "string", "default": word} for i, word in enumerate(words)},
                "steps": [{"id": "a_", "effect": "destroy", "run": ["true"], "timeout": "5s", "approve": {"prompt": "{{x}}: no"}},
                          {"id": "if", "manual": "- no", "inputs": {"y": {"type": "string"}}, "timeout": "5s"}]}
        with tempfile.TemporaryDirectory(prefix="reprise-argo-") as folder:
            path = pathlib.Path(folder) / "it's odd.yaml"
            path.write_text(json.dumps(book, ensure_ascii=False))
            manifest = export(path)
        self.look_at(manifest)
        self.assertEqual(words, [param["value"] for param in manifest.spec["arguments"]["parameters"]])
        self.assertEqual([json.dumps(book, ensure_ascii=False)], list(manifest.config["data"].values()))
        self.assertEqual("a: #b { {workflow.name}} ${ x",
                         manifest.workflow["metadata"]["annotations"]["workflows.argoproj.io/title"])

    def test_files_beside(self):
        with tempfile.TemporaryDirectory(prefix="reprise-argo-") as folder:
            books = pathlib.Path(folder) / "books"
            books.mkdir()
            (pathlib.Path(folder) / "shared.yaml").write_text("reprise: 1\nparams: {word: {type: string, default: hello}}\n")
            (books / "book.yaml").write_text("reprise: 1\nid: beside\ninclude: [../shared.yaml]\n"
                                             "steps:\n  - {id: say, run: [echo, '${{ params.word }}'], timeout: 5s}\n")
            manifest = export("books/book.yaml", cwd=folder)
        self.look_at(manifest)
        items = manifest.spec["volumes"][0]["configMap"]["items"]
        self.assertEqual({"books/book.yaml", "shared.yaml"}, {item["path"] for item in items})
        container = manifest.templates["step-say"]["container"]
        self.assertEqual(("/runbook/books", "book.yaml"), (container["workingDir"], container["command"][-1]))


class Argo:
    """As much of Argo as our manifests use. What a person is asked for is answered by `people`: a template's name -> what
    is supplied, or None where nobody goes on."""

    def __init__(self, manifest, folder, people, values=None, env=None):
        self.manifest = manifest
        self.folder = pathlib.Path(folder)
        self.people = people
        self.asked = []
        self.filled = {f"workflow.parameters.{param['name']}": (values or {}).get(param["name"], param.get("value"))
                       for param in parameters(manifest.spec, "arguments")}
        self.env = {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": str(folder), "REPRISE_HOME": f"{folder}/state",
                    "OUT": f"{folder}/out", **(env or {})}
        self.pods = 0
        for item in manifest.spec["volumes"][0]["configMap"]["items"]:
            path = self.folder / "runbook" / item["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(manifest.config["data"][item["key"]])

    def fill(self, text, scope):
        return FILLED.sub(lambda match: str(scope.get(match[1], self.filled.get(match[1], match[0]))), text)

    def holds(self, text):
        text = text.replace("||", " or ").replace("&&", " and ")
        return eval(re.sub(r"!(?!=)", " not ", text))  # of our own making

    def run(self):
        phase, _ = self.template("main", {})
        if "onExit" in self.manifest.spec:
            self.template(self.manifest.spec["onExit"], {})
        return phase

    def template(self, name, inputs):
        template = self.manifest.templates[name]
        if "suspend" in template:
            self.asked.append(name)
            supplied = self.people.get(name)
            return ("Failed", {}) if supplied is None else ("Succeeded", supplied)
        if "dag" in template:
            return self.dag(template["dag"], inputs), {}
        tries = int(template.get("retryStrategy", {}).get("limit", 0)) + 1
        for _ in range(tries):
            phase, outputs = self.pod(template, inputs)
            if phase == "Succeeded":
                break
        return phase, outputs

    def pod(self, template, inputs):
        self.pods += 1
        left = self.folder / f"pod-{self.pods}"
        words = [self.fill(word, inputs) for word in template["container"]["command"]]
        words = [word.replace("/tmp/reprise", str(left)) for word in words]
        done = subprocess.run([PROGRAM, *words[1:]], env=self.env, capture_output=True, text=True, timeout=LIMIT_S,
                              cwd=str(self.folder) + template["container"]["workingDir"], check=False)
        if done.returncode == 2:
            raise AssertionError(f"{words}: {done.stderr}")
        outputs = {}
        for param in parameters(template, "outputs"):
            path = pathlib.Path(param["valueFrom"]["path"].replace("/tmp/reprise", str(left)))
            outputs[param["name"]] = path.read_text() if path.exists() else param["valueFrom"]["default"]
            if "globalName" in param:
                self.filled[f"workflow.outputs.parameters.{param['globalName']}"] = outputs[param["name"]]
        return ("Failed" if done.returncode else "Succeeded"), outputs

    def dag(self, dag, inputs):
        phases, scope, waiting = {}, dict(inputs), list(dag["tasks"])
        while waiting:
            task = next(task for task in waiting if all(other in phases for other in waits_for(task)))
            waiting.remove(task)
            wanted = re.sub(r"([a-zA-Z0-9-]+)\.(Succeeded|Failed|Skipped|Errored)",
                            lambda match: str(phases[match[1]] == match[2]), task.get("depends", "True"))
            stopped = dag["failFast"] and "Failed" in phases.values()
            phases[task["name"]] = "Omitted" if stopped or not self.holds(wanted) else self.task(task, scope)
        last = [task["name"] for task in dag["tasks"] if not any(task["name"] in waits_for(other) for other in dag["tasks"])]
        blocked = [name for name in last if phases[name] == "Failed"]
        failed = any(phase == "Failed" and not any(name in waits_for(task) and phases[task["name"]] != "Omitted"
                                                   for task in dag["tasks"]) for name, phase in phases.items())
        return "Failed" if blocked or failed else "Succeeded"

    def task(self, task, scope):
        if "when" in task and not self.holds(self.fill(task["when"], scope)):
            return "Skipped"
        items = [None]
        if "withItems" in task:
            items = task["withItems"]
        if "withParam" in task:
            items = json.loads(self.fill(task["withParam"], scope))
        phases = []
        for item in items:
            here = {**scope, "item": item if isinstance(item, str) else json.dumps(item, sort_keys=True)}
            given = {f"inputs.parameters.{param['name']}": self.fill(param["value"], here)
                     for param in parameters(task, "arguments")}
            phase, outputs = self.template(task["template"], given)
            phases.append(phase)
            for name, value in outputs.items():
                scope[f"tasks.{task['name']}.outputs.parameters.{name}"] = value
        if not phases:
            return "Skipped"
        return "Failed" if "Failed" in phases else "Succeeded"


RUNBOOKS = {
    "rescue": """
reprise: 1
id: rescue
params: {hosts: {type: list, of: string, default: ["5", "b c"]}, word: {type: string}}
secrets: {token: {env: TOKEN}}
steps:
  - {id: try_it, run: [sh, -c, 'touch "$OUT/try"; exit 3'], timeout: 9s, allow_failure: true}
  - {id: rescue, when: steps.try_it.failed && steps.try_it.result.exit_code == 3, run: [sh, -c, 'touch "$OUT/rescue"'], timeout: 9s}
  - {id: calm, when: steps.try_it.succeeded, run: [sh, -c, 'touch "$OUT/calm"'], timeout: 9s}
  - id: only_then
    when: steps.try_it.failed && !steps.rescue.skipped
    steps:
      - {id: in_dag, run: [sh, -c, 'touch "$OUT/in_dag"'], timeout: 9s}
      - {id: beside, needs: [], run: [sh, -c, 'touch "$OUT/beside"'], timeout: 9s}
  - id: never
    when: steps.calm.succeeded
    steps:
      - {id: not_this, run: [sh, -c, 'touch "$OUT/never"'], timeout: 9s}
  - {id: found, effect: read, run: [sh, -c, 'printf "x\\ny\\n"'], timeout: 9s, outputs: {lines: lines, none: "[]", word: "'hi'"}}
  - {id: each, for_each: params.hosts, as: host, run: [sh, -c, 'touch "$OUT/host-$1"', sh, "${{ host }}"], timeout: 9s}
  - {id: line, for_each: steps.found.outputs.lines, run: [sh, -c, 'touch "$OUT/line-$1"', sh, "${{ item }}"], timeout: 9s}
  - {id: empty, for_each: steps.found.outputs.none, run: [sh, -c, 'touch "$OUT/empty"'], timeout: 9s}
  - {id: two, for_each: "[{'n': 1, 'a': 'x'}, {'n': 2, 'a': 'y'}]", run: [sh, -c, 'touch "$OUT/two-$1"', sh, "${{ item.n }}"], timeout: 9s}
  - {id: tries, for_each: params.hosts, as: host, allow_failure: true, run: [sh, -c, 'touch "$OUT/tries-$1"; exit 1', sh, "${{ host }}"], timeout: 9s}
  - id: may_fail
    allow_failure: true
    steps:
      - {id: fails_inside, run: [sh, -c, 'touch "$OUT/may_fail"; exit 1'], timeout: 9s}
  - id: ask_all
    for_each: params.hosts
    as: host
    effect: read
    run: [echo, "${{ host }}"]
    timeout: 9s
    outputs: {long: stdout.trim().size()}
  - id: longest
    outputs: {host: "steps.ask_all.items.filter(i, i.outputs.long == 3)[0].item"}
  - id: whole
    steps:
      - {id: inner, run: [sh, -c, 'touch "$OUT/inner-$1"; printf "%s" "$W" >"$OUT/word"', sh, "${{ steps.longest.outputs.host }}"],
         env: {W: "${{ params.word }}", T: "${{ secrets.token }}"}, timeout: 9s, outputs: {n: "7"}}
    finally:
      - {id: tidy, run: [sh, -c, 'touch "$OUT/tidy"'], timeout: 9s}
  - {id: after, run: [sh, -c, 'touch "$OUT/after-$1"', sh, "${{ steps.inner.outputs.n }}"], timeout: 9s}
verify:
  - {run: [sh, -c, 'test -e "$OUT/after-7"'], timeout: 9s}
finally:
  - {id: status, run: [sh, -c, 'touch "$OUT/status-$1"', sh, "${{ string(steps.after.succeeded) }}"], timeout: 9s}
""",
    "asked": """
reprise: 1
id: asked
steps:
  - {id: drop, effect: destroy, preconditions: [{expect: "true"}], run: [sh, -c, 'touch "$OUT/drop"'], timeout: 9s}
  - {id: needless, effect: destroy, when: steps.drop.skipped, run: [sh, -c, 'touch "$OUT/needless"'], timeout: 9s}
  - id: number
    manual: read the number
    inputs: {n: {type: int}}
    outputs: {twice: n * 2}
  - id: block
    approve: {prompt: all of it}
    steps:
      - {id: gone, effect: destroy, run: [sh, -c, 'touch "$OUT/gone-$1"', sh, "${{ steps.number.outputs.twice }}"], timeout: 9s}
  - {id: retried, run: [sh, -c, 'test -e "$OUT/once" || { touch "$OUT/once"; exit 1; }; touch "$OUT/retried"'], timeout: 9s,
     retry: {attempts: 3, delay: 1ms}}
""",
    "fails": """
reprise: 1
id: fails
steps:
  - {id: bad, run: [sh, -c, 'touch "$OUT/bad"; exit 1'], timeout: 9s}
  - {id: blocked, run: [sh, -c, 'touch "$OUT/blocked"'], timeout: 9s}
  - {id: beside, needs: [], run: [sh, -c, 'touch "$OUT/beside"'], timeout: 9s}
finally:
  - {id: status, run: [sh, -c, 'touch "$OUT/status-$1-$2"', sh, "${{ string(steps.bad.failed) }}", "${{ string(steps.blocked.began) }}"], timeout: 9s}
  - {id: more, run: [sh, -c, 'touch "$OUT/more"'], timeout: 9s}
""",
}


class Run(unittest.TestCase):
    def both(self, name, people, options, values=None, env=None):
        """What the workflow leaves, and what the runbook does; how each ended; who was asked."""
        left = []
        with tempfile.TemporaryDirectory(prefix="reprise-argo-") as folder:
            book = pathlib.Path(folder) / "book.yaml"
            book.write_text(RUNBOOKS[name])
            for way in ("argo", "run"):
                where = pathlib.Path(folder) / way
                (where / "out").mkdir(parents=True)
                if way == "argo":
                    argo = Argo(export(book), where, people, values, env)
                    ended = argo.run() == "Succeeded"
                else:
                    done = subprocess.run([PROGRAM, "run", book, "--non-interactive", *options], capture_output=True,
                                          env={**argo.env, "OUT": str(where / "out"), "REPRISE_HOME": str(where)},
                                          timeout=LIMIT_S, check=False)
                    ended = done.returncode == 0
                left.append((ended, {path.name: path.read_text() for path in (where / "out").iterdir()}))
        self.assertEqual(left[1], left[0])
        return argo, *left[0]

    def test_rescue(self):
        _, ended, left = self.both("rescue", {}, ["-p", 'word=it\'s "so"'], {"word": 'it\'s "so"'}, {"TOKEN": "a-long-secret"})
        self.assertTrue(ended)
        self.assertEqual({"try", "rescue", "in_dag", "beside", "host-5", "host-b c", "line-x", "line-y", "two-1", "two-2", "tries-5", "may_fail",
                          "inner-b c", "word", "tidy", "after-7", "status-true"}, set(left))
        self.assertEqual('it\'s "so"', left["word"])

    def test_asked(self):
        people = {"ask-drop": {}, "ask-number": {"n": "21"}, "ask-block": {}}
        argo, ended, left = self.both("asked", people, ["--approve", "drop", "--approve", "block", "--answer", "number=done",
                                                        "--answer", "number.n=21"])
        self.assertTrue(ended)
        self.assertEqual({"drop", "gone-42", "once", "retried"}, set(left))
        self.assertEqual(["ask-drop", "ask-number", "ask-block"], argo.asked)  # and nobody for what is skipped

    def test_nobody_approves(self):
        _, ended, left = self.both("asked", {}, [])
        self.assertFalse(ended)
        self.assertEqual({}, left)

    def test_fails(self):
        _, ended, left = self.both("fails", {}, [])
        self.assertFalse(ended)
        self.assertEqual({"bad", "beside", "status-true-false", "more"}, set(left))


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
