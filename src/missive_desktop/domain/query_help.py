"""What a search field offers while one types: chips to begin with, and ways to go on.

Names of folders, people and so on are given; it looks nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from missive_desktop.domain.query import OPERATORS, STATES
from missive_desktop.domain.query_tree import QUOTES

CHIPS = (
    "from:", "to:", "subject:", "has:attachment", "is:unread", "is:starred", "is:tracked",
    "tracker:", "in:", "label:", "after:", "before:", "OR", "-",
)  # fmt: skip
_VALUES: Mapping[str, tuple[str, ...]] = {
    "is": STATES,
    "has": ("attachment", "comment", "task"),
    "assignee": ("me", "none"),
    "in": ("inbox", "sent", "archive", "drafts", "spam", "trash", "all"),
    "before": ("today", "7d", "1m", "1y"),
    "after": ("today", "7d", "1m", "1y"),
    "on": ("today", "yesterday"),
    "larger": ("1M", "5M", "20M"),
    "smaller": ("10k", "1M"),
    "filename": ("pdf", "png", "ics"),
}
_TERM = re.compile(rf"-?\(*([A-Za-z]+)(:[{QUOTES}]?)?([^{QUOTES}]*)")


class Completion(NamedTuple):
    """A text to put in place of what stands from `start` to `end`."""

    text: str
    start: int
    end: int


def completions(
    text: str, cursor: int, names: Mapping[str, Sequence[str]] | None = None, most: int = 8
) -> list[Completion]:
    """Return ways to finish the term before the cursor; `names` are known values by operator."""
    start = _term_start(text, cursor)
    typed = text[start:cursor]
    found = _TERM.fullmatch(typed)
    if found is None:
        return []
    operator, colon, value = found[1].lower(), found[2], found[3].casefold()
    ahead = start + found.start(1)
    if not colon:
        wanted = [f"{name}:" for name in OPERATORS if name.startswith(operator) and not value]
        return [Completion(each, ahead, cursor) for each in wanted[:most]]
    known = [*_VALUES.get(operator, ()), *(names or {}).get(operator, ())]
    fitting = [
        each
        for each in dict.fromkeys(known)
        if value in each.casefold() and value != each.casefold()
    ]
    fitting.sort(key=lambda each: not each.casefold().startswith(value))
    return [Completion(f"{operator}:{_quoted(each)}", ahead, cursor) for each in fitting[:most]]


def _term_start(text: str, cursor: int) -> int:
    """Find where the term before the cursor begins; a space within quotation marks is its own."""
    start, open_ = 0, False
    for position, character in enumerate(text[:cursor]):
        if character in QUOTES:
            open_ = not open_
        elif character.isspace() and not open_:
            start = position + 1
    return start


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s()]", value) else value


def as_typed(text: str) -> str:
    """Let the last word go on while it is being typed, once it is long enough to be quick."""
    last = re.search(r"(?:^|[\s(])-?(?:[a-z]+:)?(\w{3,})$", text)
    if last is None or last[1] in ("AND", "NOT") or text.count('"') % 2:
        return text
    before = text[: last.start(1)]
    plain = not before.endswith(":") or before.endswith(
        ("from:", "to:", "cc:", "subject:", "body:", "filename:")
    )
    return f"{text}*" if plain else text
