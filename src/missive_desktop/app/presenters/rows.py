"""One row of the conversation list as a value: what the delegate paints, decided without Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from missive_desktop.domain.message import Address

ME = "me"


@dataclass(frozen=True, slots=True)
class Chip:
    """A small label before the snippet; `color` names a label colour of the theme.

    A `square` stands for a space, a dot for all else.
    """

    text: str
    color: str = ""
    square: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """What a row of a space shows beside its mail; `here` are colleagues who look at it now."""

    assignees: tuple[Address, ...] = ()
    comments: int = 0
    unread_comments: int = 0
    snoozed: int = 0  # until, unix seconds; 0: not
    pending: bool = False  # something of it waits for the team's server
    trouble: str = ""  # what was not sent, or not taken, and why
    closed: bool = False
    here: tuple[Address, ...] = ()
    typing: bool = False  # one of them writes


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
    shared: Shared | None = None


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
        parts.append(
            "1 tracker blocked" if row.trackers == 1 else f"{row.trackers} trackers blocked"
        )
    if row.shared is not None:
        parts += _spoken_shared(row.shared)
    parts += [chip.text for chip in row.chips]
    return ", ".join(part for part in parts if part)


def _spoken_shared(shared: Shared) -> list[str]:
    parts = []
    if shared.assignees:
        names = [display_name(person) for person in shared.assignees]
        parts.append(f"assigned to {' and '.join(names)}")
    if shared.closed:
        parts.append("closed")
    if shared.snoozed:
        parts.append("snoozed")
    if shared.comments:
        unread = f", {shared.unread_comments} unread" if shared.unread_comments else ""
        count = "1 comment" if shared.comments == 1 else f"{shared.comments} comments"
        parts.append(count + unread)
    if shared.here:
        does = "is typing" if shared.typing else "is here"
        parts += [f"{display_name(person)} {does}" for person in shared.here]
    if shared.pending:
        parts.append("not sent to the team yet")
    if shared.trouble:
        parts.append(shared.trouble)
    return parts
