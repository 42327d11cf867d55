"""Quoted history in HTML mail, folded behind "…": works on the pieces `sanitize` rewrites,
before nh3 parses them, so that what is inserted is cleaned like all the rest.

Folds only what nothing new follows; a reply between quotes keeps its quotes in sight, and a mail
that is forwarded stays open: it is what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from missive_desktop.content import attributions, markup

OPENING = '<details class="mv-history"><summary title="Show quoted text">…</summary>'
CLOSING = "</details>"
MAX_CANDIDATES = 300  # quotes that are looked at
MAX_TRAILING = 300  # characters that may follow: a list's footer, a signature

_QUOTE_CLASSES_WORDS = (
    "gmail_quote gmail_quote_container yahoo_quoted protonmail_quote tutanota_quote "
    "zmail_extra elided-quote mail-quote "
    "ms-outlook-mobile-reference-message"
)
_QUOTE_CLASSES = frozenset(_QUOTE_CLASSES_WORDS.split())
_QUOTE_IDS = frozenset(
    [
        "yahoo_quoted",
        "isreplycontent",
        "mail-editor-reference-message-container",
        "reply-intro",
    ]
)
_FORWARD_NAMES = frozenset(["moz-forward-container", "forwardcontent"])  # classes and ids
_REST_IDS = frozenset(["divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "olk_src_body_section"])
_PREFIX_CLASSES = frozenset(["moz-cite-prefix", "gmail_attr"])
_BORDER = re.compile(r"border-top:\s*(?:solid|\d|#)|border:none;\s*border-top", re.IGNORECASE)
_NO_DETAILS_WORDS = "p table tbody thead tfoot tr ul ol dl a h1 h2 h3 h4 h5 h6 pre summary"
_NO_DETAILS = frozenset(_NO_DETAILS_WORDS.split())
_INLINE_WORDS = "a b i u em strong span font small code wbr img"
_INLINE = frozenset(_INLINE_WORDS.split())
_INK = re.compile(r"[^\s\u00a0\u00ad\u034f\u200b-\u200f\u2060\ufeff]")


class Piece(NamedTuple):
    """A token that is kept: what it is, and what is written for it."""

    kind: str  # start, end, text
    name: str
    attributes: Mapping[str, str]
    text: str
    written: str


class _Outline:
    """Where each element ends, what holds it, and how much there is to read before each piece."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.end = [len(pieces)] * len(pieces)
        self.parent = [-1] * len(pieces)
        self.before = [0] * (len(pieces) + 1)
        open_: list[int] = []
        ink = 0
        for index, piece in enumerate(pieces):
            self.before[index] = ink
            self.parent[index] = open_[-1] if open_ else -1
            if piece.kind == "text":
                ink += len(_INK.findall(piece.text))
            elif piece.kind == "start":
                if piece.name == "img":
                    ink += 1
                if piece.name not in markup.VOID:
                    open_.append(index)
            else:
                while open_:
                    known = open_.pop()
                    self.end[known] = index
                    if pieces[known].name == piece.name:
                        break
        self.before[len(pieces)] = ink

    def following(self, index: int, characters: int) -> str:
        """Return the text from `index` on, a line for each piece."""
        out: list[str] = []
        length = 0
        for piece in self.pieces[index : index + 200]:
            if piece.kind == "text" and piece.text.strip():
                out.append(piece.text.strip())
                length += len(piece.text)
                if length > characters:
                    break
        return "\n".join(out)


def fold(pieces: Sequence[Piece], *, forwarded: bool = False) -> str:
    """Write the pieces, the history of the mail inside a details element.

    `forwarded` says that its subject tells of a forward: a block of headers opens one then.
    """
    found = None
    if any(_may_quote(piece) for piece in pieces):
        found = _find(_Outline(pieces), forwarded)
    if found is None:
        return "".join(piece.written for piece in pieces)
    start, end = found
    return "".join(
        [
            *(piece.written for piece in pieces[:start]),
            OPENING,
            *(piece.written for piece in pieces[start:end]),
            CLOSING,
            *(piece.written for piece in pieces[end:]),
        ]
    )


def _may_quote(piece: Piece) -> bool:
    if piece.kind == "start":
        return bool(piece.name == "blockquote" or piece.attributes)
    return piece.kind == "text" and (
        attributions.is_rule(piece.text)
        or attributions.field(piece.text) != ""
        or attributions.opens_attribution(piece.text)
    )


def _find(outline: _Outline, forwarded: bool) -> tuple[int, int] | None:
    """Return the range of pieces to fold, the first that fits."""
    trailing = MAX_TRAILING
    candidates = 0
    for index, piece in enumerate(outline.pieces):
        if piece.kind == "start" and piece.attributes.get("class") == "mv-history":
            return None  # folded already
        if piece.kind == "end":
            continue
        if _is_marked_forward(piece):
            return None
        if not outline.before[index]:
            if piece.kind == "text" and attributions.is_rule(piece.text):
                return None  # a mail that was forwarded without a word
            continue
        found: tuple[int, int] | None = None
        if candidates > MAX_CANDIDATES:
            return None
        if piece.kind == "start" and (_is_quote(piece) or _is_introduced(outline, index)):
            candidates += 1
            found = _with_attribution(outline, index), outline.end[index] + 1
        elif _opens_history(outline, index):
            found = _to_the_end(outline, index)
        if found is None:
            continue
        if _forwards(outline, index, forwarded):
            return None
        if _fits(outline, *found, trailing):
            return found
        trailing = 0  # an answer stands between the quotes: only the very last may go
    return None


