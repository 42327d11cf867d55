"""Authentication-Results fields (RFC 8601) as servers really write them.

Reads the grammar of section 2.2 with comments and quoted strings, and what is wrong but common:
no authserv-id (Exchange), several methods without semicolons, parts of a name missing. Bounded,
and never raises. Whom to believe is decided elsewhere.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from missive_desktop.content.addresses import end_of_comment
from missive_desktop.domain.sender import Method

MAX_VALUE = 8_000
MAX_METHODS = 40
MAX_PROPERTIES = 20
MAX_TEXT = 300

# A name of these begins a method, also where the semicolon before it was forgotten.
_METHODS = frozenset({"arc", "compauth", "dkim", "dmarc", "domainkeys", "iprev", "spf"})
_WORD = re.compile(r"[^\s;()\"=]+")
_VALUE = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"?|[^\s;()\"]+)+")
# Comments may stand between the parts of a name too: "dkim (why) / 1 = pass".
_COMMENT = r"\s{0,20}(?<!\\)\([^()\"\\]{0,200}\)\s{0,20}"
_WITHIN_A_NAME = re.compile(rf"{_COMMENT}(?=[=/.])|(?<=[=/.]){_COMMENT}|(?<=[=/.] ){_COMMENT}")
_VERSION = re.compile(r"(?<![^\s;])([a-z-]{2,20})\s{0,20}/\s{0,20}\d{1,4}\s{0,20}=", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)")
_NAME = re.compile(r"^[a-z][a-z0-9_.\-]{0,60}$")


class Results(NamedTuple):
    """One field: who wrote it, and what came of each method."""

    authserv: str  # in lower case; empty where the server does not name itself
    methods: tuple[Method, ...]


class _Pair(NamedTuple):
    name: str
    value: str
    comment: str  # what stands in brackets after it


def parse(value: str) -> Results:
    """Read the value of an Authentication-Results field."""
    head, segments = _segments(_VERSION.sub(r"\1=", _WITHIN_A_NAME.sub("", value[:MAX_VALUE])))
    methods: list[Method] = []
    for pairs in segments:
        for group in _groups(pairs):
            if len(methods) < MAX_METHODS:
                methods.append(_method(group))
    return Results(head, tuple(methods))


def _segments(text: str) -> tuple[str, list[list[_Pair]]]:
    """Return the authserv-id, and the pairs between semicolons."""
    head = ""
    segments: list[list[_Pair]] = [[]]
    position = 0
    while position < len(text):
        char = text[position]
        if char == ";":
            segments.append([])
            position += 1
        elif char == "(":
            comment, position = _comment(text, position)
            if segments[-1]:
                last = segments[-1][-1]
                joined = f"{last.comment} {comment}".strip()[:MAX_TEXT]
                segments[-1][-1] = last._replace(comment=joined)
        elif char == '"':
            match = _VALUE.match(text, position)
            position = match.end() if match else position + 1
            if not head and len(segments) == 1 and match:
                head = _unquoted(match[0])
        else:
            position, pair, word = _pair(text, position)
            if pair is not None:
                if len(segments[-1]) < MAX_PROPERTIES:
                    segments[-1].append(pair)
            elif word and not head and len(segments) == 1 and not segments[0]:
                head = word
    return head.lower()[:MAX_TEXT], segments


def _pair(text: str, position: int) -> tuple[int, _Pair | None, str]:
    """Read `name=value` or a lone word; return where it ends."""
    match = _WORD.match(text, position)
    if match is None:
        return position + 1, None, ""
    word, end = match[0], match.end()
    after = _spaces(text, end)
    if text[after : after + 1] != "=":
        return end, None, word
    start = _spaces(text, after + 1)
    found = _VALUE.match(text, start)
    if found is None:
        return after + 1, None, ""
    name = word.partition("/")[0].lower()  # dkim/1: the version of the method
    if not _NAME.match(name):
        return found.end(), None, ""
    return found.end(), _Pair(name, _unquoted(found[0])[:MAX_TEXT], ""), ""


def _spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _comment(text: str, position: int) -> tuple[str, int]:
    """Read the comment whose bracket opens at `position`, and where the field goes on after it."""
    end = end_of_comment(text, position + 1)
    return " ".join(text[position + 1 : end].split())[:MAX_TEXT], end + 1


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(r"\1", text).replace('"', "") if '"' in text else text


def _groups(pairs: list[_Pair]) -> list[list[_Pair]]:
    """Cut pairs into methods: the first of a segment is one, and so is a known name in it."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        if not groups or pair.name in _METHODS:
            groups.append([])
        groups[-1].append(pair)
    return groups


def _method(pairs: list[_Pair]) -> Method:
    first = pairs[0]
    comments = " ".join(pair.comment for pair in pairs if pair.comment)
    said = next((pair.value for pair in pairs[1:] if pair.name == "reason"), "")
    return Method(
        name=first.name,
        result=first.value.lower(),
        reason=" ".join(part for part in (said, comments) if part)[:MAX_TEXT],
        properties=tuple((pair.name, pair.value) for pair in pairs[1:] if pair.name != "reason"),
    )
