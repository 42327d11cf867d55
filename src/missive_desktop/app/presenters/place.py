"""A place: what the conversation list shows. And the folders that it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from missive_desktop.domain.folder import Role
from missive_desktop.store import folders, messages
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow


class Kind(StrEnum):
    UNIFIED = "unified"  # one role over all accounts
    STARRED = "starred"
    FOLDER = "folder"
    SEARCH = "search"
    REPORT = "report"  # no mail, but what was found in all of it


class Filter(StrEnum):
    ALL = "all"
    UNREAD = "unread"
    STARRED = "starred"


@dataclass(frozen=True, slots=True)
class Place:
    kind: Kind
    title: str
    role: Role = Role.NONE
    folder: int = 0
    query: str = ""


INBOX = Place(Kind.UNIFIED, "Inbox", Role.INBOX)
STARRED = Place(Kind.STARRED, "Starred")
DRAFTS = Place(Kind.UNIFIED, "Drafts", Role.DRAFTS)
SENT = Place(Kind.UNIFIED, "Sent", Role.SENT)
ARCHIVE = Place(Kind.UNIFIED, "Archive", Role.ARCHIVE)
SPAM = Place(Kind.UNIFIED, "Spam", Role.SPAM)
TRASH = Place(Kind.UNIFIED, "Trash", Role.TRASH)
WHO_TRACKS = Place(Kind.REPORT, "Who tracks me")
UNIFIED = (INBOX, STARRED, DRAFTS, SENT, ARCHIVE, SPAM, TRASH)


def search_place(query: str) -> Place:
    return Place(Kind.SEARCH, "Results", query=query)


def folders_of(conn: Connection, place: Place) -> list[FolderRow]:
    """Return the folders that a place shows; none for what is found otherwise."""
    if place.kind is Kind.FOLDER:
        row = folders.get(conn, place.folder)
        return [row] if row else []
    if place.kind is not Kind.UNIFIED:
        return []
    found = folders.by_role(conn, place.role)
    if place.role is Role.ARCHIVE:  # where all mail is one folder, that is the archive
        having = {row.account for row in found}
        found += [row for row in folders.by_role(conn, Role.ALL) if row.account not in having]
    return found


def place_of(conn: Connection, conversation: int) -> Place | None:
    """Return a folder in which a conversation lies: the inbox before others."""
    rows = messages.in_conversation(conn, conversation)
    held = [folder for row in rows for folder, _ in messages.folders_of(conn, row.id)]
    known = [row for one in dict.fromkeys(held) if (row := folders.get(conn, one))]
    known.sort(key=lambda row: row.role is not Role.INBOX)
    if not known:
        return None
    first = known[0]
    title = INBOX.title if first.role is Role.INBOX else first.name
    return Place(Kind.FOLDER, title, first.role, first.id)
