"""Hostile HTML into readable plain text, for quoting it: blocks become lines, items get a dash.

Reads the bounded tokens of `markup`, so no nesting makes it slow; nothing of the markup survives.
"""

from __future__ import annotations

import re

from missive_desktop.content import markup

_MAX_TEXT = 512 << 10
_BLOCK_NAMES = (
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SPACED = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table", "pre"})
_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u200b\u200c\ufeff]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(html: str) -> str:
    """Return the text of an HTML mail."""
    out: list[str] = []
    size = 0
    for token in markup.tokens(html):
        if token.kind == "text":
            text = _SPACES.sub(" ", token.data)
            out.append(text)
            size += len(text)
            if size > _MAX_TEXT:
                break
        elif token.name == "br":
            out.append("\n")
        elif token.name in _BLOCKS:
            _end_line(out, blank=token.name in _SPACED)
            if token.name == "li" and token.kind == "start":
                out.append("- ")
        elif token.name in ("td", "th") and token.kind == "start":
            out.append(" ")
    lines = "".join(out).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(_SPACES.sub(" ", x).strip() for x in lines)).strip()


def _end_line(out: list[str], *, blank: bool) -> None:
    """End the line that was begun, and leave one blank where a paragraph ends."""
    if not out or not out[-1].endswith("\n"):
        out.append("\n")
    if blank:
        out.append("\n")
