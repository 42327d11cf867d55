"""Content-Type and Content-Disposition values (RFC 2045 5.1, 2183, 2231), as they come.

Tolerates missing quotes and semicolons, encoded words where RFC 2231 belongs, raw 8-bit names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from missive_desktop.content import charsets
from missive_desktop.content.headers import decode_words, unfold

MAX_PARAMETERS = 100

_TYPE = re.compile(r"\s*([^\s/;()]*)\s*(?:/\s*([^\s;()]*))?")
_PARAMETER = re.compile(
    r"(?:^|[;\s])\s*([^\s;=\"'(),<>@\[\]]{1,100})\s*=[ \t]*"
    r"(?:\"((?:[^\"\\]|\\.)*)(?:\"|$)|([^;\"\s][^;]*?)?(?=\s*;|\s*$|\s+[\w*.-]+\s*=))",
    re.DOTALL,
)
_COMMENT = re.compile(r"\([^()]*\)")
_ESCAPE = re.compile(r"\\([\"\\'])")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,5}))?(\*)?$")
# The charset and the language before an encoded value; some mailers leave the language out.
_CHARSET = re.compile(r"([\w:.+-]{0,40})'(?:([A-Za-z0-9-]{0,35})')?")


class Value(NamedTuple):
    """A value and its parameters, all names in lower case."""

    value: str
    parameters: Mapping[str, str]


_EMPTY: Mapping[str, str] = MappingProxyType({})


def parse(raw: bytes) -> Value:
    """Read a raw header value."""
    return _parse_short(raw) if len(raw) < 64 else _parse(raw)


@lru_cache(maxsize=1024)
def _parse_short(raw: bytes) -> Value:
    return _parse(raw)


def _parse(raw: bytes) -> Value:
    text = unfold(raw)
    head, semicolon, _ = text.partition(";")
    if "(" in head:  # comments before the parameters
        head = _COMMENT.sub(" ", head)
    kind = _TYPE.match(head)
    name = "" if kind is None else kind[1].lower()
    if kind is not None and kind[2]:
        name = f"{name}/{kind[2].lower()}" if name else ""
    if not semicolon and "=" not in text:
        return Value(name, _EMPTY)
    rest = text[len(head) :] if semicolon and "=" not in head else text[kind.end() if kind else 0 :]
    return Value(name, MappingProxyType(_parameters(rest)))


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(text)):
        if count >= MAX_PARAMETERS:
            break
        name = match[1].lower()
        if match[2] is not None:
            value = _ESCAPE.sub(r"\1", match[2]) if "\\" in match[2] else match[2]
        else:
            value = match[3] or ""
            if value.endswith(")") and "(" in value:
                value = _COMMENT.sub("", value).strip()
        if "*" in name:
            section = _SECTION.match(name)
            if section is not None:
                sections.setdefault(section[1], []).append(
                    (int(section[2] or 0), section[3] is not None, value)
                )
        elif value and name not in plain:
            plain[name] = decode_words(value)
    for name, pieces in sections.items():  # RFC 2231 wins over the plain form beside it
        plain[name] = _join(sorted(pieces, key=lambda piece: piece[0]))
    return plain


def _join(pieces: list[tuple[int, bool, str]]) -> str:
    """Join the sections of RFC 2231 3 and 4; the first names the charset for all of them."""
    label = ""
    data = b""
    for index, (_, encoded, value) in enumerate(pieces):
        text = value
        said = _CHARSET.match(text) if encoded else None
        # Beside the first section only a known charset counts: "Rock'n'Roll" is text.
        if said is not None and (charsets.codec(said[1]) or (not index and said[2] is not None)):
            label = label or said[1]
            text = text[said.end() :]
        piece = text.encode("utf-8", "replace")
        data += unquote_to_bytes(piece) if encoded else piece
    return charsets.decode(data, label or "utf-8")[0]
