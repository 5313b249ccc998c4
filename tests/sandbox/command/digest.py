# SPDX-License-Identifier: Apache-2.0
"""Digests, to prove that something was not touched.

    identity NAME …    which volume it is: another one of the same name has another identity
    volume NAME …      its files, names and bytes (a running server changes them all the time)
    backup NAME …      a dump, with its time
    database NAME …    the rows of every table, in an order of their own, asked of the server
"""

import hashlib
import os

from common import pgwire
from common.wire import EngineGone, ask

KINDS = ("identities", "volumes", "backups", "database")


def lines(place, kinds):
    for kind in KINDS:
        if kind in kinds:
            yield from PRINTERS[kind](place)


def identities(place):
    for name, identity in ask(place, "volume_identities").items():
        yield f"identity {name} {identity}"


def volumes(place):
    try:
        names = list(ask(place, "volume_identities"))
    except EngineGone:
        names = sorted(os.listdir(place.path("volumes")))
    for name in names:
        yield f"volume {name} sha256:{of_tree(place.volume_data(name))}"


def backups(place):
    for name in sorted(os.listdir(place.backups)):
        path = os.path.join(place.backups, name)
        if os.path.islink(path):
            yield f"backup {name} -> {os.readlink(path)}"
        else:
            yield f"backup {name} sha256:{of_file(path)} {os.stat(path).st_mtime_ns}"


def database(place):
    facts = place.facts
    try:
        yield f"database {facts['database']} sha256:{of_rows(place)}"
    except (OSError, pgwire.ServerError) as error:
        yield f"database {facts['database']} unreachable: {error}"


def of_rows(place):
    tables = ask_database(place, "select c.oid::regclass::text from pg_class c "
                          "join pg_namespace n on n.oid = c.relnamespace "
                          "where c.relkind = 'r' and n.nspname = 'public' order by 1")
    found = hashlib.sha256()
    for (table,) in tables:
        row = ask_database(place, "select count(*), md5(coalesce(string_agg(t::text, E'\\n' "
                           f"order by t::text collate \"C\"), '')) from {table} t")[0]
        found.update(f"{table} {row[0]} {row[1]}\n".encode())
    return found.hexdigest()


def ask_database(place, sql):
    facts = place.facts
    return pgwire.query(("127.0.0.1", facts["ports"]["postgres"]), facts["user"],
                        facts["database"], facts["password"], sql, 30)


def of_tree(root):
    found = hashlib.sha256()
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                found.update(f"{os.path.relpath(path, root)} {of_file(path)}\n".encode())
    return found.hexdigest()


def of_file(path):
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while data := file.read(1 << 20):
                found.update(data)
    except FileNotFoundError:
        return "gone"
    return found.hexdigest()


PRINTERS = {"identities": identities, "volumes": volumes, "backups": backups,
            "database": database}
