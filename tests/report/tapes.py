# SPDX-License-Identifier: Apache-2.0
"""Transcripts told by hand, after schema/transcript.md: whatever a record can hold, in an order of one's own."""
import base64
import hashlib
import json

DIGEST = "1f3a5b7c9d2e4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8"


class Tape:
    """Lines of a transcript, each chained to the one before and a tenth of a second later."""

    def __init__(self):
        self.lines = []
        self.previous = "0" * 64

    def _add(self, about):
        line = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        self.lines.append(line)
        self.previous = hashlib.sha256(line).hexdigest()

    def say(self, line_type, **about):
        """One line more."""
        t_us = len(self.lines) * 100000
        at = f"2026-11-22T{3 + t_us // 3600000000:02}:{t_us // 60000000 % 60:02}:{t_us // 1000000 % 60:02}.{t_us % 1000000:06}Z"
        self._add({"seq": len(self.lines), "at": at, "t_us": t_us, "type": line_type, "prev": self.previous, **about})

    def step(self, op, node, output=b"", stream="stdout", fails="", **start):
        """A step whose action is begun and ends, with what it prints."""
        name = node.rpartition("/")[2]
        self.say("start", op=op, node=node, step=name, what="action", attempt=1,
                 **{"action": "run", "class": "change", "args": {"argv": ["true"]}, "digest": DIGEST, **start})
        self.say("started", op=op, pid=4711)
        for offset in range(0, len(output), 49152):
            self.say("output", op=op, step=name, stream=stream, offset=offset,
                     base64=base64.b64encode(output[offset:offset + 49152]).decode())
        self.say("finished", op=op, end="done", ok=not fails, why=fails, verdict={"ok": not fails, "why": fails}, origin="live")
        self.say("step.finished", node=node, step=name, outcome="failed" if fails else "succeeded", why=fails, duration_us=400000)

    def begin(self, **about):
        """The first line."""
        self.say("run.started", format=1, **{"run": "r1", "mode": "run", "runbook": "b", "title": "A run", "seed": "0",
                                              "host": {"name": "db1", "user": "alice"}, **about})

    def end(self, path, outcome="recovered", why=""):
        """The last line and its seal; the file is written."""
        self.say("run.finished", outcome=outcome, why=why, duration_us=len(self.lines) * 100000)
        self._add({"seq": len(self.lines), "type": "seal", "prev": self.previous})
        with open(path, "wb") as file:
            file.writelines(self.lines)
        return path


def hostile(path, evil):
    """A record in which every text that comes from outside is evil. No key may hold a NUL: then it is no line."""
    key = evil.replace("\0", "")
    tape = Tape()
    tape.begin(title=evil, runbook=evil, run=evil, params={key: evil, "list": [evil]}, dir=evil,
               host={"name": evil, "user": evil}, program={key: evil},
               alert={"labels": {"alertname": evil, key: evil}, "starts_at": {"$timestamp": "2026-11-22T03:00:00Z"}})
    tape.say("note", who=evil, text=evil)
    tape.say("decided", node=evil, step=evil, what="begin", value=evil, why=evil, deps=[evil])
    tape.say("decided", node=evil, step=evil, what=evil, value={key: evil}, why=evil)
    tape.say("ask", id=1, node=evil, step=evil, prompt=evil, by=1, digest=evil, item=evil, kind="approval", actions=[
        {"step": evil, "title": evil, "effect": evil, "action": evil, "around": evil, "when": evil, "each": evil}])
    tape.say("answered", id=1, answer="approved", who=evil, digest=evil, origin="live", inputs={key: evil},
             person={"name": evil, "uid": 1, "login": 2})
    for number, kind in enumerate(("manual", "lost", "diverged"), 2):
        tape.say("ask", id=number, node=evil, step=evil, prompt=evil, by=1, digest=evil, kind=kind)
    tape.say("unask", id=2, why=evil)
    tape.say("acquire", id=1, node=evil, step=evil, lock=evil)
    tape.say("acquired", id=1, why=evil)
    raw = evil.encode("utf-8", "surrogatepass") + b"\0\xff\xfe\x9b31m\n" + b"x" * (1 << 20)
    tape.step(1, evil, raw, fails=evil, action=evil, args={key: evil})
    tape.step(2, f"{evil}/part", raw, stream="stderr", deps=[evil], rehearse={"argv": [evil]})
    tape.say("start", op=3, node=f"{evil}/part", step="part", what="verify", attempt=1, action=evil, digest=DIGEST,
             **{"class": "read", "args": {"argv": [evil]}})
    tape.say("stop", op=3, how="term", why=evil)
    tape.say("finished", op=3, end="stopped", ok=False, why=evil, advice=evil, verdict={"ok": False, "why": evil},
             origin="live", polls=3, left=[{"pid": 1, "command": evil}], result={key: evil})
    tape.say("step.finished", node=f"{evil}[0]", step=evil, outcome="lost", why=evil, duration_us=1, outputs={key: evil})
    tape.say("start", op=4, node="", what="verify", attempt=1, action=evil, digest=evil, **{"class": "read", "args": {}})
    tape.say("finished", op=4, end="error", ok=False, why=evil, verdict={"ok": False, "why": evil}, origin="live")
    tape.say("start", op=5, node="", what="notify", attempt=1, action="notify.send", digest=evil, **{
        "class": "read", "args": {"to": [{"name": evil, "title": evil, key: {}}], "summary": evil}})
    tape.say("finished", op=5, end="done", ok=False, why=evil, verdict={"ok": False}, origin="live")
    tape.say("diverged", node=evil, step=evil, what=evil, recorded=evil, found=evil)
    tape.say("signal", name=evil)
    tape.say("record", state="failed", why=evil)
    tape.say("record.gap", lines=3, why=evil)
    tape.say("run.resumed", host={"name": evil, "user": evil}, torn_bytes=3, torn_sha256=evil, signer=evil)
    return tape.end(path, "failed", evil)


def long(path, steps):
    """A record of a loop over many items, eight at once, of which the one or other fails."""
    tape = Tape()
    tape.begin()
    tape.say("decided", node="each", step="each", what="for_each", value=[f"w{n}" for n in range(steps)])
    for number in range(steps):
        tape.step(number + 1, f"each[{number}]", b"all is well\n" * 8, fails="" if number % 97 else "no answer")
    tape.say("step.finished", node="each", step="each", outcome="failed", duration_us=1000000)
    return tape.end(path, "failed")
