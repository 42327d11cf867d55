"""The mbox format both ways (RFC 4155, quoted as in mboxrd), line by line in bounded memory.

What separates messages is guessed kindly, because many programs quote no "From " in bodies.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable, Iterator
from email.utils import parsedate_tz
from typing import BinaryIO, NamedTuple

LIMIT = 160 << 20  # bytes of one message; more is told as a failure and passed over
_LINE = 64 << 10  # longer lines are read in pieces

# "From " and: nothing, an address alone, or something with a time and a year.
_SEPARATOR = re.compile(rb"From (?:\s*$|\S+@\S+\s*$|.*\d{1,2}:\d{2}.*\b\d{4}\b)")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>?From |\r?\n")
_QUOTED = re.compile(rb">+From ")
_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)


class Piece(NamedTuple):
    """One message of an mbox; `raw` is None when it is larger than any mail can be."""

    raw: bytes | None
    received: int  # unix seconds of its "From " line, 0 where it has none


def read(file: BinaryIO) -> Iterator[Piece]:
    """Yield the messages of an mbox, unquoted."""
    lines = _lines(file)
    separator = b""
    body: list[bytes] = []
    size, begun = 0, False
    for starts, line in lines:
        if starts:
            if begun:
                yield _piece(separator, body, size)
            separator, body, size, begun = line, [], 0, True
            continue
        if not begun:
            begun = True  # no "From " at the top: a single message
        size += len(line)
        if size <= LIMIT:
            body.append(line)
        else:
            body.clear()
    if begun:
        yield _piece(separator, body, size)


def _lines(file: BinaryIO) -> Iterator[tuple[bool, bytes]]:
    """Yield lines unquoted, each with whether it is one that separates messages."""
    before_blank, whole, first = True, True, True
    line = file.readline(_LINE)
    while line:
        following = file.readline(_LINE)
        starts = (
            whole
            and before_blank
            and line.startswith(b"From ")
            and (first or (_SEPARATOR.match(line) is not None and _looks_right(following)))
        )
        if whole and not starts and _QUOTED.match(line):
            yield False, line[1:]
        else:
            yield starts, line
        before_blank = whole and line in (b"\n", b"\r\n")
        whole = line.endswith(b"\n")
        first = False
        line = following


def _looks_right(following: bytes) -> bool:
    """Tell whether what follows a separator can be the first line of a message."""
    return not following or _HEADER.match(following) is not None


def _piece(separator: bytes, body: list[bytes], size: int) -> Piece:
    received = _time_of(separator)
    if size > LIMIT:
        return Piece(None, received)
    if body and separator and body[-1] in (b"\n", b"\r\n"):
        body.pop()  # the blank line before the next separator is not part of the message
    return Piece(b"".join(body), received)


def _time_of(separator: bytes) -> int:
    """Read the time of a "From " line: asctime, with or without a zone; UTC unless it says."""
    words = separator.decode("ascii", "replace").split()[2:]
    if len(words) < 4:
        return 0
    found = parsedate_tz(" ".join(words))
    if found is None:
        return 0
    try:
        return max(0, calendar.timegm(found[:9]) - (found[9] or 0))
    except (ValueError, OverflowError):
        return 0


def write(file: BinaryIO, messages: Iterable[tuple[bytes, str, int]]) -> int:
    """Append (raw, sender, received) as mbox; returns how many. Line ends become LF."""
    count = 0
    for raw, sender, received in messages:
        stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(max(0, received)))
        who = re.sub(r"[^\x21-\x7e]", "", sender) or "MAILER-DAEMON"
        file.write(f"From {who} {stamp}\n".encode("ascii"))
        body = _QUOTE.sub(rb">\1", raw.replace(b"\r\n", b"\n"))
        file.write(body)
        file.write(b"\n" if body.endswith(b"\n") else b"\n\n")
        count += 1
    return count
