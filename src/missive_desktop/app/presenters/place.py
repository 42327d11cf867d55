"""A place: what the conversation list shows. And the folders that it stands for.

Mailboxes that a space serves are nowhere: their mail is shown as the space's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from missive_desktop.app.presenters.colours import label_colour
from missive_desktop.domain.folder import Role
from missive_desktop.domain.spaces import Place as Standing
from missive_desktop.store import folders, messages, team_lists, team_views
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.team_spaces import SpaceRow


class Kind(StrEnum):
    UNIFIED = "unified"  # one role over all accounts
    STARRED = "starred"
    FOLDER = "folder"
    SEARCH = "search"
    REPORT = "report"  # no mail, but what was found in all of it
    ASSIGNED = "assigned"  # to me, in all spaces
    SNOOZED = "snoozed"
    TEAMS = "teams"  # what waits in the team inboxes where I am active
    SPACE = "space"
    LABEL = "label"  # open conversations with a shared label


class Tab(StrEnum):
    """A part of a space's conversations."""

    UNASSIGNED = "unassigned"
    OPEN = "open"
    CLOSED = "closed"
    OTHERS = "others"
    SENT = "sent"
    SPAM = "spam"
    TRASH = "trash"


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
    account: int = 0  # that shows the space
    tab: Tab = Tab.OPEN
    label: str = ""


INBOX = Place(Kind.UNIFIED, "Inbox", Role.INBOX)
STARRED = Place(Kind.STARRED, "Starred")
DRAFTS = Place(Kind.UNIFIED, "Drafts", Role.DRAFTS)
SENT = Place(Kind.UNIFIED, "Sent", Role.SENT)
ARCHIVE = Place(Kind.UNIFIED, "Archive", Role.ARCHIVE)
SPAM = Place(Kind.UNIFIED, "Spam", Role.SPAM)
TRASH = Place(Kind.UNIFIED, "Trash", Role.TRASH)
WHO_TRACKS = Place(Kind.REPORT, "Who tracks me")
ASSIGNED = Place(Kind.ASSIGNED, "Assigned to me")
SNOOZED = Place(Kind.SNOOZED, "Snoozed")
TEAM_INBOXES = Place(Kind.TEAMS, "Team inboxes")
UNIFIED = (INBOX, STARRED, DRAFTS, SENT, ARCHIVE, SPAM, TRASH)

_OPEN = (Standing.TEAM, Standing.MINE, Standing.OTHERS, Standing.SNOOZED, Standing.ARCHIVE)
_TABS: dict[Tab, tuple[Standing, ...]] = {
    Tab.UNASSIGNED: (Standing.TEAM,),
    Tab.OPEN: _OPEN,
    Tab.CLOSED: (Standing.CLOSED,),
    Tab.OTHERS: (Standing.OTHERS,),
    Tab.SENT: (Standing.SENT,),
    Tab.SPAM: (Standing.SPAM,),
    Tab.TRASH: (Standing.TRASH,),
}


def search_place(query: str) -> Place:
    return Place(Kind.SEARCH, "Results", query=query)


def space_place(space: SpaceRow, tab: Tab = Tab.OPEN) -> Place:
    title = space.called or space.address.partition("@")[0] or "Team"
    return Place(Kind.SPACE, title, account=space.account, tab=tab)


def space_color(space: SpaceRow) -> str:
    return label_colour(space.colour, space_place(space).title)


def label_place(label: str, name: str) -> Place:
    return Place(Kind.LABEL, name, label=label)


def folders_of(conn: Connection, place: Place) -> list[FolderRow]:
    """Return the folders that a place shows; none for what is found otherwise."""
    if place.kind is Kind.FOLDER:
        row = folders.get(conn, place.folder)
        return [row] if row else []
    if place.kind is Kind.SPACE:
        wanted = [each.value for each in _TABS[place.tab]]
        return [row for row in folders.for_account(conn, place.account) if row.name in wanted]
    if place.kind is Kind.SNOOZED:
        of_spaces = [view.folders[Standing.SNOOZED] for view in team_views.sidebar(conn)]
        return sorted(of_spaces, key=lambda row: row.id)
    if place.kind is Kind.TEAMS:
        inboxes = team_views.team_inboxes(conn)
        return [row for one in sorted(inboxes) if (row := folders.get(conn, one))]
    if place.kind is not Kind.UNIFIED:
        return []
    hidden = team_lists.served(conn)
    found = [row for row in folders.by_role(conn, place.role) if row.account not in hidden]
    if place.role is Role.ARCHIVE:  # where all mail is one folder, that is the archive
        having = {row.account for row in found}
        found += [
            row
            for row in folders.by_role(conn, Role.ALL)
            if row.account not in having and row.account not in hidden
        ]
    return found


def place_of(conn: Connection, conversation: int) -> Place | None:
    """Return a place in which a conversation lies: the inbox before others."""
    space = team_lists.space_of(conn, conversation)
    if space is not None:
        return space_place(space)
    rows = messages.in_conversation(conn, conversation)
    held = [folder for row in rows for folder, _ in messages.folders_of(conn, row.id)]
    known = [row for one in dict.fromkeys(held) if (row := folders.get(conn, one))]
    known.sort(key=lambda row: row.role is not Role.INBOX)
    if not known:
        return None
    first = known[0]
    title = INBOX.title if first.role is Role.INBOX else first.name
    return Place(Kind.FOLDER, title, first.role, first.id)


def counts(conn: Connection, place: Place) -> tuple[int, int]:
    """Return how many conversations of a space wait for the team, and how many are open."""
    waiting = sum(row.conversations for row in folders_of(conn, space_tab(place, Tab.UNASSIGNED)))
    return waiting, team_lists.open_counts(conn).get(place.account, 0)


def space_tab(place: Place, tab: Tab) -> Place:
    return replace(place, tab=tab)
