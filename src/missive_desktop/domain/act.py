"""What a user does to messages, and which of their copies it is meant for."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Deed(StrEnum):
    READ = "read"
    UNREAD = "unread"
    STAR = "star"
    UNSTAR = "unstar"
    MOVE = "move"
    COPY = "copy"
    ARCHIVE = "archive"
    TRASH = "trash"
    SPAM = "spam"
    NOT_SPAM = "not_spam"
    DELETE = "delete"  # for good


class Act(msgspec.Struct, frozen=True):
    """One act. `source` narrows it to the copies in that folder; 0 leaves the choice to us.

    `conversations` names all messages of whole conversations. `target` is a folder id, for move
    and copy only.
    """

    kind: Deed
    messages: tuple[int, ...] = ()
    conversations: tuple[int, ...] = ()
    source: int = 0
    target: int = 0
