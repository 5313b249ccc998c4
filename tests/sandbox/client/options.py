# SPDX-License-Identifier: Apache-2.0
"""Command lines, strictly: an option that is not in the table is an error, never ignored.

A table has lines "-d --detach", "-e --env =list", "--name =", "--filter =list": names, then `=` if
it takes a value, `=list` if it may come often. The last long name (without dashes, `_` for `-`)
is the attribute.
"""

import sys


class Usage(Exception):
    """The command line is not understood; the exit status is 125."""

    def __init__(self, message, status=125):
        super().__init__(message)
        self.status = status


class Options:
    def __init__(self, table):
        self.names, self.kinds = {}, {}
        for line in table.strip().splitlines() if table.strip() else []:
            *names, kind = line.split() if "=" in line else line.split() + [""]
            attribute = names[-1].lstrip("-").replace("-", "_")
            self.kinds[attribute] = kind
            self.names.update(dict.fromkeys(names, attribute))
            setattr(self, attribute, [] if kind == "=list" else None if kind == "=" else False)
        self.words = []

    def set(self, attribute, value):
        kind = self.kinds[attribute]
        if kind == "=list":
            getattr(self, attribute).append(value)
        elif kind == "=":
            setattr(self, attribute, value)
        else:
            setattr(self, attribute, value != "false")


def parse(command, table, words, stop_at_first_word=False):
    """Splits `words` into options and the rest (`.words`)."""
    options = Options(table)
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            options.words += queue
            break
        if word == "-" or not word.startswith("-"):
            options.words.append(word)
            if stop_at_first_word:
                options.words += queue
                break
        elif word.startswith("--"):
            long_option(command, options, word, queue)
        else:
            short_options(command, options, word, queue)
    return options


def long_option(command, options, word, queue):
    name, has_value, value = word.partition("=")
    attribute = options.names.get(name)
    if attribute is None:
        raise Usage(f"{command}: unknown flag: {name} (not in this stand-in)")
    if options.kinds[attribute] and not has_value:
        value = next_word(command, name, queue)
    options.set(attribute, value)


def short_options(command, options, word, queue):
    for at, letter in enumerate(word[1:], 1):
        attribute = options.names.get("-" + letter)
        if attribute is None:
            raise Usage(f"{command}: unknown shorthand flag: {letter!r} in {word} "
                        "(not in this stand-in)")
        if options.kinds[attribute]:
            rest = word[at + 1:].removeprefix("=")
            options.set(attribute, rest or next_word(command, "-" + letter, queue))
            return
        options.set(attribute, "")


def next_word(command, name, queue):
    if not queue:
        raise Usage(f"{command}: flag needs an argument: {name}")
    return queue.pop(0)


def exactly(command, options, least, most=None):
    """Checks the number of words; `most` None means any number from `least`."""
    count = len(options.words)
    if count < least or (most is not None and count > most):
        wanted = f"at least {least}" if most is None else f"{least}" if most == least \
            else f"{least} to {most}"
        raise Usage(f'"docker {command}" requires {wanted} argument(s), got {count}', 1)
    return options.words


def say(text):
    """Progress and complaints: standard error, as the real command does."""
    print(text, file=sys.stderr, flush=True)
