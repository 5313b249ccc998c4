# SPDX-License-Identifier: Apache-2.0
"""The part of Go's templates that runbooks use with --format.

{{.A.B}} {{json .A}} {{index .A "k"}} {{len .A}} {{join .A ","}} {{eq .A "x"}} {{println .A}}
{{range .A}}…{{else}}…{{end}} {{range $k, $v := .A}} {{if .A}}…{{else if .B}}…{{end}}
{{with .A}}…{{end}} {{- trims -}} and $variables. Anything else is an error, as in a typing mistake.
"""

import json
import re

from client.options import Usage

PIECE = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.S)
WORD = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|[^\s()"`]+')


class TemplateError(Usage):
    """The template is wrong (status 64 in the real one), or names what is not there (1)."""

    def __init__(self, message, status=64):
        super().__init__(message, status)


def render(template, data):
    tokens = tokens_of(template)
    nodes, stop = parse(tokens, 0, ())
    if stop != len(tokens):
        raise TemplateError("template parsing error: unexpected {{%s}}" % tokens[stop][1])
    out = []
    execute(nodes, data, {"$": data}, out)
    return "".join(out)


def tokens_of(template):
    """[(kind, text)], kind `text` or `code`; {{- and -}} have eaten their white space."""
    tokens, at, trim = [], 0, False
    for match in PIECE.finditer(template):
        text = template[at:match.start()]
        text = text.lstrip() if trim else text
        text = text.rstrip() if match[1] else text
        tokens += [("text", text)] if text else []
        tokens.append(("code", match[2]))
        trim, at = bool(match[3]), match.end()
    rest = template[at:]
    if "{{" in rest:
        raise TemplateError("template parsing error: unclosed action")
    rest = rest.lstrip() if trim else rest
    return tokens + ([("text", rest)] if rest else [])


def parse(tokens, at, ends):
    nodes = []
    while at < len(tokens):
        kind, text = tokens[at]
        word = text.split(None, 1)[0] if kind == "code" and text else ""
        if kind == "text":
            nodes.append(("text", text))
        elif word in ends:
            return nodes, at
        elif word in ("range", "if", "with"):
            node, at = parse_block(tokens, at, word, text[len(word):])
            nodes.append(node)
        elif word in ("end", "else"):
            return nodes, at
        elif not text.startswith("/*"):
            nodes.append(("value", text))
        at += 1
    if ends:
        raise TemplateError("template parsing error: unexpected EOF")
    return nodes, at


def parse_block(tokens, at, word, head):
    body, at = parse(tokens, at + 1, ("end", "else"))
    other = []
    rest = tokens[at][1][4:].strip() if tokens[at][1].startswith("else") else None
    if rest:
        inner = rest.split(None, 1)[0]
        node, at = parse_block(tokens, at, inner, rest[len(inner):])
        other = [node]
    elif rest is not None:
        other, at = parse(tokens, at + 1, ("end",))
    return (word, head.strip(), body, other), at


def execute(nodes, dot, scope, out):
    for node in nodes:
        if node[0] == "text":
            out.append(node[1])
        elif node[0] == "value":
            out.append(shown(evaluate(node[1], dot, scope)))
        elif node[0] == "range":
            execute_range(node, dot, scope, out)
        else:
            value = evaluate(node[1], dot, scope)
            inner = value if node[0] == "with" and value else dot
            execute(node[2] if value else node[3], inner, scope, out)


def execute_range(node, dot, scope, out):
    names, _, expression = node[1].rpartition(":=")
    value = evaluate(expression, dot, scope)
    pairs = sorted(value.items()) if isinstance(value, dict) else list(enumerate(value or []))
    names = [name.strip() for name in names.split(",") if name.strip()]
    for key, item in pairs:
        inner = dict(scope)
        inner.update(zip(names[-1:], [item]) if len(names) == 1 else zip(names, (key, item)))
        execute(node[2], item, inner, out)
    if not pairs:
        execute(node[3], dot, scope, out)


def evaluate(text, dot, scope):
    words = WORD.findall(text)
    if "|" in words:
        raise TemplateError("template parsing error: pipes are not in this stand-in")
    value, at = call(words, 0, dot, scope)
    if at != len(words):
        raise TemplateError(f"template parsing error: unexpected {words[at]!r}")
    return value


def call(words, at, dot, scope):
    if at >= len(words):
        raise TemplateError("template parsing error: missing value for command")
    if words[at] not in FUNCTIONS:
        return operand(words, at, dot, scope)
    function, arguments = FUNCTIONS[words[at]], []
    at += 1
    while at < len(words) and words[at] != ")":
        value, at = operand(words, at, dot, scope)
        arguments.append(value)
    try:
        return function(*arguments), at
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise TemplateError(f"template: error calling function: {error}", 1) from None


def operand(words, at, dot, scope):
    word = words[at]
    if word == "(":
        value, at = call(words, at + 1, dot, scope)
        if at >= len(words) or words[at] != ")":
            raise TemplateError("template parsing error: unclosed parenthesis")
        return value, at + 1
    if word[0] in '"`':
        return (json.loads(word) if word[0] == '"' else word[1:-1]), at + 1
    if re.fullmatch(r"-?\d+", word):
        return int(word), at + 1
    if word in ("true", "false"):
        return word == "true", at + 1
    if word[0] == "$":
        name, _, path = word.partition(".")
        if name not in scope:
            raise TemplateError(f'template parsing error: undefined variable "{name}"')
        return field(scope[name], path), at + 1
    if word[0] == ".":
        return field(dot, word[1:]), at + 1
    raise TemplateError(f'template parsing error: function "{word}" not defined')


def field(value, path):
    for name in path.split(".") if path else []:
        if name in MOUNT and isinstance(value, dict) and "Destination" in value:
            value = value.get(name, MOUNT[name])
            continue
        if not isinstance(value, dict) or name not in value:
            raise TemplateError(f'template: executing at <.{path}>: map has no entry for key '
                                f'"{name}"', 1)
        value = value[name]
    return value


# What the JSON of a mount leaves out where it is empty; a template sees the empty text.
MOUNT = {"Name": "", "Driver": ""}


def index(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else value[key]
    return value


def shown(value):
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + " ".join(shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{shown(v)}" for k, v in sorted(value.items())) + "]"
    return str(value)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


FUNCTIONS = {
    "json": compact, "index": index, "len": len,
    "println": lambda *v: " ".join(map(shown, v)) + "\n",
    "join": lambda items, by: by.join(items), "eq": lambda a, *b: a in b, "ne": lambda a, b: a != b,
    "not": lambda v: not v, "and": lambda *v: all(v) and v[-1], "lower": str.lower,
    "or": lambda *v: next((x for x in v if x), v[-1]), "upper": str.upper,
    "gt": lambda a, b: a > b, "lt": lambda a, b: a < b,
}
