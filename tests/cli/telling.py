#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Contacts are told, by a server that stands for all services: what it is sent, and what becomes of a run beside it.

REPRISE names the program. Nothing here sleeps: each test waits for what the server is sent, or the program says.
"""
import http.server
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import terminal
from terminal import LIMIT_S, PROGRAM, Session

KEYS = {"PAGER_KEY": "pager-key-4711", "GENIE_KEY": "genie-key-0815"}

HEAD = """\
reprise: 1
id: outage
title: Outage
severity: P2
objectives: {rto: 1h}
severities: {P1: {response: 0s}, P2: {response: 0s}, P3: {response: 4h}}
secrets:
  pager_key: {env: PAGER_KEY}
  genie_key: {env: GENIE_KEY}
  chat_url: {env: CHAT_URL}
contacts:
  pager: {title: Whoever is on call, pagerduty: {routing_key: "${{ secrets.pager_key }}", url: "http://SERVER/pager"}}
  genie: {opsgenie: {api_key: "${{ secrets.genie_key }}", team: dba, url: "http://SERVER/"}}
  chat: {slack: "${{ secrets.chat_url }}"}
  board: {webhook: {url: "http://SERVER/board", headers: {X-From: drill}, method: PUT}}
  nobody: {webhook: "http://REFUSED/nobody"}
  boss: {title: The boss, person: "+49 30 1234"}
"""


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.take(self.command, self.path, dict(self.headers), body)
        if answer is None:
            self.server.free.wait()
            self.close_connection = True
            return
        status, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        text = b'{"message": "no <such> key"}' if status >= 400 else b"ok"
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Answers 202; a path may have answers of its own, the last of them for good: a status, with headers, or None."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.changed = threading.Condition()
        self.free = threading.Event()
        self.requests = []
        self.answers = {}
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def take(self, *request):
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()
            answers = self.answers.get(request[1], [(202, {})])
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def await_path(self, path, count=1):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.to(path)) >= count, LIMIT_S):
                raise AssertionError(f"{path} was not asked {count} times: {self.requests}")

    def to(self, path):
        return [request for request in self.requests if request[1] == path]

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # whoever asked was killed, or has enough of it
            super().handle_error(request, client_address)

    def end(self):
        self.free.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


def refusing():
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


class Telling(unittest.TestCase):
    decide_again = terminal.Terminal.decide_again
    lines = terminal.Terminal.lines
    touch = terminal.Terminal.touch
    there = terminal.Terminal.there
    await_file = terminal.Terminal.await_file

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reprise-telling-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.decide_again)
        self.server = Server()
        self.addCleanup(self.server.end)
        self.address = "127.0.0.1:%d" % self.server.server_port
        self.keys = {**KEYS, "CHAT_URL": f"http://{self.address}/chat/T0/token-1234"}

    def write(self, rest):
        text = (HEAD + rest).replace("SERVER", self.address).replace("REFUSED", refusing())
        (self.folder / "a.yaml").write_text(text)

    def environment(self, without=()):
        keys = {name: value for name, value in self.keys.items() if name not in without}
        return {**{name: value for name, value in os.environ.items() if name not in self.keys}, **keys}

    def do(self, *words, without=(), status=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, check=False, capture_output=True, text=True,
                              timeout=LIMIT_S, stdin=subprocess.DEVNULL, env=self.environment(without))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def run_it(self, rest, *more, **how):
        self.write(rest)
        said = self.do("run", "a.yaml", "--transcript", "t.jsonl", *more, **how)
        self.keeps_secrets(said)
        return said

    def session(self, rest, *more):
        self.write(rest)
        os.environ.update(self.keys)
        self.addCleanup(lambda: [os.environ.pop(name) for name in self.keys])
        return Session(self.folder, PROGRAM, "run", "a.yaml", "--transcript", "t.jsonl", "--color", "never", *more)

    def keeps_secrets(self, *said):
        """No key and no secret address is on the screen, in the record or in the report."""
        report = self.do("report", "t.jsonl")
        record = "".join(path.read_text() for path in self.folder.rglob("*.jsonl"))
        for text in (*said, report, record):
            for secret in (*KEYS.values(), "token-1234"):
                self.assertNotIn(secret, text)

    def await_line(self, text):
        """What the terminal says the file has a moment later."""
        until = time.monotonic() + LIMIT_S
        while text not in (self.folder / "t.jsonl").read_text():
            self.assertLess(time.monotonic(), until, f"{text} does not come")
            select.select([], [], [], 0.01)

    def result(self, name):
        """What became of each time that a contact was told, from the record."""
        ends = {line["op"]: line for line in self.lines("finished")}
        return [ends[line["op"]].get("result") for line in self.lines("start")
                if line["action"] == "notify.send" and line["args"]["to"][0]["name"] == name and line["op"] in ends]

    def test_all_services(self):
        said = self.run_it("""\
