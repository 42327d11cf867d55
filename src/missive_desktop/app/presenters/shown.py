"""What the conversation pane is given to show: plain values, made by the presenter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from missive_desktop.app.presenters.rows import Chip
from missive_desktop.content.page_parts import LATER

if TYPE_CHECKING:  # what examines links is not needed for the first paint
    from missive_desktop.content.links import LinkNote


@dataclass(frozen=True, slots=True)
class Target:
    """A folder that the conversation can be moved to."""

    folder: int
    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label; `color` names one of the theme."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of a team; `observer`: of a space, without being told of its mail."""

    user: str
    name: str
    email: str
    observer: bool = False
    me: bool = False


@dataclass(frozen=True, slots=True)
class TaskItem:
    """Something to be done in a conversation; `due` in unix seconds, 0: at no time."""

    id: str
    title: str
    done: bool
    due: int
    assignees: tuple[Colleague, ...]
    pending: bool = False


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks of a conversation of a space, what is to be done first."""

    conversation: int
    account: int
    items: tuple[TaskItem, ...]

    @property
    def open(self) -> int:
        return sum(not item.done for item in self.items)


@dataclass(frozen=True, slots=True)
class SpaceHeader:
    """What a space adds to the header of its conversations."""

    account: int
    scope: str
    conv: str
    name: str
    color: str
    people: tuple[Colleague, ...]  # who share it
    assignees: tuple[Colleague, ...] = ()
    labels: tuple[Mark, ...] = ()
    closed: bool = False
    waiting: bool = False  # in the team inbox
    watching: bool = False
    snoozed: int = 0  # until, unix seconds; 0: not
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above a conversation, and what can be done with it."""

    conversation: int
    account: int
    newest: int  # the message that Reply answers
    subject: str
    chips: tuple[Chip, ...]
    starred: bool
    unread: bool
    answers: str  # whom Reply writes to, in short
    several: bool  # there is more than one person to answer
    targets: tuple[Target, ...]
    in_spam: bool = False
    in_trash: bool = False
    space: SpaceHeader | None = None
    called: bool = False  # otherwise than its mail


@dataclass(frozen=True, slots=True)
class Page:
    """A whole document for the web view, and where in it to begin."""

    html: str
    fragment: str
    links: tuple[LinkNote, ...] = ()  # those whose text names another place
    senders: tuple[str, ...] = ()  # mail addresses
    later: tuple[tuple[int, str], ...] = ()  # what folded mails hold, put in after the first frame
    conversation: int = 0

    def whole(self) -> str:
        """Return the document with everything in its place from the start."""
        first, *others = self.html.split(LATER)
        filled = (f'<div class="later">{piece}</div>' for _, piece in self.later)
        between = (before + after for before, after in zip(filled, others, strict=True))
        return first + "".join(between)
