"""Parts of a plain text that only read well in letters of one width: tables, changes to code.

Careful: prose stays prose. A paragraph counts when its lines agree on where columns begin, or when
it is drawn with bars, or when it is a patch. Knows nothing of markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_LINES = 4_000
_MIN_ROWS = 3
_MAX_ROW = 400

_HINT = re.compile(r"[^\s.:!?]  +\S|^\s*[|+][-=|+ ]|\t\S|^@@ |^diff |[\u2500-\u257f]", re.MULTILINE)
_BAR = re.compile(r"^\s*(?:\|.*\||[+|](?:[-=+|]{2,})[+|]?|.*[\u2500-\u257f].*)\s*$")
_PATCH = re.compile(r"^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|--- \S|\+\+\+ \S)")
# Two spaces after a full stop are a habit, not a column.
_COLUMN = re.compile(r"(?<=[^\s.!?:;,])  (?=\S)|(?<=\S)(?: {3,}|\t+)(?=\S)")
_SENTENCE = re.compile(r"[.:!?]$")


class Block(NamedTuple):
    """Some lines; `fixed` when they want letters of one width."""

    text: str
    fixed: bool


def may_need(text: str) -> bool:
    """Say cheaply whether it is worth a closer look."""
    return _HINT.search(text) is not None


def blocks(text: str) -> list[Block]:
    """Cut a text at its blank lines and tell which parts want letters of one width."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        return [Block(text, False)]
    out: list[Block] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].strip():
            end += 1
        fixed_end = _patch_end(lines, start) if _is_patch(lines[start:end]) else end
        fixed = fixed_end > end or _is_fixed(lines[start:end])
        end = max(end, fixed_end)
        while end < len(lines) and not lines[end].strip():
            end += 1
        _add(out, "\n".join(lines[start:end]), fixed)
        start = end
    return [
        Block(block.text.strip("\n") if block.fixed else block.text, block.fixed) for block in out
    ]


def _add(out: list[Block], text: str, fixed: bool) -> None:
    """Join parts of one kind: they were one text."""
    if out and out[-1].fixed == fixed:
        out[-1] = Block(f"{out[-1].text}\n{text}", fixed)
    else:
        out.append(Block(text, fixed))


def _is_fixed(lines: Sequence[str]) -> bool:
    if any(len(line) > _MAX_ROW for line in lines):
        return False
    if sum(1 for line in lines if _BAR.match(line)) >= 2:
        return True
    return _is_patch(lines) or _has_columns(lines)


def _is_patch(lines: Sequence[str]) -> bool:
    marks = sum(1 for line in lines if _PATCH.match(line))
    return marks >= 2 or any(line.startswith("diff --git ") for line in lines)


def _patch_end(lines: Sequence[str], start: int) -> int:
    """A patch goes on over blank lines, as long as its marks do."""
    end = start
    for index in range(start, len(lines)):
        line = lines[index]
        if not line or line[0] in " +-@\\" or line.startswith(("diff ", "index ")):
            end = index + 1 if line.strip() else end
        else:
            break
    return end


def _has_columns(lines: Sequence[str]) -> bool:
    """Whether most lines begin a column at the same place."""
    rows = [line for line in lines if _COLUMN.search(line)]
    if len(rows) < _MIN_ROWS or len(rows) * 3 < len(lines) * 2:
        return False
    starts = [{match.end() for match in _COLUMN.finditer(line)} for line in rows]
    ends = [{gap.start() for gap in _COLUMN.finditer(line)} | {len(line.rstrip())} for line in rows]
    counted: dict[int, int] = {}
    for places in (*starts, *ends):
        for place in places:
            counted[place] = counted.get(place, 0) + 1
    most = max(counted.values(), default=0)
    tabs = sum(1 for line in rows if "\t" in line.strip())
    sentences = sum(1 for line in rows if _SENTENCE.search(line.rstrip()))
    return (most * 3 >= len(rows) * 2 or tabs == len(rows)) and sentences * 2 < len(rows)
