"""What stands in the sidebar: the unified places, teams, accounts with their folders, labels.

Counts are unread or open, never total. Places that no account has are not shown. A space stands
under Teams and not among the accounts, the mailbox behind one nowhere. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from missive_desktop.app.presenters.colours import label_colour
from missive_desktop.app.presenters.kept_drafts import unmirrored_rows
from missive_desktop.app.presenters.place import (
    ASSIGNED,
    DRAFTS,
    INBOX,
    SNOOZED,
    STARRED,
    TEAM_INBOXES,
    UNIFIED,
    WHO_TRACKS,
    Kind,
    Place,
    folders_of,
    label_place,
    space_color,
    space_place,
)
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.store import (
    accounts,
    conversations,
    folders,
    team_lists,
    team_spaces,
    team_views,
    teams,
)
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.team_views import SpaceView
from missive_wire.ids import org_scope

ICONS: dict[Role, str] = {
    Role.INBOX: "inbox",
    Role.DRAFTS: "file-pen",
    Role.SENT: "send",
    Role.ARCHIVE: "archive",
    Role.SPAM: "octagon-alert",
    Role.TRASH: "trash-2",
    Role.ALL: "layers",
    Role.NONE: "folder",
}
_ORDER = list(ICONS)
_VIEWS = (Role.STARRED, Role.IMPORTANT)  # of other mail, not folders of their own


@dataclass(slots=True)
class Entry:
    """A line of the sidebar. `place` is None for a folder that holds folders only.

    Of a space and a label `color` names a label colour; `open` says that the count is of those.
    """

    title: str
    icon: str
    place: Place | None
    count: int = 0
    children: list[Entry] = field(default_factory=list)
    account: int = 0
    color: str = ""
    open: bool = False


@dataclass(slots=True)
class Content:
    """All of the sidebar."""

    owner: str  # whose mail it is, for the head
    address: str
    places: list[Entry]
    accounts: list[Entry]
    reports: list[Entry] = field(default_factory=list)
    teams: list[Entry] = field(default_factory=list)
    labels: list[Entry] = field(default_factory=list)


class SidebarView(Protocol):
    def show_content(self, content: Content) -> None: ...


class SidebarPresenter:
    """Reads accounts and folders, and again when a change names one."""

    def __init__(self, conn: Connection, view: SidebarView) -> None:
        self._conn = conn
        self._view = view

    def load(self) -> None:
        self._view.show_content(read(self._conn))

    def changed(self, changes: Changes) -> None:
        if changes.accounts or changes.folders or changes.drafts or changes.teams:
            self.load()


def read(conn: Connection) -> Content:
    """Read what the sidebar shows."""
    rows = accounts.all_(conn)
    mail = [row for row in rows if row.settings.kind == "mail"]
    spaces = team_views.sidebar(conn)
    owner, address = _owner(conn, mail)
    return Content(
        owner=owner,
        address=address,
        places=_places(conn, spaces),
        accounts=[_account(conn, row) for row in mail],
        reports=[Entry(WHO_TRACKS.title, "chart-bar-big", WHO_TRACKS)],
        teams=_spaces(conn, spaces),
        labels=_labels(conn, spaces),
    )


def _owner(conn: Connection, mail: Sequence[AccountRow]) -> tuple[str, str]:
    """Return name and address of whose window it is."""
    if mail:
        first = mail[0].settings
        return first.name or first.address.partition("@")[0], first.address
    for team in teams.all_(conn):
        me = team_spaces.people(conn, team.id).get(team.user)
        return me.called if me else team.email.partition("@")[0], team.email
    return "", ""


def _places(conn: Connection, spaces: Sequence[SpaceView]) -> list[Entry]:
    found = {place.title: _unified(conn, place) for place in UNIFIED}
    if spaces:
        count = team_lists.assigned_count(conn)
        found[ASSIGNED.title] = Entry(ASSIGNED.title, "user-check", ASSIGNED, count, open=True)
        found[SNOOZED.title] = Entry(SNOOZED.title, "alarm-clock", SNOOZED)
    active = [view for view in spaces if view.kind != "observer"]
    if len(active) > 1:  # one alone stands below
        waiting = sum(view.waiting for view in active)
        found[TEAM_INBOXES.title] = Entry(
            TEAM_INBOXES.title, "users", TEAM_INBOXES, waiting, open=True
        )
    order = (INBOX, ASSIGNED, TEAM_INBOXES, SNOOZED, *UNIFIED[1:])
    return [entry for place in order if (entry := found.get(place.title)) is not None]


def _spaces(conn: Connection, spaces: Sequence[SpaceView]) -> list[Entry]:
    if not spaces:
        return []
    counts = team_lists.open_counts(conn)
    result = []
    for view in spaces:
        place = space_place(view.space)
        count = counts.get(view.space.account, 0)
        result.append(
            Entry(
                place.title,
                "square",
                place,
                count,
                account=view.space.account,
                color=space_color(view.space),
                open=True,
            )
        )
    return result


def _labels(conn: Connection, spaces: Sequence[SpaceView]) -> list[Entry]:
    """Return the labels of organizations, then those of single spaces."""
    if not spaces:
        return []
    orgs = {org_scope(team.org) for team in teams.all_(conn)}
    scopes = (*sorted(orgs), *(view.space.scope for view in spaces))
    counts = team_lists.label_counts(conn)
    return [
        Entry(
            label.name,
            "tag",
            label_place(label.id, label.name),
            counts.get(label.id, 0),
            color=label_colour(label.colour, label.name),
            open=True,
        )
        for label in team_spaces.labels(conn, scopes).values()
    ]


def _unified(conn: Connection, place: Place) -> Entry | None:
    if place is STARRED:
        return Entry(place.title, "star", place)
    found = folders_of(conn, place)
    if not found and place not in (INBOX, DRAFTS):
        return None
    count = len(unmirrored_rows(conn)) if place is DRAFTS else 0
    if place in (INBOX, DRAFTS) and found:
        ids = [row.id for row in found]
        counted = conversations.count if place is DRAFTS else conversations.unread_count
        count += counted(conn, ids)
    return Entry(place.title, ICONS[place.role], place, count)


def _account(conn: Connection, row: AccountRow) -> Entry:
    tree = folder_tree(folders.for_account(conn, row.id))
    inbox = next((item for item in tree if item.place and item.place.role is Role.INBOX), None)
    return Entry(
        row.settings.address,
        "chevron-right",
        None,
        count=inbox.count if inbox else 0,
        children=tree,
        account=row.id,
    )


def folder_tree(rows: Sequence[FolderRow]) -> list[Entry]:
    """Return the folders as a tree: those with a role first, then by name."""
    roots: list[Entry] = []
    by_name: dict[str, Entry] = {}
    for row in _sorted(row for row in rows if row.role not in _VIEWS):
        parent = _parent(row, by_name)
        title = row.name
        if parent is not None or _under_inbox(row):
            title = _leaf(row)
        if row.role is Role.INBOX:
            title = "Inbox"
        place = Place(Kind.FOLDER, title, row.role, row.id) if row.selectable else None
        entry = Entry(
            title,
            ICONS.get(row.role, "folder"),
            place,
            count=row.unread if row.role not in (Role.TRASH, Role.SENT, Role.DRAFTS) else 0,
            account=row.account,
        )
        by_name[row.name] = entry
        (roots if parent is None else parent.children).append(entry)
    return roots


def _sorted(rows: Iterable[FolderRow]) -> list[FolderRow]:
    """Sort by role, then name; a parent always comes before what is below it."""

    def key(row: FolderRow) -> tuple[int, int, str]:
        depth = row.name.count(row.delimiter) if row.delimiter else 0
        depth -= _under_inbox(row)
        return depth, _ORDER.index(row.role) if row.role in _ORDER else 99, _leaf(row).casefold()

    return sorted(rows, key=key)


def _parent(row: FolderRow, by_name: dict[str, Entry]) -> Entry | None:
    """Return the entry above; what lies under INBOX stands beside it, where people look."""
    if not row.delimiter:
        return None
    return None if _under_inbox(row) else by_name.get(row.name.rpartition(row.delimiter)[0])


def _leaf(row: FolderRow) -> str:
    return row.name.rpartition(row.delimiter)[2] if row.delimiter else row.name


def _under_inbox(row: FolderRow) -> bool:
    return bool(row.delimiter) and row.name.rpartition(row.delimiter)[0].upper() == "INBOX"
