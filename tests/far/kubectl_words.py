# SPDX-License-Identifier: Apache-2.0
"""Words of a kubectl command line, as the stand-ins of kubectl read them: options, and selectors of labels."""
import re


class Refused(Exception):
    pass


def fail(text):
    raise Refused(text)


def options(words, valued, flags):
    """Options by name, the words that are none, and those behind --; which there are, by how they are written."""
    found, plain = {}, []
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return found, plain, words
        if word in flags:
            found[flags[word]] = True
        elif name in valued and (equals or words):
            found[valued[name]] = value if equals else words.pop(0)
        elif word[:2] in valued and len(word) > 2 and word[1] != "-":
            found[valued[word[:2]]] = word[2:]
        elif word.startswith("-"):
            fail(f"error: the stand-in of kubectl does not know {word}")
        else:
            plain.append(word)
    return found, plain, None


def requirement(text):
    """One part of a selector: (key, the values, whether the key's value must be one of them); values None: any."""
    found = re.fullmatch(r"\s*([\w./-]+)\s*(?:(==|!=|=)\s*([\w.-]*)|(in|notin)\s*\(([^)]*)\))?\s*", text)
    if found is None:
        bare = re.fullmatch(r"\s*!\s*([\w./-]+)\s*", text) or fail(f"error: unable to parse requirement: {text}")
        return bare[1], None, False
    key, sign, value, word, several = found.groups()
    if word:
        return key, [part.strip() for part in several.split(",")], word == "in"
    return (key, [value], sign != "!=") if sign else (key, None, True)


def selects(selector, labels):
    for part in re.split(r",(?![^(]*\))", selector):
        key, values, wanted = requirement(part)
        held = key in labels if values is None else labels.get(key) in values
        if held != wanted:
            return False
    return True
