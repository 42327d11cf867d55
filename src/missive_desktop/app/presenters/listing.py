"""The conversation list's presenter: reads a place, keeps it in step with what changes.

The first rows come at once and the rest in small portions while the window is idle, so nothing
that a person waits for grows with the mailbox. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from missive_desktop.app.presenters import kept_drafts
from missive_desktop.app.presenters.colours import NAMES
from missive_desktop.app.presenters.order import Order
from missive_desktop.app.presenters.place import INBOX, Filter, Kind, Place, Tab, folders_of
from missive_desktop.app.presenters.rows import Chip, Row, face_of, people_line
from missive_desktop.app.presenters.team_rows import Looking, TeamRows, Writers
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import MessageId, message_date
from missive_desktop.domain.message import Address
from missive_desktop.store import (
    accounts,
    conversations,
    folders,
    listing,
    team_lists,
    tracking_report,
)
from missive_desktop.store.conversations import ConversationRow
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow

FIRST = 200
PORTION = 1500
_AT_ONCE = (Kind.STARRED, Kind.ASSIGNED, Kind.LABEL)  # not by pages of folders
TOO_MANY = 5000  # changes at once, beyond which the place is read anew


class ListingView(Protocol):
    """What the presenter asks of the list."""

    def show_place(self, place: Place, only: Filter, ids: Sequence[int]) -> None:
        """Show another place, from its top."""

    def update_rows(self, ids: Sequence[int], stale: Collection[int]) -> None:
        """Go to a new order of the same place; the rows of `stale` changed."""


class ListingPresenter:
    """Shows one place at a time in one view."""

    def __init__(self, conn: Connection, view: ListingView) -> None:
        self._conn = conn
        self._view = view
        self.place = INBOX
        self.only = Filter.ALL
        self._folders: list[FolderRow] = []
        self._begin()
        self._own: frozenset[str] = frozenset()
        self._accounts: dict[int, Chip] = {}
        self._teams = TeamRows(conn)

    # -- showing

    def open(self, place: Place, only: Filter = Filter.ALL) -> None:
        """Show a place: its newest rows now."""
        self.place, self.only = place, only
        self._read_accounts()
        self._folders = folders_of(self._conn, place)
        self._begin()
        self.load_more(FIRST, tell=False)
        if self._shows_drafts:
            drafts = kept_drafts.unmirrored_rows(self._conn)
            self._order.update(drafts, drafts)
        self._view.show_place(place, only, list(self._order.ids))

    def _begin(self) -> None:
        self._order = Order()
        self._last: tuple[int, int] | None = None  # up to where the folders are read

    def _open_only(self, entries: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Drop what is closed, where only what is open is shown: a call may bring it back."""
        if self.place.kind is not Kind.SPACE or self.place.tab is not Tab.OPEN:
            return list(entries)
        kept = team_lists.open_among(self._conn, [item for _, item in entries])
        return [(latest, item) for latest, item in entries if item in kept]

    @property
    def _shows_drafts(self) -> bool:
        """Say whether drafts that are nowhere but here belong to the list."""
        return self.place.kind is Kind.UNIFIED and self.place.role is Role.DRAFTS

    def show_found(self, place: Place, found: Sequence[tuple[int, int]]) -> None:
        """Show the results of a search: (newest message, conversation), newest first."""
        self.place, self.only = place, Filter.ALL
        self._read_accounts()
        self._folders = []
        self._order = Order()
        self._order.extend(found)
        self._order.complete = True
        self._view.show_place(place, Filter.ALL, list(self._order.ids))

    def exchange_found(self, place: Place, found: Sequence[tuple[int, int]]) -> None:
        """Show what the next key found, in place of what the one before did."""
        self.place = place
        self._order = Order()
        self._order.extend(found)
        self._order.complete = True
        self._view.update_rows(self._order.ids, ())

    def load_more(self, limit: int = PORTION, *, tell: bool = True) -> bool:
        """Read the next older rows; False when all are there. Called while the window is idle."""
        if self._order.complete:
            return False
        if self.only is not Filter.ALL or self.place.kind in _AT_ONCE:
            self._order.extend(self._open_only(self._read_filtered()))
            self._order.complete = True
        else:
            ids = [row.id for row in self._folders]
            page = conversations.page(self._conn, ids, before=self._last, limit=limit)
            if page:
                self._last = page[-1]
            self._order.extend(self._open_only(page))
            self._order.complete = len(page) < limit
        if tell:
            self._view.update_rows(self._order.ids, ())
        return not self._order.complete

    def changed(self, changes: Changes) -> None:
        """Take in what a transaction changed."""
        if changes.accounts:
            self._read_accounts()
        if changes.teams and self._teams.renamed():
            self._view.update_rows(self._order.ids, set(self._order.ids))
        if self.place.kind is Kind.SEARCH:
            stale = {item for item in changes.conversations if item in self._order}
            if stale:
                self._view.update_rows(self._order.ids, stale)
            return
        if self._folders_changed() or len(changes.conversations) > TOO_MANY:
            self._reread(changes.conversations)
            return
        asked = set(changes.conversations)
        found = self._where(asked) if asked else {}
        if self._shows_drafts:
            drafts = kept_drafts.unmirrored_rows(self._conn)
            asked |= drafts.keys() | {item for item in self._order.ids if item < 0}
            found |= drafts
        if not asked:
            return
        known = {item for item in asked if item in self._order}
        if self._order.update(asked, found) or known:
            self._view.update_rows(self._order.ids, known)

    def looked_at(self, looking: Looking) -> None:
        """Take in who else looks at which conversation."""
        stale = {item for item in self._teams.looked_at(looking) if item in self._order}
        if stale:
            self._view.update_rows(self._order.ids, stale)

    def _folders_changed(self) -> bool:
        """Say whether the place now stands for other folders: a new account, a new role."""
        now = folders_of(self._conn, self.place)
        same = [row.id for row in now] == [row.id for row in self._folders]
        self._folders = now
        return not same

    def _reread(self, stale: Collection[int]) -> None:
        loaded = max(len(self._order), FIRST)
        self._begin()
        self.load_more(loaded, tell=False)
        self._view.update_rows(self._order.ids, stale)

    def _read_filtered(self) -> list[tuple[int, int]]:
        match self.place.kind:
            case Kind.STARRED:
                return listing.starred(self._conn, self.only.value)
            case Kind.ASSIGNED:
                return team_lists.assigned(self._conn)
            case Kind.LABEL:
                return team_lists.labelled(self._conn, self.place.label)
        return listing.filtered(self._conn, [row.id for row in self._folders], self.only.value)

    def _where(self, asked: Collection[int]) -> dict[int, int]:
        match self.place.kind:
            case Kind.STARRED:
                return listing.starred_now(self._conn, asked, self.only.value)
            case Kind.ASSIGNED:
                return team_lists.assigned_now(self._conn, asked)
            case Kind.LABEL:
                return team_lists.labelled_now(self._conn, self.place.label, asked)
        ids = [row.id for row in self._folders]
        found = listing.now(self._conn, ids, asked, self.only.value)
        kept = self._open_only([(latest, item) for item, latest in found.items()])
        return {item: latest for latest, item in kept}

    def names(self) -> dict[str, list[str]]:
        """Return the folders, accounts and trackers there are, as a search names them."""
        found = [row.name for row in folders.all_(self._conn) if row.selectable]
        addresses = [row.settings.address for row in accounts.all_(self._conn)]
        vendors = tracking_report.names(self._conn)
        return {"in": list(dict.fromkeys(found)), "account": addresses, "tracker": vendors}

    # -- rows

    @property
    def complete(self) -> bool:
        return self._order.complete

    def source_of(self, account: int) -> int:
        """Return the folder of this place in an account: what an act is narrowed to, or 0.

        What is done in a space is done to whole conversations.
        """
        if account in self._teams.spaces:
            return 0
        return next((row.id for row in self._folders if row.account == account), 0)

    def account_of(self, wanted: Collection[int]) -> dict[int, int]:
        """Return the account of each conversation."""
        return {row.id: row.account for row in conversations.rows(self._conn, wanted).values()}

    def rows(self, wanted: Sequence[int]) -> dict[int, Row]:
        """Read the rows of conversations; those that are gone are missing."""
        drafts = kept_drafts.rows(self._conn, [-item for item in wanted if item < 0])
        rows = list(conversations.rows(self._conn, wanted).values())
        newest = [self._order.latest(row.id) or row.latest for row in rows]
        outward = [
            latest for row, latest in zip(rows, newest, strict=True) if self._shows_recipients(row)
        ]
        recipients = listing.recipients(self._conn, outward)
        writers = self._teams.writers([row.id for row in rows])
        made = {
            found.id: self._row(found, latest, recipients.get(latest, ()), writers)
            for found, latest in zip(rows, newest, strict=True)
        }
        spaces = {row.id: row for row in rows if row.account in self._teams.spaces}
        mixed = self.place.kind is not Kind.SPACE
        return drafts | made | self._teams.dressed(made, spaces, mixed=mixed)

    def _shows_recipients(self, row: ConversationRow) -> bool:
        """Say whether to name those written to: in Sent, and where only the user wrote."""
        face = face_of(row.people, self._own)
        sent = self.place.role is Role.SENT or self.place.tab is Tab.SENT
        return sent or face.email.lower() in self._own

    def _row(
        self, found: ConversationRow, latest: int, recipients: Sequence[Address], writers: Writers
    ) -> Row:
        people = self._teams.people(found.account, found.people, writers.get(found.id, ()))
        face = face_of(people, self._teams.ours(found.account, self._own))
        written = self._teams.own(found.account, self._own)
        names = people_line([face, *people], written)  # the face's name stands first
        if recipients:
            names = "To: " + people_line(recipients, self._own)
            face = recipients[0]
        return Row(
            id=found.id,
            date=message_date(MessageId(latest)),
            names=names,
            count=found.messages,
            person=face,
            subject=found.subject,
            snippet=found.snippet,
            unread=found.unread > 0,
            starred=found.starred > 0,
            attachments=found.attachments > 0,
            trackers=found.trackers,
            draft=found.has_draft,
            chips=self._chips(found),
        )

    def _chips(self, found: ConversationRow) -> tuple[Chip, ...]:
        """Name the account where several are mixed, unless it is the first: most mail is there."""
        mixed = self.place.kind is not Kind.FOLDER and len(self._accounts) > 1
        first = next(iter(self._accounts), 0)
        if not mixed or found.account == first or found.account not in self._accounts:
            return ()
        return (self._accounts[found.account],)

    def _read_accounts(self) -> None:
        known = accounts.all_(self._conn)
        self._own = frozenset(row.settings.address.lower() for row in known)
        self._teams.read()
        rows = [row for row in known if row.settings.kind == "mail"]
        names = short_names([row.settings.address for row in rows])
        self._accounts = {
            row.id: Chip(name, NAMES[index % len(NAMES)])
            for index, (row, name) in enumerate(zip(rows, names, strict=True))
        }


def short_names(addresses: Sequence[str]) -> list[str]:
    """Return what tells the addresses apart: the part before the @, the domain, or all of it."""
    for part in (0, 2):
        names = [address.partition("@")[part] or address for address in addresses]
        if len(set(names)) == len(names):
            return names
    return list(addresses)
