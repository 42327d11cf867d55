"""Who is meant by @ in a comment: people of the space by their names, or all of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from missive_desktop.store.team_spaces import Person

EVERYBODY = ("all", "team", "everyone")
_BEFORE = re.compile(r"(?:^|[\s(\[{\"',;:/–—-])@")


def found(text: str, people: Mapping[str, Person], active: Collection[str] = ()) -> tuple[str, ...]:
    """Return the users that a text names, in its order.

    `people` are those who may read it, `active` those of them whom @all is for. The longest name
    counts: with an Ann and an Ann Archer, @Ann Archer means the latter only.
    """
    names = _names(people)
    result: dict[str, None] = {}
    for match in _BEFORE.finditer(text):
        rest = text[match.end() :].casefold()
        for name in sorted(names, key=len, reverse=True):
            if rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum():
                result |= dict.fromkeys(names[name])
                break
        else:
            word = re.match(r"\w+", rest)
            if word and word[0] in EVERYBODY:
                result |= dict.fromkeys(user for user in people if user in active)
    return tuple(result)


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