escalation:
  - {after: 0s, notify: [pager, genie]}
  - {after: 1ms, notify: [chat, board]}
  - {after: 1h, notify: boss}
steps:
  - {id: fix, title: "a < b & c", run: [sleep, "0.3"], timeout: 5s}
""")
        run = self.lines("run.started")[0]["run"]
        key = f"reprise/{run}"
        trigger, resolve = (request[3] for request in self.server.to("/pager"))
        self.assertEqual(trigger["routing_key"], KEYS["PAGER_KEY"])
        self.assertEqual((trigger["event_action"], resolve["event_action"]), ("trigger", "resolve"))
        self.assertEqual((trigger["dedup_key"], resolve["dedup_key"]), (key, key))
        self.assertEqual(trigger["payload"]["summary"], "P2 Outage: a recovery has begun")
        self.assertEqual(trigger["payload"]["severity"], "error")
        self.assertLessEqual({"source", "timestamp", "component", "class", "custom_details"}, set(trigger["payload"]))
        self.assertNotIn("payload", resolve)
        method, _, headers, alert = self.server.to("/v2/alerts")[0]
        self.assertEqual((method, headers["Authorization"]), ("POST", "GenieKey " + KEYS["GENIE_KEY"]))
        self.assertEqual((alert["alias"], alert["priority"]), (key, "P2"))
        self.assertEqual(alert["responders"], [{"name": "dba", "type": "team"}])
        self.assertEqual(len(self.server.to(f"/v2/alerts/reprise%2F{run}/close?identifierType=alias")), 1)
        texts = [request[3]["text"] for request in self.server.to("/chat/T0/token-1234")]
        self.assertTrue(texts[0].startswith("*error* P2 Outage: has not recovered after 1ms\n"), texts)
        self.assertTrue(texts[1].startswith("Over: P2 Outage: recovered after "), texts)
        method, _, headers, document = self.server.to("/board")[0]
        self.assertEqual((method, headers["X-From"], headers["Content-Type"]), ("PUT", "drill", "application/json"))
        self.assertEqual((document["version"], document["event"], document["contact"]), (1, "trigger", "board"))
        self.assertEqual(document["custom_details"]["reason"], "lasts")
        self.assertIn("told pager (pagerduty): a recovery has begun\n", said)
        self.assertNotIn("boss", said)
        self.assertIn("**pager** (pagerduty): a recovery has begun – delivered\n", self.do("report", "t.jsonl"))

    def test_again(self):
        """What may heal is tried again, and what does not is not; each try is in the record."""
        self.server.answers = {"/pager": [(500, {}), (503, {}), (202, {})], "/v2/alerts": [(403, {})],
                               "/board": [(429, {"Retry-After": "0"}), (200, {})],
                               "/chat/T0/token-1234": [(429, {"Retry-After": "3600"})]}
        said = self.run_it("""\
escalation: []
steps:
  - id: tell
    notify.send: {to: [pager, genie, board, chat], summary: "1 < 2 & 3 > 2", severity: info, dedup_key: mine}
    allow_failure: true
