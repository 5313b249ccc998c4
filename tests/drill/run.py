#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Performs drills, one after the other, and tells in a table how they went.

    run.py [--engine stand-in|docker|all] [--main] [--where-possible] NAME…|all
    run.py --list

NAME is that of a runbook with a drill. The engine is what stands behind the docker command: by default every drill
runs with the first that it knows, which needs nothing but the servers' packages. `docker` is a real engine that the drill
starts; where none can be started the drill has failed, or with --where-possible it is told and passed over. --main: of
the drills of one runbook the first alone. REPRISE names the program.
Ends with 0 when every drill recovered what it had broken and refused what it had to refuse; else with 1, and says why.
"""

import argparse
import importlib
import os
import sys
import time

import drill
import place

HERE = os.path.dirname(os.path.realpath(__file__))
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
NOT_DRILLS = ("run.py", "drill.py")


def kinds():
    """The drills there are, by the name of their runbook."""
    found = {}
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".py") and name not in NOT_DRILLS:
            module = importlib.import_module(name[:-3])
            if hasattr(module, "Drill"):
                found[module.Drill.name()] = [module.Drill, *getattr(module, "MORE", [])]
    return found


def span(microseconds):
    """A duration as a runbook writes it."""
    seconds = microseconds // 1000000
    for unit, length in UNITS:
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{microseconds / 1e6:.1f}s"


def promised(kind):
    """The runbook's estimate, which is the page's, and its RTO."""
    objectives = drill.plan(kind).get("objectives", {})
    estimate = objectives.get("estimate")
    usual = f"{span(estimate['low_us'])}..{span(estimate['high_us'])}" if estimate else "-"
    return usual, span(objectives["rto_us"]) if "rto_us" in objectives else "-"


def table(rows):
    """The figures in columns, and below each row what was broken, and what it refused to do without."""
    rows = [("drill", "recovered in", "usually", "RTO", "", "")] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for *figures, broken, lacking in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(figures, widths)).rstrip())
        if broken:
            print(f"    broken   {broken}\n    refused  {lacking}")


def chosen(names, engine, only_main):
    """Which drills with which engine."""
    known = kinds()
    unknown = [name for name in names if name != "all" and name not in known]
    if unknown:
        sys.exit(f"there is no drill {unknown[0]}; there are: {', '.join(known)}")
    for kind in [kind for name in (known if "all" in names else names) for kind in known[name][:1 if only_main else None]]:
        engines = kind.engines if engine == "all" else (engine or kind.engines[0],)
        if "all" in names:
            engines = [each for each in engines if each in kind.engines]
        for each in engines:
            if each not in kind.engines:
                sys.exit(f"{kind.name()} has no drill with the engine {each}; it has: {', '.join(kind.engines)}")
            yield kind, each


def perform(kind, engine, where_possible):
    """One drill with its line; the row of the table, () if it was passed over, or None if it failed."""
    title = ", ".join(word for word in (kind.name(), kind.variant, engine if engine != "stand-in" else "") if word)
    print(f"{title:<36}", end="", flush=True)
    begun = time.monotonic()
    why_not = place.why_not(kind, engine)
    if why_not and where_possible:
        print(f"passed over: {why_not}", flush=True)
        return ()
    try:
        if why_not:
            raise drill.Failed(why_not)
        run = drill.perform(kind, engine)
    except drill.Failed as trouble:
        print(f"{time.monotonic() - begun:7.1f} s  failed\n\n{trouble}\n", flush=True)
        return None
    print(f"{time.monotonic() - begun:7.1f} s", flush=True)
    return (title, f"{run.seconds:.1f}s", *promised(kind), kind.broken, kind.lacking)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--engine", choices=("stand-in", "docker", "all"))
    parser.add_argument("--where-possible", action="store_true")
    parser.add_argument("--main", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    if asked.list:
        for kind in [kind for each in kinds().values() for kind in each]:
            print(f"{kind.name():<22}{', '.join(kind.engines):<20}{kind.broken}")
        return 0
    if not asked.names:
        parser.error("which drill? all of them: all")
    drill.be_subreaper()
    rows = [perform(kind, engine, asked.where_possible) for kind, engine in chosen(asked.names, asked.engine, asked.main)]
    done = [row for row in rows if row]
    if done:
        print()
        table(done)
    failed = rows.count(None)
    if failed:
        print(f"\n{failed} of {len(rows)} drills failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
