"""Sequence sets (RFC 9051 section 9): written short, read without trusting their size. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

_RANGE = re.compile(rb"(\d{1,10})(?::(\d{1,10}))?", re.ASCII)
LINE_LIMIT = 7000  # servers may refuse lines above 8000 octets (RFC 7162 section 4)


def ranges(text: bytes | bytearray) -> list[tuple[int, int]]:
    """Read `1:3,7` as [(1, 3), (7, 7)]; what is no number is skipped."""
    found: list[tuple[int, int]] = []
    for first, last in _RANGE.findall(text):
        low, high = int(first), int(last or first)
        found.append((min(low, high), max(low, high)))
    return found


def expand(text: bytes | bytearray, limit: int) -> list[int] | None:
    """Return the numbers of a set, sorted; None if there are more than `limit`."""
    spans = ranges(text)
    if sum(high - low + 1 for low, high in spans) > limit:
        return None
    return sorted({n for low, high in spans for n in range(low, high + 1)})


def within(text: bytes | bytearray, known: Sequence[int]) -> set[int]:
    """Return those of `known` (sorted) that lie in the set, however large it claims to be."""
    found: set[int] = set()
    for low, high in ranges(text):
        found.update(known[bisect_left(known, low) : bisect_right(known, high)])
    return found


def write(numbers: Iterable[int]) -> str:
    """Write numbers as one set, runs as ranges, ascending."""
    return ",".join(_spans(sorted(set(numbers))))


def batches(numbers: Iterable[int], limit: int = LINE_LIMIT) -> Iterator[str]:
    """Write numbers as sets none of which is longer than `limit`."""
    current: list[str] = []
    length = 0
    for span in _spans(sorted(set(numbers))):
        if current and length + len(span) + 1 > limit:
            yield ",".join(current)
            current, length = [], 0
        current.append(span)
        length += len(span) + 1
    if current:
        yield ",".join(current)


def _spans(ordered: Sequence[int]) -> Iterator[str]:
    index = 0
    while index < len(ordered):
        end = index
        while end + 1 < len(ordered) and ordered[end + 1] == ordered[end] + 1:
            end += 1
        low, high = ordered[index], ordered[end]
        yield str(low) if low == high else f"{low}:{high}"
        index = end + 1
