"""One row of the conversation list as a value: what the delegate paints, decided without Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from missive_desktop.domain.message import Address

ME = "me"


@dataclass(frozen=True, slots=True)
class Chip:
    """A small label before the snippet; `color` names a label colour of the theme."""

    text: str
    color: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A conversation in the list. Compared by identity: a new reading is a new row."""

    id: int
    date: int  # unix seconds of its newest message here
    names: str
    count: int
    person: Address  # whose avatar stands before it
    subject: str
    snippet: str
    unread: bool = False
    starred: bool = False
    attachments: bool = False
    trackers: int = 0
    draft: bool = False
    chips: tuple[Chip, ...] = ()


def display_name(person: Address) -> str:
    """Return what to call a person: the name, else the address before its @."""
    return person.name.strip().strip("'\"") or person.email.partition("@")[0] or "?"


def people_line(people: Sequence[Address], own: Collection[str], me: str = ME) -> str:
    """Join the senders of a conversation: one in full, of several all but the first short."""
    seen: dict[str, Address] = {}
    for person in people:
        seen.setdefault(person.email.lower() or person.name, person)
    others = [p for key, p in seen.items() if key not in own]
    takes_part = len(others) < len(seen)
    if not others:
        return me if takes_part else ""
    names = [display_name(others[0])]
    names += [_short(person) for person in others[1:]]
    if takes_part:
        names.append(me)
    return ", ".join(names)


def face_of(people: Sequence[Address], own: Collection[str]) -> Address:
    """Return who stands for a conversation: the last sender who is not the user."""
    for person in reversed(people):
        if person.email.lower() not in own:
            return person
    return people[-1] if people else Address("", "")


def _short(person: Address) -> str:
    name = display_name(person)
    if "," in name:  # "Brandt, Niels"
        return name.rpartition(",")[2].strip() or name
    first = name.split()[0]
    return first if first.isascii() or len(name.split()) > 1 else name


def spoken(row: Row, time: str) -> str:
    """Return the accessible text of a row: state, sender, subject, time."""
    parts = []
    if row.unread:
        parts.append("unread")
    if row.starred:
        parts.append("starred")
    if row.draft:
        parts.append("has a draft")
    parts += [row.names, row.subject or "no subject", time]
    if row.count > 1:
        parts.append(f"{row.count} messages")
    if row.attachments:
        parts.append("with attachment")
    if row.trackers:
        parts.append(f"{row.trackers} trackers blocked")
    return ", ".join(part for part in parts if part)
