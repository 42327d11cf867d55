"""What members of a space share, opened: what the bodies of entities hold, and what follows.

The plain headers stand in the wire package; the bodies are sealed on the way, so only clients
know them. Fields that a newer version adds are passed over here, and kept where they lie.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

import msgspec

from missive_desktop.domain.signature import Signature
from missive_desktop.domain.team import Entity
from missive_wire import shapes

People = tuple[tuple[str, str], ...]  # (name, address)


class Place(StrEnum):
    """Where a conversation of a space stands for one person: the names of its folders."""

    TEAM = "Team inbox"
    MINE = "Mine"  # assigned to me, mentions, what I watch: part of the Inbox
    OTHERS = "Assigned to others"
    SNOOZED = "Snoozed"
    ARCHIVE = "Archive"  # open, but of no concern to me now
    CLOSED = "Closed"
    SENT = "Sent"
    SPAM = "Spam"
    TRASH = "Trash"


class Conversation(NamedTuple):
    """The plain header of a `conv`."""

    state: str = "open"  # open, closed, trash, spam
    inbox: bool = False
    assignees: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    last: int = 0  # of its newest message, milliseconds
    since: int = 0  # when somebody last assigned, closed or reopened it


class Personal(NamedTuple):
    """One person's own state of a conversation. All times in milliseconds, 0: never."""

    read: int = 0  # read up to
    archived: int = 0  # archived up to: what comes later brings it back
    snoozed: int = 0  # until
    snoozed_at: int = 0
    starred: bool = False
    watching: bool | None = None  # None: as it follows from mentions and assignments


class Settings(NamedTuple):
    """How a space behaves."""

    user_reply: str = "assign_user"  # or leave_in_team_inbox
    received_reply: str = "show_in_assignee_inbox"  # or show_in_team_inbox


class ConversationBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`name`: what members call it; empty: as its mail says, which `subject` is of."""

    subject: str = ""
    people: People = ()
    snippet: str = ""
    name: str = ""


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the device that serves an inbox knows of where a mail comes from: whose word in its
    header counts (the mailbox's provider, by the names it has), and which signatures it verified.
    """

    ids: tuple[str, ...] = ()  # as content.trust.Trust
    hosts: tuple[str, ...] = ()
    nameless: bool = False
    proven: bool = False
    signatures: tuple[Signature, ...] = ()
    policy: str = ""  # of DMARC, where it was looked up
    reliable: bool = True  # signatures usually reach that mailbox whole


class MessageBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The envelope of a mail, and its visible text up to 4 KiB. `key` opens the blob."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: tuple[str, str] = ("", "")
    to: People = ()
    cc: People = ()
    bcc: People = ()
    reply_to: People = ()
    date: int = 0  # unix seconds
    snippet: str = ""
    text: str = ""
    files: tuple[tuple[str, str, int], ...] = ()  # name, type, size
    key: str = ""
    hash: str = ""  # SHA-256 of the raw message, hex
    list_id: str = ""
    checked: dict[str, Any] = {}  # as Checked; empty: whoever brought it did not look
    tracked: tuple[dict[str, Any], ...] = ()  # as domain.tracking.Tally
    author: str = ""  # the member who wrote it, on the word of who moved it here


class SharedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that goes along with a comment; `key` opens its blob."""

    name: str = ""
    type: str = ""
    size: int = 0
    key: str = ""
    hash: str = ""  # SHA-256 of the file, hex


class CommentBody(msgspec.Struct, frozen=True, omit_defaults=True):
    text: str = ""
    file: SharedFile | None = None


class TaskBody(msgspec.Struct, frozen=True, omit_defaults=True):
    title: str = ""
    text: str = ""


class LabelBody(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""
    colour: str = ""


class SendBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail that a member asks the worker to send; `envelope` as of the message it becomes.

    The header says conversation, time and closing too, for the server to sort by; these are signed.
    """

    envelope: MessageBody = MessageBody()
    sender: str = ""  # of the SMTP envelope
    recipients: tuple[str, ...] = ()
    error: str = ""
    conv: str = ""
    due: int = 0  # milliseconds: not before
    undo: int = 0  # how much of that was left to take it back when it was asked for
    close: bool = False


class SpaceBody(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""
    address: str = ""
    colour: str = ""
    user_reply: str = "assign_user"
    received_reply: str = "show_in_assignee_inbox"


class MemberBody(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""
    email: str = ""


class OrganizationBody(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""


class DeviceBody(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str = ""
    platform: str = ""


class PersonalBody(msgspec.Struct, frozen=True, omit_defaults=True):
    conv: str = ""
    space: str = ""
    read: int = 0
    archived: int = 0
    snoozed: int = 0
    snoozed_at: int = 0
    starred: bool = False
    watching: bool | None = None


LAST_SECOND = 253_402_214_400  # a day before the calendar of most programs ends
T = TypeVar("T")


def moment(value: object) -> int:
    """Return milliseconds that every calendar holds: what others wrote may be no time at all."""
    return min(max(value, 0), LAST_SECOND * 1000) if isinstance(value, int) else 0


def body(entity: Entity, kind: type[T]) -> T:
    """Return what an entity's body says; empty where it is missing or makes no sense.

    A member's client may write what it likes into a body: none of it may stop the others.
    """
    if entity.body:
        try:
            return shapes.read(entity.body, kind)
        except msgspec.MsgspecError:
            pass
    return kind()


def personal(read: PersonalBody) -> Personal:
    return Personal(
        read.read, read.archived, read.snoozed, read.snoozed_at, read.starred, read.watching
    )
