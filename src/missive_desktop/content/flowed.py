"""format=flowed (RFC 3676), both ways: joining what was received, breaking what is sent."""

from __future__ import annotations

import re

_QUOTES = re.compile(r"^>+")
WIDTH = 76


def join(text: str, delsp: bool = False) -> str:
    """Return `text` with its soft line breaks undone; quote marks stay, one paragraph a line."""
    out: list[str] = []
    paragraph = ""
    depth = 0
    open_ = False
    for line in text.replace("\r\n", "\n").split("\n"):
        match = _QUOTES.match(line)
        level = match.end() if match is not None else 0
        body = line[level:].removeprefix(" ")  # stuffed, section 4.4
        if open_ and level != depth:  # a paragraph cannot change its depth, section 4.5
            out.append(_quoted(depth, paragraph))
            open_ = False
        if body == "-- ":  # the signature separator is never flowed, section 4.3
            if open_:
                out.append(_quoted(depth, paragraph))
            out.append(_quoted(level, body))
            open_ = False
            continue
        paragraph = paragraph + body if open_ else body
        depth = level
        open_ = body.endswith(" ")
        if open_ and delsp:
            paragraph = paragraph[:-1]
        if not open_:
            out.append(_quoted(depth, paragraph))
    if open_:
        out.append(_quoted(depth, paragraph.rstrip(" ")))
    return "\n".join(out)


def wrap(text: str) -> str:
    """Return `text` broken softly at `WIDTH` columns, stuffed, with LF line ends."""
    out: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line == "-- ":
            out.append(line)
            continue
        match = _QUOTES.match(line)
        prefix = match[0] if match is not None else ""
        body = line[len(prefix) :].rstrip(" ")
        if prefix and body.startswith(" "):
            body = body[1:]
        pieces = _break(body, WIDTH - len(prefix) - 1)
        for index, piece in enumerate(pieces):
            soft = " " if index < len(pieces) - 1 else ""
            out.append(prefix + _stuffed(piece, bool(prefix)) + soft)
    return "\n".join(out)


def _break(body: str, width: int) -> list[str]:
    """Break a paragraph at spaces. A run of several spaces loses none: only one is the break's."""
    pieces: list[str] = []
    while len(body) > width:
        cut = body.rfind(" ", 1, width + 1)
        if cut < 1 or not body[:cut].strip():
            cut = body.find(" ", width)
        if cut < 1 or cut >= len(body) - 1:
            break
        pieces.append(body[:cut])
        body = body[cut + 1 :]
    pieces.append(body)
    return pieces


def _stuffed(piece: str, quoted: bool) -> str:
    if quoted:
        return f" {piece}" if piece else ""
    return f" {piece}" if piece.startswith((" ", ">", "From ")) else piece


def _quoted(depth: int, text: str) -> str:
    if not depth:
        return text
    return ">" * depth + (f" {text}" if text else "")
