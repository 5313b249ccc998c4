# SPDX-License-Identifier: Apache-2.0
"""Lists on standard output: the plain table, `table …`, a template, or JSON a line each."""

import re

from client import template


def show(rows, columns, form, quiet_key=None, aligned=True):
    """`rows`: dictionaries; `columns`: heading → key; `form`: what --format said, or None."""
    if quiet_key:
        for row in rows:
            print(row[quiet_key])
    elif form == "json":
        for row in rows:
            print(template.compact(row))
    elif form and not form.startswith("table"):
        for row in rows:
            print(template.render(form, row))
    elif form and form != "table":
        body = form.removeprefix("table").strip().replace("\\t", "\t")
        heads = [key.upper() for key in re.findall(r"\{\{\s*\.(\w+)\s*\}\}", body)]
        align([heads] + [template.render(body, row).split("\t") for row in rows])
    elif aligned:
        align([list(columns)] + [[str(row[key]) for key in columns.values()] for row in rows])


def align(lines):
    widths = [max(len(line[at]) for line in lines if at < len(line))
              for at in range(max(map(len, lines)))]
    for line in lines:
        print("   ".join(cell.ljust(widths[at]) for at, cell in enumerate(line)).rstrip())
