"""Address lists as mailers write them: RFC 5322 3.4 with its obsolete forms, and what is wrong
but common: semicolons, missing quotes, bare names, encoded words inside quotes.

Reads the raw value: decoding before parsing would let an encoded comma forge a second sender.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from missive_desktop.content.headers import decode_words, unfold
from missive_desktop.domain.message import Address

MAX_ADDRESSES = 2_000

_PLAIN = re.compile(
    r"\s*(?:(?P<name>[^\s\"'(),:;<>@\\\[\]][^\"(),:;<>@\\\[\]]*?)?\s*"
    r"<\s*(?P<angle>[^\s\"(),:;<>@\\]+@[^\s\"(),:;<>@\\]+)\s*>"
    r"|(?P<bare>[^\s\"(),:;<>@\\]+@[^\s\"(),:;<>@\\]+))\s*"
)
_TOKEN = re.compile(
    r"\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<angle><)|(?P<paren>\()|(?P<mark>[,;:>])"
    r"|(?P<literal>\[[^\]]*\])|(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?]*\?=|[^\s\"<>(),;:\[]+|\[|\")"
    r"|(?P<space>\s+)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# An address can hold no character that is not shown: it would be another than the one seen.
_UNSEEN_QUOTED = re.compile("[\x00-\x1f\x7f\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_UNSEEN = re.compile(f"[ {_UNSEEN_QUOTED.pattern[1:]}")


class _Piece(NamedTuple):
    text: str
    quoted: bool
    spaced: bool  # white space stands before it


class _Draft:
    """One address while it is read."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self.comments: list[str] = []
        self.angle: str | None = None

    def phrase(self) -> str:
        out: list[str] = []
        run: list[_Piece] = []
        for piece in self.pieces:
            if piece.quoted != bool(run and run[-1].quoted) and run:
                out.append(_words(run))
                run = []
            run.append(piece)
        if run:
            out.append(_words(run))
        return " ".join(part for part in out if part)


def parse(value: bytes) -> tuple[Address, ...]:
    """Return the mailboxes of a raw header value; groups are flattened, comments become names."""
    text = unfold(value)
    if not text:
        return ()
    if len(text) < 400 or not any(mark in text for mark in '"(;:\\'):
        quick = _quick(text)
        if quick is not None:
            return quick
    return tuple(_read(text))


def one(value: bytes) -> Address:
    """Return the first mailbox of a raw header value, or an empty one."""
    found = parse(value)
    return found[0] if found else Address("", "")


def _quick(text: str) -> tuple[Address, ...] | None:
    """Read the forms that nearly every mail has; None when there is anything else."""
    out: list[Address] = []
    position = 0
    while True:
        match = _PLAIN.match(text, position)
        if match is None or len(out) >= MAX_ADDRESSES:
            return None
        name = match["name"] or ""
        email = match["angle"] or match["bare"]
        out.append(_address(decode_words(name) if "=?" in name else name, email))
        position = match.end()
        if position == len(text):
            return tuple(out)
        if text[position] != ",":
            return None
        position += 1


def _read(text: str) -> list[Address]:
    out: list[Address] = []
    draft = _Draft()
    left_over = ""  # "Doe" of an unquoted "Doe, John <john@example.org>"
    position = 0
    spaced = False
    while position < len(text) and len(out) < MAX_ADDRESSES:
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        kind = match.lastgroup
        if kind == "space":
            spaced = True
            continue
        if kind == "quoted":
            draft.pieces.append(_Piece(_ESCAPE.sub(r"\1", match["quoted"]), True, spaced))
        elif kind in ("word", "literal"):
            draft.pieces.append(_Piece(match[0], False, spaced))
        elif kind == "paren":
            comment, position = _comment(text, position)
            draft.comments.append(comment)
        elif kind == "angle":
            draft.angle, position = _angle(text, position, draft.comments)
        elif match[0] == ":" and draft.angle is None and "@" not in draft.phrase():
            draft = _Draft()  # the name of a group
        elif match[0] in ",;":
            left_over = _finish(draft, left_over, out)
            draft = _Draft()
        elif match[0] == ":":
            draft.pieces.append(_Piece(":", False, spaced))
        spaced = False
    left_over = _finish(draft, left_over, out)
    if left_over:
        out.append(_address("", left_over))
    return out


def _finish(draft: _Draft, left_over: str, out: list[Address]) -> str:
    """Add what `draft` holds to `out`; return bare words that may belong to the next address."""
    if draft.angle is not None:
        name = ", ".join(part for part in (left_over, draft.phrase()) if part)
        out.append(_address(_with_comments(name, draft.comments), draft.angle))
        return ""
    if left_over:
        out.append(_address("", left_over))
    if not draft.pieces:
        return ""
    bare = _bare(draft.pieces)
    if "@" not in bare and not draft.comments:
        return draft.phrase()
    out.append(_address(_with_comments("", draft.comments), bare))
    return ""


def _bare(pieces: list[_Piece]) -> str:
    """Return an address that stands without angle brackets, its obsolete white space dropped."""
    joined = "".join(_requote(piece) for piece in pieces)
    if joined.count("@") <= 1:
        return joined
    # "a@b.example c@d.example": two addresses and a forgotten comma; the first one counts.
    out = ""
    for piece in pieces:
        if piece.spaced and "@" in out and not (out.endswith((".", "@")) or piece.text[:1] in ".@"):
            break
        out += _requote(piece)
    return out


def _requote(piece: _Piece) -> str:
    if not piece.quoted:
        return piece.text
    return '"' + piece.text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _angle(text: str, position: int, comments: list[str]) -> tuple[str, int]:
    """Read an address up to its closing bracket; a missing one ends at the next comma."""
    out: list[str] = []
    while position < len(text):
        char = text[position]
        if char == ">":
            return _without_route("".join(out)), position + 1
        if char == "(":
            comment, position = _comment(text, position + 1)
            comments.append(comment)
            continue
        if char == '"':
            end = text.find('"', position + 1)
            if end > 0:
                out.append(text[position : end + 1])
                position = end + 1
                continue
        if char == "," and ">" not in text[position : position + 300]:
            break
        out.append(char)
        position += 1
    return _without_route("".join(out)), position


def _without_route(text: str) -> str:
    """Drop the source route of RFC 5322 4.4: `@relay.example:ann@example.org`."""
    stripped = text.strip()
    return stripped.partition(":")[2] if stripped.startswith("@") else stripped


def end_of_comment(text: str, position: int) -> int:
    """Return where the comment ends whose text begins at `position`; comments may nest.

    One that is never closed ends with the value.
    """
    depth = 1
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                break
        position += 1
    return position


def _comment(text: str, position: int) -> tuple[str, int]:
    """Read a comment, and where the value goes on after it."""
    end = end_of_comment(text, position)
    inner = _ESCAPE.sub(r"\1", text[position:end])
    return decode_words(" ".join(inner.split())), end + 1


def _words(run: list[_Piece]) -> str:
    text = run[0].text + "".join((" " if p.spaced else "") + p.text for p in run[1:])
    return decode_words(text)


def _with_comments(name: str, comments: list[str]) -> str:
    said = " ".join(comment for comment in comments if comment)
    if not said:
        return name
    return f"{name} ({said})" if name else said


def _address(name: str, email: str) -> Address:
    if "=?" in email and "@" not in email:
        email = decode_words(email)
    email = (_UNSEEN_QUOTED if '"' in email else _UNSEEN).sub("", email)
    if len(name) > 1 and name[0] == name[-1] == "'":  # Outlook puts names into single quotes
        name = name[1:-1]
    name = " ".join(name.split())
    return Address(name[:500], email[:500])