""")
        (result,) = self.result("pager")
        of = {one["contact"]: one for one in result["contacts"]}
        self.assertEqual(result["delivered"], ["pager", "board"])
        self.assertEqual(result["undelivered"], ["genie", "chat"])
        self.assertEqual((of["pager"]["tries"], of["genie"]["tries"], of["board"]["tries"], of["chat"]["tries"]),
                         (3, 1, 2, 1))
        self.assertEqual([one["status"] for one in result["attempts"] if one["contact"] == "pager"], [500, 503, 202])
        self.assertIn("it answered 403", of["genie"]["why"])
        self.assertIn("wants to be asked in 1h", of["chat"]["why"])
        self.assertEqual(self.server.to("/pager")[0][3]["dedup_key"], "mine")
        self.assertEqual(self.server.to("/chat/T0/token-1234")[0][3]["text"], "*info* 1 &lt; 2 &amp; 3 &gt; 2")
        self.assertIn("NOT TOLD genie (opsgenie): it answered 403", said)

    def test_nobody_there(self):
        """A refused connection is tried again for a while; the run has recovered nevertheless."""
        said = self.run_it("escalation: [{after: 0s, notify: nobody}]\nsteps:\n  - {id: fix, run: 'true', timeout: 5s}\n")
        self.assertIn("RECOVERED", said)
        resolved = self.result("nobody")[-1]
        self.assertEqual(resolved["undelivered"], ["nobody"])
        self.assertGreater(resolved["contacts"][0]["tries"], 2)

    def test_hangs(self):
        """A service that never answers holds nothing up; at the end it is waited for, until somebody has enough of it."""
        self.server.answers = {"/pager": [None]}
        session = self.session("escalation: [{after: 0s, notify: [pager, board]}]\n"
                               "steps:\n  - {id: fix, run: [touch, fixed], timeout: 5s}\n")
        session.await_text("recovered; ")
        self.assertTrue((self.folder / "fixed").exists())
        session.await_text("told board (webhook): recovered after")
        session.type("\x03")
        session.await_text("nobody else is told")
        self.assertEqual(session.end(), 0)
        self.assertIn("RECOVERED", session.said)
        self.assertEqual(self.lines("run.finished")[0]["outcome"], "recovered")
        self.assertEqual(self.result("pager")[-1]["delivered"], [])
        self.assertEqual(self.result("board")[-1]["delivered"], ["board"])

    def test_fails(self):
        """Who was told hears that it failed, and so does the next; the status is the run's."""
        said = self.run_it("escalation: [{after: 0s, notify: board}, {after: 1h, notify: [pager, boss]}, {after: 2h, notify: chat}]\n"
                           "steps:\n  - {id: fix, run: [sh, -c, 'exit 3'], timeout: 5s}\n", status=1)
        self.assertEqual([request[3]["event"] for request in self.server.to("/board")], ["trigger", "trigger"])
        (request,) = self.server.to("/pager")
        self.assertIn("P2 Outage: FAILED after ", request[3]["payload"]["summary"])
        self.assertEqual(request[3]["payload"]["custom_details"]["outcome"], "failed")
        self.assertEqual(self.server.to("/chat/T0/token-1234"), [])
        self.assertIn("PLEASE CALL The boss, +49 30 1234: FAILED after ", said)

    def test_waits(self):
        """A question that nobody answers is told; the answer comes at leisure."""
        session = self.session("escalation: [{after: 1h, notify: board}]\n"
                               "steps:\n  - {id: zap, effect: destroy, run: [touch, zapped], timeout: 5s}\n")
        session.await_text("Type zap to approve")
        self.server.await_path("/board")
        self.assertEqual(self.server.to("/board")[0][3]["summary"],
                         "P2 Outage: waits for a person: approval of zap")
        session.type("zap\n")
        self.assertEqual(session.end(), 0)
        self.assertEqual([request[3]["event"] for request in self.server.to("/board")], ["trigger", "resolve"])

    def test_no_key(self):
        """A key that is not there keeps nobody from recovering, nor the others from being told."""
        said = self.run_it("escalation: [{after: 0s, notify: [pager, board]}]\n"
                           "steps:\n  - {id: fix, run: 'true', timeout: 5s}\n"
                           "  - {id: tell, notify.send: {to: [pager, board], summary: x}, allow_failure: true}\n",
                           without=("PAGER_KEY",))
        self.assertIn("the secret pager_key cannot be had", said)
        self.assertIn("NOT TOLD pager (pagerduty): the secret pager_key could not be had\n", said)
        self.assertIn("RECOVERED", said)
        self.assertEqual(len(self.server.to("/board")), 3)
        self.assertEqual(self.server.to("/pager"), [])
        self.assertEqual({one["contacts"][0]["why"] for one in self.result("pager")},
                         {"the secret pager_key could not be had"})

    def test_key_of_a_step(self):
        """One that a step needs too is missed as ever."""
        self.write("escalation: [{after: 0s, notify: pager}]\n"
                   "steps:\n  - {id: fix, run: 'true', env: {KEY: '${{ secrets.pager_key }}'}, timeout: 5s}\n")
        said = self.do("run", "a.yaml", "--transcript", "t.jsonl", without=("PAGER_KEY",), status=2)
        self.assertIn("the secret pager_key cannot be had", said)

    def test_rehearsal(self):
        """Nothing is sent, and it says what would have been."""
        self.write("escalation: [{after: 0s, notify: [pager, genie]}, {after: 1h, notify: boss}]\n"
                   "steps:\n  - {id: fix, run: 'true', timeout: 5s}\n"
                   "  - {id: tell, notify.send: {to: board, summary: x}}\n")
        said = self.do("rehearse", "a.yaml", "--transcript", "t.jsonl", without=("GENIE_KEY",))
        self.keeps_secrets(said)
        self.assertEqual(self.server.requests, [])
        self.assertIn("would tell pager (pagerduty): a recovery has begun\n", said)
        self.assertIn("could not tell genie (opsgenie): the secret genie_key could not be had\n", said)
        self.assertIn("would tell board (webhook): x\n", said)
        self.assertIn("nobody was told     it would have been pager (pagerduty), genie (opsgenie), board (webhook)\n", said)
        self.assertIn("## Who would have been told\n", self.do("report", "t.jsonl"))

    def test_resume(self):
        """Cut off while one was being told: he is told again, who was told already is not."""
        self.server.answers = {"/pager": [None]}
        session = self.session("escalation: [{after: 0s, notify: [pager, board]}]\n"
                               "steps:\n  - {id: fix, run: 'touch begun; while ! test -e go; do sleep 0.02; done', timeout: 1m}\n")
        self.await_file("begun")
        session.await_text("told board (webhook)")
        self.server.await_path("/pager")
        self.await_line('"delivered":["board"]')
        os.kill(session.pid, signal.SIGKILL)
        session.end()
        self.server.answers = {}
        self.touch("go")
        said = self.do("resume", "t.jsonl")
        self.keeps_secrets(said)
        self.assertIn("RECOVERED", said)
        self.assertEqual([request[3]["event"] for request in self.server.to("/board")], ["trigger", "resolve"])
        events = [request[3]["event_action"] for request in self.server.to("/pager")]
        self.assertEqual((events[:1], events[-1:]), (["trigger"], ["resolve"]))
        self.assertEqual(len({request[3]["dedup_key"] for request in self.server.to("/pager")}), 1)

    def test_killed_at_the_end(self):
        """Its outcome was decided, and only a service was waited for: that alone is done again."""
        self.server.answers = {"/pager": [None]}
        session = self.session("escalation: [{after: 0s, notify: [pager, board]}]\n"
                               "steps:\n  - {id: fix, run: 'echo fixed >>log', timeout: 5s}\n")
        session.await_text("recovered; ")
        self.server.await_path("/board", 2)
        self.server.await_path("/pager", 2)
        self.await_line('"what":"outcome"')
        os.kill(session.pid, signal.SIGKILL)
        session.end()
        self.server.answers = {}
        self.assertIn("RECOVERED", self.do("resume", "t.jsonl"))
        self.assertEqual((self.folder / "log").read_text(), "fixed\n")
        self.assertEqual(self.server.to("/pager")[-1][3]["event_action"], "resolve")
        self.assertEqual(self.result("pager")[-1]["delivered"], ["pager"])

    def test_interrupted(self):
        """Who was told hears that the run was given up; whoever does that need not wait for it."""
        self.server.answers = {"/pager": [None]}
        session = self.session("escalation: [{after: 0s, notify: [pager, board]}]\n"
                               "steps:\n  - {id: fix, run: [sleep, '1000'], timeout: 1h}\n")
        session.await_text("told board (webhook)")
        session.type("\x03")
        session.await_text("interrupted; ")
        session.await_text("told board (webhook): was interrupted")
        session.type("\x03")
        session.await_text("nobody else is told")
        self.assertEqual(session.end(), 4)
        self.assertEqual(self.server.to("/board")[1][3]["custom_details"]["outcome"], "interrupted")

    def test_long(self):
        """What a service takes so much of at most is cut at a character."""
        self.run_it("escalation: []\nsteps:\n  - {id: tell, notify.send: {to: [genie, pager], summary: %s}}\n" % ("ü" * 1100))
        message = self.server.to("/v2/alerts")[0][3]["message"]
        self.assertEqual(message, "ü" * 129 + "…")
        self.assertEqual(self.server.to("/pager")[0][3]["payload"]["summary"], "ü" * 1023 + "…")

    def test_alert(self):
        """What answers the same alert twice is about one incident."""
        self.write("triggers: [{alert: Down}]\nescalation: [{after: 0s, notify: board}]\n"
                   "steps:\n  - {id: fix, run: 'true', timeout: 5s}\n")
        alert = {"status": "firing", "labels": {"alertname": "Down"}, "annotations": {},
                 "startsAt": "2026-01-31T12:00:00Z", "fingerprint": "c0ffee0123456789", "generatorURL": ""}
        (self.folder / "alert.json").write_text(json.dumps({
            "version": "4", "status": "firing", "receiver": "x", "groupKey": "{}", "groupLabels": {}, "commonLabels": {},
            "commonAnnotations": {}, "externalURL": "", "truncatedAlerts": 0, "alerts": [alert]}))
        for name in ("t.jsonl", "u.jsonl"):
            self.do("match", "--run", "--transcript", name, "alert.json", "a.yaml")
        self.assertEqual({request[3]["dedup_key"] for request in self.server.to("/board")},
                         {"reprise/outage/c0ffee0123456789"})


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("REPRISE must name the program")
    unittest.main()
