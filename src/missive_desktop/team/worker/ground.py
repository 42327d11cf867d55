"""What every part of a worker stands on: the running team, the space, the mailbox, the lease."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeVar

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import Conversation
from missive_desktop.domain.team import REFUSED, Intent, PendingState
from missive_desktop.errors import UsageError
from missive_desktop.store import (
    accounts,
    served,
    team_conversations,
    team_pending,
    team_scopes,
    team_spaces,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.served import ServedRow
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.team import submitting
from missive_desktop.team.team import Team
from missive_desktop.team.worker.lease import Lease
from missive_wire.ids import split_scope

T = TypeVar("T")


class Mailbox(Protocol):
    """The sync of the mailbox, as far as a worker needs it."""

    def poke(self) -> None:
        """Something was done here: tell the server, send what is due."""

    def round(self) -> None:
        """Bring all folders in step, now, in this thread; raises KnownError."""


class Place(NamedTuple):
    """One look at what is served: the row, its space, its mailbox's own addresses."""

    row: ServedRow
    space: SpaceRow
    scope: ScopeRow
    address: str
    own: frozenset[str]

    @property
    def space_id(self) -> str:
        return split_scope(self.scope.scope)[1]


class Ground:
    """For any thread. What is read is as of now; what is written is durable."""

    def __init__(self, team: Team, scope: str, mailbox: Mailbox, lease: Lease) -> None:
        self.team, self.scope, self.mailbox, self.lease = team, scope, mailbox, lease
        self.stopping = threading.Event()

    def reading(self) -> AbstractContextManager[Connection]:
        return self.team.books.reading()

    def write(self, work: Callable[[Connection, Changes], T]) -> T:
        return self.team.books.writer.run(work, durable=True)

    def place(self, conn: Connection) -> Place:
        """Return what is served; UsageError where that is no more."""
        row = served.get(conn, self.scope)
        space = team_spaces.get(conn, self.scope)
        scope = team_scopes.get(conn, self.team.id, self.scope)
        account = accounts.get(conn, row.account) if row else None
        if row is None or account is None or space is None or not space.account or scope is None:
            raise UsageError("This inbox is not served from here any more.")
        address = account.settings.address
        addresses = {address, account.settings.user, space.address}
        own = frozenset(each.casefold() for each in addresses if each)
        return Place(row, space, scope, address, own)

    def submit(self, conn: Connection, changes: Changes, intents: Sequence[Intent]) -> list[int]:
        """Queue changes under the lease, in the caller's transaction; poke the team after it."""
        projection = self.team.books.projection
        return submitting.submit(conn, self.team.id, intents, now_ms(), projection, changes)

    def header(self, conn: Connection, account: int, conv: str) -> Conversation | None:
        """Return the header of a conversation that there is."""
        found = team_conversations.headers(conn, account, [conv])
        return found.get(conv)

    def refused(self, conn: Connection) -> list[Pending]:
        """Return those of the worker's own changes that the server did not take."""
        return team_pending.worked(conn, self.team.id, self.scope, REFUSED)

    def drop(self, conn: Connection, changes: Changes, rows: Sequence[Pending]) -> None:
        """Let go of refused changes, and show what stands instead; a stale one ends its lease."""
        for each in rows:
            if each.state is PendingState.STALE:
                self.lease.refuted(each.fence)
            submitting.drop(conn, each.id, self.team.books.projection, changes)
