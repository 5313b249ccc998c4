# SPDX-License-Identifier: Apache-2.0
"""After an incident: its report has all sections of the template, and what is not proved of the checklist is named."""

import datetime
import os
import re

import check
import drill
import place

INCIDENT = """reprise: 1
id: small-incident
title: Redis was gone
severity: P2
steps:
  - id: start
    title: Start it
    run: [docker, start, aragora-redis]
    timeout: 1m
    verify: [{run: [docker, port, aragora-redis], timeout: 1m}]
"""


def clock(minutes):
    """The time of day, UTC, so many minutes ago."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)).strftime("%H:%M")


DETECTED, KNOWN, FIXED = clock(9), clock(3), clock(2)
ANSWERS = {
    "data": {"confirmed_by": "Kim", "lost": "nothing"},
    "customers": {"communication": "sent", "where": "status page"},
    "facts": {"severity": "P2", "impact": "40 users could not log in", "detected": DETECTED, "cause_known": KNOWN,
              "fixed": FIXED},
    "cause": {"root_cause": "A deployment stopped the cache and did not start it again.",
              "resolution": "It was started.",
              "lessons": "A deployment must verify what it leaves; the alert came at once."},
    "actions": {"prevent": "Verify after each deployment, Kim, 2026-12-24", "detect": "none", "runbook": "none",
                "monitor": "none"},
    "runbooks": {"changed": "nothing to change"},
}
SECTIONS = ["## Incident Report: Redis was gone", "**Date:** ", f"**Duration:** {DETECTED} - ", "**Severity:** P2",
            "**Impact:** 40 users", "### Timeline", f"{KNOWN} - Root cause identified", "### Root Cause",
            "A deployment stopped", "### Resolution", "docker start aragora-redis", "### Action Items",
            "- [ ] Prevent recurrence: Verify", "- [ ] Improve detection: none", "- [ ] Update runbooks: none",
            "- [ ] Add monitoring: none", "### Lessons Learned", "A deployment must verify",
            "### Post-Incident Checklist", "- [x] Data integrity confirmed: Kim looked",
            "- [x] Customer communication sent (if applicable): sent, status page", "- [x] Timeline documented",
            "- [x] Runbooks updated: nothing to change", "## Record: Redis was gone"]


class Drill(check.Check):
    broken = "the record changed by hand; the application stopped; no backup since"

    def up(self):
        self.place = place.Place(self.folder)
        self.place.up()
        self.reports = os.path.join(self.folder, "incidents")
        os.mkdir(os.path.join(self.folder, "runbooks"))
        runbook = os.path.join(self.folder, "runbooks", "incident.yaml")
        with open(runbook, "w", encoding="ascii") as file:
            file.write(INCIDENT)
        self.place("break", "kill-redis")
        incident = self.start(runbook=runbook)
        if incident.status:
            raise drill.Failed("the incident itself was not recovered" + incident.tell())
        self.record = incident.transcript
        self.place("heal", "kill-redis")
        self.place("backup")

    def write_record(self, old, new):
        with open(self.record, encoding="utf-8") as file:
            text = file.read()
        with open(self.record, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def days(self):
        place_of = self.place

        def stop():
            place_of.docker("stop", "aragora-api")

        def start():
            place_of.docker("start", "aragora-api")
            place_of("run", "--", "curl", "--fail", "--silent", "--retry", "100", "--retry-delay", "0",
                     "--retry-connrefused", place_of.variables["API_URL"] + "/readyz")
        return [
            check.Bad("the record was changed", lambda: self.write_record("Start it", "Look at it"),
                      lambda: self.write_record("Look at it", "Start it"),
                      r"record .*FAILED.*a report must not be made from it"),
            check.Bad("the application is stopped", stop, start, r"not every service runs"),
            check.Bad("no backup since", *place_of.fault("old-backup", "1"), r"no backup that is whole was made since"),
        ]

    def untouched(self):
        digest = self.place("digest", "identities", "backups", "database")
        for name in sorted(os.listdir(self.reports)):
            with open(os.path.join(self.reports, name), encoding="utf-8") as file:
                digest += name + file.read()
        return digest

    def env(self):
        return self.place.env()

    def words(self):
        answers = [f"{step}=done" for step in ANSWERS]
        answers += [f"{step}.{name}={value}" for step, inputs in ANSWERS.items() for name, value in inputs.items()]
        return [*self.place.words(), "-p", f"record={self.record}", "-p", f'reprise=["{drill.REPRISE}"]', "-p",
                f"reports={self.reports}", "-p", f"runbooks={self.folder}/runbooks",
                *(word for answer in answers for word in ("--answer", answer))]

    def goal(self, run):
        names = [name for name in os.listdir(self.reports) if name.endswith(".md")]
        with open(os.path.join(self.reports, names[0]), encoding="utf-8") as file:
            text = file.read()
        at = 0
        for wanted in SECTIONS:
            at = text.find(wanted, at)
            if at < 0 or len(names) != 1:
                raise drill.Failed(f"the report lacks {wanted!r}, in this order:\n{text}" + run.tell())
        if not re.search(r"the run ended: recovered", text):
            raise drill.Failed(f"the report does not say how the run ended:\n{text}" + run.tell())

    def down(self):
        self.place.down()
