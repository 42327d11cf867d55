"""Text in the old markups of mail (RFC 1896, RFC 1341 7.1.3) as plain text; knows no parts."""

from __future__ import annotations

import re

TYPES = frozenset(("text/enriched", "text/richtext"))

_PARAMETER = re.compile(r"<(param|comment)>.{0,2000}?</\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(<|/?[A-Za-z0-9-]{1,60}>)")
_BREAKS = re.compile(r"\n+")


def plain(text: str) -> str:
    """Return what is to be read: one line break is a space, each further one counts."""
    text = _PARAMETER.sub("", text.replace("\r\n", "\n"))
    text = _BREAKS.sub(lambda run: "\n" * (len(run[0]) - 1) or " ", text)
    return _TAG.sub(_written, text).strip(" ")


def _written(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name == "<":
        return "<"
    if name == "lt>":
        return "<"
    return "\n" if name in ("nl>", "paragraph>", "/paragraph>") else ""