def _is_quote(piece: Piece) -> bool:
    given = piece.attributes
    if piece.name == "blockquote":
        return given.get("type", "").lower() == "cite" or "gmail_quote" in given.get("class", "")
    classes = given.get("class", "").lower().split()
    if not _QUOTE_CLASSES.isdisjoint(classes) or given.get("id", "").lower() in _QUOTE_IDS:
        return True
    return any(name.endswith("yahoo_quoted") for name in classes)  # with a prefix of its own


def _is_marked_forward(piece: Piece) -> bool:
    if piece.kind == "text":
        return attributions.is_forward(piece.text)
    names = f"{piece.attributes.get('class', '')} {piece.attributes.get('id', '')}"
    return not _FORWARD_NAMES.isdisjoint(names.lower().split())


def _forwards(outline: _Outline, index: int, forwarded: bool) -> bool:
    """Whether what looks like history is a forwarded mail: its first line says so, or, where
    mailers write the same above a reply, the subject."""
    line = _line(outline, index)
    if attributions.is_forward(line):
        return True
    return forwarded and (attributions.is_rule(line) or _is_header_block(outline, index))


def _is_introduced(outline: _Outline, index: int) -> bool:
    """Whether a quote without marks of a mailer stands below, or begins with, an attribution."""
    if outline.pieces[index].name != "blockquote":
        return False
    if attributions.introduces_mail(_line(outline, index)):
        return True
    text = ""
    for piece in reversed(outline.pieces[max(0, index - 40) : index]):
        if piece.kind == "text":
            text = piece.text + text
        elif piece.name not in _INLINE and text.strip():
            break
    return attributions.introduces_mail(" ".join(text.split()))


def _line(outline: _Outline, index: int) -> str:
    """Return the first line that is read from a piece on."""
    text = ""
    for piece in outline.pieces[index : index + 40]:
        if piece.kind == "text":
            text += piece.text
        elif piece.name not in _INLINE and text.strip():
            break
    return " ".join(text.split())


def _is_attribution(outline: _Outline, index: int) -> bool:
    """Whether a line begins here that says who wrote all that follows, which no box marks."""
    pieces = outline.pieces
    if not attributions.opens_attribution(pieces[index].text):
        return False
    before = pieces[index - 1] if index else None
    if before is not None and (before.kind == "text" or before.name in _INLINE):
        return False  # in the middle of a line
    if not attributions.introduces_mail(_line(outline, index)):
        return False
    return not any(
        piece.kind == "start" and (piece.name == "blockquote" or _is_quote(piece))
        for piece in pieces[index : index + 60]
    )


def _opens_history(outline: _Outline, index: int) -> bool:
    """Whether everything from this piece on is an older mail."""
    piece = outline.pieces[index]
    if piece.kind == "text":
        text = piece.text.strip()
        if attributions.is_rule(text) or _is_attribution(outline, index):
            return True
        return attributions.field(text + ":") != "" and _is_header_block(outline, index)
    given = piece.attributes
    if given.get("id", "").lower() in _REST_IDS:
        return True
    if "border-top" in given.get("style", "") and _BORDER.search(given["style"]):
        return _is_header_block(outline, index)
    if not _PREFIX_CLASSES.isdisjoint(given.get("class", "").split()):
        return attributions.is_attribution(" ".join(outline.following(index, 300).split("\n")))
    return False


def _is_header_block(outline: _Outline, index: int) -> bool:
    """Whether the text from here on reads "From: … Sent: … To: … Subject: …"."""
    names: set[str] = set()
    first = ""
    for line in outline.following(index, 600).split("\n")[:24]:
        name = attributions.field(line)
        first = first or name or "-"
        if name:
            names.add(name)
    return len(names) >= 3 and first != "-"


def _with_attribution(outline: _Outline, index: int) -> int:
    """Take in the "On … wrote:" that stands before a quote, in the same box."""
    pieces = outline.pieces
    parent = outline.parent[index]
    text = ""
    position = index - 1
    while position > parent and index - position < 60 and len(text) < 500:
        piece = pieces[position]
        if piece.kind == "text":
            text = piece.text + text
        within = outline.parent[position] == parent
        joined = " ".join(text.split())
        if piece.name == "br" and joined and attributions.is_attribution(joined):
            return position + 1 if within else index  # new words stand in the same paragraph
        if within and piece.kind != "end" and joined and attributions.is_attribution(joined):
            return position
        position -= 1
    return index


def _to_the_end(outline: _Outline, index: int) -> tuple[int, int]:
    """Return the range from a piece to the end of its box, out of boxes that it opens."""
    start = index
    while True:
        parent = outline.parent[start]
        if parent < 0 or outline.before[parent + 1] != outline.before[start]:
            break
        if outline.pieces[parent].name in ("td", "th", "table"):
            break
        start = parent
    parent = outline.parent[start]
    return start, outline.end[parent] if parent >= 0 else len(outline.pieces)


def _fits(outline: _Outline, start: int, end: int, trailing: int) -> bool:
    """Something new stands above, next to nothing below, and a box may stand here."""
    if not outline.before[start] or end <= start:
        return False
    if outline.before[-1] - outline.before[min(end, len(outline.pieces))] > trailing:
        return False
    parent = outline.parent[start]
    return parent < 0 or outline.pieces[parent].name not in _NO_DETAILS
