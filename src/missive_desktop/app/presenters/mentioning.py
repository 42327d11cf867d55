"""Whom an @ may mean while it is typed, and what the text becomes when one is chosen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from missive_desktop.store.team_spaces import Person

MOST = 6
_BEFORE = re.compile(r"(?:^|[\s(\[{\"',;:/–—-])@([^@\n]{0,40})$")


class Offer(NamedTuple):
    """Somebody, or (`email` "") all who are meant by a word."""

    name: str
    email: str = ""
    told: str = ""


def begun(text: str, caret: int) -> int:
    """Return where the @ of a name that is being typed stands; -1 where none is."""
    match = _BEFORE.search(text[:caret])
    return caret - len(match[1]) - 1 if match else -1


def offers(text: str, caret: int, people: Iterable[Person], team: str) -> list[Offer]:
    """Return whom the name that is being typed may mean, the likeliest first."""
    start = begun(text, caret)
    if start < 0:
        return []
    typed = text[start + 1 : caret].casefold()
    ranked: list[tuple[int, str, Offer]] = []
    for person in people:
        rank = _rank(typed, person)
        if rank >= 0:
            ranked.append((rank, person.called.casefold(), Offer(person.called, person.email)))
    words = [word for word in ("team", "all") if word.startswith(typed)]
    ranked += [(0 if typed else 2, word, Offer(word, told=team)) for word in words]
    return [offer for _, _, offer in sorted(ranked)[:MOST]]


def _rank(typed: str, person: Person) -> int:
    name = person.called.casefold()
    if name.startswith(typed):
        return 0
    if " " not in typed and any(word.startswith(typed) for word in name.split()):
        return 1
    return 1 if person.email.casefold().startswith(typed) else -1


def taken(text: str, caret: int, offer: Offer) -> tuple[str, int]:
    """Put a name in place of what was typed of it; return the text and where the caret is then."""
    start = begun(text, caret)
    if start < 0:
        return text, caret
    rest = text[caret:]
    space = "" if rest[:1].isspace() else " "
    named = f"@{offer.name}{space}"
    return text[:start] + named + rest, start + len(named) + (not space)
