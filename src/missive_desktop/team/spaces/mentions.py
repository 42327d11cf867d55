"""Who is meant by @ in a comment: people of the space by their names, or all of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from missive_desktop.store.team_spaces import Person

EVERYBODY = ("all", "team", "everyone")
_WORD = re.compile(r"\w+")
_BEFORE = re.compile(r"(?:^|[\s(\[{\"',;:/–—-])@")


class Span(NamedTuple):
    """A place in a text, from its @ on, and whom it names."""

    start: int
    end: int
    users: tuple[str, ...]


def found(text: str, people: Mapping[str, Person], active: Collection[str] = ()) -> tuple[str, ...]:
    """Return the users that a text names, in its order.

    `people` are those who may read it, `active` those of them whom @all is for. The longest name
    counts: with an Ann and an Ann Archer, @Ann Archer means the latter only.
    """
    spans = places(text, people, active)
    return tuple(dict.fromkeys(user for span in spans for user in span.users))


def places(text: str, people: Mapping[str, Person], active: Collection[str] = ()) -> list[Span]:
    """Return where a text names whom, in its order; of @all all who are meant."""
    names = _names(people)
    longest = sorted(names, key=len, reverse=True)
    result: list[Span] = []
    for match in _BEFORE.finditer(text):
        start = match.end()
        for name in longest:
            end = _end(text, start, name)
            if end:
                result.append(Span(start - 1, end, names[name]))
                break
        else:
            word = _WORD.match(text, start)
            if word and word[0].casefold() in EVERYBODY:
                everybody = tuple(user for user in people if user in active)
                result.append(Span(start - 1, word.end(), everybody))
    return result


def _end(text: str, start: int, name: str) -> int:
    """Return where a name that begins here ends; 0 where it is another word.

    Letters count by their folded form, of which one may have several.
    """
    at, left = start, name
    while left and at < len(text):
        folded = text[at].casefold()
        if not left.startswith(folded):
            return 0
        left = left[len(folded) :]
        at += 1
    return 0 if left or text[at : at + 1].isalnum() else at


def _names(people: Mapping[str, Person]) -> dict[str, tuple[str, ...]]:
    """Return the names by which people can be called; a first name where only one has it."""
    result: dict[str, tuple[str, ...]] = {}
    short: dict[str, list[str]] = {}
    for user, person in people.items():
        for name in (person.name, person.email):
            if name:
                result[name.casefold()] = (*result.get(name.casefold(), ()), user)
        for name in (person.name.partition(" ")[0], person.email.partition("@")[0]):
            if name:
                short.setdefault(name.casefold(), []).append(user)
    for name, users in short.items():
        if len(set(users)) == 1 and name not in result:
            result[name] = (users[0],)
    return result
