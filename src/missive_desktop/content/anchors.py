"""The links of a mail that was made safe: each address, and the text a reader sees on it.

Reads what `sanitize` wrote, and only reads it; nothing here judges a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from missive_desktop.content import markup

MAX_LINKS = 2_000
MAX_INSIDE = 20_000  # characters of markup inside one link
MAX_TEXT = 300

# As `sanitize` writes tags: values in double quotes, which may hold `<` and `>`. Each part ends
# where the next begins, so no text is read twice.
_ANCHOR = re.compile(r"<a((?:\s++[^\s=<>\"]++(?:=\"[^\"]*+\")?+)*+)\s*+>")
_HREF = re.compile(r"(?:^|\s)href=\"([^\"]*)\"")
_TAG = re.compile(r"<(?:[^<>\"]++|\"[^\"]*+\")*+>")
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*(?:\.0+)?\s*(?:;|!|$)"
    r"|(?:^|;)\s*color\s*:\s*transparent|font(?:-size)?\s*:[^;]*\b0(?:px|pt|em|rem|%)?\s*(?:;|!|$|/)",
    re.IGNORECASE,
)


class Anchor(NamedTuple):
    """A link: its address, and its text with the texts of its images."""

    href: str
    text: str


def of(html: str) -> Iterator[Anchor]:
    """Yield the links of safe markup, in order."""
    count = 0
    for match in _ANCHOR.finditer(html):
        href = _HREF.search(match[1])
        if href is None or href[1].startswith("#"):  # a place in the mail itself
            continue
        count += 1
        if count > MAX_LINKS:
            return
        inside = html[match.end() : match.end() + MAX_INSIDE].partition("</a>")[0]
        yield Anchor(markup.unescape(href[1]), text_of(inside))


def text_of(inside: str) -> str:
    """Return what is to be read on a link, with what stands for its images."""
    if "<" not in inside:
        return " ".join(markup.unescape(inside).split())[:MAX_TEXT]
    if not any(mark in inside for mark in (" style=", " alt=", " title=", " hidden")):
        return " ".join(markup.unescape(_TAG.sub("", inside)).split())[:MAX_TEXT]
    pieces: list[str] = []
    hidden: list[bool] = []  # for each open element, whether it is seen
    for token in markup.tokens(inside):
        if token.kind == "text":
            if not any(hidden):
                pieces.append(token.data)
        elif token.kind == "end":
            if hidden:
                hidden.pop()
        elif token.kind == "start":
            unseen = bool(_UNSEEN.search(token.attributes.get("style", "")))
            if not unseen and not any(hidden):
                words = token.attributes.get("alt") or token.attributes.get("title")
                pieces.append(f" {words} " if words else "")
            if token.name not in markup.VOID:
                hidden.append(unseen)
    return " ".join("".join(pieces).split())[:MAX_TEXT]
