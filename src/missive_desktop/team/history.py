"""Reads history downwards: what opens the rest first, then the newest; each scope in turn.

Each page is kept with how far down it leads, so it goes on where it broke off.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.errors import Offline, PeerBroken
from missive_desktop.store import team_rows, team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import applying, patience
from missive_desktop.team.ahead import Ahead
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls, Problems
from missive_desktop.team.patience import Patience
from missive_wire import limits, routes
from missive_wire.entities import Type
from missive_wire.feed import Backfill, BackfillRequest

STRUCTURE = (
    Type.GRANT, Type.MEMBER, Type.DEVICE, Type.INVITE, Type.SPACE, Type.SEAT, Type.LABEL,
    Type.ORGANIZATION, Type.RESTORE,
)  # fmt: skip
_FIRST = 60  # rows of the first page: a screen of conversations, at once
_DAY = 86_400_000
_ORDER = {"u": 0, "o": 1, "s": 2}  # who one is, who the others are, what they share

Learned = Callable[[str, frozenset[str]], None]


class History:
    """Fetches history of one team; for one thread."""

    def __init__(
        self,
        books: TeamBooks,
        calls: Calls,
        device: str,
        learned: Learned,
        was_reset: Callable[[str], None],
        whole: Callable[[str], None],
        begun: Callable[[str], None],
    ) -> None:
        self._books, self._calls, self._device = books, calls, device
        self._learned, self._was_reset, self._whole = learned, was_reset, whole
        self._begun = begun  # the newest page of a scope is here: live changes go on from it
        self._last = 0  # the scope that had its turn
        self._wanted: list[tuple[str, str]] = []  # conversations that somebody wants to see
        self._lock = threading.Lock()
        self._patience = Patience()
        self.rests = False  # all is here that should be, as far as was looked
        self._ahead = Ahead(self._below, books.opener, books.projection)

    def close(self) -> None:
        self._ahead.close()

    def want(self, scope: str, conv: str) -> None:
        """Fetch one conversation before all else, however old it is."""
        with self._lock:
            if (scope, conv) not in self._wanted:
                self._wanted.append((scope, conv))

    def step(self) -> bool:
        """Fetch one page; False when all is here that should be."""
        with self._lock:
            wanted = self._wanted.pop(0) if self._wanted else None
        if wanted is not None:
            try:
                self._some(wanted[0], conv=wanted[1])
            except Offline:
                self.want(*wanted)  # once there is a connection
                raise
            return True
        row = self._next()
        self.rests = row is None
        if row is None:
            self._ahead.rest()
            return False
        self._last = row.id
        try:
            if row.e:
                self._page(row)
            else:
                self._begin(row)
        except Problems as problem:
            self._refused(row, problem)
        return True

    def _next(self) -> ScopeRow | None:
        """Begun ones wait for those not begun; among equals it goes in turn."""
        with self._books.reading() as conn:
            rows = team_scopes.all_(conn, self._books.team)
            open_ = [row for row in rows if not row.done and not self._deep_enough(conn, row)]
        new = [row for row in open_ if not row.e]
        if new:
            return min(new, key=lambda row: (_ORDER.get(row.scope[:1], 3), row.id))
        after = [row for row in open_ if row.id > self._last]
        return next(iter(after or open_), None)

    def _deep_enough(self, conn: Connection, row: ScopeRow) -> bool:
        if not row.e or row.until <= 0:
            return False
        oldest = team_rows.oldest(conn, row.id, row.lo)
        return oldest is not None and oldest < row.until

    def _begin(self, row: ScopeRow) -> None:
        self._some(row.scope, types=STRUCTURE)
        self._books.writer.run(partial(_set_depth, row))
        page = self._ask(row, 0, _FIRST if row.scope[:1] == "s" else limits.PAGE_ROWS)
        if applying.take_history(self._books, row.scope, page, first=True):
            self._after(row.scope, page)
            self._begun(row.scope)

    def _page(self, row: ScopeRow) -> None:
        page, ready, early = self._ahead.take(row)
        if applying.take_history(self._books, row.scope, page, ready=ready, early=early):
            self._after(row.scope, page)

    def _below(self, row: ScopeRow, below: int) -> Backfill:
        return self._ask(row, below, limits.PAGE_ROWS)

    def _after(self, name: str, page: Backfill) -> None:
        types = frozenset(each.t for each in page.rows)
        if types:
            self._learned(name, types)
        with self._books.reading() as conn:
            row = team_scopes.get(conn, self._books.team, name)
            whole = row is not None and (row.done or self._deep_enough(conn, row))
        if whole:
            applying.sweep(self._books, name)
            self._whole(name)

    def _some(self, name: str, *, conv: str = "", types: Sequence[str] = ()) -> None:
        """Fetch rows of some types or of one conversation, and leave where we stand as it is."""
        below = 0
        while True:
            with self._books.reading() as conn:
                row = team_scopes.get(conn, self._books.team, name)
            if row is None:
                return
            page = self._ask(row, below, limits.PAGE_ROWS, conv, types)
            if not applying.take_some(self._books, name, page.rows):
                return
            self._learned(name, frozenset(each.t for each in page.rows))
            if page.done or not page.rows:
                return
            below = page.lo

    def _ask(
        self, row: ScopeRow, below: int, rows: int, conv: str = "", types: Sequence[str] = ()
    ) -> Backfill:
        request = BackfillRequest(
            self._device, limits.SCHEMA, row.scope, row.e, below, rows, conv, tuple(types)
        )
        page = self._calls.post(routes.BACKFILL, request, Backfill)
        patience.down(below, page.lo, done=page.done)
        if row.e and page.e != row.e:  # it is to say so, and not to show another history
            raise PeerBroken("The team's server did not answer as it should.")
        return page

    def _refused(self, row: ScopeRow, problem: Problems) -> None:
        """Another epoch: begin anew. Not for us any more: the next pull says so."""
        if problem.code == "reset":
            self._patience.anew(row.scope)
            applying.begin_anew(self._books, row.scope, resync=False)
            self._was_reset(row.scope)
        elif problem.code not in ("missing", "forbidden"):
            raise problem
        else:
            self._books.writer.run(lambda conn, changes: _leave(conn, row, changes))


def _set_depth(row: ScopeRow, conn: Connection, _: Changes) -> None:
    """Only spaces are long enough to be cut; the rest is needed whole."""
    team = teams.get(conn, row.team)
    days = team.settings.depth_days if team is not None and row.scope[:1] == "s" else 0
    team_scopes.begin_until(conn, row.id, now_ms() - days * _DAY if days else 0)


def _leave(conn: Connection, row: ScopeRow, changes: Changes) -> None:
    """Ask no further for what may not be read; what is here goes with the notice of it."""
    now = team_scopes.by_id(conn, row.id)
    if now is not None:
        team_scopes.save(conn, msgspec.structs.replace(now, done=True))
        changes.teams.add(row.scope)
