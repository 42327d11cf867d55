"""Where a plain-text mail stops being new: quoted history, attributions, signatures.

Cuts text into segments; decides nothing about how they look. A forwarded mail is no history: it
is what was sent. The HTML side is in `folding`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from missive_desktop.content import attributions

Kind = Literal["text", "quote", "forward", "history", "signature"]
MAX_LINES = 20_000
MAX_ATTRIBUTION = 6  # lines over which a mailer may wrap "On … wrote:"

_QUOTED = re.compile(r"^\s{0,3}>")
_DASHES = re.compile(r"^\s*(?:-- ?|__)\s*$")
_CLOSING = re.compile(
    r"^\s*(?:best|kind|warm|many)?\s*(?:regards|wishes)\s*[,.!]?\s*$", re.IGNORECASE
)


class Segment(NamedTuple):
    """A run of lines of one kind. History, and a forwarded mail without quote marks, are
    everything that follows to the end of the mail."""

    kind: Kind
    text: str


def segments(text: str, *, forwarded: bool = False) -> tuple[Segment, ...]:
    """Cut a plain-text mail; joining the segments with line breaks gives it back.

    `forwarded` says that its subject tells of a forward: a block of headers opens one then.
    """
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        lines[MAX_LINES - 1 :] = ["\n".join(lines[MAX_LINES - 1 :])]
    kinds = _kinds(lines, forwarded)
    out: list[Segment] = []
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or kinds[index] != kinds[start]:
            out.append(Segment(kinds[start], "\n".join(lines[start:index])))
            start = index
    return tuple(out)


def _kinds(lines: Sequence[str], forwarded: bool) -> list[Kind]:
    kinds: list[Kind] = ["text"] * len(lines)
    index = 0
    wrote = False  # something new stands above
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            index += 1
            continue
        if _QUOTED.match(line):
            kinds[index] = "quote"
            index += 1
            continue
        length = _introduction(lines, index)
        if length:
            ends = _history_end(lines, index + length)
            kind: Kind = "quote" if ends < len(lines) or not wrote else "history"
            if _forwards(lines, index, length, forwarded):
                kind = "forward"
            kinds[index:ends] = [kind] * (ends - index)
            index = ends
            continue
        if wrote and _opens_signature(lines, index):
            index = _signature(lines, index, kinds)
            continue
        wrote = True
        index += 1
    _fill_blanks(lines, kinds)
    _mark_history(lines, kinds, wrote)
    return kinds


def _introduction(lines: Sequence[str], index: int) -> int:
    """Return over how many lines an introduction of quoted mail goes, or 0."""
    line = lines[index]
    if attributions.is_rule(line):
        return 1 + _header_block(lines, index + 1)
    block = _header_block(lines, index)
    if block:
        return block
    if attributions.is_attribution(line):
        return 1
    if attributions.opens_attribution(line):
        joined = line
        for extra in range(1, MAX_ATTRIBUTION):
            if index + extra >= len(lines):
                break
            if not lines[index + extra].strip():
                after = lines[index + extra + 1 : index + extra + 2]
                if not after or not after[0].lstrip().startswith("<"):
                    break  # only an address may stand apart
            joined += " " + lines[index + extra].strip()
            if attributions.is_attribution(joined):
                return extra + 1
    return 0


def _forwards(lines: Sequence[str], index: int, length: int, forwarded: bool) -> bool:
    """Say whether an introduction is that of a forwarded mail."""
    line = lines[index]
    if attributions.is_forward(line):
        return True
    if not forwarded:
        return False
    return attributions.is_rule(line) or _header_block(lines, index) == length


def _header_block(lines: Sequence[str], index: int) -> int:
    """Return the length of a block like "From: … Sent: … To: … Subject: …", or 0."""
    names: set[str] = set()
    position = index
    blanks = 0
    while position < len(lines) and position - index < 14:
        name = attributions.field(lines[position])
        if name:
            names.add(name)
            blanks = 0
        elif not lines[position].strip():
            blanks += 1
            if blanks > 1 or len(names) >= 3:
                break
        elif not names or (not lines[position][:1].isspace() and blanks):
            break
        position += 1
    return position - index if len(names) >= 3 and attributions.field_starts(lines, index) else 0


def _history_end(lines: Sequence[str], index: int) -> int:
    """Return where the quote that an introduction opened ends; unquoted history never does."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    if index >= len(lines) or not _QUOTED.match(lines[index]):
        return len(lines)
    last = index
    while index < len(lines):
        if _QUOTED.match(lines[index]):
            last = index
        elif lines[index].strip():
            break
        index += 1
    return len(lines) if index >= len(lines) else last + 1


def _opens_signature(lines: Sequence[str], index: int) -> bool:
    line = lines[index]
    if _DASHES.match(line) or attributions.is_sent_from(line):
        return True
    if not _CLOSING.match(line):
        return False
    rest = [after for after in lines[index + 1 : index + 12] if after.strip()]
    return len(rest) <= 6 or _QUOTED.match(rest[6]) is not None


def _signature(lines: Sequence[str], index: int, kinds: list[Kind]) -> int:
    """Mark a signature: to the next quote or introduction, or the end."""
    kinds[index] = "signature"
    index += 1
    while index < len(lines):
        if _QUOTED.match(lines[index]) or _introduction(lines, index):
            break
        kinds[index] = "signature"
        index += 1
    return index


def _fill_blanks(lines: Sequence[str], kinds: list[Kind]) -> None:
    """A blank line belongs to what stands on both of its sides."""
    for index in range(1, len(lines) - 1):
        if not lines[index].strip() and kinds[index - 1] == "quote":
            after = next((k for k in range(index, len(lines)) if lines[k].strip()), len(lines) - 1)
            if kinds[after] == "quote":
                kinds[index:after] = ["quote"] * (after - index)


def _mark_history(lines: Sequence[str], kinds: list[Kind], wrote: bool) -> None:
    """A quote that nothing new follows is history, if something new stands above it."""
    if not wrote:
        return
    last = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        if not lines[index].strip() or kinds[index] in ("history", "signature"):
            continue
        if kinds[index] != "quote":
            break
        last = index
    for index in range(last, len(lines)):
        if kinds[index] == "quote" or not lines[index].strip():
            kinds[index] = "history"
